"""What the oracle of a search spends: nothing on what no plan asks, and no more on one check than it may."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.repair import judging
from skewproof.properties.repair.judging import BudgetSpentError, Oracle, TrialBudget
from skewproof.properties.verdict import Answer

from .test_advising import TEXT


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


def clocks(on_wall_s: float, of_processor_s: float) -> SimpleNamespace:
    """A module `time` by which so much has passed that did not."""
    return SimpleNamespace(
        monotonic=lambda: time.monotonic() + on_wall_s,
        process_time=lambda: time.process_time() + of_processor_s,
    )


def test_what_else_the_machine_does_is_no_part_of_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it is held: the same checks are made, each with the time that it takes there."""
    deployment = two_services()
    given: list[Limits] = []

    def look(deployment: Deployment, *, limits: Limits, **asked: object) -> Answer:
        given.append(limits)
        return check(deployment, limits=limits)

    monkeypatch.setattr(judging, "check", look)
    oracle = Oracle(deployment, check(deployment), TrialBudget(seconds=50.0), Limits())
    monkeypatch.setattr(judging, "time", clocks(100.0, 10.0))
    assert oracle.answer(deployment) is not None
    assert given[0].deadline_s is not None
    assert given[0].deadline_s - (time.monotonic() + 100.0) > 4 * oracle.longest
    monkeypatch.setattr(judging, "time", clocks(100.0, 51.0))
    with pytest.raises(BudgetSpentError, match="50 seconds"):
        oracle.answer(deployment)


def test_the_last_check_takes_no_more_than_is_left_of_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = two_services()
    oracle = Oracle(deployment, check(deployment), TrialBudget(seconds=50.0), Limits())
    assert oracle.allowed == oracle.longest > 1.0
    monkeypatch.setattr(judging, "time", clocks(49.0, 49.0))
    assert 0 < oracle.allowed <= 1.0


def test_time_that_is_up_for_all_ends_a_search_too() -> None:
    deployment = two_services()
    oracle = Oracle(deployment, check(deployment), TrialBudget(), Limits(deadline_s=time.monotonic() - 1))
    with pytest.raises(BudgetSpentError):
        oracle.answer(deployment)


def test_what_may_be_gone_is_seen_at_the_hops_alone() -> None:
    before = loads(TEXT)
    answer = check(before)
    oracle = Oracle(before, answer, TrialBudget(), Limits())
    sets = [cause.hazards for cause in answer.causes]
    assert [str(cause.contract) for cause in answer.causes] == ["api/x", "db/t"]
    assert oracle.find_gone(before, sets) == []
    assert oracle.find_gone(loads(TEXT.replace("call: [V1 -> V2]", "call: [V2 -> V1]")), sets) == [0]
    assert oracle.find_gone(
        loads(TEXT.replace("migrate db", "deploy api").replace("Api: [deploy api]", "Db: [migrate db]")), sets
    ) == [1]
    assert oracle.checks == 3


def test_what_is_met_may_be_accepted() -> None:
    before = loads(TEXT)
    answer = check(before)
    accepted = loads(TEXT + "accept: [{contract: db/t, reason: known, until: 2999-01-01}]\n")
    oracle = Oracle(before, answer, TrialBudget(), Limits())
    assert oracle.find_gone(accepted, [answer.hazards]) == [0]


def test_where_a_limit_is_hit_nothing_is_taken_for_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = loads(TEXT)
    oracle = Oracle(before, check(before), TrialBudget(), Limits(max_states=1))
    assert oracle.find_gone(loads(TEXT.replace("V1 -> V2", "V2 -> V1")), [check(before).hazards]) == []
