"""The checker as an oracle: what is wrong with a deployment that was edited, asked once for each, within a
budget."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from msgspec import Struct

from ...model.deployment import Deployment
from ...model.errors import SkewproofError
from ...model.names import VariableKind
from ...model.resources.limits import LimitError, Limits
from ..checker import check
from ..verdict import Answer, EndUnit, Safe, Unknown

NO_VERDICT = "no verdict"
"""Stands for what could not be judged: it is as bad as a hazard, and nothing is learnt from it."""


DATA = frozenset({VariableKind.CONTENT, VariableKind.UNACKNOWLEDGED})

LONGEST_CHECK_S, LONGEST_SHARE = 5.0, 0.1
"""So long one check may take, or so much of the budget, if that is longer."""


class Budget(Struct, frozen=True):
    """What a search may spend: checks, and seconds on the wall. What is spent proves nothing."""

    checks: int = 1_000
    seconds: float = 60.0


class BudgetSpentError(SkewproofError):
    """The budget is spent; the message says which half of it."""


class Outcome(Struct, frozen=True):
    """What is wrong with an edited deployment: the ids of its hazards, and what ends otherwise than it did
    before, in words. Nothing is wrong with a plan."""

    wrong: frozenset[str]

    @property
    def is_safe(self) -> bool:
        return not self.wrong


NOTHING_KNOWN = Outcome(frozenset({NO_VERDICT}))


class Oracle:
    """Judges deployments against the answer to the one from which they were made. Counts its checks."""

    def __init__(
        self,
        deployment: Deployment,
        answer: Answer,
        budget: Budget,
        limits: Limits,
        *,
        failures: bool = False,
        today: date | None = None,
    ) -> None:
        self._before, self._budget, self._failures, self._today = answer, budget, failures, today
        self._flags = {flag.name for flag in deployment.flags}
        self._began = time.monotonic()
        ends = [self._began + budget.seconds, *([limits.deadline_s] if limits.deadline_s is not None else [])]
        self._limits, self._ends = limits, min(ends)
        self._longest = max(LONGEST_CHECK_S, LONGEST_SHARE * budget.seconds)
        self._known: dict[Hashable, Outcome] = {}
        self._share = 1.0
        self.checks = 0

    @contextmanager
    def up_to(self, share: float) -> Iterator[None]:
        """While this lasts, only that share of the whole budget may be spent; what is spent before counts."""
        before, self._share = self._share, share
        try:
            yield
        finally:
            self._share = before

    @property
    def seconds(self) -> float:
        """How long it has been asked."""
        return time.monotonic() - self._began

    def judge(self, deployment: Deployment) -> Outcome:
        """What is wrong with it. Raises `BudgetSpentError`."""
        key = _key(deployment)
        if key not in self._known:
            answer = self.answer(deployment)
            self._known[key] = NOTHING_KNOWN if answer is None else self.weigh(deployment, answer)
        return self._known[key]

    def answer(self, deployment: Deployment) -> Answer | None:
        """All that `check` says of it; None where that takes too long. Raises `BudgetSpentError`."""
        if self.checks >= self._budget.checks * self._share:
            raise BudgetSpentError(f"{self.checks:,} checks")
        if self.seconds >= self._budget.seconds * self._share or time.monotonic() >= self._ends:
            raise BudgetSpentError(f"{self._budget.seconds * self._share:g} seconds")
        self.checks += 1
        began = time.monotonic()
        limits = replace(self._limits, deadline_s=min(self._ends, began + self._longest))
        try:
            return check(deployment, limits=limits, failures=self._failures, today=self._today)
        except (LimitError, MemoryError):
            return None

    def weigh(self, deployment: Deployment, answer: Answer) -> Outcome:
        """What is wrong with a deployment that has this answer."""
        wrong = {hazard.id for hazard in answer.hazards}
        if not isinstance(answer.verdict, Safe) and not wrong:
            wrong.add(NO_VERDICT)
        if answer.open_properties or (isinstance(answer.verdict, Unknown) and wrong):
            wrong.add(NO_VERDICT)
        return Outcome(frozenset(wrong | set(self._worse_ends(answer, deployment))))

    def _worse_ends(self, answer: Answer, deployment: Deployment) -> list[str]:
        """What stands otherwise at the end than it did, and what of the pipeline does nothing any more. A
        flag that a remedy brings is on then, as it should be; of data less may lie there than before."""
        new = {flag.name for flag in deployment.flags} - self._flags
        before, now = self._before.end, answer.end
        units = [unit for unit in now.units if not (unit.kind is VariableKind.FLAG and unit.subject in new)]
        worse = [*_list_other(before.units, units), *_list_other(before.after_rollback, now.after_rollback)]
        idle = {one.action for one in before.in_vain}
        worse += [one.action for one in now.in_vain if one.action not in idle]
        return [f"at the end: {name}" for name in worse]


def _list_other(before: Iterable[EndUnit], now: Iterable[EndUnit]) -> Iterator[str]:
    """The names of the units that stand otherwise, or did and do no longer; where data of several forms lay
    there may be others, or none."""
    was, stays = {*map(_stand, before)}, {*map(_stand, now)}
    yield from (name for name, _ in stays - was)
    yield from (unit.name for unit in before if unit.kind not in DATA and _stand(unit) not in stays)


def _stand(unit: EndUnit) -> tuple[str, object]:
    return unit.name, None if unit.kind in DATA else unit.stands


def _key(deployment: Deployment) -> Hashable:
    return deployment.versions, deployment.pipeline, tuple(deployment.components.values()), deployment.flags
