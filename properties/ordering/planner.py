"""`plan`: the fewest waves in which a release is safe, or the requirements that exclude every order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, combinations

from msgspec import Struct, structs

from ...model.compiler.task import Task
from ...model.deployment import Deployment
from ...model.machines.rollouts import Rollout
from ...model.names import Contract, VariableKey
from ...model.resources.alarm import alarm
from ...model.resources.limits import LimitError, Limits, as_limit
from ..acceptance import is_lookup_accepted, split_hazards
from ..checker import check
from ..engines.choice import settle
from ..engines.protocol import HopFinding
from ..engines.registry import AUTO, engine
from ..telling import tell_formula, tell_hop
from ..temporal.finding import Stall
from ..temporal.questions import Questions, list_questions
from ..verdict import Hazard, HopHazard, Safe, Unknown
from .actions import (
    PlannedAction,
    Waves,
    list_actions,
    list_left_out,
    list_pauses,
    list_successions,
    with_waves,
)
from .requirements import Requirement, require_of_hop, require_of_run
from .solver import Clause, Contradiction, list_implied, solve

MOST_PAUSES = 2
"""So many drains, purges and pauses are tried together where no order helps."""


class Split(Struct, frozen=True):
    """With these contracts compatible both ways in this release there is a plan: `waves`."""

    contracts: tuple[Contract, ...]
    waves: Waves


class Plan(Struct, frozen=True):
    """What was found: `waves` that `check` calls safe (`deployment` is what was checked); or (None) the
    fewest requirements that contradict each other, where the release can be split, and a plan that drains,
    purges or pauses besides (`paused`; None: none is known); or a `reason` why it is not known. `needed` are
    all requirements that were found on the way, `judged` counts the plans that were judged, `left_out` names
    properties that speak of steps of another pipeline."""

    actions: tuple[PlannedAction, ...]
    waves: Waves | None = None
    deployment: Deployment | None = None
    needed: tuple[Requirement, ...] = ()
    contradiction: tuple[Requirement, ...] = ()
    splits: tuple[Split, ...] = ()
    paused: Waves | None = None
    judged: int = 0
    left_out: tuple[str, ...] = ()
    reason: str = ""

    @property
    def cycle(self) -> tuple[Requirement, ...]:
        """The contradiction as a circle of single pairs, each requirement beginning where the one before
        ends; empty if it is none."""
        if any(len(one.pairs) != 1 for one in self.contradiction):
            return ()
        onward = {one.pairs[0][0]: one for one in self.contradiction}
        circle: list[Requirement] = []
        here = next(iter(onward), None)
        while here is not None and (one := onward.get(here)) is not None and one not in circle:
            circle.append(one)
            here = one.pairs[0][1]
        return tuple(circle) if len(circle) == len(self.contradiction) else ()


def plan(
    deployment: Deployment,
    *,
    rollouts: Mapping[str, Rollout] | None = None,
    limits: Limits | None = None,
    splits: bool = True,
) -> Plan:
    """The fewest waves of the release's actions that are safe, or why there are none. Whatever pipeline the
    deployment has plays no part. Raises `InvalidDeploymentError` for what cannot be planned."""
    limits = limits or Limits()
    deployment = deployment.on(None)
    planner = Planner(deployment, list_actions(deployment), rollouts, limits)
    try:
        with alarm(limits):
            found = planner.plan()
            if splits and found.waves is None and not found.reason:
                found = structs.replace(found, splits=tuple(_list_splits(planner, found)))
    except (LimitError, MemoryError) as ended:
        limit = as_limit(ended, limits)
        return planner.tell(reason=f"{limit} ({limit.option}); {limit.advice}")
    if found.waves is not None or found.reason or not splits:
        return found
    try:
        with alarm(limits):
            return structs.replace(found, paused=find_paused(planner))
    except (LimitError, MemoryError):
        return found  # that no order helps is known


def find_paused(planner: Planner) -> Waves | None:
    """A plan with as few drains, purges and pauses of workers beside the actions as there can be. Raises
    `LimitError`."""
    pauses = list(list_pauses(planner.deployment))
    for size in range(1, min(len(pauses), MOST_PAUSES) + 1):
        for some in combinations(pauses, size):
            actions = (*planner.actions, *chain(*some))
            found = planner.with_more(actions).plan()
            if found.waves is not None:
                return found.waves
    return None


def _list_splits(planner: Planner, found: Plan) -> Iterator[Split]:
    """Single contracts of the contradiction that would resolve it; or else all of them together."""
    hazards = (one.hazard for one in found.contradiction if one.hazard is not None)
    contracts = tuple(dict.fromkeys(one.contract for one in hazards if isinstance(one, HopHazard)))
    changed = [contract for contract in contracts if contract in planner.deployment.changed]
    single = [split for contract in changed if (split := _split(planner, (contract,))) is not None]
    yield from single
    if not single and len(changed) > 1 and (split := _split(planner, tuple(changed))) is not None:
        yield split


def _split(planner: Planner, contracts: tuple[Contract, ...]) -> Split | None:
    changes = dict(planner.deployment.changed)
    for contract in contracts:
        changes[contract] = replace(changes[contract], breaks={}, verbs={}, exists=None, unknown=frozenset())
    eased = replace(planner.deployment, changes=changes)
    found = Planner(eased, planner.actions, planner.rollouts, planner.limits, is_eased=True).plan()
    return None if found.waves is None else Split(contracts, found.waves)


@dataclass
class Planner:
    """One search: the requirements grow from plan to plan. `is_eased`: some declarations were taken out, so
    others may be idle, which says nothing of a plan; `is_first`: a contradiction is told."""

    deployment: Deployment
    actions: tuple[PlannedAction, ...]
    rollouts: Mapping[str, Rollout] | None
    limits: Limits
    is_eased: bool = False
    is_first: bool = True
    _clauses: dict[Clause, Hazard] = field(default_factory=dict)
    _asked: dict[Clause, frozenset[VariableKey]] = field(default_factory=dict)
    """What the hazard of a clause asks for, where more actions may have no say in it."""
    _judged: int = 0

    @cached_property
    def _given(self) -> tuple[Clause, ...]:
        """What is wanted of every plan: a later version of something comes later."""
        return tuple(frozenset({pair}) for pair in list_successions(self.actions))

    def with_more(self, actions: tuple[PlannedAction, ...]) -> Planner:
        """The same with more actions behind these: what is known holds where they have no say."""
        moved = frozenset().union(*(one.keys for one in actions[len(self.actions) :]))
        known = {clause: asked for clause, asked in self._asked.items() if not asked & moved}
        clauses = {clause: self._clauses[clause] for clause in known}
        return replace(self, is_first=False, actions=actions, _clauses=clauses, _asked=known, _judged=0)

    def plan(self) -> Plan:
        """The first plan, with the fewest waves, that has no hazard. Raises `LimitError`."""
        while True:
            clauses = [*self._given, *self._clauses]
            levels = solve(len(self.actions), clauses, self.limits)
            if isinstance(levels, Contradiction):
                return self._contradicted(levels)
            waves = self._waves(levels)
            planned = with_waves(self.deployment, waves)
            self._judged += 1
            more = list(self._judge(Task(planned, self.rollouts, self.limits), levels))
            fresh = {clause: hazard for clause, hazard in more if clause not in self._clauses}
            if more and not fresh:
                raise AssertionError("a plan has a hazard that its requirements exclude")
            if not more:
                return self._checked(waves, planned)
            self._clauses |= fresh

    def _contradicted(self, found: Contradiction) -> Plan:
        """The contradiction, in single pairs if there is such a one: what a hazard asks in several ways may
        come to one pair, once it is known how the hazard is met where each action is done before all
        others."""
        if self.deployment.max_span is not None:
            message = "no order was found, but with `max_span` more may be asked of one than is needed"
            return self.tell(reason=f"{message}: plan without it")
        clauses = [*self._given, *self._clauses]
        if (
            self.is_first
            and not (self.is_eased or self._given)
            and any(len(clauses[number]) > 1 for number in found.clauses)
        ):
            for first in range(len(self.actions)):
                levels = tuple(int(number != first) for number in range(len(self.actions)))
                planned = with_waves(self.deployment, self._waves(levels))
                self._judged += 1
                for clause, hazard in self._judge(Task(planned, self.rollouts, self.limits), levels):
                    self._clauses.setdefault(clause, hazard)
            sharper = self._sharpen()
            clauses = list(sharper)
            found_again = solve(len(self.actions), clauses, self.limits)
            assert isinstance(found_again, Contradiction), "what is implied contradicts as well"
            return self.tell(contradiction=self._tell((clauses[n] for n in found_again.clauses), sharper))
        return self.tell(contradiction=self._tell(clauses[number] for number in found.clauses))

    def _sharpen(self) -> dict[Clause, Hazard]:
        """The clauses, those of each hazard by the single pairs that they imply together, if they do."""
        by_hazard: dict[str, list[Clause]] = {}
        for clause, hazard in self._clauses.items():
            by_hazard.setdefault(hazard.id, []).append(clause)
        sharper: dict[Clause, Hazard] = {}
        for own in by_hazard.values():
            hazard = self._clauses[own[0]]
            can_be = not isinstance(solve(len(self.actions), own, self.limits), Contradiction)
            pairs = list_implied(len(self.actions), own, self.limits) if can_be else ()
            for clause in [frozenset({pair}) for pair in pairs] or own:
                sharper.setdefault(clause, hazard)
        singles = [clause for clause in sharper if len(clause) == 1]
        implied = {
            c: h for c, h in self._clauses.items() if c not in sharper and not any(s <= c for s in singles)
        }
        return {**sharper, **implied}

    def _judge(self, task: Task, levels: Sequence[int]) -> Iterator[tuple[Clause, Hazard]]:
        """What the hazards of a plan ask; those of properties only if no hop has one."""
        judgement = engine(AUTO).judge(task)
        if judgement.ended is not None:
            raise judgement.ended
        counting = [found for found in judgement.found if not _is_accepted(found)]
        for found in counting:
            clause, spoken = require_of_hop(self.actions, found, levels)
            self._asked.setdefault(clause, spoken)
            yield clause, tell_hop(found)
        if counting:
            return
        asked = list_questions(task.vocabulary)
        answers = settle(engine(AUTO), task, Questions(asked.stated, asked.setbacks))
        if answers.limit is not None:
            raise answers.limit
        for one in answers.found:
            hazard = tell_formula(task.alone, one)
            is_run = one.loop is None and not isinstance(one.question, Stall)
            if is_run and split_hazards(task.deployment, [hazard])[0]:
                yield require_of_run(self.actions, task.alone, one.story, levels), hazard

    def _checked(self, waves: Waves, planned: Deployment) -> Plan:
        """The plan, if `check` says so as well."""
        answer = check(planned, rollouts=self.rollouts, limits=self.limits)
        if isinstance(answer.verdict, Safe) and not answer.open_properties:
            return self.tell(waves=waves, deployment=planned)
        if isinstance(answer.verdict, Unknown) and answer.verdict.covered is None and self.is_eased:
            return self.tell(waves=waves, deployment=planned)
        if isinstance(answer.verdict, Unknown):
            return self.tell(reason=answer.verdict.reason)
        told = (
            ", ".join(dict.fromkeys(hazard.subject for hazard in answer.hazards))
            or "a property was not judged"
        )
        return self.tell(reason=f"no order is known to help against what does not come at last: {told}")

    def _waves(self, levels: Sequence[int]) -> Waves:
        count = max(levels, default=-1) + 1
        return tuple(
            tuple(action for action, level in zip(self.actions, levels, strict=True) if level == number)
            for number in range(count)
        )

    def _tell(
        self, clauses: Iterable[Clause], hazards: Mapping[Clause, Hazard] | None = None
    ) -> tuple[Requirement, ...]:
        known = self._clauses if hazards is None else hazards
        return tuple(
            Requirement(
                tuple((self.actions[a], self.actions[b]) for a, b in sorted(clause)), known.get(clause)
            )
            for clause in clauses
        )

    def tell(self, **found: object) -> Plan:
        """What is known, with what was found."""
        known = Plan(self.actions, judged=self._judged, left_out=list_left_out(self.deployment))
        return structs.replace(known, needed=self._tell(self._clauses), **found)


def _is_accepted(found: HopFinding) -> bool:
    walker = found.compiled.walker
    assert walker is not None
    places = ((index,) for index in found.window)
    return is_lookup_accepted(found.compiled.vocabulary, walker.request, found.lookup, places)
