"""What was checked to help against a cause of hazards."""

from __future__ import annotations

from msgspec import Struct


class Advice(Struct, frozen=True):
    """A remedy that takes away all hazards of one cause (their ids) and brings nothing else: `told` in
    words, with so many steps more. `is_safe`: nothing is wrong any more; else the other causes stay as they
    are."""

    hazards: frozenset[str]
    told: str
    steps: int
    is_safe: bool

    def __str__(self) -> str:
        checked = "verified safe" if self.is_safe else "verified: this goes, and nothing else comes"
        steps = f", {self.steps:+} step{'s' * (abs(self.steps) != 1)}" if self.steps else ""
        return f"what would help: {self.told} ({checked}{steps})"
