"""The oracle on instances that restart, worked out by hand (paragraph 86)."""

from typing import Any

import pytest

from support.by_hand import CALL, DATABASE, GLUE, READ, REDIS, deployment, properties, told
from support.oracle import judge
from support.oracle_deployment import first_state
from support.oracle_ends import ends
from support.oracle_plan import read_plan
from support.oracle_rollout import restart_events
from support.oracle_state import EMPTY_GRIP, Deployment, Grip, get


def zed(**spec: Any) -> dict[str, Any]:
    return GLUE | {"zed": {"kind": "service"} | spec}


def down(state: Deployment) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of zed, by version, what is ready and what is down."""
    instances = get(state.up, "zed")
    return instances.ready, instances.down


def test_so_many_at_a_time_and_each_comes_back() -> None:
    plan = read_plan(deployment(zed(replicas=3, restarts=2), [CALL], "A", {}))
    one = list(restart_events(plan, first_state(plan), EMPTY_GRIP))
    assert list(map(down, one)) == [((2, 0), (1, 0))]
    two = [down(state) for state in restart_events(plan, one[0], EMPTY_GRIP)]
    assert two == [((1, 0), (2, 0)), ((3, 0), (0, 0))]
    both = next(iter(restart_events(plan, one[0], EMPTY_GRIP)))
    assert [down(state) for state in restart_events(plan, both, EMPTY_GRIP)] == [((2, 0), (1, 0))]


@pytest.mark.parametrize(("replicas", "can"), [(1, False), (2, True)])
def test_the_last_one_that_the_request_is_on_stays_up(replicas: int, can: bool) -> None:
    plan = read_plan(deployment(zed(replicas=replicas, restarts=True), [CALL], "A", {}))
    grip = Grip(frozenset({("zed", 0)}), frozenset(), ())
    assert bool(list(restart_events(plan, first_state(plan), grip))) == can


@pytest.mark.parametrize(
    ("spec", "met"),
    [
        ({"restarts": True}, False),  # one of one is down without any release
        ({"restarts": True, "replicas": 2}, False),  # the other is up
        ({"restarts": True, "replicas": 2, "max_surge": 0, "max_unavailable": 1}, True),  # it was retired
        ({"replicas": 2, "max_surge": 0, "max_unavailable": 1}, False),
        ({"restarts": 2, "replicas": 2}, False),
    ],
)
def test_nobody_up(spec: dict[str, Any], met: bool) -> None:
    judgement = judge(deployment(zed(**spec), [CALL], "A: deploy zed", {"zed/cart": {}}))
    assert ("2 unavailable V1->None" in told(judgement)) == met


def test_how_many_are_wanted_now_says_whether_one_that_is_down_excuses() -> None:
    """Two are wanted at first and one later: while that one is down the new caller meets nothing."""
    judgement = judge(
        deployment(
            zed(restarts=True, replicas={"V1": 2, "V2": 1, "V3": 1}),
            [CALL],
            "A: deploy zed to V2\nB: deploy glue to V3",
            {"zed/cart": {"breaks": ["V3 -> V2"]}},
            versions=["V1", "V2", "V3"],
        )
    )
    assert list(told(judgement)) == ["2 call V3->V2"]
    assert judgement.avoidable


def test_no_action_waits_for_one_that_is_down() -> None:
    components = zed(restarts=True, readiness={"V2": "database.version == V2"}) | DATABASE
    requests = [CALL, "client calls glue: page\nglue reads database: cart"]
    judgement = judge(
        deployment(components, requests, "A: deploy glue, migrate database", {"database/cart": {}})
    )
    assert judgement.stall is None


def test_an_old_one_meets_what_is_there_now() -> None:
    """It never comes back where its readiness is gone for good; a deploy stops it."""
    components = zed(restarts=True, replicas=2, readiness={"V1": "database.version == V1"}) | DATABASE
    requests = [CALL, "client calls glue: page\nglue reads database: cart"]
    pipeline = "A: migrate database\nB: deploy zed when zed.up >= 2"
    assert judge(deployment(components, requests, pipeline, {"database/cart": {}})).stall is not None
    freely = "A: migrate database\nB: deploy zed"
    assert judge(deployment(components, requests, freely, {"database/cart": {}})).stall is None


def test_an_old_one_that_is_down_at_the_end_is_no_residue_and_is_told() -> None:
    data = deployment(
        {"glue": {"kind": "service", "restarts": True}} | REDIS,
        [READ],
        "A: await glue",
        {"redis/product": {}},
    )
    assert not judge(data).residue
    assert ends(read_plan(data)).stands["up", "glue"] == {(("V1", 1),)}


def test_restarts_are_no_interleavings() -> None:
    one, other = (
        judge(deployment(zed(**spec), [CALL], "A: deploy zed", {"zed/cart": {}}))
        for spec in ({}, {"restarts": True})
    )
    assert one.interleavings == other.interleavings == 1


def test_what_is_irreversible_has_its_effect_by_a_ready_one() -> None:
    data = deployment(
        zed(restarts=True), [CALL], "A: irreversible deploy zed\nB: rollback zed", {"zed/cart": {}}
    )
    assert properties(judge(data))[("irreversible deploy zed", "rollback zed")].window == {"B"}


def test_an_old_one_that_restarts_is_not_stopped_before_the_new_one_is_ready() -> None:
    """Kubernetes subtracts the new ones that are not available (`reconcileOldReplicaSets`), so that somebody
    is always up here."""
    data = {
        "system": "s",
        "versions": ["V1", "V2"],
        "components": {
            "web": {"kind": "service", "replicas": 2, "restarts": True, "readiness": "event"},
        },
        "requests": {"get": [{"client calls web": "x"}]},
        "pipeline": [{"A": ["deploy web"]}],
        "changes": {},
    }
    assert judge(data).verdict == "safe"


@pytest.mark.parametrize(
    ("spec", "formula", "is_violated"),
    [
        ({"replicas": 2, "min_available": 2}, "always zed.up >= 2", False),
        ({"replicas": 2, "min_available": 2, "max_surge": 0}, "always zed.up >= 2", True),
        ({"replicas": 2, "min_available": "51%", "max_surge": 0}, "always zed.up >= 2", True),
        ({"replicas": 2, "min_available": "50%", "max_surge": 0}, "always zed.up >= 1", False),
        ({"replicas": 2, "min_available": 2, "restarts": 1}, "always zed.up >= 2", True),
        ({"replicas": 2, "min_available": 2, "restarts": 2}, "…", False),  # both can be down at any time
        (
            {"replicas": 2, "min_available": 2, "restarts": 2, "max_surge": 0},
            "always zed.up >= 2",
            True,
        ),
    ],
)
def test_how_many_must_be_up(spec: dict[str, Any], formula: str, is_violated: bool) -> None:
    if spec.get("max_surge") == 0:
        spec = {**spec, "max_unavailable": 1}
    data = deployment(zed(**spec), [CALL], "A: deploy zed", {"zed/cart": {}})
    judgement = judge(data)
    assert list(judgement.formulas) == ([f"min_available of zed: {formula}"] if is_violated else [])
    entry = {"component": "zed", "kind": "property", "reason": "nobody is there at night"}
    assert len(judge(data | {"accept": [entry]}).accepted) == is_violated
