"""What became of the entries of `accept`: the hazards that they take out of the verdict, and the others."""

from __future__ import annotations

from msgspec import Struct

from ...model.deployment import Acceptance
from .hazards import Hazard


class AcceptedHazard(Struct, frozen=True):
    """A hazard that can be met and fails nothing; `by` are the entries that agree with it and name a step of
    its window, in the order of the file."""

    hazard: Hazard
    by: tuple[Acceptance, ...]

    @property
    def reason(self) -> str:
        """Why it is accepted; several reasons behind each other."""
        return "; ".join(dict.fromkeys(entry.reason for entry in self.by))


class JudgedAcceptance(Struct, frozen=True):
    """An entry, the hazards that it accepts, and those that agree with it and can be met in other steps too,
    which no entry accepts: each with these steps. Of one that is void (`is_void`) nothing was asked; one
    without either kind of hazards is needless."""

    entry: Acceptance
    accepted: tuple[Hazard, ...] = ()
    outside: tuple[tuple[Hazard, tuple[str, ...]], ...] = ()
    is_void: bool = False

    @property
    def is_needless(self) -> bool:
        return not (self.is_void or self.accepted or self.outside)
