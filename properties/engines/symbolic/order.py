"""The order of the variables in the diagrams.

The pipeline, if there is one alone, and the request come first: whatever depends on where they stand branches
there. Then
the variables as the hops of the requests meet them: what a hop compares and assigns lies together,
and components that are independent of each other share no node. What no hop meets goes beside a
variable that some event names with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ....model.compiler.system import Event, EventKind, System
from ....model.names import PIPELINE, REQUEST, VariableKey

TOP = (PIPELINE, REQUEST)


def order_variables(systems: Iterable[System]) -> dict[VariableKey, int]:
    """The variables of all the systems, from the top, with the most values that each has.

    Variables of the same key share their bits: no two systems are looked at at once.
    """
    every = tuple(systems)
    sizes: dict[VariableKey, int] = {}
    for system in every:
        for variable in system.variables:
            sizes[variable.key] = max(sizes.get(variable.key, 0), len(variable.domain))
    events = [event for system in every for event in system.events]
    keys = dict.fromkeys(key for event in events if event.kind is EventKind.HOP for key in _named(event))
    for event in events:
        if new := [key for key in _named(event) if key not in keys]:
            keys = _put_beside(keys, new, next((key for key in _named(event) if key in keys), None))
    keys = dict.fromkeys((*(key for key in TOP if key in sizes), *keys, *sizes))
    return {key: sizes[key] for key in keys}


def _named(event: Event) -> Iterator[VariableKey]:
    """The variables of the event but those that come first anyway."""
    yield from (key for key in (*event.guard, *event.effect) if key not in TOP)


def _put_beside(
    keys: dict[VariableKey, None], new: list[VariableKey], neighbour: VariableKey | None
) -> dict[VariableKey, None]:
    """The variables with the new ones put after the neighbour, at the end if there is none."""
    old = list(keys)
    at = old.index(neighbour) + 1 if neighbour is not None else len(old)
    return dict.fromkeys((*old[:at], *new, *old[at:]))
