"""How long things take, and how many requests come: what `exposure` counts with; no verdict depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from ..frozen import dataclass

if TYPE_CHECKING:
    from fractions import Fraction

SPAWN, READY, RETIRE, SWITCH, GONE, STEP, CONSUME, HOP = (
    "spawn",
    "ready",
    "retire",
    "switch",
    "gone",
    "step",
    "consume",
    "hop",
)

WORDS = (
    SPAWN, READY, RETIRE, SWITCH, GONE, STEP, CONSUME, HOP, "publish", "stop", "migrate", "reconfigure",
    "revert", "sync", "backfill", "purge", "expire", "enable", "disable", "suspend", "resume",
)  # fmt: skip
"""What can take time, by the word of the event or of the action."""

AT_ONCE = frozenset({STEP, HOP, "enable", "disable", "suspend", "resume", SWITCH})
"""What takes no time unless the file says otherwise."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Requests a second, by their names; mean seconds that each kind of event takes, and those of one
    component or store alone."""

    traffic: Mapping[str, Fraction] = field(default_factory=dict)
    durations: Mapping[str, Fraction] = field(default_factory=dict)
    own: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)

    def seconds(self, name: str, word: str) -> Fraction | None:
        """The mean time of such an event of a component or store; None where nobody said."""
        from fractions import Fraction

        found = self.own.get((name, word), self.durations.get(word))
        return Fraction(0) if found is None and word in AT_ONCE else found
