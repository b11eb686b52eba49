"""The oracle on instances that migrate as they start, worked out by hand (paragraph 90)."""

from typing import Any

import pytest

from support.by_hand import DATABASE, GLUE, deployment, properties, steps, told
from support.oracle import judge
from support.oracle_plan import read_plan

ASK = "client calls glue: page\nglue writes database: cart"
BREAKS: dict[str, Any] = {"database/cart": {"breaks": {"schema": ["V1 -> V2"]}}}
NEWER: dict[str, Any] = {"database/cart": {"breaks": {"schema": ["V2 -> V1"]}}}


def glue(**spec: Any) -> dict[str, Any]:
    return {"glue": {"kind": "service", "migrates": ["database"]} | spec} | DATABASE


def test_an_old_one_meets_what_a_new_one_has_migrated() -> None:
    hazard = told(judge(deployment(glue(), [ASK], "A: deploy glue", BREAKS)))["2 schema V1->V2"]
    assert (hazard.window, hazard.for_ever, hazard.length) == (frozenset({"A"}), False, 5)


def test_a_new_one_never_meets_the_old_schema() -> None:
    judgement = judge(deployment(glue(), [ASK], "A: deploy glue", NEWER))
    assert (judgement.verdict, judgement.interleavings) == ("safe", 1)


def test_what_was_rolled_back_has_migrated_all_the_same() -> None:
    components = glue(replicas=2, strategy={"canary": 1})
    judgement = judge(deployment(components, [ASK], "A: deploy glue\nB: rollback glue", BREAKS))
    assert told(judgement)["2 schema V1->V2"].for_ever


def test_a_migrate_goes_on_from_there() -> None:
    data = deployment(
        glue(), [ASK], "A: deploy glue\nB: migrate database", NEWER, versions=["V1", "V2", "V3"]
    )
    (migrate,) = next(p for p in read_plan(data).positions if p.step == "B").moves
    assert migrate.goal == 2
    two = deployment(GLUE | glue() | {"zed": glue()["glue"]}, [ASK], "A: deploy glue\nB: deploy zed", NEWER)
    assert judge(two).stall is None


@pytest.mark.parametrize(("migrates", "length"), [(["database"], 5), ([], 4)])
def test_an_irreversible_deploy_has_its_effect_by_the_schema(migrates: list[str], length: int) -> None:
    components = GLUE | DATABASE
    if migrates:
        components = glue()
    data = deployment(components, [ASK], "A: irreversible deploy glue\nB: rollback glue", BREAKS)
    told_of = properties(judge(data))[("irreversible deploy glue", "rollback glue")]
    assert told_of.window == {"B"}
    assert told_of.length >= length


def test_a_revert_against_what_is_starting_has_no_end() -> None:
    data = deployment(glue(), [ASK], "A: deploy glue", NEWER)
    data["rollback"] = steps("R: revert database")
    assert judge(data, failures=True).interleavings is None
