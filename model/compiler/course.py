"""The course of a deployment: where its pipeline can stand, how it goes on, and the moves on the way.

Without failures it is one line from `(before)` to `(after)`. With them, each awaited action leads to a
stop as well, and from there to the rollback. Rollbacks that would do the same, whatever failed, are one,
unless some predicate asks whether a step has been passed, and the answer depends on what failed. Of several
pipelines that are short each failure has its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from ..deployment import Action, Deployment, Instruction, name_step
from ..deployment.predicate import Predicate, Stands, StepSide, list_atoms
from ..machines.machine import read
from ..machines.rollouts import Rollout
from ..names import Contract
from .aims import Aims
from .moves import (
    AFTER,
    BEFORE,
    FLAGS,
    ON_INSTANCES,
    SWITCHES,
    UPWARD,
    Course,
    Move,
    Position,
    can_happen,
    group_by_line,
    list_subjects,
)

MOST_APART = 60
"""So many positions of rollbacks are kept apart."""


def build_course(deployment: Deployment, rollouts: Mapping[str, Rollout] | None = None) -> Course:
    """The course of the deployment, with its failures if it is to have any.

    Raises `InvalidDeploymentError` for a rollback that goes back beyond where its release found things.
    """
    found = Course((), (), (), ())
    for name in deployment.pipelines or (None,):
        own = _CourseBuilder(
            deployment, rollouts or {}, name, len(found.positions), len(found.moves)
        ).course()
        found = Course(
            (*found.positions, *own.positions),
            (*found.onward, *own.onward),
            (*found.moves, *own.moves),
            (*found.counts, *own.counts),
        )
    return found


def _steps_asked(deployment: Deployment, rollouts: Mapping[str, Rollout]) -> frozenset[str]:
    """The steps of which some predicate asks whether they have been passed."""
    asked = (atom for predicate in _predicates(deployment, rollouts) for atom in list_atoms(predicate))
    return frozenset(atom.step for atom in asked if isinstance(atom, Stands) and atom.side is not StepSide.IN)


def _predicates(deployment: Deployment, rollouts: Mapping[str, Rollout]) -> Iterator[Predicate]:
    """Every predicate of the file, and those that users' own machines wait for."""
    for stated in deployment.properties:
        yield from stated.formula.predicates
    for step in (*deployment.pipeline, *(deployment.rollback or ())):
        yield from (action.when for action in step.actions if action.when is not None)
    for component in deployment.components.values():
        yield from (predicate for _, predicate in (component.readiness.when if component.readiness else ()))
    texts = {
        said
        for own in rollouts.values()
        for arrow in read(own.machine).transitions
        for said in arrow.conditions
    }
    if texts:
        from ..language.predicates import (
            parse_predicate_for,
        )  # only machines with conditions need the grammar

        yield from (parse_predicate_for(deployment, text) for text in texts)


class _Planned(Struct, frozen=True):
    """A move before it has its place."""

    action: Action
    subject: str | Contract
    goal: str | None
    target: int
    is_idle: bool = False
    """It takes nothing back, and becomes no move."""


class _Failing(Struct, frozen=True):
    """An action that can fail, and where the pipeline aims by then, in which release."""

    position: Position
    aims: Aims
    release: int


