"""What `gate` answers: typed values that never print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    before what was seen; `places` are where the pipeline, or each of several, stands when it is met;
    `by_itself` of these (all, where there is one) those of a pipeline at which it is met while the others
    have gone no further than where they can stand now."""

    hazard: Hazard
    seen_at: int
    places: tuple[Position, ...]
    by_itself: tuple[Position, ...]


class WhatIsAhead(Struct, frozen=True):
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

    `places` are the positions at which it can stand (each of several pipelines, wherever the others do);
    none: no reachable state agrees with what was seen, and `doubts` say what does not go together. `unseen`
    says of what was not seen how it can be, at most.
    `rollbacks` are by pipeline (None: it is the only one) what its failure leads to while the others go on as
    they like; a pipeline is missing that has no rollback, or is on no way forward that can fail.
    """

    system: str
    sightings: tuple[Sighting, ...]
    left_out: tuple[LeftOut, ...]
    places: tuple[Position, ...] = ()
    unseen: tuple[tuple[VariableKey, tuple[str, ...]], ...] = ()
    doubts: tuple[Doubt, ...] = ()
    onward: WhatIsAhead = WhatIsAhead()
    rollbacks: Mapping[str | None, WhatIsAhead] = {}
    reason: str = ""
    """Why nothing is known; empty where something is."""

    @property
    def verdict(self) -> GateVerdict:
        return GateVerdict.UNKNOWN if self.reason or not self.places else self.onward.verdict

    @property
    def rollback(self) -> GateVerdict | None:
        """Whether each pipeline that can go back may; None: there is none."""
        verdicts = {one.verdict for one in self.rollbacks.values()}
        worst = (GateVerdict.UNSAFE, GateVerdict.UNKNOWN, GateVerdict.SAFE)
        return next((verdict for verdict in worst if verdict in verdicts), None)

    @property
    def pipelines(self) -> tuple[str | None, ...]:
        """The pipelines, in the order of the file; the only one is None."""
        return tuple(dict.fromkeys(place.pipeline for place in self.places))

    def first_unsafe(self, pipeline: str | None = None) -> Position | None:
        """The first position of the pipeline ahead, or where it stands, at which a hazard can be met while
        others go no further than where they can stand now; None: there is none."""
        places = (place for one in self.onward.hazards for place in one.by_itself)
        own = (place for place in places if place.pipeline == pipeline)
        return min(own, key=lambda place: place.index, default=None)

    @property
    def may_wait(self) -> bool | None:
        """Whether nothing is met as long as no pipeline goes further than where it can stand now; None: not
        all was judged."""
        if any(self.is_here(self.first_unsafe(pipeline)) for pipeline in self.pipelines):
            return False
        return None if self.onward.open else True

    def is_here(self, place: Position | None) -> bool:
        """Whether a pipeline can stand there now, or behind it."""
        return place is not None and place.index <= find_furthest(self.places)[place.pipeline]


def find_furthest(places: Iterable[Position]) -> dict[str | None, int]:
    """By pipeline the furthest of the positions, by index."""
    return {place.pipeline: place.index for place in sorted(places, key=lambda place: place.index)}
