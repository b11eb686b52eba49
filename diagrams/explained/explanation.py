"""What is said of a kind of hazard."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from ...model.codes import MessageCode, find_code
from ...model.deployment import Aspect, Kind


class OneWay(Enum):
    """Of a pair that breaks: who looks, to what is found there; or that only a rollback has it."""

    NEW_MEETS_OLD = "new meets old"
    OLD_MEETS_NEW = "old meets new"
    ON_THE_WAY_BACK = "on the way back"


class UsualRemedy(Struct, frozen=True):
    """What usually helps: its name, how it is done, and what it costs. `only`: no more than where the pair
    breaks in that direction and not in the other; the remedy is an order then. `at`: no more than where the
    provider is of that kind, since one migrates a database and reconfigures a broker."""

    name: str
    how: str
    price: str
    only: OneWay | None = None
    at: Kind | None = None

    @property
    def manner(self) -> str:
        """How it is done, behind the kind of provider that it is for."""
        return self.how if self.at is None else f"at a {self.at}: {self.how}"

    def fits(self, way: OneWay | None, kind: Kind | None) -> bool:
        """Whether it helps where the pair breaks that way, and no other, at a provider of that kind."""
        return self.only in (None, way) and self.at in (None, kind)


class Explanation(Struct, frozen=True):
    """A kind of hazard in words. `word` is that of its code, `aspect` tells the kinds of one code apart;
    `before` and `after` are deployment files: the one has a hazard of this kind, the other has none, by the
    first of the `remedies`."""

    word: str
    aspect: Aspect | None
    title: str
    what: str
    why: str
    remedies: tuple[UsualRemedy, ...]
    before: str
    after: str

    @property
    def code(self) -> MessageCode:
        return find_code(self.word)

    @property
    def name(self) -> str:
        """What its page is called: `SKW101-schema`."""
        return f"{self.code}-{self.aspect}" if self.aspect else str(self.code)
