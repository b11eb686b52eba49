"""What would help against each cause: the cheapest single remedy that was checked, within a small budget."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date

from msgspec.structs import replace

from ...model.deployment import Deployment, RemedyKind
from ...model.resources.limits import Limits
from ..verdict import Advice, Answer, Hazard, HazardCause
from .edits import Remedy
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
    advised = [_Advised(cause) for cause in answer.causes]
    with suppress(BudgetSpentError):
        for index in _list_tries(trials, lambda: oracle.checks >= budget.checks / 2):
            remedy = trials.remedies[index]
            asked = [one for one in advised if one.could_use(remedy)]
            made = trials.make(frozenset({index})) if asked else None
            if made is None:
                continue
            gone = oracle.find_gone(made, [one.wanted(answer) for one in asked])
            left = trials.judge(frozenset({index})) if gone else trials.wrong
            if not left - trials.wrong:
                steps = len(made.pipeline) - len(deployment.pipeline)
                for one in map(asked.__getitem__, gone):
                    one.learn(remedy, left, steps)
    return replace(answer, advice=tuple(one.best for one in advised if one.best is not None))


def _list_tries(trials: Trials, is_late: Callable[[], bool]) -> Iterator[int]:
    """The remedies (by index) by their prices; once it is late, one of each kind in turn: what helps can be
    dearer than all that there is time for."""
    left = deque(range(len(trials.remedies)))
    while left and not is_late():
        yield left.popleft()
    rank = Counter[RemedyKind]()
    turns: list[tuple[int, int]] = []
    for index in left:
        kind = trials.remedies[index].kind
        turns.append((rank[kind], index))
        rank[kind] += 1
    yield from (index for _, index in sorted(turns))


class _Advised:
    """A cause with the first remedy that was found for it; but for one of the same price after which nothing
    at all is wrong."""

    def __init__(self, cause: HazardCause) -> None:
        self.cause = cause
        self.ids = frozenset(hazard.id for hazard in cause.hazards)
        self.best: Advice | None = None
        self._price = 0

    def could_use(self, remedy: Remedy) -> bool:
        """Whether the remedy, which comes behind those that were tried, may help more."""
        is_open = self.best is None or (not self.best.is_safe and remedy.price == self._price)
        return is_open and not self.ids.isdisjoint(remedy.touches)

    def wanted(self, answer: Answer) -> Sequence[Hazard]:
        """What is to be gone with the next remedy."""
        return self.cause.hazards if self.best is None else answer.hazards

    def learn(self, remedy: Remedy, left: frozenset[str], steps: int) -> None:
        """What stays wrong with the remedy, which brings nothing else."""
        if not left & self.ids and (self.best is None or not left):
            self.best, self._price = Advice(self.ids, remedy.told, steps, not left), remedy.price
