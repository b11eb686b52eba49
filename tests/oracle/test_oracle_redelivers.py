"""The oracle on messages that come back, worked out by hand (paragraph 88)."""

from typing import Any

import pytest

from support.by_hand import GLUE, SCHEDULER, deployment, told
from support.oracle import judge
from support.oracle_deployment import first_state, move_events
from support.oracle_hop import IDLE, hop_outcomes
from support.oracle_plan import read_plan
from support.oracle_rollout import restart_events
from support.oracle_space import deployment_space
from support.oracle_state import EMPTY_GRIP, Deployment
from support.oracle_traffic import traffic_events

PUBLISH = "client calls glue: page\nglue publishes rabbit: cart"
WORK = "scheduler consumes rabbit: cart"
BREAKS: dict[str, Any] = {"rabbit/cart": {"breaks": {"content": ["V2 -> V1"]}}}
QUEUE = "rabbit/cart"


def components(*, redelivers: bool = True, **spec: Any) -> dict[str, Any]:
    rabbit = {"kind": "broker"} | ({"redelivers": True} if redelivers else {})
    return GLUE | {"scheduler": SCHEDULER["scheduler"] | spec} | {"rabbit": rabbit}


def place(state: Deployment, content: set[int], taken: set[int], *departed: str) -> Deployment:
    """The state with this in the queue, and this taken from it."""
    return state._replace(
        content=((QUEUE, frozenset(content)),),
        unacknowledged=((QUEUE, frozenset(taken)),),
        departed=frozenset(departed),
    )


def seen(states: Any) -> set[tuple[frozenset[int], frozenset[int]]]:
    return {(state.forms(QUEUE), state.taken(QUEUE)) for state in states}


def pair(content: set[int], taken: set[int]) -> tuple[frozenset[int], frozenset[int]]:
    return frozenset(content), frozenset(taken)


@pytest.mark.parametrize("redelivers", [False, True])
def test_a_drained_queue_fills_again_when_a_consumer_goes(redelivers: bool) -> None:
    pipeline = "A: deploy glue\nB: drain rabbit\nC: deploy scheduler"
    judgement = judge(deployment(components(redelivers=redelivers), [PUBLISH, WORK], pipeline, BREAKS))
    hazards = told(judgement)
    assert ("1 content V2->V1" in hazards) == redelivers
    if redelivers:
        assert (hazards["1 content V2->V1"].length, hazards["1 content V2->V1"].for_ever) == (10, True)
        assert judgement.residue == {QUEUE}


def test_it_does_not_come_back_while_nobody_has_gone() -> None:
    pipeline = "A: deploy glue\nB: drain rabbit\nC: purge rabbit"
    plan = read_plan(deployment(components(), [PUBLISH, WORK], pipeline, BREAKS))
    ends = [s for s in deployment_space(plan) if plan.positions[s.positions[0]].step == "C"]
    assert not any(0 in state.forms(QUEUE) for state in ends)
    assert any(0 in state.taken(QUEUE) for state in ends)


def test_what_is_taken_leaves_the_queue_or_lies_there_still() -> None:
    plan = read_plan(deployment(components(), [WORK], "A", BREAKS))
    states = seen(traffic_events(plan, place(first_state(plan), {0}, set())))
    assert states == {pair({0}, {0}), pair(set(), {0})}


def test_what_was_taken_is_acknowledged_or_comes_back() -> None:
    plan = read_plan(deployment(components(), [WORK], "A", BREAKS))
    first = first_state(plan)
    assert seen(traffic_events(plan, place(first, set(), {0}))) == {pair(set(), set())}
    left = seen(traffic_events(plan, place(first, set(), {0}, "scheduler")))
    assert left == {pair(set(), set()), pair({0}, set()), pair({0}, {0})}


def test_a_suspended_worker_acknowledges_and_takes_nothing() -> None:
    plan = read_plan(deployment(components(), [WORK], "A", BREAKS))
    state = place(first_state(plan), {1}, {0})._replace(suspended=frozenset({"scheduler"}))
    assert seen(traffic_events(plan, state)) == {pair({1}, set())}


