"""The oracle on leaders, worked out by hand (paragraph 92)."""

from typing import Any

import pytest

from support.by_hand import GLUE, RABBIT, REDIS, SCHEDULER, deployment, properties, told
from support.oracle import judge
from support.oracle_deployment import first_state, move_events
from support.oracle_hop import IDLE, hop_outcomes
from support.oracle_plan import read_plan
from support.oracle_predicate import holds
from support.oracle_rollout import restart_events
from support.oracle_state import EMPTY_GRIP, Deployment
from support.oracle_traffic import can_be_used_up, traffic_events

WRITE = "client calls glue: page\nglue calls zed leader: cart"
LOG = "client calls zed leader: page\nzed leader calls zed: log"
NEWER: dict[str, Any] = {"zed/log": {"breaks": {"call": ["V2 -> V1"]}}}


def zed(**spec: Any) -> dict[str, Any]:
    return GLUE | {"zed": {"kind": "service"} | spec}


def leader(state: Deployment, name: str = "zed") -> int | None:
    return dict(state.leaders)[name]


def led_by(state: Deployment, version: int | None, ready: tuple[int, ...] | None = None) -> Deployment:
    """The state in which that version of zed (or the scheduler) leads, and so many are ready."""
    up = tuple(
        (n, one._replace(ready=ready) if ready and n in dict(state.leaders) else one) for n, one in state.up
    )
    return state._replace(up=up, leaders=tuple((n, version) for n, _ in state.leaders))


def test_anybody_ready_may_be_elected_at_any_time_or_nobody() -> None:
    plan = read_plan(deployment(zed(replicas=2), [WRITE], "A", {"zed/cart": {}}))
    first = first_state(plan)
    assert leader(first) == 0
    assert {leader(after) for after in traffic_events(plan, first)} == {None}
    both = led_by(first, 0, (1, 1))
    assert {leader(after) for after in traffic_events(plan, both)} == {None, 1}
    assert {leader(after) for after in traffic_events(plan, led_by(both, None))} == {0, 1}


def test_the_call_goes_to_the_leader_alone_and_waits_for_one() -> None:
    plan = read_plan(deployment(zed(replicas=2), ["client calls zed leader: cart"], "A", {"zed/cart": {}}))
    both = led_by(first_state(plan), 1, (1, 1))
    (outcome,) = hop_outcomes(plan, plan.requests[0], both, IDLE)
    assert outcome.after is not None
    assert not list(hop_outcomes(plan, plan.requests[0], led_by(both, None), IDLE))
    nobody = led_by(both, None, (0, 0))
    (waits,) = hop_outcomes(plan, plan.requests[0], nobody, IDLE)
    assert [(finding.aspect, finding.broken) for finding in waits.findings] == [(None, True)]


@pytest.mark.parametrize("words", ["zed leader", "zed"])
def test_a_new_leader_meets_old_ones(words: str) -> None:
    request = LOG.replace("calls zed leader", f"calls {words}").replace("zed leader calls", f"{words} calls")
    judgement = judge(deployment(zed(replicas=2), [request], "A: deploy zed", NEWER))
    hazard = told(judgement)["2 call V2->V1"]
    assert hazard.length == (5 if words == "zed leader" else 4), "an election more"
    assert hazard.inevitable == (words == "zed"), "elections may or may not happen"
    assert judgement.avoidable == (words == "zed leader")


def test_no_leader_is_no_hazard_but_nobody_up_is() -> None:
    data = deployment(zed(strategy="recreate"), [WRITE], "A: deploy zed", {"zed/cart": {}})
    assert list(told(judge(data))) == ["2 unavailable V1->None"]
    rolled = deployment(zed(), [WRITE], "A: deploy zed", {"zed/cart": {}})
    assert not told(judge(rolled))


def test_with_the_last_ready_one_of_its_version_the_leader_goes() -> None:
    plan = read_plan(deployment(zed(), [WRITE], "A: deploy zed", {"zed/cart": {}}))
    state = led_by(first_state(plan), 0, (1, 1))._replace(positions=(1,))
    (retired,) = move_events(plan, state, EMPTY_GRIP)
    assert leader(retired.after) is None
    other = led_by(state, 1)
    (kept,) = move_events(plan, other, EMPTY_GRIP)
    assert leader(kept.after) == 1
    restarting = read_plan(deployment(zed(restarts=True), [WRITE], "A", {"zed/cart": {}}))
    (down,) = restart_events(restarting, first_state(restarting), EMPTY_GRIP)
    assert leader(down) is None


def test_what_the_leader_writes_nobody_else_does() -> None:
    request = "client calls zed leader: page\nzed leader writes redis: product"
    plan = read_plan(deployment(zed() | REDIS, [request], "A", {"redis/product": {}}))
    both = led_by(first_state(plan), 1, (1, 1))._replace(content=(("redis/product", frozenset()),))
    assert {after.forms("redis/product") for after in traffic_events(plan, both)} == {
        frozenset(),
        frozenset({1}),
    }


def test_only_the_leader_starts_the_job_and_uses_its_messages_up() -> None:
    components = {"scheduler": SCHEDULER["scheduler"] | {"replicas": 2}} | RABBIT
    request = "scheduler leader consumes rabbit: cart since V2"
    plan = read_plan(deployment(components, [request], "A", {"rabbit/cart": {}}))
    both = led_by(first_state(plan), 0, (1, 1))
    assert not can_be_used_up(plan, both, "rabbit/cart")
    assert can_be_used_up(plan, led_by(both, 1), "rabbit/cart")
    (only,) = hop_outcomes(plan, plan.requests[0], led_by(both, 1), IDLE)
    assert only.after is not None
    assert not list(hop_outcomes(plan, plan.requests[0], led_by(both, None), IDLE))


def test_who_was_elected_goes_on_though_another_leads() -> None:
    request = "client calls zed leader: page\nzed leader writes redis: product"
    plan = read_plan(deployment(zed(replicas=2) | REDIS, [request], "A", {"redis/product": {}}))
    both = led_by(first_state(plan), 0, (1, 1))
    (called,) = hop_outcomes(plan, plan.requests[0], both, IDLE)
    assert called.after is not None
    for version in (1, None):
        (written,) = hop_outcomes(plan, plan.requests[0], led_by(both, version), called.after[1])
        assert written.after is not None
        assert 0 in written.after[0].forms("redis/product")


def test_the_leader_is_asked_for() -> None:
    plan = read_plan(deployment(zed(), [WRITE], "A", {"zed/cart": {}}))
    first = first_state(plan)
    asked = ("zed.leader == V1", "zed.leader != V1", "zed.leader == V2", "zed.leader is none")
    assert [holds(plan, first, one) for one in asked] == [True, False, False, False]
    assert [holds(plan, led_by(first, None), one) for one in asked] == [False, True, False, True]


def test_elections_are_no_moves_of_the_deployment() -> None:
    data = deployment(zed(), [WRITE], "A: deploy zed", {"zed/cart": {}})
    plain = deployment(zed(), [WRITE.replace(" leader", "")], "A: deploy zed", {"zed/cart": {}})
    assert judge(data).interleavings == judge(plain).interleavings == 1
    assert not properties(judge(data))
