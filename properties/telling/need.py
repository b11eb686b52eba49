"""Which events of a run its end needs: it would end so without the others, too."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import prod

from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event, EventKind, Guard, State, Value
from ...model.names import VariableKey, is_pipeline

Required = dict[VariableKey, set[frozenset[Value]]]
"""For a variable sets of values, of each of which it has to have one, from a moment of the run on."""


def find_needed(
    compiled: Compiled,
    run: Sequence[Event],
    passed: Sequence[State],
    end: Guard,
    kept: Collection[int] = (),
    *,
    exact: bool = False,
) -> frozenset[int]:
    """The indices of the events without which `end` would not hold after the run, and of the request's hops.
    `passed` are the states on its way, the initial one first; those that are `kept`, by index, are taken as
    needed.

    An event is needed if it gives a variable a value that something needed later asks for, and the variable
    had none of those before. Where the pipeline stands is never asked for: it goes on by itself. So what is
    needed, run alone and in its order, is a run but for the guards on the pipeline, and ends in `end`.
    (A dynamic slice: Korel, Laski, "Dynamic program slicing", 1988.)

    Nor is it asked which way the request goes past a hop, if it comes to the same: of a call on the way it
    does not matter which version took it, so whoever rolled that version out is not needed. What is needed
    is a run then with some of these ways. `exact`: it is one with those of the run.
    """
    needed, required = set[int](), Required()
    _require(required, end)
    for index in range(len(run) - 1, -1, -1):
        event = run[index]
        guard = (
            event.guard if exact or event.kind is not EventKind.HOP else _any_way(compiled, event, required)
        )
        is_met = _meet(compiled, event, passed[index], required)
        if is_met or index in kept or event.kind is EventKind.HOP:
            needed.add(index)
            _require(required, guard)
    return frozenset(needed)


def _any_way(compiled: Compiled, event: Event, required: Required) -> Guard:
    """When the request gets past the hop of the event so that all is as it is `required`, in whatever way.

    The ways that do are taken together only if they are all combinations of what their guards ask of each
    variable: then one of them can be gone where each variable has a value that some of them asks for.
    """
    ways = [way for way in compiled.ways[event.hop or 0] if _does_as_well(way, event, required)]
    asked = {key: {way.guard.get(key) for way in ways} for key in event.guard}
    guards = {frozenset(way.guard.items()) for way in ways}
    if any(way.guard.keys() != event.guard.keys() for way in ways):
        return event.guard
    if len(guards) != prod(len(sets) for sets in asked.values()):
        return event.guard
    return {key: frozenset().union(*filter(None, sets)) for key, sets in asked.items()}


def _does_as_well(way: Event, event: Event, required: Required) -> bool:
    """Whether it gives each variable of which something is required a value that is fine, and gives one
    wherever the event does."""
    fine = all(value in allowed for key, value in way.effect.items() for allowed in required.get(key, ()))
    return fine and all(key in way.effect for key in event.effect if required.get(key))


def _require(required: Required, guard: Guard) -> None:
    for key, allowed in guard.items():
        if not is_pipeline(key):
            required.setdefault(key, set()).add(allowed)


def _meet(compiled: Compiled, event: Event, before: State, required: Required) -> bool:
    """Takes away what only the event brings about; False if that is nothing."""
    is_met = False
    for key in event.effect:
        if key in required:
            value = compiled.system.value(before, key)
            left = {allowed for allowed in required[key] if value in allowed}
            is_met = is_met or len(left) < len(required[key])
            required[key] = left
    return is_met
