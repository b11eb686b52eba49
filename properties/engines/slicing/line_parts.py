"""Parts of a system that nothing but its one pipeline connects, each searched alone with the pipeline.

Where the pipeline goes one way, the states of the whole at a position to which every part lets it come are
all combinations of the states that the parts can have there (`line_size`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from ....model.compiler.system import Event, EventKind, Reached, System, Value, search
from ....model.names import VariableKey
from ....model.resources.limits import Limits
from ...temporal.influence import VariableSet, find_differing, join_sets
from .constant_guards import restrict_events

Position = tuple[Value, tuple[Event, ...]]
"""Where the pipeline stands, and the events by which it goes on."""


def list_positions(system: System, pipeline: VariableKey) -> list[Position]:
    """In the order in which the pipeline comes to them, up to where it can go more than one way."""
    leaving: dict[Value, list[Event]] = {}
    for event in system.events:
        if event.kind is EventKind.PIPELINE:
            (here,) = event.guard[pipeline]
            leaving.setdefault(here, []).append(event)
    initial = system.variables[system.index(pipeline)].initial
    found = [(initial, tuple(leaving.get(initial, ())))]
    while len({event.effect[pipeline] for event in found[-1][1]}) == 1:
        there = found[-1][1][0].effect[pipeline]
        found.append((there, tuple(leaving.get(there, ()))))
    return found


def find_parts(system: System, pipeline: VariableKey, line: Iterable[Position]) -> list[VariableSet]:
    """The variables that something connects, together; the pipeline connects only where it has a choice."""
    events = (event for event in system.events if event.kind is not EventKind.PIPELINE)
    together: list[Iterable[VariableKey]] = [{*event.guard, *event.effect} for event in events]
    for _, ways in line:
        together.append(find_differing([event.guard for event in ways]))
        together.append(find_differing([event.effect for event in ways]))
    keys = (variable.key for variable in system.variables)
    return join_sets((key for key in keys if key != pipeline), together)


class LinePart(Struct, frozen=True, dict=True):
    """A part: its variables, the pipeline among them, and all states that it can be in."""

    names: VariableSet
    reached: Reached
    at: int
    """Where the pipeline stands in each state."""

    @cached_property
    def here(self) -> Mapping[int, Sequence[int]]:
        """The states (by index) at each position of the pipeline, by its rank."""
        found: dict[int, list[int]] = {}
        for index, state in enumerate(self.reached.states):
            found.setdefault(state[self.at], []).append(index)
        return found


def search_part(
    system: System, pipeline: VariableKey, names: VariableSet, line: Iterable[Position], limits: Limits
) -> LinePart:
    """The part of a system that these variables are. Raises `LimitError`."""
    known = names | {pipeline}
    variables = tuple(variable for variable in system.variables if variable.key in known)
    changing = system.changing(names) if names else ()
    moves = [event for event in changing if event.kind is not EventKind.PIPELINE]
    going_on = restrict_events((event for _, events in line for event in events), known)
    reached = search(System(variables, (*going_on, *moves)), limits)
    return LinePart(known, reached, reached.system.index(pipeline))
