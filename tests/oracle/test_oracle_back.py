"""The oracle on what is held, goes back or is thrown away, by hand (42, 60 to 62, 77, 78, 81, 82)."""

from typing import Any

import pytest

from support.by_hand import (
    CALL,
    CARRY,
    DATABASE,
    GLUE,
    RABBIT,
    READ,
    REDIS,
    SCHEDULER,
    WRITE,
    ZED,
    deployment,
    hazard,
    properties,
    steps,
    told,
)
from support.oracle import Judgement, judge
from support.oracle_plan import Move, Plan, read_plan

THREE: dict[str, Any] = {"versions": ["V1", "V2", "V3"]}
SCHEMA: dict[str, Any] = {"database/cart": {"breaks": {"schema": ["V1 -> V2"]}}}


# Held, not due


def test_background_move_that_never_comes_holds_up_no_end() -> None:
    # zed stays V1, so the migration is held for ever; glue V1 never meets the schema V2.
    pipeline = "A: start migrate database when all zed at V2\nB: deploy glue"
    judgement = judge(deployment(GLUE | ZED | DATABASE, [WRITE], pipeline, SCHEMA))
    assert (judgement.verdict, judgement.stall, judgement.avoidable) == ("safe", None, True)


def test_background_move_that_comes_at_last_is_waited_for() -> None:
    # At (after) glue V1 may be there, the migration held: but it comes when glue is V2.
    pipeline = "A: start deploy glue, start sync redis when all glue at V2"
    changes: dict[str, Any] = {"redis/product": {"breaks": {"content": ["V1 -> V2"]}}}
    judgement = judge(deployment(GLUE | REDIS, [READ], pipeline, changes))
    assert (judgement.verdict, judgement.residue, judgement.stall) == ("safe", frozenset(), None)


def test_traffic_that_wakes_a_move_ends_no_deployment() -> None:
    # V1 of a writer comes and is used up: while none lies there the purge is held, but not for good.
    text = "client calls glue: page\nglue publishes rabbit: m"
    pipeline = "A: start migrate database when V1 in rabbit/m"
    changes: dict[str, Any] = {"rabbit/m": {"starts": "empty"}, "database/cart": SCHEMA["database/cart"]}
    judgement = judge(deployment(GLUE | RABBIT | DATABASE, [WRITE, text], pipeline, changes))
    # A state without V1 is not complete, so every run to a complete one migrates, and glue V1 meets V2.
    # into A, into (after), m comes, migrate, call, write: 6.
    assert told(judgement) == {"2 schema V1->V2": hazard("(after)", length=6, inevitable=True)}
    assert judgement.stall is None


def test_await_waits_for_what_is_held() -> None:
    pipeline = "A: start migrate database when all zed at V2\nB: await database"
    judgement = judge(deployment(GLUE | ZED | DATABASE, [WRITE], pipeline, SCHEMA))
    assert judgement.stall == hazard("(before) A B", length=0, inevitable=True)


# Back to where it was found


def moves_back(releases: list[str], rollback: str, step: str, **rest: Any) -> dict[str, tuple[int, bool]]:
    """(goal, takes nothing back) of each target in the rollback after a failure in this step."""
    data = deployment(
        GLUE | ZED | DATABASE, [CALL, WRITE], "", {"zed/cart": {}, "database/cart": {}}, **THREE
    )
    del data["pipeline"]
    data |= {"releases": [steps(pipeline) for pipeline in releases], "rollback": steps(rollback)} | rest
    plan: Plan = read_plan(data, failures=True)
    [failed] = [
        p.number for p in plan.positions if p.failed is None and p.step == step and p.fails is not None
    ]
    moves: list[Move] = [m for p in plan.positions if p.failed == failed and not p.is_stop for m in p.moves]
    return {move.target: (move.goal, move.idle) for move in moves}


ONE = "A: deploy glue"
FLAG: dict[str, Any] = {"flags": {"f": {"guards": ["zed/cart"]}}}


