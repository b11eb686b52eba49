"""What is said of a kind of hazard."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from ...model.codes import MessageCode, find_code
from ...model.deployment import Aspect


class OneWay(Enum):
    """Of a pair that breaks: who looks, to what is found there; or that only a rollback has it."""

    NEW_MEETS_OLD = "new meets old"
    OLD_MEETS_NEW = "old meets new"
    ON_THE_WAY_BACK = "on the way back"


class Remedy(Struct, frozen=True):
    """What usually helps: its name, how it is done, and what it costs. `only`: no more than where the pair
    breaks in that direction and not in the other; the remedy is an order then."""

    name: str
    how: str
    price: str
    only: OneWay | None = None


class Explanation(Struct, frozen=True):
    """A kind of hazard in words. `word` is that of its code, `aspect` tells the kinds of one code apart;
    `before` and `after` are deployment files: the one has a hazard of this kind, the other has none, by the
    first of the `remedies`."""

    word: str
    aspect: Aspect | None
    title: str
    what: str
    why: str
    remedies: tuple[Remedy, ...]
    before: str
    after: str

    @property
    def code(self) -> MessageCode:
        return find_code(self.word)

    @property
    def name(self) -> str:
        """What its page is called: `SKW101-schema`."""
        return f"{self.code}-{self.aspect}" if self.aspect else str(self.code)
