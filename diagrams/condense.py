"""A story without the events that need not be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, assert_never

from ..model.compiler.system import EventKind
from ..properties.verdict import TraceEvent
from .wording import count

NO_WAY_BACK = "from here on no way leads to the end; it goes on to where it waits:"
"""What is said before the events that follow the story of a stall."""


MOST_HOPS, _FIRST_HOPS = 8, 2
"""Of so many hops at most that follow each other all are told; of more the first ones and the last."""


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

    Left out are events that the story does not need (`TraceEvent.is_needed`), the middle of a long way that
    the request goes without anything else, and what of the pipeline changes nothing but where it stands:
    every other event names its own step. While the request is in flight
    the last of a run of these stays, since it is the passing of steps that the request outlives. Every
    output tells a story by this one rule.
    """
    numbers = [
        number
        for number, event in enumerate(trace, start=1)
        if event.is_needed or _only_passes(event) or number == len(trace)
    ]
    return tuple(_told(trace, _fold_hops(trace, numbers)))


def _fold_hops(trace: Sequence[TraceEvent], numbers: Sequence[int]) -> list[int]:
    """Without the hops in the middle of a row that is too long."""
    found: list[int] = []
    for is_hop, group in groupby(numbers, lambda number: trace[number - 1].kind is EventKind.HOP):
        row = list(group)
        is_long = is_hop and len(row) > MOST_HOPS
        found += [*row[:_FIRST_HOPS], *row[_FIRST_HOPS - MOST_HOPS :]] if is_long else row
    return found


def _told(trace: Sequence[TraceEvent], numbers: Sequence[int]) -> Iterator[ToldEvent]:
    before, in_flight = 0, False
    for number, following in zip(numbers, (*numbers[1:], None), strict=False):
        event = trace[number - 1]
        ends_run = following is None or not _only_passes(trace[following - 1])
        if _only_passes(event) and following is not None and not (in_flight and ends_run):
            continue
        yield ToldEvent(number, event, number - before - 1)
        before, in_flight = number, in_flight or event.kind is EventKind.HOP


def tell_left_out(passed: Sequence[TraceEvent]) -> str:
    """What is said in place of events that are left out."""
    hops = [event for event in passed if event.kind is EventKind.HOP]
    others = [event for event in passed if event.kind is not EventKind.HOP]
    said = [f"{count(len(hops), 'hop')} on the way"] if hops else []
    return " and ".join([*said, *([f"{count(len(others), 'event')}{_why(others)}"] if others else [])])


def _why(passed: Sequence[TraceEvent]) -> str:
    return ": the pipeline goes on" if all(map(_only_passes, passed)) else " that this hazard does not need"


def _only_passes(event: TraceEvent) -> bool:
    """Whether the pipeline goes on and nothing else changes."""
    return event.kind is EventKind.PIPELINE and all(what == event.owner for what, _ in event.after)


def list_left_out(trace: Sequence[TraceEvent]) -> list[TraceEvent]:
    """All events of the trace that are not told."""
    told = {row.number for row in condense(trace)}
    return [event for number, event in enumerate(trace, start=1) if number not in told]


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
