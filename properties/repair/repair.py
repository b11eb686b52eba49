"""From a file that is unsafe to plans that are safe: searched, written, read again and checked whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ...model.deployment import Deployment, RemedyKind
from ...model.errors import InvalidDeploymentError
from ...model.language.rewriting import rewrite
from ...model.resources.limits import Limits
from ..certificate.write import Certificate, NotCertifiedError, certify
from ..checker import check
from ..verdict import Answer, Safe
from .edits import Remedy
from .judging import Budget, BudgetSpentError, Oracle
from .proposing import list_names, propose
from .search import Searched, Warrant, search
from .splitting import Split, list_splits
from .trials import Chosen, Trials

SHARE, SHARE_OF_SPLITS = 0.7, 0.3
"""So much of the budget may be spent when plans of one release have been looked for, where splits could do
more; and when each split has been judged as it is, before that."""


class Source(Struct, frozen=True):
    """The text of a deployment file, and how it is read: with the same second file, and so on."""

    text: str
    load: Callable[[str], Deployment]


class Plan(Struct, frozen=True):
    """A set of remedies after which nothing is wrong: `text` is the whole file with them, read again and
    checked (`answer`), `certificate` its proof, None where there is none (`uncertified` says why)."""

    remedies: tuple[Remedy, ...]
    price: int
    text: str
    answer: Answer
    certificate: Certificate | None
    uncertified: str = ""

    @property
    def kinds(self) -> tuple[RemedyKind, ...]:
        return tuple(dict.fromkeys(remedy.kind for remedy in self.remedies))


class Untouched(Struct, frozen=True):
    """A hazard that nothing takes away which was tried: its id, how many remedies there were for it, and who
    takes part in it."""

    hazard: str
    tried: int
    names: tuple[str, ...]


class Unwritten(Struct, frozen=True):
    """A plan that nobody is shown as an edit: what it does, and why it cannot be written."""

    remedies: tuple[Remedy, ...]
    why: str


class Repair(Struct, frozen=True):
    """What was found: `plans` of different kinds, the cheapest first. `proposed` is how many remedies there
    were, `spent` the half of the budget that ended the search (None: nothing did), `warrant` why no plan is
    cheaper than the first."""

    plans: tuple[Plan, ...]
    unwritten: tuple[Unwritten, ...]
    untouched: tuple[Untouched, ...]
    proposed: int
    checks: int
    seconds: float
    warrant: Warrant
    spent: str | None


def repair(
    source: Source,
    deployment: Deployment,
    answer: Answer,
    *,
    budget: Budget | None = None,
    limits: Limits | None = None,
    failures: bool = False,
    today: date | None = None,
    most_plans: int = 3,
) -> Repair:
    """Plans for a deployment, whose `answer` has hazards. The limits are for the search and for each check
    of a plan. Raises `RepairUnavailableError` without python-sat."""
    spending = limits or Limits()
    oracle = Oracle(deployment, answer, budget or Budget(), spending, failures=failures, today=today)
    trials = _try(deployment, answer, oracle)
    splits = _Splits(list_splits(source.text, deployment, answer, source.load), oracle)
    splits.judge()
    with oracle.up_to(SHARE if splits.waiting else 1.0):
        found = search(trials, most_plans)
    finishing = _Finishing(source, deployment, trials, spending, failures, today)
    chosen = [(finishing, one) for one in found.plans]
    if len(chosen) < most_plans:
        chosen += splits.plans(finishing)
    seconds = oracle.seconds
    done = [one.finish(remedies) for one, remedies in chosen]
    plans = [one for one in done if isinstance(one, Plan)]
    return Repair(
        plans=_choose(plans, most_plans),
        unwritten=tuple(one for one in done if isinstance(one, Unwritten)),
        untouched=tuple(_list_untouched(deployment, answer, trials, found)),
        proposed=len(trials.remedies),
        checks=oracle.checks,
        seconds=seconds,
        warrant=found.warrant if found.plans else Warrant.NONE,
        spent=found.spent,
    )


def _try(deployment: Deployment, answer: Answer, oracle: Oracle) -> Trials:
    wrong = [hazard.id for hazard in answer.hazards]
    return Trials(deployment, propose(deployment, answer), oracle, wrong)


class _Splits:
    """The ways to split a release: the cheapest that is `safe` as it is, and those that need more remedies,
    with their answers, in the order in which they are `waiting`."""

    def __init__(self, splits: tuple[Split, ...], oracle: Oracle) -> None:
        self._splits, self._oracle = splits, oracle
        self.safe: Split | None = None
        self.waiting: list[tuple[Split, Answer]] = []

    def judge(self) -> None:
        """Judges each, within its share of the budget: that is few checks, and often one of them is a
        plan."""
        with suppress(BudgetSpentError), self._oracle.up_to(SHARE_OF_SPLITS):
            for split in self._splits:
                answer = self._oracle.answer(split.deployment)
                if answer is not None and self._oracle.weigh(split.deployment, answer).is_safe:
                    self.safe = split
                    break
                if answer is not None and answer.hazards:
                    self.waiting.append((split, answer))
        self.waiting.sort(key=lambda one: len(one[1].hazards))

    def plans(self, plain: _Finishing) -> list[tuple[_Finishing, Chosen]]:
        """What is safe as it is, and the first of the others that is with more remedies."""
        found: list[tuple[_Finishing, Chosen]] = []
        if self.safe is not None:
            nothing = Trials(self.safe.deployment, (), self._oracle, ())
            found.append((_split(plain, self.safe, nothing), frozenset()))
        with suppress(BudgetSpentError):
            for split, answer in self.waiting:
                trials = _try(split.deployment, answer, self._oracle)
                if plans := search(trials, 1).plans:
                    return [*found, (_split(plain, split, trials), plans[0])]
        return found


def _split(plain: _Finishing, split: Split, trials: Trials) -> _Finishing:
    source = Source(split.text, plain.source.load)
    return replace(plain, source=source, deployment=split.deployment, trials=trials, split=split.remedy)


def _choose(plans: list[Plan], most: int) -> tuple[Plan, ...]:
    """The cheapest, and of the others those that lack one of the kinds of each cheaper one."""
    kept: list[Plan] = []
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


class _Finishing(Struct, frozen=True):
    """Makes plans of sets of remedies."""

    source: Source
    deployment: Deployment
    trials: Trials
    limits: Limits
    failures: bool
    today: date | None
    split: Remedy | None = None

    def finish(self, chosen: Chosen) -> Plan | Unwritten:
        """The plan, if its text can be written and all that `check` judges of it is safe."""
        begin = [self.split] if self.split is not None else []
        remedies = (*begin, *(self.trials.remedies[index] for index in sorted(chosen)))
        made = self.trials.make(chosen)
        assert made is not None, "what was found can be made"
        try:
            text = rewrite(self.source.text, self.deployment, made, self.source.load)
        except InvalidDeploymentError as error:
            return Unwritten(remedies, error.problems[0].message)
        written = self.source.load(text)
        answer = check(written, limits=self.limits, failures=self.failures, today=self.today)
        if not isinstance(answer.verdict, Safe) or answer.open_properties:
            return Unwritten(remedies, "read again and checked whole it is not safe")
        certificate, why = self._certify(
            dataclasses.replace(written, failures=self.failures or written.failures)
        )
        return Plan(remedies, sum(one.price for one in remedies), text, answer, certificate, why)

    def _certify(self, deployment: Deployment) -> tuple[Certificate | None, str]:
        try:
            return certify(deployment, self.limits, self.today), ""
        except NotCertifiedError as error:
            return None, str(error)
