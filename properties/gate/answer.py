"""What `gate` answers: typed values that never print."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from ...model.compiler.moves import Position
from ...model.names import VariableKey
from ...model.observed.sightings import LeftOut, Sighting
from ..verdict import AcceptedHazard, Hazard
from .standing import Doubt


class GateVerdict(StrEnum):
    """Whether hazards can be met from here on."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    UNKNOWN = "unknown"


class HazardAhead(Struct, frozen=True):
    """A hazard that can be met from here on. Of its story (a run, if not the shortest) so many events come
    before what was seen; `places` are where the pipeline stands when it is met."""

    hazard: Hazard
    seen_at: int
    places: tuple[Position, ...]


class Ahead(Struct, frozen=True):
    """What going on, or going back, meets. `open` says what could not be judged, and why."""

    hazards: tuple[HazardAhead, ...] = ()
    accepted: tuple[AcceptedHazard, ...] = ()
    open: tuple[str, ...] = ()

    @property
    def verdict(self) -> GateVerdict:
        sure = (one for one in self.hazards if not getattr(one.hazard, "if_it_breaks", False))
        if any(True for _ in sure):
            return GateVerdict.UNSAFE
        return GateVerdict.UNKNOWN if self.hazards or self.open else GateVerdict.SAFE


class GateAnswer(Struct, frozen=True):
    """Where a rollout stands, and what it can meet from there.

    `places` are the positions at which it can stand; none: no reachable state agrees with what was seen, and
    `doubts` say what does not go together. `unseen` says of what was not seen how it can be, at most.
    `rollback` is None where the file has none, or the pipeline is on no way forward that can fail.
    """

    system: str
    sightings: tuple[Sighting, ...]
    left_out: tuple[LeftOut, ...]
    places: tuple[Position, ...] = ()
    unseen: tuple[tuple[VariableKey, tuple[str, ...]], ...] = ()
    doubts: tuple[Doubt, ...] = ()
    onward: Ahead = Ahead()
    rollback: Ahead | None = None
    reason: str = ""
    """Why nothing is known; empty where something is."""

    @property
    def verdict(self) -> GateVerdict:
        return GateVerdict.UNKNOWN if self.reason or not self.places else self.onward.verdict

    @property
    def first_unsafe(self) -> Position | None:
        """The first position ahead, or where it stands, at which a hazard can be met; None: there is none."""
        places = [place for one in self.onward.hazards for place in one.places]
        return min(places, key=lambda place: place.index, default=None)

    @property
    def may_wait(self) -> bool:
        """Whether nothing is met as long as the pipeline goes no further than where it can stand now."""
        first = self.first_unsafe
        return first is None or first.index > max(place.index for place in self.places)