def test_nobody_acknowledges_where_nobody_is() -> None:
    plan = read_plan(deployment(components(), [WORK], "A", BREAKS))
    state = place(first_state(plan), set(), {0})
    nobody = tuple((n, i._replace(ready=(0, 0)) if n == "scheduler" else i) for n, i in state.up)
    assert not seen(traffic_events(plan, state._replace(up=nobody)))
    ending = tuple(
        (n, i._replace(ready=(0, 0), terminating=frozenset({0})) if n == "scheduler" else i)
        for n, i in state.up
    )
    assert seen(traffic_events(plan, state._replace(up=ending))) == {pair(set(), set())}


def test_what_expires_vanishes_from_both() -> None:
    changes = {QUEUE: BREAKS[QUEUE] | {"expires": True}}
    plan = read_plan(deployment(components(), [WORK], "A", changes))
    state = place(first_state(plan), {0}, {1})._replace(suspended=frozenset({"scheduler"}))
    nobody = tuple((n, i._replace(ready=(0, 0)) if n == "scheduler" else i) for n, i in state.up)
    left = seen(traffic_events(plan, state._replace(up=nobody)))
    assert left == {pair(set(), {1}), pair({0}, set())}


def test_undeclared_consumers_may_go_at_any_time() -> None:
    plan = read_plan(deployment(components(), [PUBLISH], "A", BREAKS))
    assert not plan.taking
    assert pair({0}, set()) in seen(traffic_events(plan, place(first_state(plan), set(), {0})))


def test_the_watched_job_takes_as_well_and_leaves_the_queue_as_it_is() -> None:
    plan = read_plan(deployment(components(), [WORK], "A", BREAKS))
    state = place(first_state(plan), {0}, set())
    (outcome,) = hop_outcomes(plan, plan.requests[0], state, IDLE)
    assert outcome.after is not None
    assert seen([outcome.after[0]]) == {pair({0}, {0})}


@pytest.mark.parametrize(("action", "left"), [("purge", pair({1}, {0})), ("expire", pair({1}, set()))])
def test_a_purge_sees_the_queue_alone_and_expire_both(action: str, left: Any) -> None:
    plan = read_plan(deployment(components(), [WORK], f"A: {action} rabbit", BREAKS))
    state = place(first_state(plan), {0, 1}, {0})._replace(positions=(1,))
    assert seen(event.after for event in move_events(plan, state, EMPTY_GRIP)) == {left}


def test_expire_waits_for_what_was_taken() -> None:
    plan = read_plan(deployment(components(), [WORK], "A: expire rabbit", BREAKS))
    state = place(first_state(plan), set(), {0})._replace(positions=(1,))
    assert seen(event.after for event in move_events(plan, state, EMPTY_GRIP)) == {pair(set(), set())}


def test_a_queue_that_goes_takes_all_with_it() -> None:
    changes = {QUEUE: BREAKS[QUEUE] | {"exists": ["V1"]}}
    plan = read_plan(deployment(components(), [WORK], "A: reconfigure rabbit", changes))
    state = place(first_state(plan), {0}, {0}, "scheduler")._replace(positions=(1,))
    (gone,) = move_events(plan, state, EMPTY_GRIP)
    assert seen([gone.after]) == {pair(set(), set())}


def test_whoever_restarts_lets_go_as_well() -> None:
    plan = read_plan(deployment(components(restarts=True), [WORK], "A", BREAKS))
    (down,) = restart_events(plan, first_state(plan), EMPTY_GRIP)
    assert down.departed == {"scheduler"}


def test_nothing_goes_with_one_that_never_took_anything() -> None:
    """It was starting, and takes no jobs before it is ready."""
    spec: dict[str, Any] = {"readiness": {"V2": "false"}, "pulls": "ready"}
    pipeline = "A: start deploy scheduler\nWait\nB: rollback scheduler"
    plan = read_plan(deployment(components(**spec), [WORK], pipeline, BREAKS))
    assert not any(state.departed for state in deployment_space(plan))
    pulling = read_plan(deployment(components(readiness=spec["readiness"]), [WORK], pipeline, BREAKS))
    assert any(state.departed for state in deployment_space(pulling))
