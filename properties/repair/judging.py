"""The checker as an oracle: what is wrong with a deployment that was edited, asked once for each, within a
budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from datetime import date
from math import inf
from typing import TypeVar

from msgspec import Struct

from ...model.compiler.task import Task
from ...model.deployment import Deployment
from ...model.errors import SkewproofError
from ...model.machines.rollouts import Rollout
from ...model.names import VariableKind
from ...model.resources.alarm import alarm
from ...model.resources.limits import LimitError, Limits
from ..checker import check
from ..engines.choice import RequestJudge
from ..verdict import Answer, EndUnit, Hazard, HopHazard, PropertyKind, Safe, Unknown, list_hop_hazards
from .edits import Subject

T = TypeVar("T")

NO_VERDICT = "no verdict"
"""Stands for what could not be judged: it is as bad as a hazard, and nothing is learnt from it."""


DATA = frozenset({VariableKind.CONTENT, VariableKind.UNACKNOWLEDGED})

LONGEST_CHECK_S, LONGEST_SHARE = 5.0, 0.1
"""So long one check may take, or so much of the budget, if that is longer."""

MOST_PACE = 20.0
"""So many seconds on the wall at most are a second of the processor, however much else the machine does."""


class TrialBudget(Struct, frozen=True):
    """What a search may spend: checks, and seconds of the processor, so that it finds the same on a busy
    machine. What is spent proves nothing."""

    checks: int = 1_000
    seconds: float = 60.0


class BudgetSpentError(SkewproofError):
    """The budget is spent; the message says which half of it."""


class TrialOutcome(Struct, frozen=True):
    """What is wrong with an edited deployment: the ids of its hazards, and what ends otherwise than it did
    before, in words. Nothing is wrong with a plan."""

    wrong: frozenset[str]

    @property
    def is_safe(self) -> bool:
        return not self.wrong


NOTHING_KNOWN = TrialOutcome(frozenset({NO_VERDICT}))


class Spending:
    """What several oracles have spent, and up to which share of the budget they may."""

    def __init__(self) -> None:
        self.checks = self.cut_short = 0
        self.share = 1.0


class Oracle:
    """Judges deployments against the answer to the one from which they were made. Counts its checks."""

    def __init__(
        self,
        deployment: Deployment,
        answer: Answer,
        budget: TrialBudget,
        limits: Limits,
        *,
        failures: bool = False,
        today: date | None = None,
        rollouts: Mapping[str, Rollout] | None = None,
    ) -> None:
        self._rollouts = rollouts
        self._before, self._budget, self._failures, self._today = answer, budget, failures, today
        self._flags = {flag.name for flag in deployment.flags}
        self._began, self._began_wall = time.process_time(), time.monotonic()
        self._limits, self._ends = limits, inf if limits.deadline_s is None else limits.deadline_s
        self._longest = max(LONGEST_CHECK_S, LONGEST_SHARE * budget.seconds)
        self._known: dict[Hashable, TrialOutcome] = {}
        self._spending = Spending()

    @contextmanager
    def up_to(self, share: float) -> Iterator[None]:
        """While this lasts, only that share of the whole budget may be spent; what is spent before counts."""
        before, self._spending.share = self._spending.share, share
        try:
            yield
        finally:
            self._spending.share = before

    def about(self, deployment: Deployment, answer: Answer) -> Oracle:
        """One for another deployment, which spends from the same budget."""
        other = copy(self)
        other._before, other._known = answer, {}
        other._flags = {flag.name for flag in deployment.flags}
        return other

    @property
    def checks(self) -> int:
        """How many it has made, and those that spend from the same budget."""
        return self._spending.checks

    @property
    def cut_short(self) -> int:
        """How many of them took too long."""
        return self._spending.cut_short

    @property
    def spent(self) -> float:
        """The share of the budget that is spent."""
        return max(self.checks / self._budget.checks, self.seconds / self._budget.seconds)

    @property
    def seconds(self) -> float:
        """How long it has been asked, on the clock of this process."""
        return time.process_time() - self._began

    @property
    def _pace(self) -> float:
        """How many seconds on the wall a second of this process has taken so far."""
        on_wall = time.monotonic() - self._began_wall
        return min(MOST_PACE, max(1.0, on_wall / self.seconds)) if self.seconds else 1.0

    @property
    def longest(self) -> float:
        """So many seconds of the processor one check may take."""
        return self._longest

    @property
    def allowed(self) -> float:
        """So many the next one may take: no more than is left of the budget."""
        return min(self._longest, max(self._budget.seconds - self.seconds, 0.0))

    def judge(self, deployment: Deployment, free: frozenset[Subject] = frozenset()) -> TrialOutcome:
        """What is wrong with it; what is `free` may end otherwise. Raises `BudgetSpentError`."""
        key = _key(deployment), free
        if key not in self._known:
            answer = self.answer(deployment)
            self._known[key] = NOTHING_KNOWN if answer is None else self.weigh(deployment, answer, free)
        return self._known[key]

    def answer(self, deployment: Deployment, *, share: float | None = None) -> Answer | None:
        """All that `check` says of it; None where that takes longer than `longest` and what is left of the
        budget, or than that share of the budget if it is given. Raises `BudgetSpentError`."""
        longest = self.allowed if share is None else max(self._longest, share * self._budget.seconds)
        return self._spend(
            longest,
            lambda limits: check(
                deployment,
                limits=limits,
                failures=self._failures,
                today=self._today,
                rollouts=self._rollouts,
            ),
        )

    def find_gone(self, deployment: Deployment, sets: Sequence[Sequence[Hazard]]) -> list[int]:
        """Which of these sets of hazards may be gone (by index, from 0), as the hops of each show alone: of
        the others one is sure to be met. Far less work than an answer, for few of them. None of them where
        that takes longer than `allowed`. Raises `BudgetSpentError`."""
        if deployment.accept:  # what is met may be accepted there
            return [*range(len(sets))]
        asked = replace(deployment, failures=self._failures or deployment.failures)

        def look(limits: Limits) -> list[int]:
            with alarm(limits):
                judge = RequestJudge(Task(asked, self._rollouts, limits))
                every = map(list_hop_hazards, sets)
                return [at for at, one in enumerate(every) if not any(_meets(judge, asked, h) for h in one)]

        return self._spend(self.allowed, look) or []

    def _spend(self, longest: float, work: Callable[[Limits], T]) -> T | None:
        """What comes of a check that may take so many seconds of the processor; None where that is not
        enough. Raises `BudgetSpentError`."""
        if self.checks >= self._budget.checks * self._spending.share:
            raise BudgetSpentError(f"{self.checks:,} checks")
        if self.seconds >= self._budget.seconds * self._spending.share or time.monotonic() >= self._ends:
            raise BudgetSpentError(f"{self._budget.seconds * self._spending.share:g} seconds")
        self._spending.checks += 1
        ends = time.monotonic() + longest * self._pace
        limits = replace(self._limits, deadline_s=min(self._ends, ends), counts_paths=False)
        try:
            return work(limits)
        except (LimitError, MemoryError):
            return None
        finally:
            self._spending.cut_short += longest >= self._longest and time.monotonic() >= ends

    def weigh(
        self, deployment: Deployment, answer: Answer, free: frozenset[Subject] = frozenset()
    ) -> TrialOutcome:
        """What is wrong with a deployment that has this answer; what is `free` may end otherwise."""
        wrong = {hazard.id for hazard in answer.hazards}
        if not isinstance(answer.verdict, Safe) and not wrong:
            wrong.add(NO_VERDICT)
        if answer.open_properties or (isinstance(answer.verdict, Unknown) and wrong):
            wrong.add(NO_VERDICT)
        return TrialOutcome(frozenset(wrong | set(self._worse_ends(answer, deployment, free))))

    def _worse_ends(self, answer: Answer, deployment: Deployment, free: frozenset[Subject]) -> list[str]:
        """What stands otherwise at the end than it did, and what of the pipeline does nothing any more. A
        flag that a remedy brings is on then, as it should be; of data less may lie there than before."""
        new = {flag.name for flag in deployment.flags} - self._flags
        before, now = self._before.end, answer.end
        idle = {one.action for one in before.in_vain}
        vain = [one.action for one in now.in_vain if one.action not in idle]
        if not _ends(self._before):
            return [f"at the end: {name}" for name in vain]
        units = [unit for unit in now.units if not (unit.kind is VariableKind.FLAG and unit.subject in new)]
        worse = [
            *_list_other(before.units, units, free),
            *_list_other(before.after_rollback, now.after_rollback, free),
        ]
        return [f"at the end: {name}" for name in (*worse, *vain)]


def _ends(answer: Answer) -> bool:
    """Whether some run of it is ever complete; else nothing is known of how it was to end."""
    return not any(one.kind is PropertyKind.STALL and one.inevitable for one in answer.hazards)


def _list_other(before: Iterable[EndUnit], now: Iterable[EndUnit], free: frozenset[Subject]) -> Iterator[str]:
    """The names of the units that stand otherwise, or did and do no longer, but for those that are free to;
    where data of several forms lay there may be others, or none."""
    held_before = [unit for unit in before if unit.subject not in free]
    held_now = [unit for unit in now if unit.subject not in free]
    was, stays = {*map(_stand, held_before)}, {*map(_stand, held_now)}
    yield from (name for name, _ in stays - was)
    yield from (unit.name for unit in held_before if unit.kind not in DATA and _stand(unit) not in stays)


def _stand(unit: EndUnit) -> tuple[str, object]:
    return unit.name, None if unit.kind in DATA else unit.stands


def _meets(judge: RequestJudge, deployment: Deployment, hazard: HopHazard) -> bool:
    request = next(one for one in deployment.requests if one.name == hazard.request)
    return any(one.key == hazard.key for one in judge.find_broken_lookups(request, {hazard.hop}))


def _key(deployment: Deployment) -> Hashable:
    breaks = tuple((one.contract, frozenset(one.breaks.items())) for one in deployment.changed.values())
    components = tuple(deployment.components.values())
    return deployment.versions, deployment.pipeline, components, deployment.flags, breaks
