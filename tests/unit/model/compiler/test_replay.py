"""A story is replayed on the live machines, and a false one is refused."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from skewproof.model import compile_deployment
from skewproof.model.compiler.replay import Replay, ReplayError, replay
from skewproof.model.compiler.system import Event, State
from skewproof.model.language import loads

ONE_SERVICE = """
components: {glue: {kind: service}}
requests: {browse: [client calls glue: page]}
pipeline: [Deploy: [deploy glue]]
changes: {}
"""

TWO_SERVICES = """
components: {front: {kind: service}, back: {kind: service}}
requests: {browse: [client calls front: page, front calls back: part]}
pipeline: [Deploy: [deploy front back]]
changes: {}
"""


def test_a_run_of_the_system_replays_to_its_last_state() -> None:
    compiled = compile_deployment(loads(ONE_SERVICE))
    state: State = compiled.system.initial
    run = []
    while successors := list(compiled.system.successors(state)):
        event, state = successors[0]
        run.append(event)
    assert [event.text for event in run] == [
        "Deploy begins: deploy glue",
        "glue: spawn V2 (1×V1 1×V2)",
        "glue: retire V1 (1×V2)",
        "the pipeline is over",
    ]
    assert replay(compiled, run)[-1] == state


def test_an_event_that_is_not_enabled_is_refused() -> None:
    compiled = compile_deployment(loads(ONE_SERVICE))
    spawn = next(event for event in compiled.system.events if "spawn" in event.text)
    with pytest.raises(ReplayError, match="is not enabled"):
        replay(compiled, [spawn])


def test_a_system_that_strays_from_the_machines_is_refused() -> None:
    compiled = compile_deployment(loads(ONE_SERVICE))
    begin, spawn = (next(e for e in compiled.system.events if text in e.text) for text in ("begins", "spawn"))
    retired = next(e for e in compiled.system.events if "retire" in e.text).effect
    leap = replace(spawn, effect=retired)
    strayed = replace(compiled, system=replace(compiled.system, events=(begin, leap)))
    with pytest.raises(ReplayError, match="the machine of glue does not go from 1×V1 to 1×V2"):
        replay(strayed, [begin, leap])


def test_a_run_that_begins_as_the_one_before_is_made_from_where_they_part() -> None:
    compiled = compile_deployment(loads(TWO_SERVICES))
    begin, front, back = (
        next(e for e in compiled.system.events if text in e.text)
        for text in ("begins", "front: spawn V2", "back: spawn V2")
    )
    both = Replay(compiled)
    first, second = both.make((begin, front, back)), both.make((begin, back, front))
    assert first[:2] == second[:2]
    assert first[1] is second[1]
    assert second == replay(compiled, (begin, back, front))
    with pytest.raises(ReplayError, match="is not enabled"):
        both.make((begin, back, back))
    assert both.make((begin, front)) == first[:3]


def test_the_end_of_a_run_is_found_under_the_same_checks() -> None:
    compiled = compile_deployment(loads(TWO_SERVICES))
    begin, front, back = (
        next(e for e in compiled.system.events if text in e.text)
        for text in ("begins", "front: spawn V2", "back: spawn V2")
    )
    one = Replay(compiled)
    assert one.find_end((begin, front, back)) == replay(compiled, (begin, front, back))[-1]
    with pytest.raises(ReplayError, match="is not enabled"):
        one.find_end((begin, back, back))
    with pytest.raises(ReplayError, match="is not enabled"):
        one.find_end([Event(back.cause, {}, back.effect)])
    leap = Event(back.cause, {}, next(e for e in compiled.system.events if "back: retire" in e.text).effect)
    strayed = replace(compiled, system=replace(compiled.system, events=(leap,)))
    with pytest.raises(ReplayError, match="the machine of back does not go"):
        Replay(strayed).find_end([leap])
    assert one.make((begin, front)) == replay(compiled, (begin, front))