class _CourseBuilder:
    """Of one pipeline. Of several, positions and moves are numbered behind those of the earlier ones."""

    def __init__(
        self,
        deployment: Deployment,
        rollouts: Mapping[str, Rollout],
        pipeline: str | None = None,
        first: int = 0,
        first_move: int = 0,
    ) -> None:
        self._deployment, self._rollouts = deployment, rollouts
        self._pipeline, self._first, self._first_move = pipeline, first, first_move
        self._steps = tuple(step for step in deployment.pipeline if step.pipeline == pipeline)
        back = tuple(step for step in deployment.rollback or () if step.pipeline == pipeline)
        is_alone = pipeline is None
        self._back = back if back or (is_alone and deployment.rollback is not None) else None
        self._positions: list[Position] = []
        self._onward: list[tuple[int, ...]] = []
        self._moves: list[Move] = []
        self._counts: list[Mapping[str, int]] = []
        self._highest = self._highest_aims()

    def _aims(self) -> Aims:
        components = self._deployment.components
        counts = {name: components[name].replicas for name in self._deployment.resized}
        return Aims(self._deployment.versions, counts=counts, counts_began=counts)

    def course(self) -> Course:
        aims = self._aims()
        failing: list[_Failing] = []
        self._stand(name_step(self._pipeline, BEFORE), None, False, frozenset())
        self._counts.append(dict(aims.counts))
        release = None
        for step in self._steps:
            if step.release != release:
                release = step.release
                aims.begin_release()
            for number, action in enumerate(step.actions or (None,)):
                here = self._follow(step.name, action, number == 0)
                if action is not None:
                    self._plan(here, self._planned(action, aims, step.release))
                    if here.waits:
                        failing.append(_Failing(here, aims.after_failure(), step.release))
                self._counts.append(dict(aims.counts))
        self._follow(name_step(self._pipeline, AFTER), None, False)
        self._counts.append(dict(aims.counts))
        if self._deployment.failures:
            self._fail(failing)
        elif self._may_go_too_far():
            for failed in failing:
                self._rollback(failed)
        positions, onward = tuple(self._positions), tuple(self._onward)
        return Course(positions, onward, tuple(self._moves), tuple(self._counts))

    def _follow(self, step: str, action: Action | None, enters: bool) -> Position:
        """A new position behind the latest one."""
        before = self._positions[-1]
        self._lead(before, self._next)
        return self._stand(step, action, enters, before.passed | {before.index})

    @property
    def _next(self) -> int:
        """The index of the next position."""
        return self._first + len(self._positions)

    def _lead(self, here: Position, there: int) -> None:
        self._onward[here.index - self._first] += (there,)

    def _at(self, index: int) -> Position:
        return self._positions[index - self._first]

    def _stand(
        self, step: str, action: Action | None, enters: bool, passed: frozenset[int], stopped: bool = False
    ) -> Position:
        position = Position(self._next, step, action, enters, passed, stopped, pipeline=self._pipeline)
        self._positions.append(position)
        self._onward.append(())
        return position

    def _plan(self, here: Position, planned: list[_Planned]) -> None:
        unmoved = frozenset(plan.subject for plan in planned if plan.is_idle)
        if unmoved:
            self._positions[here.index - self._first] = replace(here, unmoved=unmoved)
        for plan in planned:
            if plan.is_idle:
                continue
            target = plan.action.targets[plan.target]
            along = self._taken_along(plan.action, plan.subject)
            number = self._first_move + len(self._moves)
            told = plan.action, target, plan.subject, plan.goal, along, self._pipeline
            self._moves.append(Move(number, here.index, *told))

    # --- failures ---

    def _fail(self, failing: list[_Failing]) -> None:
        """A stop for each action that can fail; then the rollbacks, those that do the same as one."""
        stops = []
        for failed in failing:
            here = failed.position
            passed = here.passed | {here.index}
            stop = self._stand(here.step, here.action, False, passed, stopped=True)
            self._lead(here, stop.index)
            self._counts.append(self._counts[here.index - self._first])
            stops.append((stop, failed))
        if self._back is None:
            return
        lines = group_by_line(self._moves)
        asked = _steps_asked(self._deployment, self._rollouts)
        begun: dict[object, list[Position]] = {}
        does: dict[object, tuple[list[list[_Planned]], list[Mapping[str, int]]]] = {}
        for stop, failed in stops:
            plan, counts = self._rollback(failed)
            active = tuple(m.number for m in self._moves if can_happen(m, stop, lines[m.line]))
            goals = tuple(tuple((planned.goal, planned.is_idle) for planned in action) for action in plan)
            behind = frozenset(self._at(index).step for index in {*stop.passed, stop.index})
            sizes = tuple(tuple(sorted(of.items())) for of in counts)
            apart = stop.index if self._is_apart(len(stops), len(plan)) else None
            same = active, goals, self._irreversible(stop), behind & asked, sizes, apart
            begun.setdefault(same, []).append(stop)
            does[same] = plan, counts
        for kind, alike in begun.items():
            self._roll_back(alike, *does[kind])

    def _is_apart(self, stops: int, actions: int) -> bool:
        """Whether each failure has a rollback of its own: of several pipelines, where that is not many
        positions. Then each position is come to in one way, so that what it costs to let the pipeline come
        there is known of the position alone (`properties.temporal.clusters`)."""
        return self._pipeline is not None and stops * (actions + 2) <= MOST_APART

    def _may_go_too_far(self) -> bool:
        """Whether the rollback names versions, which are refused also where nothing is to fail."""
        actions = (action for step in self._back or () for action in step.actions)
        return any(action.to is not None for action in actions)

    def _irreversible(self, stop: Position) -> tuple[int, ...]:
        """The positions of irreversible actions that the pipeline came to before it stopped there."""
        actions = ((index, self._at(index).action) for index in sorted(stop.passed))
        return tuple(index for index, action in actions if action is not None and action.irreversible)

    def _rollback(self, failed: _Failing) -> tuple[list[list[_Planned]], list[Mapping[str, int]]]:
        """What each action of the rollback does, where the pipeline has come so far; and how many instances
        are wanted at each of its positions, the end last."""
        aims, counts = failed.aims, list[Mapping[str, int]]()
        plan = []
        for step in self._back or ():
            for action in step.actions or (None,):
                if action is not None:
                    plan.append(self._planned(action, aims, failed.release))
                counts.append(dict(aims.counts))
        return plan, [*counts, dict(aims.counts)]

    def _roll_back(
        self, stops: list[Position], plan: list[list[_Planned]], counts: list[Mapping[str, int]]
    ) -> None:
        first = self._next
        passed = frozenset().union(*(stop.passed | {stop.index} for stop in stops))
        actions = iter(plan)
        for step in self._back or ():
            for number, action in enumerate(step.actions or (None,)):
                here = self._go_on(first, step.name, action, number == 0, passed)
                if action is not None:
                    self._plan(here, next(actions))
        self._go_on(first, name_step(self._pipeline, AFTER), None, False, passed)
        self._counts += counts
        for stop in stops:
            self._onward[stop.index - self._first] = (first,)

    def _go_on(
        self, first: int, step: str, action: Action | None, enters: bool, passed: frozenset[int]
    ) -> Position:
        if self._next == first:
            return self._stand(step, action, enters, passed)
        return self._follow(step, action, enters)

    def _taken_along(self, action: Action, subject: str | Contract) -> tuple[Contract, ...]:
        """The contracts whose schema a `deploy` or `promote` takes along."""
        if action.instruction not in (Instruction.DEPLOY, Instruction.PROMOTE):
            return ()
        return tuple(c for c, who in self._deployment.migrators.items() if subject in who)

    # --- goals ---

    def _planned(self, action: Action, aims: Aims, release: int) -> list[_Planned]:
        """The moves of an action; takes the aims on."""
        return [
            _Planned(action, subject, goal, number, is_idle)
            for number, target in enumerate(action.targets)
            for subject in list_subjects(self._deployment, action.instruction, target)
            for goal, is_idle in [self._goal(action, subject, aims, release)]
        ]

    def _goal(
        self, action: Action, subject: str | Contract, aims: Aims, release: int
    ) -> tuple[str | None, bool]:
        """The version to reach, if there is one, and whether the action takes nothing back."""
        versions, instruction = self._deployment.versions, action.instruction
        if instruction in SWITCHES:
            return None, instruction in FLAGS and aims.take_on(action, subject)[1]
        if instruction in (Instruction.PURGE, Instruction.DRAIN, Instruction.EXPIRE):
            return action.to or versions[self._highest.get(release, len(versions) - 1)], False
        aim, is_idle = aims.take_on(action, subject)
        for contract in self._taken_along(action, subject):
            aims.take_schema(contract, aim)
        if subject in self._deployment.resized and instruction in ON_INSTANCES and not is_idle:
            aims.take_count(action, self._deployment.components[str(subject)], versions[aim])
        return versions[aim], is_idle

    def _highest_aims(self) -> dict[int, int]:
        """For each release the highest version (by rank) at which it aims."""
        aims = self._aims()
        highest: Counter[int] = Counter()
        self._highest = {}
        for step in self._steps:
            for action in step.actions:
                for planned in self._planned(action, aims, step.release):
                    if action.instruction in UPWARD and planned.goal is not None:
                        rank = self._deployment.versions.index(planned.goal)
                        highest[step.release] = max(highest[step.release], rank)
        return dict(highest)
