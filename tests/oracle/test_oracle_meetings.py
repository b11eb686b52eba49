"""Constructs that meet each other, where careful readers of docs/semantics.md could differ: deployments
worked out by hand, to which the oracle and the engine `reference` are held."""

from __future__ import annotations

from typing import Any

import pytest

from support.by_both import judged_by_both
from support.by_hand import CALL, DATABASE, GLUE, REDIS, SCHEDULER, ZED, deployment, steps, told
from support.oracle import Judgement


def broken(judgement: Judgement) -> set[str]:
    """The names of the properties that do not hold."""
    return {text.partition(": ")[0] for text in judgement.formulas}


# Restarts


def test_version_of_which_all_were_down_at_the_switch_does_not_drain() -> None:
    """41, 86. glue V1 is down when the traffic goes to V2: it writes no more, neither down nor when it has
    come back. One that was ready drains, and goes on writing until it goes."""
    judgement = judged_by_both(
        deployment(
            {"glue": {"kind": "service", "strategy": "blue-green", "restarts": True}} | REDIS,
            ["client calls glue: page\nglue writes redis: product"],
            "A: start deploy glue\nB: enable down when glue.restarting and glue.version == V2\n"
            "C: purge redis\nD",
            {"redis/product": {}},
            flags={"down": {}},
            properties={
                "old": "never in D and V1 in redis",
                "drains": "never in B and V1 in redis and glue.version == V2 and not glue.restarting",
                "back": "never in D and glue.version == V2 and not glue.gone(V1) and not glue.restarting",
            },
        )
    )
    assert broken(judgement) == {"drains", "back"}


@pytest.mark.parametrize(
    ("counts", "restarts", "falls"),
    [
        ({"V1": 1, "V2": 3}, 1, True),  # one of three is down, and two were retired
        ({"V1": 3, "V2": 1}, 1, False),  # one of one
        ({"V1": 1, "V2": 3}, 3, False),
        ({"V1": 3, "V2": 2}, 1, True),
    ],
)
def test_how_many_are_wanted_now_says_whether_restarts_excuse_too_few(
    counts: dict[str, int], restarts: int, falls: bool
) -> None:
    """84, 86. Of `min_available` as of `unavailable`."""
    glue = {"kind": "service", "replicas": counts, "restarts": restarts, "max_unavailable": "50%"}
    judgement = judged_by_both(
        deployment({"glue": glue | {"min_available": 1}}, ["client calls glue: page"], "A: deploy glue", {})
    )
    assert (broken(judgement) == {"min_available of glue"}) == falls
    assert ("1 unavailable None->None" in told(judgement)) == falls


# Pods that migrate


@pytest.mark.parametrize(("action", "taken_back"), [("promote glue", False), ("rollback glue to V2", True)])
def test_promotion_takes_schemas_along_as_a_deploy_does(action: str, taken_back: bool) -> None:
    """38, 42, 90. The revert began behind the canary. The promotion starts more pods of V2, which bring the
    schema to V2 again, and calls the revert off; a rollback that goes on does not."""
    judgement = judged_by_both(
        deployment(
            {"glue": {"kind": "service", "replicas": 2, "strategy": {"canary": 1}, "migrates": ["database"]}}
            | DATABASE,
            ["client calls glue: page\nglue reads database: cart"],
            f"A: deploy glue\nB: start revert database\nC: {action}\n"
            "D: await database\nE: migrate database\nF",
            {"database/cart": {}},
            properties={
                "back": "never in E and database.version == V1",
                "further": "never in F and database.version == V3",
            },
            versions=["V1", "V2", "V3"],
        )
    )
    assert broken(judgement) == ({"back"} if taken_back else {"further"})


# Hops that are passed over


def test_request_is_in_flight_once_its_first_hop_is_passed_over() -> None:
    """26, 47, 85. The client's V1 passes the first hop over, and is held; it was replaced before zed is, so
    that it has seen at least one step begin."""
    judgement = judged_by_both(
        deployment(
            ZED | {"app": {"kind": "client", "terminates": "later"}},
            ["app calls zed: news since V2\napp calls zed: cart"],
            "A: deploy app\nB: deploy zed",
            {"zed/cart": {"breaks": {"call": ["V1 -> V2"]}}},
        )
    )
    assert told(judgement)["2 call V1->V2"].span == 1


# What is waited for


