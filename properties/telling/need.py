"""Which events of a run its end needs: it would end so without the others, too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event, EventKind, Guard, State, Value
from ...model.names import PIPELINE, VariableKey

Requirement = tuple[VariableKey, frozenset[Value]]
"""A variable and the values of which it has to have one, from a moment of the run on."""


def find_needed(
    compiled: Compiled, run: Sequence[Event], end: Guard, kept: Collection[int] = ()
) -> frozenset[int]:
    """The indices of the events without which `end` would not hold after the run, and of the request's hops.
    Those that are `kept`, by index, are taken as needed.

    An event is needed if it gives a variable a value that something needed later asks for, and the variable
    had none of those before. Where the pipeline stands is never asked for: it goes on by itself. So what is
    needed, run alone and in its order, is a run but for the guards on the pipeline, and ends in `end`.
    (A dynamic slice: Korel, Laski, "Dynamic program slicing", 1988.)
    """
    passed = [compiled.system.initial]
    for event in run:
        passed.append(compiled.system.successor(passed[-1], event))
    open_, needed = set(_list_required(end)), set[int]()
    for index in range(len(run) - 1, -1, -1):
        met = _list_met(compiled, run[index], passed[index], open_)
        if met or index in kept or run[index].kind is EventKind.HOP:
            needed.add(index)
            open_ = (open_ - met) | set(_list_required(run[index].guard))
    return frozenset(needed)


def _list_required(guard: Mapping[VariableKey, frozenset[Value]]) -> list[Requirement]:
    return [(key, allowed) for key, allowed in guard.items() if key != PIPELINE]


def _list_met(
    compiled: Compiled, event: Event, before: State, required: set[Requirement]
) -> set[Requirement]:
    """What only the event brings about."""
    return {
        (key, allowed)
        for key, allowed in required
        if key in event.effect and compiled.system.value(before, key) not in allowed
    }
