"""Which events of a run its end needs: it would end so without the others, too."""

from __future__ import annotations

from collections.abc import Collection, Sequence

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
) -> frozenset[int]:
    """The indices of the events without which `end` would not hold after the run, and of the request's hops.
    `passed` are the states on its way, the initial one first; those that are `kept`, by index, are taken as
    needed.

    An event is needed if it gives a variable a value that something needed later asks for, and the variable
    had none of those before. Where the pipeline stands is never asked for: it goes on by itself. So what is
    needed, run alone and in its order, is a run but for the guards on the pipeline, and ends in `end`.
    (A dynamic slice: Korel, Laski, "Dynamic program slicing", 1988.)
    """
    needed, required = set[int](), Required()
    _require(required, end)
    for index in range(len(run) - 1, -1, -1):
        is_met = _meet(compiled, run[index], passed[index], required)
        if is_met or index in kept or run[index].kind is EventKind.HOP:
            needed.add(index)
            _require(required, run[index].guard)
    return frozenset(needed)


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