@pytest.mark.parametrize("kind", ["worker", "service"])
def test_suspend_waits_for_a_request_that_called_the_worker(kind: str) -> None:
    """9, 45. The request read V1 before the worker was suspended; it is over before the next migration. No
    job is under way here."""
    called, extra = ("scheduler", {}) if kind == "worker" else ("glue", GLUE)
    reads, writes = f"{called} reads stock: count", f"{called} writes database: cart using count"
    request = f"client calls {called}: page\n{reads}\n{writes}"
    judgement = judged_by_both(
        deployment(
            SCHEDULER | DATABASE | {"stock": {"kind": "database"}} | extra,
            [request],
            "A: migrate stock\nB: suspend scheduler\nC: migrate database",
            {"stock/count": {}, "database/cart": {"breaks": {"token": ["V1 -> V2"]}}},
        )
    )
    assert (judgement.verdict == "safe") == (kind == "worker")


def test_when_of_an_expire_that_has_no_content_holds_nothing() -> None:
    """51, 53. Nobody holds the page, so it is over, though zed never comes to V2."""
    judgement = judged_by_both(
        deployment(
            GLUE | ZED,
            ["client calls glue: page\nclient calls zed: cart using page"],
            "A: expire glue when all zed at V2\nB: deploy glue",
            {"glue/page": {}, "zed/cart": {}},
        )
    )
    assert judgement.stall is None


# Tables that are not there


def test_read_of_a_table_that_is_not_there_obtains_the_version_of_the_schema() -> None:
    """17, 55. What is carried from there is V1, and breaks at zed V2."""
    judgement = judged_by_both(
        deployment(
            GLUE | ZED | DATABASE,
            ["client calls glue: page\nglue reads database: cart\nglue calls zed: pay using database/cart"],
            "A: deploy zed\nB: migrate database",
            {"database/cart": {"exists": ["V2"]}, "zed/pay": {"breaks": {"token": ["V1 -> V2"]}}},
        )
    )
    assert told(judgement)["3 token V1->V2"].length == 5  # into A, spawn; call, read, call


# Flags


@pytest.mark.parametrize("behind", ["", " per instance"])
def test_flag_that_is_enabled_in_the_background_comes_on_after_it_was_disabled(behind: str) -> None:
    """11, 38, 49. Half-way on it is thrown back, and goes on from there; unless it had ended."""
    judgement = judged_by_both(
        deployment(
            GLUE | ZED,
            [CALL],
            f"A: start enable f{behind}\nB: disable f\nC: await f\nD: disable f\nE",
            {"zed/cart": {}},
            flags={"f": {"guards": ["zed/cart"]}},
            properties={"on": "never in C and f.on", "again": "never in E and f.on"},
        )
    )
    assert broken(judgement) == {"on"}


# Leaders


@pytest.mark.parametrize("later", [{}, {"terminates": "later"}])
def test_leader_that_terminates_does_what_it_was_picked_for(later: dict[str, Any]) -> None:
    """44, 85, 92. The old leader is retired under its job; nothing waits for it, and it writes what the
    schema takes no more. Retired at once, it is waited for."""
    judgement = judged_by_both(
        deployment(
            {"scheduler": {"kind": "worker", **later}} | DATABASE,
            ["scheduler leader reads database: plan\nscheduler leader writes database: cart"],
            "A: deploy scheduler\nB: migrate database",
            {"database/cart": {"breaks": {"schema": ["V1 -> V2"]}}},
        )
    )
    assert ("2 schema V1->V2" in told(judgement)) == bool(later)


# Several pipelines


def test_purge_of_a_rollback_aims_as_its_own_pipeline_does() -> None:
    """36, 58, 101. `front` aims at V2, `back` at V3: what the rollback of `front` throws away is V1 alone."""
    data = deployment(
        GLUE | ZED | REDIS,
        ["client calls glue: page\nglue reads redis: product", "client calls zed: cart"],
        "",
        {"redis/product": {"starts": ["V1", "V2"]}},
        versions=["V1", "V2", "V3"],
        rollback={"front": steps("R: purge redis\nT")},
        properties={
            "old": 'never in "front: T" and V1 in redis',
            "kept": 'never in "front: T" and not V2 in redis',
        },
    )
    del data["pipeline"]
    data["pipelines"] = {"front": steps("A: deploy glue"), "back": steps("B: deploy zed to V3")}
    assert broken(judged_by_both(data, failures=True)) == set()


# Numbers


def test_promotion_behind_a_scale_wants_as_many_as_that_left() -> None:
    """42, 84. A scale to one may leave V1 or the canary, and the promotion makes V2 of the one."""
    judgement = judged_by_both(
        deployment(
            {"glue": {"kind": "service", "replicas": 2, "strategy": {"canary": 1}}},
            ["client calls glue: page"],
            "A: deploy glue\nB: scale glue to 1\nC: promote glue\nD",
            {},
            properties={
                "canary": "never in C and not glue.up(V2)",
                "old": "never in C and not glue.up(V1)",
                "one": "always in D implies all glue at V2 and glue.up == 1",
            },
        )
    )
    assert broken(judgement) == {"canary", "old"}
