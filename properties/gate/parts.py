"""Parts of a system: some variables, and what every event says of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from ...model.compiler.ranges import Ranges, find_ranges, widen_ranges
from ...model.compiler.system import Event, Guard, System, Value
from ...model.names import PIPELINE, VariableKey
from ..temporal.influence import VariableSet, restrict_to_known


class Part(Struct, frozen=True, dict=True):
    """The variables that are kept, with the events that change one of them. `originals` are, by the place of
    an event of the part, the events of the whole that look like it there."""

    kept: VariableSet
    system: System
    originals: tuple[tuple[Event, ...], ...]

    def originals_of(self, event: Event) -> tuple[Event, ...]:
        """The events of the whole that an event of the part can be."""
        return self.originals[self._places[id(event)]]

    @cached_property
    def _places(self) -> dict[int, int]:
        return {id(event): place for place, event in enumerate(self.system.events)}


class Whole:
    """A system that parts are made of; what they share is found once. `ranges` are, by position of the
    pipeline, the values that each variable can have there at most; of several pipelines one is `the`
    pipeline, and where the others stand are variables like all."""

    def __init__(
        self, system: System, ranges: Ranges | None = None, *, pipeline: VariableKey = PIPELINE
    ) -> None:
        self.system, self.pipeline = system, pipeline
        self.ranges = find_ranges(system, pipeline) if ranges is None else ranges
        self._order = {event: number for number, event in enumerate(map(id, system.events))}

    def since(self, seen: Guard, barred: Collection[Event]) -> Whole:
        """The same from where `seen` holds on, without the events that are barred then."""
        events = (
            tuple(event for event in self.system.events if not any(event is one for one in barred))
            if barred
            else ()
        )
        system = System(self.system.variables, events) if barred else self.system
        start = {
            place: {
                key: some & seen[key] if key in seen else some for key, some in self.ranges[place].items()
            }
            for place in self.places(seen)
        }
        ranges = widen_ranges(system, start, self.pipeline)
        return Whole(system, ranges, pipeline=self.pipeline)

    def places(self, guard: Guard) -> frozenset[Value]:
        """The positions at which each variable of the guard can have, by its range, a value allowed."""
        wanted = guard.get(self.pipeline)
        return frozenset(
            place
            for place, ranges in self.ranges.items()
            if (wanted is None or place in wanted)
            and all(allowed & ranges[key] for key, allowed in guard.items() if key != self.pipeline)
        )

    def part(self, kept: VariableSet) -> Part:
        """The part that keeps these variables; the pipeline is one of them."""
        assert self.pipeline in kept, "a part knows where the pipeline stands"
        variables = tuple(variable for variable in self.system.variables if variable.key in kept)
        alike: dict[object, tuple[Event, list[Event]]] = {}
        for event in self._changing(kept):
            cut = self._cut(event, kept)
            if cut is None:
                continue
            same = frozenset(cut.guard.items()), frozenset(cut.effect.items())
            alike.setdefault(same, (cut, []))[1].append(event)
        events = tuple(cut for cut, _ in alike.values())
        return Part(kept, System(variables, events), tuple(tuple(of) for _, of in alike.values()))

    def _changing(self, kept: VariableSet) -> Iterable[Event]:
        """The events that change a variable that is kept, in the order of the whole."""
        return sorted(self.system.changing(kept), key=lambda event: self._order[id(event)])

    def _cut(self, event: Event, kept: VariableSet) -> Event | None:
        """What the event says of what is kept; None if it never happens, by the ranges of what is hidden."""
        guard = restrict_to_known(event.guard, kept)
        if len(guard) < len(event.guard):
            places = self._places_of(event)
            if not places:
                return None
            guard = {**guard, self.pipeline: places}
        return replace(event, guard=guard, effect=restrict_to_known(event.effect, kept))

    def _places_of(self, event: Event) -> frozenset[Value]:
        known = self._where.get(id(event))
        if known is None:
            known = self._where[id(event)] = self.places(event.guard)
        return known

    @cached_property
    def _where(self) -> dict[int, frozenset[Value]]:
        return {}
