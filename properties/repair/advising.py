"""What would help against each cause: the cheapest single remedy that was checked, within a small budget."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from msgspec.structs import replace

from ...model.deployment import Deployment
from ...model.resources.limits import Limits
from ..verdict import Advice, Answer, HazardCause
from .judging import BudgetSpentError, Oracle, TrialBudget
from .proposing import propose
from .trials import Trials

BUDGET = TrialBudget(checks=100, seconds=4.0)
"""What advice may cost beside a verdict."""


def advise(
    deployment: Deployment,
    answer: Answer,
    *,
    budget: TrialBudget = BUDGET,
    limits: Limits | None = None,
    failures: bool = False,
    today: date | None = None,
) -> Answer:
    """The answer with advice for its causes; without any for those for which no remedy was found in time."""
    oracle = Oracle(deployment, answer, budget, limits or Limits(), failures=failures, today=today)
    wrong = [hazard.id for hazard in answer.hazards]
    trials = Trials(deployment, propose(deployment, answer), oracle, wrong)
    found: list[Advice] = []
    causes = answer.causes
    for number, cause in enumerate(causes, start=1):  # what one does not spend is left to those behind it
        with suppress(BudgetSpentError), oracle.up_to(number / len(causes)):
            found += _list_advice(trials, deployment, cause)
    return replace(answer, advice=tuple(found))


def _list_advice(trials: Trials, deployment: Deployment, cause: HazardCause) -> Iterator[Advice]:
    """The cheapest remedy for a cause; one after which nothing at all is wrong before others of its price."""
    ids = frozenset(hazard.id for hazard in cause.hazards)
    best: tuple[int, bool, Advice] | None = None
    for index, remedy in enumerate(trials.remedies):
        if best is not None and remedy.price > best[0]:
            break
        if not remedy.touches & ids or (made := trials.make(frozenset({index}))) is None:
            continue
        left = trials.judge(frozenset({index}))
        if left & ids or left - trials.wrong:
            continue
        steps = len(made.pipeline) - len(deployment.pipeline)
        advice = Advice(ids, remedy.told, steps, not left)
        if best is None or (not left and best[1]):
            best = remedy.price, bool(left), advice
        if not left:
            break
    if best is not None:
        yield best[2]
