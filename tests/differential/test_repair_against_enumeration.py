"""The search for plans against judging all sets of a few remedies: the cheapest price is the same."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, combinations

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from skewproof.model.deployment import Deployment
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.repair.edits import Remedy
from skewproof.properties.repair.judging import Oracle, TrialBudget
from skewproof.properties.repair.proposing import propose
from skewproof.properties.repair.search import Warrant, search
from skewproof.properties.repair.trials import Trials
from skewproof.properties.strategies import deployments

pytest.importorskip("pysat")

REMEDIES = 5
"""So many of those that are proposed, of each kind some."""


def spread(remedies: Iterable[Remedy], most: int) -> list[Remedy]:
    """Some of each kind in turn."""
    kinds: dict[str, list[Remedy]] = {}
    for remedy in remedies:
        kinds.setdefault(str(remedy.kind), []).append(remedy)
    turns = (group[turn] for turn in range(most) for group in kinds.values() if turn < len(group))
    return [remedy for remedy, _ in zip(turns, range(most), strict=False)]


def cheapest(trials: Trials) -> int | None:
    """The price of the cheapest plan, by judging every set."""
    every = sorted(trials.all)
    sets = chain.from_iterable(combinations(every, size) for size in range(1, len(every) + 1))
    plans = (chosen for chosen in map(frozenset, sets) if trials.is_plan(chosen))
    return min(map(trials.price, plans), default=None)


def hold_against_enumeration(deployment: Deployment) -> None:
    answer = check(deployment, limits=Limits(max_states=20_000))
    assume(answer.hazards)
    remedies = spread(propose(deployment, answer), REMEDIES)
    oracle = Oracle(deployment, answer, TrialBudget(10_000, 600), Limits(max_states=20_000))
    wrong = [hazard.id for hazard in answer.hazards]
    found = search(Trials(deployment, remedies, oracle, wrong))
    asked = Trials(deployment, remedies, oracle, wrong)
    expected = cheapest(asked)
    told = asked.price(found.plans[0]) if found.plans else None
    assert all(asked.is_plan(plan) for plan in found.plans)
    assert found.spent is None
    assert found.warrant is not Warrant.NONE
    assert told == expected, [remedy.told for remedy in remedies]


ANY = settings(deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(ANY, max_examples=6, derandomize=True, phases=[Phase.generate])
MANY = settings(ANY, max_examples=400)


@FEW
@given(deployments())
def test_no_set_is_cheaper_than_the_first_plan(deployment: Deployment) -> None:
    hold_against_enumeration(deployment)


@pytest.mark.exhaustive
@MANY
@given(deployments())
def test_no_set_is_cheaper_than_the_first_plan_of_many(deployment: Deployment) -> None:
    hold_against_enumeration(deployment)
