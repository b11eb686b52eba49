"""Guards on what is known: where the pipeline stands, a variable may have one value and no other.

Let a variable be searched alone with the pipeline: with every event that changes either of them, as if nobody
else had a say. It has there, at each position, every value that it ever has in the whole; so if it has one
value alone at a position, it has that value in each state of the whole in which the pipeline stands there.
An event that reads it, and does not change it, need then not ask: at the positions where its one value is
allowed the guard holds, at the others it does not. If that can be said of every position at which the event
can happen, the event is left there alone where the guard holds, and forgets the variable. In no state that
can be reached does it make a difference, so that states, transitions and paths are the same; but what waits
for one flag, which the pipeline has moved before, is no longer joined with all else that waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from ....model.compiler.system import Event, EventKind, System, Value, search
from ....model.names import VariableKey
from ....model.resources.limits import Limits, StateLimitError
from ...temporal.influence import VariableSet, restrict_to_known

Values = Mapping[Value, frozenset[Value]]
"""By position, the values that a variable can have there at most."""


def drop_constant_guards(system: System, pipeline: VariableKey, limits: Limits) -> System:
    """The system without guards of which it is known, wherever their event can happen, whether they hold.
    Raises `LimitError`."""
    read = {name for event in system.events for name in _list_read(event, pipeline)}
    found = {name: _find_values(system, pipeline, name, limits) for name in read}
    known = {name: values for name, values in found.items() if values is not None}
    if not known:
        return system
    (positions,) = (variable.domain for variable in system.variables if variable.key == pipeline)
    events = (_drop(event, pipeline, frozenset(positions), known) for event in system.events)
    return System(system.variables, tuple(event for event in events if event is not None))


def _list_read(event: Event, pipeline: VariableKey) -> list[VariableKey]:
    """What an event of a move or of traffic asks, and does not change; if it speaks of anything else."""
    own = {*event.guard, *event.effect} - {pipeline}
    if event.kind is EventKind.PIPELINE or len(own) < 2:
        return []
    return [name for name in event.guard if name != pipeline and name not in event.effect]


def _drop(
    event: Event, pipeline: VariableKey, positions: frozenset[Value], known: Mapping[VariableKey, Values]
) -> Event | None:
    """The event without the guards that are constant; None where it never happens."""
    guard = dict(event.guard)
    places = frozenset(guard.get(pipeline, positions))
    for name in (name for name in _list_read(event, pipeline) if name in known):
        values = {place: known[name].get(place, frozenset()) for place in places}
        if all(len(some) < 2 for some in values.values()):
            allowed = guard.pop(name)
            places = frozenset(place for place, some in values.items() if some and some <= {*allowed})
    if len(guard) == len(event.guard):
        return event
    return replace(event, guard={**guard, pipeline: places}) if places else None


def _find_values(system: System, pipeline: VariableKey, name: VariableKey, limits: Limits) -> Values | None:
    """What the variable can be at each position; None where that is too much to search."""
    both = frozenset({pipeline, name})
    variables = tuple(variable for variable in system.variables if variable.key in both)
    alone = System(variables, tuple(restrict_events(system.changing(both), both)))
    found: dict[Value, set[Value]] = {}
    try:
        states = search(alone, limits).states
    except StateLimitError:  # the whole may be smaller than a part in which nobody else has a say
        return None
    for state in states:
        found.setdefault(alone.value(state, pipeline), set()).add(alone.value(state, name))
    return {place: frozenset(values) for place, values in found.items()}


def restrict_events(events: Iterable[Event], names: VariableSet) -> list[Event]:
    """The events as far as they speak of the names, those that are the same once."""
    found: dict[object, Event] = {}
    for event in events:
        guard, effect = restrict_to_known(event.guard, names), restrict_to_known(event.effect, names)
        same = frozenset(guard.items()), frozenset(effect.items())
        found.setdefault(same, replace(event, guard=guard, effect=effect))
    return list(found.values())
