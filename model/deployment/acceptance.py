"""What a team lives with: hazards that are told and fail nothing (paragraph 93 of docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum
from typing import Any

from ..frozen import dataclass
from ..names import Contract, Place
from .changes import Aspect, Pair


class HazardWord(StrEnum):
    """What a hazard is, as an entry of `accept` and the JSON answer name it."""

    INCOMPATIBLE = "incompatible"
    UNAVAILABLE = "unavailable"
    INTERRUPTED = "interrupted"
    PROPERTY = "property"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An entry of `accept`: which hazards, in which steps (None: anywhere), why, and until when.

    A hazard agrees with it if it does with each of the keys that are given. `contracts` are those that the
    `contract` of the file names: one, or all of a provider. `until` is the last day on which it holds.
    """

    reason: str
    hazard: str | None = None
    kind: HazardWord | None = None
    component: str | None = None
    contract: str | None = None
    contracts: frozenset[Contract] = frozenset()
    request: str | None = None
    property: str | None = None
    aspect: Aspect | None = None
    versions: Pair | None = None
    within: tuple[str, ...] | None = None
    until: date | None = None
    place: Place | None = field(default=None, compare=False)

    def holds_on(self, day: date) -> bool:
        """Whether it still holds on that day."""
        return self.until is None or day <= self.until

    def spell(self) -> Mapping[str, Any]:
        """As the file has it; what it does not give is missing."""
        given = {
            "hazard": self.hazard,
            "kind": self.kind and str(self.kind),
            "component": self.component,
            "contract": self.contract,
            "request": self.request,
            "property": self.property,
            "aspect": self.aspect and str(self.aspect),
            "versions": self.versions and " -> ".join(self.versions),
            "in": None if self.within is None else list(self.within),
            "reason": self.reason,
            "until": self.until and self.until.isoformat(),
        }
        return {key: value for key, value in given.items() if value is not None}

    def __str__(self) -> str:
        """What it speaks of, in words: the keys that choose hazards."""
        told = {key: value for key, value in self.spell().items() if key not in _OF_THE_ENTRY}
        return ", ".join(f"{key} {value}" for key, value in told.items())


_OF_THE_ENTRY = ("in", "reason", "until")
"""Keys that do not choose hazards."""
