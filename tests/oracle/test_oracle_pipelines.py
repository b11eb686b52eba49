"""The oracle on several pipelines at once, by hand (101)."""

from typing import Any

import pytest

from support.by_hand import (
    CALL,
    CARRY,
    DATABASE,
    GLUE,
    RABBIT,
    REDIS,
    SCHEDULER,
    WRITE,
    ZED,
    properties,
    steps,
    told,
)
from support.by_hand import deployment as one_pipeline
from support.oracle import Hazard, judge
from support.oracle_ends import ends
from support.oracle_plan import read_plan
from support.oracle_space import deployment_space

OLD_CALLS_NEW: dict[str, Any] = {"zed/cart": {"breaks": {"call": ["V1 -> V2"]}}}
NEW_CALLS_OLD: dict[str, Any] = {"zed/cart": {"breaks": {"call": ["V2 -> V1"]}}}


def deployment(
    components: dict[str, Any],
    requests: list[str],
    pipelines: dict[str, str],
    changes: dict[str, Any] | None,
    rollback: dict[str, str] | None = None,
    **rest: Any,
) -> dict[str, Any]:
    data = one_pipeline(components, requests, "", changes, **rest)
    del data["pipeline"]
    data["pipelines"] = {name: steps(text) for name, text in pipelines.items()}
    return data | ({"rollback": {n: steps(t) for n, t in rollback.items()}} if rollback else {})


def window(*names: str) -> frozenset[str]:
    return frozenset(names)


def test_each_has_a_position_of_its_own() -> None:
    data = deployment(GLUE, ["client calls glue: page"], {"a": "One", "b": "One"}, {})
    # Each goes from (before) to One to (after), two events: 3 * 3 states, and 4 over 2 ways to shuffle them.
    assert judge(data).interleavings == 6
    assert len(deployment_space(read_plan(data))) == 9


def test_those_who_meet_do_so_in_steps_of_both() -> None:
    pipelines = {"front": "A: deploy glue", "back": "B: deploy zed"}
    found = told(judge(deployment(GLUE | ZED, [CALL], pipelines, OLD_CALLS_NEW)))
    # into B, spawn V2 of zed, the page, the call: 4. Who rolls glue out first never meets it.
    at = window("front: (before)", "front: A", "back: B", "back: (after)")
    assert found == {"2 call V1->V2": Hazard(at, False, 0, 4, "error")}


def test_one_waits_for_the_other_to_be_done() -> None:
    pipelines = {"front": "A: deploy glue when back done", "back": "B: deploy zed"}
    data = deployment(GLUE | ZED, [CALL], pipelines, NEW_CALLS_OLD)
    assert judge(data).verdict == "safe"
    data["pipelines"]["front"] = steps("A: deploy glue")
    # into A, spawn V2 of glue, the page, the call: 4.
    at = window("front: A", "front: (after)", "back: (before)", "back: B")
    assert told(judge(data)) == {"2 call V2->V1": Hazard(at, False, 0, 4, "error")}


@pytest.mark.parametrize("predicate", ['after "back: B"', 'in "back: (after)"'])
def test_predicates_name_the_step_of_another(predicate: str) -> None:
    pipelines = {"front": f"A: deploy glue when {predicate}", "back": "B: deploy zed"}
    assert judge(deployment(GLUE | ZED, [CALL], pipelines, NEW_CALLS_OLD)).verdict == "safe"


def test_who_waits_for_each_other_stalls() -> None:
    pipelines = {"front": "A: deploy glue when back done", "back": "B: deploy zed when front done"}
    stall = judge(deployment(GLUE | ZED, [CALL], pipelines, {})).stall
    assert stall is not None
    assert (stall.inevitable, stall.length) == (True, 0)
    assert stall.window == window("front: (before)", "front: A", "back: (before)", "back: B")


def test_await_waits_for_what_another_has_begun() -> None:
    pipelines = {"front": "A: await zed", "back": "B: start deploy zed"}
    plan = read_plan(deployment(GLUE | ZED, [CALL], pipelines, {}))
    # Once back stands behind B, front leaves A only with zed rolled out; before that at any time.
    left = [s for s in deployment_space(plan) if plan.positions[s.positions[0]].is_end]
    began = [s for s in left if plan.positions[s.positions[1]].is_end]
    assert any(plan.positions[s.positions[1]].step == "back: (before)" for s in left)
    assert any(dict(s.up)["zed"].ready[0] for s in began), "it left A before back began"
    stood = deployment(GLUE | ZED, [CALL], {**pipelines, "front": "A: await zed when back done"}, {})
    plan = read_plan(stood)
    left = [s for s in deployment_space(plan) if plan.positions[s.positions[0]].is_end]
    assert left
    assert not any(dict(s.up)["zed"].ready[0] for s in left)


def test_each_cleans_up_by_its_own_aims() -> None:
    three: dict[str, Any] = {"versions": ["V1", "V2", "V3"]}
    changes: dict[str, Any] = {"rabbit/m": {"breaks": "both", "starts": ["V1", "V2"]}}
    pipelines = {"a": "A: deploy glue, deploy glue, purge rabbit", "b": "B: reconfigure database"}
    pipelines["b"] = "B: deploy zed"
    found = read_plan(
        deployment(GLUE | ZED | RABBIT, ["glue publishes rabbit: m"], pipelines, changes, **three)
    )
    (purge,) = (m for p in found.positions for m in p.moves if m.verb == "purge")
    assert purge.goal == 2
    pipelines = {"a": "A: deploy glue, deploy glue", "b": "B: deploy zed, purge rabbit"}
    found = read_plan(
        deployment(GLUE | ZED | RABBIT, ["glue publishes rabbit: m"], pipelines, changes, **three)
    )
    (purge,) = (m for p in found.positions for m in p.moves if m.verb == "purge")
    assert purge.goal == 1, "only b's own deploys count"