@pytest.mark.parametrize(
    ("releases", "rollback", "step", "moves"),
    [
        ([ONE], "R: rollback glue", "A", {"glue": (0, False)}),
        ([ONE, "B: deploy zed"], "R: rollback glue zed", "B", {"glue": (1, True), "zed": (0, False)}),
        ([ONE, "B: deploy glue"], "R: rollback glue", "A", {"glue": (0, False)}),
        ([ONE, "B: deploy glue"], "R: rollback glue", "B", {"glue": (1, False)}),
        ([ONE, "B: deploy zed\nC: deploy glue"], "R: rollback glue", "B", {"glue": (1, True)}),
        # V1 to V3 in one release: one back, and not to where it was found.
        (["A: deploy glue\nB: deploy glue"], "R: rollback glue", "B", {"glue": (1, False)}),
        # The release itself went back: up again.
        ([ONE, "B: rollback glue"], "R: rollback glue", "B", {"glue": (1, False)}),
        # It aimed elsewhere and back.
        (
            [ONE, "B: deploy glue\nC: rollback glue\nD: await zed"],
            "R: rollback glue",
            "D",
            {"glue": (1, False)},
        ),
        ([ONE, "B: deploy glue"], "R: rollback glue to V3", "B", {"glue": (2, False)}),
        (
            ["A: migrate database", ONE.replace("A", "B")],
            "R: revert database",
            "B",
            {"database/cart": (1, True)},
        ),
        (["A: migrate database\nB: deploy glue"], "R: revert database", "B", {"database/cart": (0, False)}),
        # A step of the rollback before it aims elsewhere.
        ([ONE, "B: deploy zed"], "R: deploy glue\nS: rollback glue", "B", {"glue": (1, False)}),
    ],
)
def test_rollback_goes_no_further_than_where_its_release_began(
    releases: list[str], rollback: str, step: str, moves: dict[str, tuple[int, bool]]
) -> None:
    assert moves_back(releases, rollback, step) == moves


def test_rollback_beyond_that_is_refused() -> None:
    with pytest.raises(ValueError, match="beyond"):
        moves_back([ONE, "B: deploy glue"], "R: rollback glue to V1", "B")
    assert moves_back([ONE], "R: rollback glue to V1", "A") == {"glue": (0, False)}


@pytest.mark.parametrize(
    ("releases", "step", "idle"),
    [
        (["A: enable f"], "A", False),
        (["A: enable f", "B: deploy zed"], "B", True),
        (["A: enable f", "B: disable f"], "B", True),  # it never enables
        (["A: enable f\nB: disable f", "C: enable f"], "C", False),
    ],
)
def test_flag_that_was_on_stays_on(releases: list[str], step: str, idle: bool) -> None:
    assert moves_back(releases, "R: disable f", step, **FLAG) == {"f": (0, idle)}


def test_what_takes_nothing_back_is_no_later_rollback() -> None:
    data = deployment(GLUE | ZED, [CALL], "", {"zed/cart": {}}, **THREE)
    del data["pipeline"]
    releases = [steps("A: irreversible deploy glue"), steps("B: deploy zed")]
    data |= {"releases": releases, "rollback": steps("R: rollback glue")}
    # After a failure in B glue stays V2. After one in A: into A, glue V2, it fails, R: 4.
    judgement = judge(data, failures=True)
    assert properties(judgement) == {("irreversible deploy glue", "rollback glue"): hazard("R", length=4)}
    assert judgement.way_back == {"A": False, "B": True}
    # Together with zed, which it takes back: into A, glue V2, V1 gone, into B, it fails, R: 6; 4 as before.
    data["rollback"] = steps("R: rollback glue zed")
    assert judge(data, failures=True).way_back == {"A": False, "B": False}


