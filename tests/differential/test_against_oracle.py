"""The checker against the oracle, hazard by hazard, on random deployments."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from skewproof.model.language import loads
from skewproof.properties import check
from support.deployments import deployments
from support.oracle import judge
from support.shared_stores import shared_stores
from support.shutting import shutting
from support.told import told_by_the_checker, told_by_the_oracle

FEW = settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
LARGE = settings(FEW, max_examples=12)
MANY_LARGE = settings(FEW, max_examples=500, derandomize=False)
MANY = settings(FEW, max_examples=5000, derandomize=False)


def agree(data: dict[str, Any], engine: str = "reference") -> None:
    text = yaml.safe_dump(data, sort_keys=False)
    assert told_by_the_checker(check(loads(text), engine=engine)) == told_by_the_oracle(judge(data))


# Cases that random deployments seldom meet; each tells a slip in the engine from the truth.
RARE = {
    "a suspended worker writes nothing": """
        components: {w: {kind: worker}, s: {kind: service}, redis: {kind: cache}}
        requests:
          job: [w writes redis: x]
          ask: [client calls s: y, s reads redis: x]
        pipeline: [Stop: [suspend w], Sync: [sync redis], Roll: [deploy s]]
        changes: {redis/x: {breaks: [V2 -> V1]}}
        """,
    "what a writer undid after a sync does not hold up its await": """
        components: {s: {kind: service}, redis: {kind: cache}}
        requests: {put: [client calls s: y, s writes redis: x, s reads redis: x]}
        pipeline: [Sync: [start sync redis], Wait: [await redis], Roll: [deploy s], Again: [sync redis]]
        changes: {redis/x: {breaks: both}}
        """,
    "an await looks back, not ahead": """
        components: {s: {kind: service}, redis: {kind: cache}}
        requests: {get: [client calls s: y, s reads redis: x]}
        pipeline: [Wait: [await redis], Sync: [start sync redis], Roll: [deploy s]]
        changes: {redis/x: {breaks: both}}
        """,
    "a background switch is thrown once": """
        components: {a: {kind: service}, b: {kind: service}}
        requests: {ask: [client calls a: x, a calls b: y]}
        pipeline: [Roll: [deploy a b], On: [start enable f], Off: [disable f], End]
        flags: {f: {guards: [b/y]}}
        changes: {b/y: {breaks: both}}
        """,
    "a switch with nothing to do is over at once": """
        components: {w: {kind: worker}, s: {kind: service}, db: {kind: database}}
        requests: {job: [w reads db: x], ask: [client calls s: y, s calls w: z]}
        pipeline:
          - A: [start resume w, suspend w, start disable f, start enable f, migrate db, deploy s w]
          - B: [resume w, start suspend w, resume w, await w, enable f]
        flags: {f: {guards: [w/z]}}
        changes: {db/x: {breaks: [V1 -> V2]}, w/z: {breaks: both}}
        """,
    "a worker that calls itself is held twice": """
        components: {w: {kind: worker, max_surge: 0, max_unavailable: 1}, db: {kind: database}}
        requests: {job: [w calls w: x, w writes db: r, w calls w: x, w reads db: r using x]}
        pipeline: [Move: [migrate db], Roll: [deploy w], Stop: [suspend w]]
        changes: {w/x: {breaks: [V1 -> V2]}, db/r: {breaks: [V1 -> V2]}}
        """,
    "queue, drain and kept rows at once": """
        components: {a: {kind: service}, w: {kind: worker}, q: {kind: broker}, db: {kind: database}}
        requests:
          put: [client calls a: x, a publishes q: m, a writes db: r]
          job: [w consumes q: m, w reads db: r, w writes db: r using m q/m]
        pipeline: [A: [deploy a], B: [drain q], Fill: [start backfill db], Work: [deploy w], End: [await db]]
        changes: {q/m: {breaks: [V2 -> V1]}, db/r: {breaks: {content: both, token: both}, rows: kept}}
        """,
}


@pytest.mark.parametrize("text", RARE.values(), ids=RARE)
def test_checker_and_oracle_agree_on_rare_cases(text: str) -> None:
    data = yaml.safe_load(text)
    agree({"system": "rare", "versions": ["V1", "V2"], **data})


@FEW
@given(deployments())
def test_checker_and_oracle_agree(data: dict[str, Any]) -> None:
    agree(data)


@pytest.mark.exhaustive
@MANY
@given(deployments())
def test_checker_and_oracle_agree_on_thousands(data: dict[str, Any]) -> None:
    agree(data)


@LARGE
@given(shared_stores())
def test_slices_of_shared_stores_agree_with_the_oracle(data: dict[str, Any]) -> None:
    agree(data, "slice")


@LARGE
@given(shutting())
def test_slices_with_components_that_can_be_down_agree_with_the_oracle(data: dict[str, Any]) -> None:
    agree(data, "slice")


@pytest.mark.exhaustive
@MANY_LARGE
@given(shared_stores())
def test_slices_of_hundreds_of_shared_stores_agree_with_the_oracle(data: dict[str, Any]) -> None:
    agree(data, "slice")


@pytest.mark.exhaustive
@MANY_LARGE
@given(shutting())
def test_slices_with_hundreds_that_can_be_down_agree_with_the_oracle(data: dict[str, Any]) -> None:
    agree(data, "slice")
