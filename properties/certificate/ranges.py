"""Ranges: by where the pipeline stands, the values that each variable can have, whatever the others have.

An abstract interpretation by independent attributes, parted by the pipeline's position (Cousot, Cousot,
"Abstract Interpretation", 1977; Jones, Muchnick, "Complexity of Flow Analysis, Inductive Assertion Synthesis,
and a Language due to Dijkstra", 1981). Linear in the variables where a list of states has as many as there
are combinations of them: of a hundred writers it matters when one of them can be new, not which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from ...model.compiler.system import Event, System, Value
from ...model.names import PIPELINE, VariableKey
from .diagram import Diagram, Node
from .drawing import share

Ranges = dict[Value, dict[VariableKey, set[Value]]]
"""For each position that can be reached, and each variable."""


def find_ranges(system: System) -> Ranges:
    """What can be, at most, in states that can be reached."""
    start: Value = system.value(system.initial, PIPELINE)
    return widen_ranges(system, {start: {variable.key: {variable.initial} for variable in system.variables}})


def widen_ranges(system: System, start: Ranges) -> Ranges:
    """What can be, at most, in states that can be reached from those in the ranges."""
    places = system.variables[system.index(PIPELINE)].domain
    ranges: Ranges = {place: {key: set(some) for key, some in own.items()} for place, own in start.items()}
    at: dict[Value, list[Event]] = {place: [] for place in places}
    for event in system.events:
        for place in event.guard.get(PIPELINE, places):
            at[place].append(event)
    waiting = list(start)
    while waiting:
        here = waiting.pop()
        for there in _spread(ranges, here, at[here]):
            if there not in waiting:
                waiting.append(there)
    return ranges


def _spread(ranges: Ranges, here: Value, events: Iterable[Event]) -> Iterator[Value]:
    """Adds what the events lead to from a position; the positions at which there is something new."""
    for event in events:
        if not _can_happen(event, ranges[here]):
            continue
        there = event.effect.get(PIPELINE, here)
        found = ranges.setdefault(there, {})
        is_new = False
        for key, values in ranges[here].items():
            own = found.setdefault(key, set())
            if key in event.effect:
                more = {event.effect[key]}
            elif there != here:
                more = values & event.guard[key] if key in event.guard else values
            else:
                continue
            is_new = is_new or not more <= own
            own |= more
        if is_new:
            yield there


def _can_happen(event: Event, ranges: Mapping[VariableKey, set[Value]]) -> bool:
    return all(key not in ranges or values & ranges[key] for key, values in event.guard.items())


class Bounded(Struct, frozen=True):
    """A system in which, of variables beside some that are listed, only their ranges are known."""

    system: System
    keys: frozenset[VariableKey]
    ranges: Ranges

    def narrow(self) -> tuple[System, list[VariableKey]]:
        """The system whose events wait for positions at which, by its range, each variable that is not listed
        can be as they ask; and the variables for which that made a difference."""
        events, beside = [], dict[VariableKey, None]()
        places = self.system.variables[self.system.index(PIPELINE)].domain
        for event in self.system.events:
            asked = [key for key in event.guard if key not in self.keys]
            if not asked or not event.effect.keys() & self.keys:
                events.append(event)
                continue
            possible = frozenset(event.guard.get(PIPELINE, places))
            for key in asked:
                left = frozenset(place for place in possible if self._can_be(place, key, event.guard[key]))
                if left != possible:
                    beside[key] = None
                possible = left
            if possible:
                events.append(replace(event, guard={**event.guard, PIPELINE: possible}))
        return replace(self.system, events=tuple(events)), list(beside)

    def _can_be(self, place: Value, key: VariableKey, allowed: frozenset[Value]) -> bool:
        known = self.ranges.get(place, {})
        return key not in known or bool(known[key] & allowed)

    def beside(self, diagram: Diagram, keys: Iterable[VariableKey]) -> Diagram:
        """The diagram, whose first variable is the pipeline, with what the ranges say of these variables."""
        pipeline = diagram.variables[0]
        assert pipeline.key == PIPELINE, "the pipeline comes first"
        below = {
            rank: child
            for values, child in diagram.levels[0][0]
            for rank in range(len(pipeline.domain))
            if values >> rank & 1
        }
        levels = list(diagram.levels[1:])
        variables = [self.system.variables[self.system.index(key)] for key in keys]
        for variable in reversed(variables):
            edges = {}
            for rank, child in below.items():
                own = self.ranges[pipeline.domain[rank]][variable.key]
                bits = sum(1 << number for number, value in enumerate(variable.domain) if value in own)
                edges[rank] = {child: bits}
            below, nodes = share(edges)
            levels.insert(0, nodes)
        root: dict[int, int] = {}
        for rank, child in below.items():
            root[child] = root.get(child, 0) | 1 << rank
        first: Node = tuple((values, child) for child, values in root.items())
        return Diagram((pipeline, *variables, *diagram.variables[1:]), ((first,), *levels))