def test_promotion_after_a_rollback_goes_where_the_deploy_went() -> None:
    # V3 by a canary, back to V2, promoted: V3 for all. The aim is V3 then: one back from it is V2.
    glue = {"glue": {"kind": "service", "replicas": 2, "strategy": {"canary": 1}}}
    pipeline = "A: deploy glue to V3\nB: rollback glue\nC: promote glue\nD: rollback glue\nE: deploy glue"
    plan = read_plan(deployment(glue, ["client calls glue: page"], pipeline, {}, **THREE))
    assert [move.goal for position in plan.positions for move in position.moves] == [2, 1, 2, 1, 2]


# One hazard for each pair of actions


def test_actions_that_read_alike_are_two() -> None:
    # The first rollback meets the first deploy alone; the second both. One back from V2, then nowhere.
    pipeline = "A: irreversible deploy glue\nB: rollback glue\nC: irreversible deploy glue\nD: rollback glue"
    judgement = judge(deployment(GLUE, ["client calls glue: page"], pipeline, {}))
    assert sorted((key.places[0][2], key.places[1][2]) for key in judgement.properties) == [
        (0, 1),
        (0, 3),
        (2, 3),
    ]


def test_one_rollback_is_one_whatever_failed() -> None:
    pipeline = "A: irreversible migrate database\nB: deploy glue\nC: deploy zed"
    data = deployment(GLUE | ZED | DATABASE, [WRITE], pipeline, {"database/cart": {}})
    judgement = judge(data | {"rollback": steps("R: rollback glue zed")}, failures=True)
    # into A, migrate, into B, it fails, R: 5; or by a failure in C.
    assert properties(judgement) == {
        ("irreversible migrate database", "rollback glue zed"): hazard("R", length=5)
    }


# For ever


def found(judgement: Judgement) -> list[bool]:
    return [hazard.for_ever for hazard in judgement.hazards.values()]


def test_suspension_that_waits_for_the_job_ends_no_hazard() -> None:
    # The job holds the suspension up; the schema is V2 for good.
    components = SCHEDULER | DATABASE
    text = "scheduler reads database: other\nscheduler writes database: cart"
    judgement = judge(
        deployment(components, [text], "A: migrate database\nB: start suspend scheduler", SCHEMA)
    )
    assert found(judgement) == [True]


def test_old_instance_that_waits_for_the_request_ends_with_it() -> None:
    # In the background glue V1 goes: it is the request's, and a request that comes later finds V2.
    pipeline = "A: start deploy glue\nB: migrate database"
    judgement = judge(deployment(GLUE | DATABASE, [WRITE], pipeline, SCHEMA))
    assert told(judgement) == {"2 schema V1->V2": hazard("B (after)", length=5, for_ever=False)}


# Steps that were passed


@pytest.mark.parametrize(
    ("formula", "length"),
    [
        ("never in R and before B", 3),  # into A, it fails, into R
        ("never in R and after A", 3),
        ("never in R and after B", 5),  # into A, on, into B, it fails, into R
        ("never in R and not after A", None),
        ("always not in R or before C", None),  # it never stands in C
        ('never in "(after)" and before R', 6),  # no failure: into A, on, into B, off, into C, into (after)
        ("never before A", 0),
    ],
)
def test_what_a_rollback_has_passed(formula: str, length: int | None) -> None:
    flags = {"f": {"guards": ["glue/page"]}}
    data = deployment(GLUE, ["client calls glue: page"], "A: enable f\nB: disable f\nC", {}, flags=flags)
    data |= {"rollback": steps("R: disable f"), "properties": {"p": formula}}
    formulas = judge(data, failures=True).formulas
    assert [hazard.length for hazard in formulas.values()] == ([] if length is None else [length])


# What is thrown away


@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("purge redis", {"V2"}),
        ("purge redis to V1", {"V1"}),
        ("purge redis to V2", {"V2"}),
        ("expire redis/product to V1", {"V1"}),
    ],
)
def test_purge_leaves_what_it_is_told_to_leave(action: str, form: set[str]) -> None:
    # Both lie there; after the purge a read finds only what is left, V1's reader or V2's.
    changes: dict[str, Any] = {"redis/product": {"breaks": "both", "starts": ["V1", "V2"]}}
    pipeline = f"A: {action}\nB: deploy glue"
    judgement = judge(deployment(GLUE | REDIS, [READ], pipeline, changes))
    late = {key.provider_version for key, h in judgement.hazards.items() if "B" in h.window}
    early = {key.provider_version for key, h in judgement.hazards.items() if "(before)" in h.window}
    assert (late, early) == (form, {"V2"})


