"""A story without the events that need not be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, assert_never

from ..model.compiler.system import EventKind
from ..properties.verdict import TraceEvent

NO_WAY_BACK = "from here on no way leads to the end; it goes on to where it waits:"
"""What is said before the events that follow the story of a stall."""


class ToldEvent(NamedTuple):
    """An event of a story that is told: its number in the whole trace, and how many before it are not."""

    number: int
    event: TraceEvent
    passed: int

    def begins_loop(self, loop: int | None) -> bool:
        """Whether what begins with event `loop` (from 0), and repeats for ever, is told from here on."""
        return loop is not None and self.number - self.passed <= loop + 1 <= self.number


def condense(trace: Sequence[TraceEvent]) -> tuple[ToldEvent, ...]:
    """The events of a trace worth telling, in order; numbers are those of the whole trace, from 1.

    Left out are events of the pipeline that change nothing but where it stands: every other event
    names its own step. While the request is in flight the last of a run of them stays, since it
    is the passing of steps that the request outlives.
    """
    return tuple(_told(trace))


def keep(trace: Sequence[TraceEvent], matters: Callable[[TraceEvent], bool]) -> tuple[ToldEvent, ...]:
    """The events of a trace that matter, and its last; numbers are those of the whole trace, from 1."""
    numbers = [
        number for number, event in enumerate(trace, start=1) if matters(event) or number == len(trace)
    ]
    return tuple(
        ToldEvent(number, trace[number - 1], number - before - 1)
        for before, number in zip((0, *numbers), numbers, strict=False)
    )


def _told(trace: Sequence[TraceEvent]) -> Iterator[ToldEvent]:
    passed, in_flight = 0, False
    for index, event in enumerate(trace):
        following = trace[index + 1] if index + 1 < len(trace) else None
        ends_run = following is None or not _only_passes(following)
        if _only_passes(event) and following is not None and not (in_flight and ends_run):
            passed += 1
            continue
        yield ToldEvent(index + 1, event, passed)
        passed, in_flight = 0, in_flight or event.kind is EventKind.HOP


def _only_passes(event: TraceEvent) -> bool:
    return event.kind is EventKind.PIPELINE and all(what == event.owner for what, _ in event.after)


def split_event(event: TraceEvent) -> tuple[str, str]:
    """The event in two columns: whose it is, and what happens, without saying the first twice.

    What the event changed is told too, as far as its text does not tell it.
    """
    more = [f"{what}: {value}" for what, value in event.after if value not in event.text]
    return _who(event), f"{event.what} ({', '.join(more)})" if more else event.what


def _who(event: TraceEvent) -> str:
    match event.kind:
        case EventKind.HOP:
            return "request"
        case EventKind.WRITE:
            return "other traffic"
        case EventKind.MOVE | EventKind.PIPELINE:
            return event.owner
        case _:
            assert_never(event.kind)
