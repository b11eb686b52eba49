"""From a file that is unsafe to plans that are safe: searched, written, read again and checked whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ...model.deployment import Deployment
from ...model.machines.rollouts import Rollout
from ...model.resources.limits import Limits
from ..verdict import Answer, Unknown
from .concern import list_names
from .contract_by_contract import propose_by_contract
from .edits import Remedy
from .finishing import Editor, Finisher, RepairPlan
from .judging import BudgetSpentError, Oracle, TrialBudget
from .proposing import propose
from .search import Searched, Warrant, search
from .source import EditedSource
from .splitting import ReleaseSplit, list_splits
from .trials import Chosen, Trials

SHARE, SHARE_OF_SPLITS = 0.7, 0.3
"""So much of the budget may be spent when plans of one release have been looked for, where splits could do
more; and when each split has been judged as it is, before that."""


class Untouched(Struct, frozen=True):
    """A hazard that nothing takes away which was tried: its id, how many remedies there were for it, and who
    takes part in it."""

    hazard: str
    tried: int
    names: tuple[str, ...]


class Nearest(Struct, frozen=True):
    """Where no plan was found, the remedies that leave the least wrong, and what they leave: ids of hazards,
    and what would end elsewhere, or why there is no verdict, in words."""

    remedies: tuple[Remedy, ...]
    left: tuple[str, ...]


class Repair(Struct, frozen=True):
    """What was found: `plans` of different kinds, the cheapest first. `unwritten` is why sets of remedies
    that are safe were no plans: what of the file cannot be edited so. `proposed` is how many remedies there
    were, `cut_short` how many checks told nothing, for they took `longest` seconds; `spent` the half of the
    budget that ended the search (None: nothing did), `warrant` why no plan is cheaper than the first.
    `nearest` is told where there are no plans."""

    plans: tuple[RepairPlan, ...]
    unwritten: tuple[str, ...]
    untouched: tuple[Untouched, ...]
    proposed: int
    checks: int
    seconds: float
    warrant: Warrant
    spent: str | None
    nearest: Nearest | None = None
    cut_short: int = 0
    longest: float = 0.0


def repair(
    source: EditedSource,
    deployment: Deployment,
    answer: Answer,
    *,
    budget: TrialBudget | None = None,
    limits: Limits | None = None,
    failures: bool = False,
    today: date | None = None,
    rollouts: Mapping[str, Rollout] | None = None,
    most_plans: int = 3,
) -> Repair:
    """Plans for a deployment, whose `answer` has hazards. The limits are for the search and for each check
    of a plan. `rollouts` are the lives of components with a machine of their own, which no remedy changes.
    Raises `RepairUnavailableError` without python-sat."""
    spending = limits or Limits()
    oracle = Oracle(
        deployment,
        answer,
        budget or TrialBudget(),
        spending,
        failures=failures,
        today=today,
        rollouts=rollouts,
    )
    asking = _Asking(oracle, spending, failures, today, rollouts)
    plain = asking.about(source, deployment, answer)
    splits = _Splits(list_splits(source, deployment, answer), asking, source)
    splits.judge()
    guessed = propose_by_contract(deployment, answer, plain.trials, oracle)
    with oracle.up_to(SHARE if splits.waiting else 1.0):
        found = search(plain.trials, most_plans, guessed)
    chosen = [(plain, one) for one in found.plans]
    cheapest = min(map(plain.trials.price, found.plans), default=None)
    chosen += splits.plans(None if len(chosen) < most_plans else cheapest)
    seconds = oracle.seconds
    plans = _choose([plan for one, done in chosen if (plan := one.finish(done)) is not None], most_plans)
    return Repair(
        plans=plans,
        unwritten=tuple(plain.editor.refused),
        untouched=tuple(_list_untouched(deployment, answer, plain.trials, found)),
        proposed=len(plain.trials.remedies),
        checks=oracle.checks,
        seconds=seconds,
        warrant=found.warrant if plans and found.plans and not _is_mended(plans[0]) else Warrant.NONE,
        spent=found.spent,
        nearest=None if plans else splits.unknown or _find_nearest(plain.trials),
        cut_short=oracle.cut_short,
        longest=oracle.longest,
    )


class _Asking(Struct, frozen=True):
    """Who judges, and what a finished plan may cost."""

    oracle: Oracle
    limits: Limits
    failures: bool
    today: date | None
    rollouts: Mapping[str, Rollout] | None

    def about(
        self,
        source: EditedSource,
        deployment: Deployment,
        answer: Answer | None,
        split: ReleaseSplit | None = None,
    ) -> Finisher:
        """The remedies for a deployment, to be tried and finished; without an answer there are none."""
        wrong = [hazard.id for hazard in answer.hazards] if answer is not None else []
        remedies = propose(deployment, answer) if answer is not None else ()
        editor = Editor(source, deployment)
        trials = Trials(deployment, remedies, self.oracle, wrong, editor.can_write)
        finisher = Finisher(editor, trials, self.limits, self.failures, self.today, rollouts=self.rollouts)
        return finisher if split is None else replace(finisher, split=split.remedy, changes=split.changes)


class _Splits:
    """The ways to split a release: the cheapest that is `safe` as it is, one that has no hazard and no
    verdict (`unknown`), and those that need more remedies, with their answers, in the order in which they
    are `waiting`."""

    def __init__(self, splits: tuple[ReleaseSplit, ...], asking: _Asking, source: EditedSource) -> None:
        self._splits, self._asking, self._source = splits, asking, source
        self.safe: ReleaseSplit | None = None
        self.unknown: Nearest | None = None
        self.waiting: list[tuple[ReleaseSplit, Answer]] = []

    def judge(self) -> None:
        """Judges each, within its share of the budget: that is few checks, and often one is a plan."""
        oracle = self._asking.oracle
        with suppress(BudgetSpentError), oracle.up_to(SHARE_OF_SPLITS):
            for split in self._splits:
                answer = oracle.answer(split.deployment, share=SHARE_OF_SPLITS)
                if answer is not None and oracle.weigh(split.deployment, answer).is_safe:
                    self.safe = split
                    break
                if answer is not None and answer.hazards:
                    self.waiting.append((split, answer))
                elif answer is not None and isinstance(answer.verdict, Unknown):
                    self.unknown = self.unknown or Nearest((split.remedy,), (answer.verdict.reason,))
        self.waiting.sort(key=lambda one: len(one[1].hazards))

    def plans(self, below: int | None) -> list[tuple[Finisher, Chosen]]:
        """What is safe as it is, and the first of the others that is with more remedies, if it begins below a
        price (None: any)."""
        found: list[tuple[Finisher, Chosen]] = []
        if self.safe is not None:
            found.append((self._about(self.safe, None), frozenset()))
        with suppress(BudgetSpentError):
            for split, answer in self.waiting:
                if below is not None and split.remedy.price >= below:
                    continue
                finisher = self._about(split, answer)
                if plans := search(finisher.trials, 1).plans:
                    return [*found, (finisher, plans[0])]
        return found

    def _about(self, split: ReleaseSplit, answer: Answer | None) -> Finisher:
        source = self._source.edited(split.text, split.changes)
        return self._asking.about(source, split.deployment, answer, split)


def _is_mended(plan: RepairPlan) -> bool:
    """Whether it is a split release with more remedies: of others like it only some were looked at."""
    return len(plan.remedies) > 1 and any(not remedy.edits for remedy in plan.remedies)


def _choose(plans: list[RepairPlan], most: int) -> tuple[RepairPlan, ...]:
    """The cheapest, and of the others those that lack one of the kinds of each cheaper one."""
    kept: list[RepairPlan] = []
    for plan in sorted(plans, key=lambda plan: plan.price):
        if not any({*other.kinds} <= {*plan.kinds} for other in kept):
            kept.append(plan)
    return tuple(kept[:most])


def _list_untouched(
    deployment: Deployment, answer: Answer, trials: Trials, found: Searched
) -> Iterator[Untouched]:
    for hazard in answer.hazards:
        if hazard.id in found.untouched:
            names = tuple(sorted(list_names(deployment, hazard)))
            yield Untouched(hazard.id, len(trials.touching(hazard.id)), names)


def _find_nearest(trials: Trials) -> Nearest | None:
    chosen = trials.nearest()
    if chosen is None:
        return None
    remedies = tuple(trials.remedies[index] for index in sorted(chosen))
    return Nearest(remedies, tuple(sorted(trials.judge(chosen))))