def test_steps_of_another_count_for_a_span() -> None:
    # What is read as V1 must be so before the purge; the schema moves when front is past A2, which so begins.
    pipelines = {"front": "A: purge redis\nA2", "back": 'B: migrate database when after "front: A2"'}
    changes: dict[str, Any] = {
        "database/cart": {"breaks": {"token": ["V1 -> V2"]}},
        "redis/product": {"breaks": "none"},
    }
    data = deployment(DATABASE | REDIS, [CARRY], pipelines, changes)
    assert {key: h.span for key, h in told(judge(data)).items()} == {"2 token V1->V2": 1}
    assert judge({**data, "assume": {"max_span": 0}}).verdict == "safe"
    assert judge({**data, "assume": {"max_span": 1}}).verdict == "unsafe"


def test_one_fails_and_the_other_goes_on() -> None:
    pipelines = {"front": "A: deploy glue", "back": "B: deploy zed"}
    back = {"front": "Undo: rollback glue"}
    data = deployment(GLUE | ZED, [CALL], pipelines, OLD_CALLS_NEW, back)
    judgement = judge(data, failures=True)
    (found,) = told(judgement).values()
    # glue V1 can meet zed V2 wherever front stands now, also for ever when front has rolled back.
    assert {"front: Undo", "front: (after)", "back: (after)"} <= found.window
    assert found.for_ever
    # front: in A zed may be V2 already, so its rollback meets the pair; back has no rollback.
    assert dict(judgement.way_back) == {"front: A": False}
    assert judgement.stall is None, "what stops for good is no stall"
    calm = judge(deployment(GLUE | ZED, [CALL], pipelines, NEW_CALLS_OLD, {"back": "Undo: rollback zed"}))
    assert not calm.way_back, "nothing fails"


def test_a_way_back_leaves_failures_of_others_aside() -> None:
    pipelines = {"front": "A: deploy glue", "back": "B: migrate database"}
    data = deployment(
        GLUE | DATABASE,
        [WRITE],
        pipelines,
        {"database/cart": {"breaks": "none"}},
        {"front": "U: rollback glue"},
    )
    # back stops for good if it fails, and nothing is complete then: that is not held against front.
    assert dict(judge(data, failures=True).way_back) == {"front: A": True}


def test_what_is_irreversible_binds_its_own_pipeline() -> None:
    pipelines = {"front": "A: deploy glue\nB: rollback glue", "back": "C: irreversible migrate database"}
    data = deployment(GLUE | DATABASE, [WRITE], pipelines, {"database/cart": {"breaks": "none"}})
    assert not properties(judge(data))
    data["pipelines"] = {"front": steps("A: irreversible deploy glue\nB: rollback glue"), "back": ["C"]}
    assert list(properties(judge(data))) == [("irreversible deploy glue", "rollback glue")]


def test_a_hazard_is_accepted_where_one_of_them_stands_in_the_step() -> None:
    pipelines = {"front": "A: deploy glue", "back": "B: deploy zed"}
    entry = {"contract": "zed/cart", "in": ["back: B"], "reason": "known"}
    data = deployment(GLUE | ZED, [CALL], pipelines, OLD_CALLS_NEW, accept=[entry])
    assert judge(data).verdict == "unsafe", "it is also met when back is over and front is not"
    data["accept"] = [{**entry, "in": ["back: B", "back: (after)"]}]
    assert judge(data).verdict == "safe", "wherever front stands"
    data["accept"] = [{**entry, "in": ["front: (before)", "front: A"]}]
    assert judge(data).verdict == "safe"


def test_what_stands_at_the_end_of_all() -> None:
    components = GLUE | SCHEDULER | REDIS
    pipelines = {"a": "A: deploy glue", "b": "B: suspend scheduler, await glue"}
    data = deployment(
        components, ["scheduler calls glue: page"], pipelines, {"glue/page": {"breaks": "none"}}
    )
    found = ends(read_plan(data))
    assert found.stands["up", "glue"] == {(("V2", 1),)}
    assert found.stands["jobs", "scheduler"] == {(("suspended", None),)}
    assert not found.after_rollback


def test_instances_are_as_many_as_their_own_pipeline_wants() -> None:
    components = {"glue": {"kind": "service", "replicas": {"V1": 1, "V2": 2}}} | ZED
    pipelines = {"a": "A: deploy glue", "b": "B: deploy zed"}
    plan = read_plan(deployment(components, [CALL], pipelines, {}))
    over = [s for s in deployment_space(plan) if all(plan.positions[n].is_end for n in s.positions)]
    assert over
    assert {dict(s.up)["glue"].ready for s in over} == {(0, 2)}


def test_who_switches_a_worker_says_nothing_of_how_many_there_are() -> None:
    components = {"scheduler": {"kind": "worker", "replicas": {"V1": 0, "V2": 1}}}
    pipelines = {"a": "A: resume scheduler", "b": "B: deploy scheduler"}
    plan = read_plan(deployment(components, ["scheduler calls scheduler: x"], pipelines, {}))
    over = [s for s in deployment_space(plan) if all(plan.positions[n].is_end for n in s.positions)]
    assert {dict(s.up)["scheduler"].ready for s in over} == {(0, 1)}
