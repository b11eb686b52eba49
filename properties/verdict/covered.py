"""What became of what a release declares: whether anything could have met it."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

from ...model.deployment import Aspect, Verb
from ...model.names import Contract, Place


class Reach(IntEnum):
    """What became of a cell of a declaration, the best first (paragraphs 69, 71, 74 of docs/semantics.md)."""

    MET = 1
    """It is a hazard."""
    HELD_APART = 2
    """Both its sides occur, and never meet."""
    NOT_TAKEN = 3
    """An action would bring the side that is missing, and no run lets it."""
    NOT_KNOWN = 4
    """No hop of the contract is run by the version that is missing."""
    ASSUMED = 5
    """The file says that it is never met."""
    OUT_OF_REACH = 6

    @property
    def word(self) -> str:
        """What a person reads: `held apart`."""
        return self.name.lower().replace("_", " ")


class CoveredCell(Struct, frozen=True):
    """What became of one cell of a declaration at one contract.

    `aspect` is that of a bare cell in which it came furthest, None where no hop is judged at all. `consumer`
    is None where messages are forwarded. `consumer_in` and `provider_in` are the steps in which each side
    occurs at all. `together`: some state has both sides, and yet they do not meet (None: not looked at).
    `by_span`: only `max_span` holds them apart. `why` says it in words; `verb` is that of the hops of which
    the declaration speaks, None of any.
    """

    contract: Contract
    aspect: Aspect | None
    consumer: str | None
    provider: str
    reach: Reach
    consumer_in: tuple[str, ...] = ()
    provider_in: tuple[str, ...] = ()
    together: bool | None = None
    by_span: bool = False
    why: str = ""
    verb: Verb | None = None


class CoveredDeclaration(Struct, frozen=True):
    """What became of what is written under one key: of `entry`, what it `says` (`breaks schema`)."""

    entry: str
    says: str
    place: Place | None
    cells: tuple[CoveredCell, ...]

    @property
    def is_idle(self) -> bool:
        """Nothing in this pipeline could ever meet it: that it is not met shows nothing."""
        return all(cell.reach is Reach.OUT_OF_REACH for cell in self.cells)


class CoveredAssumption(Struct, frozen=True):
    """A cell that the file says can never be met: `is_broken` where it is met all the same, not `is_used`
    where no hop is judged by what it speaks of."""

    text: str
    place: Place | None
    is_broken: bool
    is_used: bool = True
