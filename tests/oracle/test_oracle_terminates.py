"""The oracle on instances that terminate later, worked out by hand (paragraph 85)."""

from typing import Any

import pytest

from support.by_hand import CALL, DATABASE, GLUE, RABBIT, READ, REDIS, SCHEDULER, deployment, told
from support.oracle import judge
from support.oracle_deployment import first_state
from support.oracle_plan import read_plan
from support.oracle_predicate import holds
from support.oracle_rollout import gone_events, restart_events
from support.oracle_space import deployment_space
from support.oracle_state import EMPTY_GRIP, Grip, get
from support.oracle_traffic import can_be_used_up, traffic_events

LATER: dict[str, Any] = {"terminates": "later"}
WRITE = "client calls zed: page\nzed writes redis: product"


def zed(**spec: Any) -> dict[str, Any]:
    return GLUE | {"zed": {"kind": "service"} | LATER | spec}


def with_one_terminating(components: dict[str, Any], requests: list[str]) -> Any:
    """The plan, and its first state with a V1 instance of zed (or the scheduler) that terminates beside."""
    changes: dict[str, Any] = {"redis/product": {}, "rabbit/cart": {}}
    plan = read_plan(deployment(components | REDIS | RABBIT, requests, "A", changes))
    state = first_state(plan)
    terminating = tuple(
        (n, one._replace(terminating=frozenset({0})) if n in ("zed", "scheduler") else one)
        for n, one in state.up
    )
    return plan, state._replace(up=terminating)


def without(state: Any, name: str) -> Any:
    """The state with nobody ready there."""
    up = tuple((n, one._replace(ready=(0, 0)) if n == name else one) for n, one in state.up)
    return state._replace(up=up)


@pytest.mark.parametrize(("spec", "met"), [({}, False), (LATER, True)])
def test_what_was_retired_still_writes_after_a_purge(spec: dict[str, Any], met: bool) -> None:
    components = {"zed": {"kind": "service"} | spec} | GLUE | REDIS
    pipeline = "A: deploy zed\nB: purge redis\nC: deploy glue"
    breaks = {"redis/product": {"breaks": {"content": ["V2 -> V1"]}}}
    judgement = judge(deployment(components, [WRITE, READ], pipeline, breaks))
    assert ("2 content V2->V1" in told(judgement)) == met


def test_a_deployment_is_complete_when_nobody_terminates() -> None:
    plan = read_plan(deployment(zed(), [CALL], "A: deploy zed", {}))
    ends = [s for s in deployment_space(plan) if plan.positions[s.positions[0]].is_end]
    assert {len(get(state.up, "zed").terminating) for state in ends} == {0, 1}
    assert judge(deployment(zed(), [CALL], "A: deploy zed", {})).interleavings == 2  # before or after the end


def test_recreate_waits_for_those_of_other_versions() -> None:
    data = deployment(zed(strategy="recreate"), [CALL], "A: deploy zed", {})
    plan = read_plan(data)
    both = [s for s in deployment_space(plan) if get(s.up, "zed").terminating and get(s.up, "zed").ready[1]]
    assert not both
    assert judge(data).interleavings == 1


@pytest.mark.parametrize(("ready", "drain", "goes"), [(1, None, True), (0, None, False), (0, "abrupt", True)])
def test_the_request_holds_the_end_up(ready: int, drain: str | None, goes: bool) -> None:
    plan, state = with_one_terminating(zed(**({"drain": drain} if drain else {})), [CALL])
    here = state if ready else without(state, "zed")
    grip = Grip(frozenset({("zed", 0)}), frozenset(), ())
    assert bool(list(gone_events(plan, here, grip))) == goes
    assert list(gone_events(plan, here, EMPTY_GRIP))


def test_it_cuts_the_request_off_only_at_its_end() -> None:
    data = deployment(zed(drain="abrupt"), [f"{CALL}\nzed calls glue: cart"], "A: deploy zed", {})
    hazard = told(judge(data))["2 interrupted None->V1"]
    assert (hazard.window, hazard.length) == (frozenset({"A", "(after)"}), 6)


def test_an_instance_that_terminates_takes_no_job_and_uses_nothing_up() -> None:
    components = {"scheduler": SCHEDULER["scheduler"] | LATER}
    requests = ["scheduler consumes rabbit: cart\nscheduler writes redis: product"]
    plan, state = with_one_terminating(components, requests)
    here = without(state, "scheduler")
    assert can_be_used_up(plan, state, "rabbit/cart")
    assert not can_be_used_up(plan, here, "rabbit/cart")
    written = here._replace(content=(("rabbit/cart", frozenset()), ("redis/product", frozenset())))
    assert [dict(after.content)["redis/product"] for after in traffic_events(plan, written)] == [{0}]


def test_what_has_nothing_to_finish_is_gone_at_once() -> None:
    data = deployment(
        zed(readiness={"V2": "false"}), [CALL], "A: start deploy zed\nWait\nB: rollback zed", {}
    )
    space = deployment_space(read_plan(data))
    assert any(get(state.up, "zed").starting[1] for state in space)
    assert not any(get(state.up, "zed").terminating for state in space)


def test_one_that_pulls_may_have_something_to_finish_as_it_starts() -> None:
    components = {"scheduler": SCHEDULER["scheduler"] | LATER | {"readiness": {"V2": "false"}}} | RABBIT
    data = deployment(
        components,
        ["scheduler consumes rabbit: cart"],
        "A: start deploy scheduler\nWait\nB: rollback scheduler",
        {},
    )
    space = deployment_space(read_plan(data))
    assert any(get(state.up, "scheduler").terminating == {1} for state in space)


def test_the_last_ready_one_may_restart_beside_one_that_terminates() -> None:
    plan, state = with_one_terminating(zed(restarts=True), [CALL])
    grip = Grip(frozenset({("zed", 0)}), frozenset(), ())
    assert list(restart_events(plan, state, grip))
    assert not list(restart_events(plan, first_state(plan), grip))


def test_gone_is_asked_of_all_there_are() -> None:
    plan, state = with_one_terminating(zed(), [CALL])
    assert not holds(plan, without(state, "zed"), "zed.gone(V1)")
    assert holds(plan, state, "zed.gone(V2)")
    nobody = without(first_state(plan), "zed")
    assert holds(plan, nobody, "zed.gone(V1)")


def test_it_counts_as_old_in_residue() -> None:
    components = {"zed": {"kind": "service"} | LATER} | REDIS | DATABASE
    judgement = judge(deployment(components, [WRITE], "A: deploy zed\nB: purge redis", {"redis/product": {}}))
    assert judgement.residue == {"redis/product"}  # written after the purge, before it was gone
