"""A story of an answer, followed event by event in a system that can make it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..model.compiler.space import show_value
from ..model.compiler.system import Event, State, System
from ..properties.verdict import TraceEvent


class Taken(NamedTuple):
    """An event of a run, and the state that it leads to."""

    event: Event
    reached: State


def follow(trace: Sequence[TraceEvent], system: System) -> Iterator[Taken]:
    """What the story takes: at each moment the event of its cause which is enabled and changes what the story
    says; no more where there is none."""
    state: State = system.initial
    for told in trace:
        event = next((event for event, _ in system.ways(state) if _is_told(event, told)), None)
        if event is None:
            return
        state = system.successor(state, event)
        yield Taken(event, state)


def _is_told(event: Event, told: TraceEvent) -> bool:
    return event.cause == told.cause and all(
        show_value(event.effect[key]) == value for key, value in told.values if key in event.effect
    )
