"""A story is put into words when somebody looks, and is a tuple of events to whoever does."""

from __future__ import annotations

import pickle

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.properties.engines.registry import engine
from skewproof.properties.telling import tell_hops
from skewproof.properties.verdict import HopHazard, Trace, TraceEvent

TEXT = """
components: {a: {kind: service}, b: {kind: service}}
requests: {r: [client calls a: x, a calls b: y]}
pipeline: [One: [deploy a b]]
changes: {b/y: {breaks: both}}
"""


def hazards() -> list[HopHazard]:
    return list(tell_hops(engine("slice").judge(Task(loads(TEXT))).found))


def test_no_story_is_told_before_somebody_looks() -> None:
    asked: list[int] = []

    def tell() -> tuple[TraceEvent, ...]:
        asked.append(1)
        return ()

    told = Trace(tell)
    assert not asked
    assert (len(told), list(told), told[:1]) == (0, [], ())
    assert asked == [1]


def test_it_is_a_tuple_to_whoever_looks() -> None:
    first, *_ = hazards()
    events = tuple(first.trace)
    assert all(isinstance(event, TraceEvent) for event in events)
    assert first.trace == events
    assert events == first.trace
    assert hash(first.trace) == hash(events)
    assert repr(first.trace) == repr(events)
    assert (first.trace[0], first.trace[-1], first.trace[1:]) == (events[0], events[-1], events[1:])
    assert first.trace != events[1:]


def test_hazards_are_told_alike_whatever_is_looked_at_first() -> None:
    onward, backward = hazards(), hazards()
    assert len(onward) > 1
    assert [tuple(one.trace) for one in onward] == [tuple(one.trace) for one in reversed(backward)][::-1]
    assert onward == backward


def test_it_goes_to_other_processes_in_words() -> None:
    first, *_ = hazards()
    there = pickle.loads(pickle.dumps(first))
    assert there == first
    assert isinstance(there.trace, tuple)