@pytest.mark.parametrize(("to", "stalls"), [("", False), (" to V1", True), (" to V2", False)])
def test_drain_to_a_version_waits_for_every_other(to: str, stalls: bool) -> None:
    # Nobody consumes but V1, which is all the same; glue V2 puts V2 there again and again. With the
    # scheduler suspended V2 stays.
    requests = ["client calls glue: page\nglue publishes rabbit: m", "scheduler consumes rabbit: m"]
    pipeline = f"A: deploy glue\nB: suspend scheduler\nC: drain rabbit{to}"
    changes: dict[str, Any] = {"rabbit/m": {"starts": ["V2"]}}
    judgement = judge(deployment(GLUE | SCHEDULER | RABBIT, requests, pipeline, changes))
    assert judgement.stall is not None  # V1 may lie there as well, unless V1 is wanted
    assert judgement.stall.inevitable is False
    windows = {"": {"B", "C"}, " to V1": {"B", "C"}, " to V2": {"B", "C"}}
    assert judgement.stall.window == windows[to]
    no_writer = judge(
        deployment(SCHEDULER | RABBIT, requests[1:], pipeline.replace("A: deploy glue\n", ""), changes)
    )
    assert (no_writer.stall is not None) == stalls


def test_expire_to_a_version_waits_for_tokens_of_every_other() -> None:
    # The request holds V2 of redis/product: it is waited for before the migration if V1 is to be left.
    changes: dict[str, Any] = {
        "redis/product": {"starts": ["V2"]},
        "database/cart": {"breaks": {"token": ["V2 -> V2"]}},
    }
    for to, length in (("", 4), (" to V1", None)):
        pipeline = f"A: expire redis{to}\nB: migrate database"
        judgement = judge(deployment(REDIS | DATABASE, [CARRY], pipeline, changes))
        assert [h.length for h in judgement.hazards.values()] == ([length + 1] if length else [])


# A forward to what is not there


@pytest.mark.parametrize("caller", ["glue", "client"])
@pytest.mark.parametrize("flags", [{}, {"f": {"guards": ["rabbit/m"]}}])
def test_forward_to_a_queue_that_is_not_there(caller: str, flags: dict[str, Any]) -> None:
    text = f"client calls glue: page\n{caller} forwards rabbit: m using page"
    changes = {"rabbit/m": {"exists": ["V2"], "severity": {"schema": "corruption"}}, "glue/page": {}}
    data = deployment(GLUE | RABBIT, [text], "A: reconfigure rabbit", changes, flags=flags)
    judgement = judge(data)
    # call, forward: 2, until the queue is there.
    assert told(judgement) == {
        "2 schema None->V1": hazard("(before) A", length=2, inevitable=True, severity="corruption")
    }
    assert "rabbit/m" not in judgement.unjudged


@pytest.mark.parametrize(("route", "hazards"), [({}, 2), ({"route": "carried"}, 0)])
def test_route_by_what_is_carried(route: dict[str, Any], hazards: int) -> None:
    # zed V1 and V2 beside each other; what was read from the cache names the version that gets the call.
    zed = {"zed": {"kind": "service", "replicas": 2, "strategy": {"canary": 1}} | route}
    text = "client reads redis: product\nclient calls zed: x using product"
    changes: dict[str, Any] = {
        "redis/product": {"starts": ["V1", "V2"]},
        "zed/x": {"breaks": {"token": "both"}},
    }
    data = deployment(zed | REDIS, [text], "A: deploy zed", changes)
    judgement = judge(data)
    after = [h for h in judgement.hazards.values() if "(after)" in h.window]
    assert len(after) == hazards
