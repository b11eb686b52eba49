"""Constructs that meet each other, where careful readers of docs/semantics.md could differ: deployments
worked out by hand, to which the oracle and the engine `reference` are held."""

from __future__ import annotations

import pytest

from support.by_both import judged_by_both
from support.by_hand import DATABASE, REDIS, deployment, told
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
