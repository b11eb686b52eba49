"""The order of the variables in the diagrams.

The pipeline and the request come first: whatever depends on where they stand branches there. Then
the variables as the hops of the requests meet them: what a hop compares and assigns lies together,
and components that are independent of each other share no node. What no hop meets goes beside a
variable that some event names with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ....model.compiler.variables import PIPELINE
from ....model.compiler.walker import REQUEST
from ....model.kernel.system import Event, EventKind, System

TOP = (PIPELINE, REQUEST)


def order(systems: Iterable[System]) -> dict[str, int]:
    """The variables of all the systems, from the top, with the most values that each has.

    Variables of the same name share their bits: no two systems are looked at at once.
    """
    every = tuple(systems)
    sizes: dict[str, int] = {}
    for system in every:
        for variable in system.variables:
            sizes[variable.name] = max(sizes.get(variable.name, 0), len(variable.domain))
    events = [event for system in every for event in system.events]
    names = dict.fromkeys(name for event in events if event.kind is EventKind.HOP for name in _named(event))
    for event in events:
        if new := [name for name in _named(event) if name not in names]:
            names = _beside(names, new, next((name for name in _named(event) if name in names), None))
    names = dict.fromkeys((*(name for name in TOP if name in sizes), *names, *sizes))
    return {name: sizes[name] for name in names}


def _named(event: Event) -> Iterator[str]:
    """The variables of the event but those that come first anyway."""
    yield from (name for name in (*event.guard, *event.effect) if name not in TOP)


def _beside(names: dict[str, None], new: list[str], neighbour: str | None) -> dict[str, None]:
    """The names with the new ones put after the neighbour, at the end if there is none."""
    old = list(names)
    at = old.index(neighbour) + 1 if neighbour is not None else len(old)
    return dict.fromkeys((*old[:at], *new, *old[at:]))
