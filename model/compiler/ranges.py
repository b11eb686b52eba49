"""Ranges: by where the pipeline stands, the values that each variable can have, whatever the others have.

An abstract interpretation by independent attributes, parted by the pipeline's position (Cousot, Cousot,
"Abstract Interpretation", 1977; Jones, Muchnick, "Complexity of Flow Analysis, Inductive Assertion Synthesis,
and a Language due to Dijkstra", 1981). Linear in the variables where a list of states has as many as there
are combinations of them: of a hundred writers it matters when one of them can be new, not which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..names import PIPELINE, VariableKey
from .system import Event, System, Value

Ranges = dict[Value, dict[VariableKey, set[Value]]]
"""For each position that can be reached, and each variable."""


def find_ranges(system: System, pipeline: VariableKey = PIPELINE) -> Ranges:
    """What can be, at most, in states that can be reached; of several pipelines, by where this one stands."""
    start: Value = system.value(system.initial, pipeline)
    initial = {variable.key: {variable.initial} for variable in system.variables}
    return widen_ranges(system, {start: initial}, pipeline)


def widen_ranges(system: System, start: Ranges, pipeline: VariableKey = PIPELINE) -> Ranges:
    """What can be, at most, in states that can be reached from those in the ranges."""
    places = system.variables[system.index(pipeline)].domain
    ranges: Ranges = {place: {key: set(some) for key, some in own.items()} for place, own in start.items()}
    at: dict[Value, list[Event]] = {place: [] for place in places}
    for event in system.events:
        for place in event.guard.get(pipeline, places):
            at[place].append(event)
    waiting = list(start)
    while waiting:
        here = waiting.pop()
        for there in _spread(ranges, here, at[here], pipeline):
            if there not in waiting:
                waiting.append(there)
    return ranges


def _spread(ranges: Ranges, here: Value, events: Iterable[Event], pipeline: VariableKey) -> Iterator[Value]:
    """Adds what the events lead to from a position; the positions at which there is something new."""
    for event in events:
        if not _can_happen(event, ranges[here]):
            continue
        there = event.effect.get(pipeline, here)
        found = ranges.setdefault(there, {})
        is_new = False
        for key, more in _list_after(event, ranges[here], stays=there == here):
            own = found.setdefault(key, set())
            is_new = is_new or not more <= own
            own |= more
        if is_new:
            yield there


def _list_after(
    event: Event, ranges: Mapping[VariableKey, set[Value]], *, stays: bool
) -> Iterator[tuple[VariableKey, set[Value]]]:
    """The values that variables can have after the event; where it leaves the position, of each of them."""
    for key in (event.effect.keys() & ranges.keys()) if stays else ranges:
        if key in event.effect:
            yield key, {event.effect[key]}
        else:
            yield key, (ranges[key] & event.guard[key] if key in event.guard else ranges[key])


def _can_happen(event: Event, ranges: Mapping[VariableKey, set[Value]]) -> bool:
    return all(key not in ranges or values & ranges[key] for key, values in event.guard.items())
