"""The oracle on a number of instances that changes, worked out by hand (paragraph 84)."""

from typing import Any

import pytest

from support.by_hand import CALL, GLUE, deployment, steps
from support.oracle import judge
from support.oracle_ends import ends
from support.oracle_plan import read_plan

CHANGES: dict[str, Any] = {"zed/cart": {}}


def zed(**spec: Any) -> dict[str, Any]:
    return GLUE | {"zed": {"kind": "service"} | spec}


def stands(components: dict[str, Any], pipeline: str) -> set[tuple[tuple[str, int | None], ...]]:
    """How zed can stand at the end."""
    return set(ends(read_plan(deployment(components, [CALL], pipeline, CHANGES))).stands["up", "zed"])


@pytest.mark.parametrize(
    ("replicas", "pipeline", "expected"),
    [
        ({"V1": 1, "V2": 3}, "A: deploy zed", {(("V2", 3),)}),
        ({"V1": 3, "V2": 1}, "A: deploy zed", {(("V2", 1),)}),
        ({"V1": 2, "V2": 0}, "A: deploy zed", {()}),
        (1, "A: scale zed to 3", {(("V1", 3),)}),
        (3, "A: scale zed to 1", {(("V1", 1),)}),
        (2, "A: scale zed to 0\nB: deploy zed\nC: scale zed to 2", {(("V2", 2),)}),
        (1, "A: deploy zed, scale zed to 2, rollback zed", {(("V1", 1),)}),
        ({"V1": 1, "V2": 2}, "A: deploy zed, rollback zed", {(("V1", 1),)}),
    ],
)
def test_end(replicas: Any, pipeline: str, expected: set[Any]) -> None:
    assert stands(zed(replicas=replicas), pipeline) == expected


def test_canary_is_scaled_by_any_version() -> None:
    """The new one may go; new ones are of the version that the deploy aims at."""
    components = zed(replicas=2, strategy={"canary": 1})
    assert stands(components, "A: deploy zed, scale zed to 2") == {(("V1", 1), ("V2", 1)), (("V1", 2),)}
    assert stands(components, "A: deploy zed, scale zed to 4") == {(("V1", 2), ("V2", 2))}


def test_percentages_are_of_what_is_wanted() -> None:
    components = zed(replicas={"V1": 4, "V2": 1}, max_surge="25%", max_unavailable="50%")
    plan = read_plan(deployment(components, [CALL], "A: deploy zed", CHANGES))
    sizes = [(c.replicas, c.most, c.least) for c in (plan.component_at((n,), "zed") for n in range(3))]
    assert sizes == [(4, 5, 2), (1, 2, 1), (1, 2, 1)]


def test_all_at_asks_for_the_number_of_now() -> None:
    components = zed(replicas={"V1": 1, "V2": 2})
    data = deployment(components, [CALL], "A: deploy zed, await zed when all zed at V2", CHANGES)
    assert judge(data).stall is None
    nobody = deployment(zed(replicas=1), [CALL], "A: scale zed to 0, await zed when all zed at V1", CHANGES)
    assert judge(nobody).stall is not None


def test_rollback_of_a_failed_release_goes_back_to_its_number() -> None:
    data = deployment(zed(replicas={"V1": 1, "V2": 2}), [CALL], "A: deploy zed, scale zed to 3", CHANGES)
    data["rollback"] = steps("R: rollback zed")
    plan = read_plan(data, failures=True)
    back = [p for p in plan.positions if p.step == "R"]
    assert [p.wanted["zed"] for p in back] == [1, 1]
    assert [p.wanted["zed"] for p in plan.positions if p.is_stop] == [2, 3]
    assert judge(data, failures=True).stall is None
