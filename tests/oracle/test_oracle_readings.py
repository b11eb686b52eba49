"""Sentences of docs/semantics.md that could be read in two ways: deployments worked out by hand that tell the
readings apart. The oracle and the engine `reference` are held to each."""

from __future__ import annotations

from typing import Any

import pytest

from support.by_both import judged_by_both
from support.by_hand import CALL, DATABASE, GLUE, REDIS, SCHEDULER, ZED, deployment, steps, told
from support.oracle import Judgement

THREE: dict[str, Any] = {"versions": ["V1", "V2", "V3"]}
CANARY: dict[str, Any] = {"kind": "service", "replicas": 2, "strategy": {"canary": 1}}


def released(
    releases: list[str], components: dict[str, Any], requests: list[str], changes: dict[str, Any], **rest: Any
) -> dict[str, Any]:
    """A file's data with releases in place of a pipeline."""
    data = deployment(components, requests, "", changes, **rest)
    del data["pipeline"]
    return data | {"releases": [steps(pipeline) for pipeline in releases]}


def kept(judgement: Judgement, *names: str) -> list[bool]:
    """Whether the properties of these names hold."""
    return [not any(text.startswith(f"{name}: ") for text in judgement.formulas) for name in names]


@pytest.mark.parametrize("second", ["B: suspend scheduler", "B: start suspend scheduler\nW: await scheduler"])
def test_suspend_of_a_suspended_worker_waits_for_its_job(second: str) -> None:
    """9, 34. The first one goes on in the background; the second finds the worker suspended and its job under
    way. Over at once, it would let the schema go on under the job, whose first hop came before."""
    judgement = judged_by_both(
        deployment(
            SCHEDULER | DATABASE,
            ["scheduler reads database: price\nscheduler writes database: cart"],
            f"A: start suspend scheduler\n{second}\nC: migrate database",
            {"database/cart": {"breaks": {"schema": ["V1 -> V2"]}}},
        )
    )
    assert (judgement.verdict, judgement.stall) == ("safe", None)


def test_schema_goes_back_again_where_pods_brought_it_on() -> None:
    """3, 11, 90. A pod of V2 that restarts brings the schema back to V2, at any time: the revert goes on, so
    that nothing is complete with the schema at V2. Over for good, it would leave zed V1 broken for ever."""
    data = deployment(
        ZED | {"glue": {"kind": "service", "migrates": ["database"], "restarts": True}} | DATABASE,
        ["client calls glue: page", "client calls zed: page\nzed reads database: cart"],
        "A: deploy glue\nB: start revert database\nC: await database\nD",
        {"database/cart": {"breaks": {"schema": ["V1 -> V2"]}}},
    )
    found = told(judged_by_both(data))["2 schema V1->V2"]
    assert found.window == {"A", "B", "C", "D", "(after)"}
    assert not found.for_ever


@pytest.mark.parametrize(
    ("hop", "met"), [("glue calls glue: self since V2", False), ("glue calls glue: self", True)]
)
def test_innermost_frame_may_be_one_that_nobody_called(hop: str, met: bool) -> None:
    """13, 47. V1 passes its own call over, and with it what the called instance would have read; the outer
    instance does not read in its place."""
    judgement = judged_by_both(
        deployment(
            GLUE | DATABASE,
            [f"client calls glue: page\n{hop}\nglue reads database: cart"],
            "A: migrate database",
            {"database/cart": {"breaks": {"schema": ["V1 -> V2"]}}, "glue/self": {}},
        )
    )
    assert ("3 schema V1->V2" in told(judgement)) == met


def test_frame_is_held_for_a_hop_that_its_version_passes_over() -> None:
    """13, 47. glue V1 has nothing left to do, and is cut off all the same: the last hop is not over."""
    judgement = judged_by_both(
        deployment(
            {"glue": {"kind": "service", "drain": "abrupt"}} | DATABASE,
            ["client calls glue: page\nglue writes database: cart since V2"],
            "A: deploy glue",
            {},
        )
    )
    assert "1 interrupted None->V1" in told(judgement)


@pytest.mark.parametrize(
    ("client", "met"), [("glue writes redis: product until V1", False), ("glue writes redis: product", True)]
)
def test_hop_of_others_is_the_hop_of_that_version(client: str, met: bool) -> None:
    """19. glue V2 writes by jobs alone, and these are suspended; that V1 writes for clients is no help."""
    judgement = judged_by_both(
        deployment(
            GLUE | ZED | SCHEDULER | REDIS,
            [
                f"client calls glue: page\n{client}",
                "scheduler calls glue: job\nglue writes redis: product since V2",
                "client calls zed: page\nzed reads redis: product",
            ],
            "A: suspend scheduler\nB: deploy glue",
            {"redis/product": {"breaks": {"content": ["V1 -> V2"]}}},
        )
    )
    assert ("2 content V1->V2" in told(judgement)) == met


def test_pair_of_a_hazard_is_of_forms() -> None:
    """21 to 24. While the flag is off glue V3 behaves as V2, and zed V2 as V1: what is told is V2 -> V1."""
    judgement = judged_by_both(
        deployment(
            GLUE | ZED,
            [CALL],
            "A: deploy glue zed\nB: deploy glue\nC: enable f",
            {"zed/cart": {"breaks": {"call": {"V2 -> V1": "degraded", "V3 -> V2": "corruption"}}}},
            flags={"f": {"guards": ["zed/cart"]}},
            **THREE,
        )
    )
    found = {name: (one.severity, one.window) for name, one in told(judgement).items()}
    assert found == {
        "2 call V2->V1": ("degraded", frozenset({"B", "C"})),
        "2 call V3->V2": ("corruption", frozenset({"C", "(after)"})),
    }


