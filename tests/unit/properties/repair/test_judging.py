"""What the oracle of a search spends: nothing on what no plan asks, and no more on one check than it may."""

from __future__ import annotations

import pytest

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.repair import judging
from skewproof.properties.repair.judging import Oracle, TrialBudget
from skewproof.properties.verdict import Answer


def two_services() -> Deployment:
    return loads("""
components: {web: {kind: service, replicas: 2}, api: {kind: service, replicas: 2}}
requests: {order: [client calls web: order, web calls api: charge]}
pipeline: [Deploy: [deploy web api]]
changes: {api/charge: {breaks: V2 -> V1}}
""")


@pytest.mark.parametrize("engine", ["slice", "reference", "symbolic"])
def test_interleavings_are_counted_for_whoever_wants_them(engine: str) -> None:
    deployment = two_services()
    told = check(deployment, engine=engine)
    untold = check(deployment, engine=engine, limits=Limits(counts_paths=False))
    assert told.statistics is not None
    assert untold.statistics is not None
    assert told.statistics.interleavings
    assert untold.statistics.interleavings is None
    assert [one.id for one in untold.hazards] == [one.id for one in told.hazards]
    assert not untold.left_open


def test_a_search_does_not_want_them() -> None:
    deployment = two_services()
    answer = Oracle(deployment, check(deployment), TrialBudget(), Limits()).answer(deployment)
    assert answer is not None
    assert answer.statistics is not None
    assert answer.statistics.interleavings is None


def test_a_check_that_takes_too_long_tells_nothing_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = two_services()
    answer = check(deployment)
    monkeypatch.setattr(judging, "LONGEST_CHECK_S", 0.0)
    monkeypatch.setattr(judging, "LONGEST_SHARE", 0.0)
    oracle = Oracle(deployment, answer, TrialBudget(), Limits())
    found = oracle.answer(deployment)
    assert found is None or not oracle.weigh(deployment, found).is_safe
    assert (oracle.checks, oracle.cut_short) == (1, 1)


def test_one_that_does_not_is_not_counted() -> None:
    deployment = two_services()
    oracle = Oracle(deployment, check(deployment), TrialBudget(), Limits())
    assert isinstance(oracle.answer(deployment), Answer)
    assert oracle.cut_short == 0