@pytest.mark.parametrize(("database", "left"), [({}, True), ({"database/cart": {}}, False)])
def test_release_aims_at_nothing_where_it_changes_nothing(database: dict[str, Any], left: bool) -> None:
    """36. `migrate database to V3` moves nothing where no contract there is changed; the purge then aims as
    the deploy does, at V2, and leaves that."""
    judgement = judged_by_both(
        released(
            ["A: deploy zed, migrate database to V3\nB: purge redis", "C: await zed"],
            ZED | REDIS | DATABASE,
            ["client calls zed: page\nzed reads redis: product\nzed reads database: cart"],
            {"redis/product": {"starts": ["V2"]}, **database},
            properties={"kept": "never in C and redis is empty"},
            **THREE,
        )
    )
    assert kept(judgement, "kept") == [left]


@pytest.mark.parametrize(("first", "met"), [("", False), ("Z: deploy glue\nY: rollback glue\n", True)])
def test_promote_without_a_deploy_goes_nowhere(first: str, met: bool) -> None:
    """42. It is no deploy of its own."""
    judgement = judged_by_both(
        deployment(
            {"glue": CANARY},
            ["client calls glue: page"],
            f"{first}A: promote glue\nB",
            {},
            properties={"old": "never in B and glue.up(V2)"},
        )
    )
    assert kept(judgement, "old") == [not met]


@pytest.mark.parametrize(
    ("lost", "stalls"),
    [
        ("glue.up(V1)", True),  # beside V1, which is live: no traffic goes to what is down
        ("glue.gone(V1)", False),  # live, and alone: nothing is left to do
    ],
)
def test_blue_green_switches_to_ready_ones_and_is_over_with_those_that_are_down(
    lost: str, stalls: bool
) -> None:
    """41, 43, 86. The new one goes down where this holds, and never comes back."""
    judgement = judged_by_both(
        deployment(
            DATABASE
            | {
                "glue": {
                    "kind": "service",
                    "strategy": "blue-green",
                    "restarts": True,
                    "readiness": {"V2": "database.version == V1"},
                }
            },
            ["client calls glue: page\nglue reads database: cart"],
            f"A: start migrate database when glue.restarting and {lost}\nB: deploy glue",
            {"database/cart": {}},
        )
    )
    assert (judgement.stall is not None) == stalls


def test_instances_beside_the_live_version_do_not_serve() -> None:
    """41, 62. Neither on standby nor draining: one serves at any time, and it is all there is to ask of."""
    judgement = judged_by_both(
        deployment(
            {"glue": {"kind": "service", "strategy": "blue-green"}},
            ["client calls glue: page"],
            "A: deploy glue",
            {},
            properties={
                "one": ["always glue.up == 1", "always all glue at V1 or all glue at V2"],
                "version": "always glue.version == V1 or glue.version == V2",
                "there": "never not glue.gone(V1) and not glue.gone(V2)",
            },
        )
    )
    assert kept(judgement, "one", "version", "there") == [True, True, False]


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({"redis/product": {}}, set()),  # what it carries is V1, and leads there
        ({"zed/cart": {}}, set()),  # so it does where the call makes it changed (73)
        ({}, {"4 call V2->V1"}),  # what does not change has no form
    ],
)
def test_call_of_what_does_not_change_goes_where_it_carries(changes: dict[str, Any], met: set[str]) -> None:
    """48, 73. The call's own contract need not be changed; what it carries must have a form."""
    request = (
        "client calls glue: page\nglue reads redis: product\nglue calls zed: cart using product\n"
        "zed calls glue: back"
    )
    judgement = judged_by_both(
        deployment(
            GLUE | {"zed": CANARY | {"route": "carried"}} | REDIS,
            [request],
            "A: deploy zed",
            {"glue/back": {"breaks": {"call": ["V2 -> V1"]}}, **changes},
        )
    )
    assert told(judgement).keys() == met


def test_stop_is_what_stands_before_a_rollback() -> None:
    """1, 58. From the stop one event leads to the first action of the rollback."""
    judgement = judged_by_both(
        deployment(
            GLUE | DATABASE,
            ["client calls glue: page\nglue writes database: cart"],
            "A: deploy glue",
            {"database/cart": {"breaks": {"schema": ["V1 -> V2"]}}},
            rollback=steps("R: migrate database"),
        ),
        failures=True,
    )
    # Into A, it fails, into R, migrate, call, write: 6.
    assert told(judgement)["2 schema V1->V2"].length == 6
    assert told(judgement)["2 schema V1->V2"].window == {"R", "(after)"}


@pytest.mark.parametrize(
    ("releases", "count"),
    [
        (["A: scale glue to 2", "B: deploy glue\nC: await glue"], 2),
        (["A: scale glue to 2\nB: deploy glue\nC: await glue"], 1),
        (["A: deploy glue", "B: scale glue to 2\nC: await glue"], 2),  # it takes nothing back
    ],
)
def test_rollback_wants_as_many_as_the_release_that_failed_found(releases: list[str], count: int) -> None:
    """78, 84. How many serve once the rollback after a failure in C is over."""
    data = released(
        releases,
        {"glue": {"kind": "service", "replicas": {"V1": 1, "V2": 3}}},
        ["client calls glue: page"],
        {},
        rollback=steps("R: rollback glue\nT"),
        properties={
            **{f"{n} there": f"never in T and after C and glue.up == {n}" for n in (1, 2, 3)},
            "as wanted": "always in T and after C implies all glue at V1 or all glue at V2",
        },
    )
    judgement = judged_by_both(data, failures=True)
    assert [n for n in (1, 2, 3) if kept(judgement, f"{n} there") == [False]] == [count]
    assert kept(judgement, "as wanted") == [True]
