"""What an onlooker may see at each step, without a list of all states where there are too many.

A view tells of each component alone, so each is asked of the part of the deployment that it depends on. Parts
show what the whole can reach where the pipeline cannot stall (`coverage.occurrences`); where that is not
known all states are listed after all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...model.compiler.space import Space, explore
from ...model.compiler.stepview import ComponentView, StepView, Suspension
from ...model.compiler.system import Condition, Guard, conjoin, passes
from ...model.compiler.task import Task, allow_few
from ...model.compiler.variables import SUSPENDED, Vocabulary
from ...model.compiler.views import list_step_views, number_views
from ...model.names import VariableKey, content_of, instances_of, jobs_of, schema_of
from ...model.resources.limits import LimitError, StateLimitError
from ..engines.choice import settle
from ..engines.registry import AUTO, engine
from ..temporal.questions import Questions
from .occurrences import Occurrences, Placing
from .placing import find_placing_in_parts


def find_step_views(task: Task) -> tuple[StepView, ...]:
    """One view for `(before)`, each step, and `(after)`: the union over all interleavings, exactly.

    Raises `LimitError`.
    """
    try:
        return list_step_views(explore(task.alone, allow_few(task.limits)))
    except StateLimitError:
        if _can_stall(task):
            return list_step_views(explore(task.alone, task.limits))
    return _Views(task).list()


def find_placing(task: Task) -> Placing | None:
    """Who knows where the pipeline can stand while something is so, at any size; None where it can stall, for
    then a part may show more than the whole comes to, and the whole is too large."""
    try:
        return _Listed(explore(task.alone, allow_few(task.limits)))
    except StateLimitError:
        return None if _can_stall(task) else find_placing_in_parts(task, Occurrences(task))


class _Listed:
    """The same of a space that is listed."""

    def __init__(self, space: Space) -> None:
        self.vocabulary, self._compiled = space.compiled.vocabulary, space.compiled
        self._states = list(space.graph)

    def positions(self, condition: Condition) -> frozenset[int]:
        """As `Occurrences`."""
        system = self._compiled.system
        tests = [system.test(guard) for guard in condition]
        places = {self._compiled.place(s) for s in self._states if any(passes(s, test) for test in tests)}
        return frozenset().union(*places)

    def can_both_hold(self, first: Condition, second: Condition) -> bool:
        """As `Occurrences`."""
        both = (conjoin(one, other) for one in first for other in second)
        return bool(self.positions(tuple(guard for guard in both if guard is not None)))


def _can_stall(task: Task) -> bool:
    """Whether the pipeline can stall, or nobody knows."""
    try:
        answers = settle(engine(AUTO), task, Questions(stall=True))
    except LimitError:
        return True
    return bool(answers.found or answers.left_open)


class _Views:
    """The views, component by component."""

    def __init__(self, task: Task) -> None:
        self._vocabulary: Vocabulary = task.vocabulary
        self._placing: Placing = find_placing_in_parts(task, Occurrences(task))

    def list(self) -> tuple[StepView, ...]:
        steps = self._vocabulary.step_names
        components = self._vocabulary.deployment.components
        views: list[dict[str, ComponentView]] = [{} for _ in steps]
        for name in components:
            suspended, running = self._jobs(name)
            versions = self._versions(name)
            for view, step in zip(views, steps, strict=True):
                seen = tuple(version for version, at in versions.items() if step in at)
                view[name] = ComponentView(seen, _suspension(step in suspended, step in running))
        return number_views(self._vocabulary, dict(zip(steps, views, strict=True)))

    def _versions(self, name: str) -> dict[str, frozenset[str]]:
        """The steps at which each version can be met at the component."""
        every = self._vocabulary.deployment.versions
        return {
            version: frozenset[str]().union(*map(self._steps, self._guards(name, version)))
            for version in every
        }

    def _guards(self, name: str, version: str) -> Iterator[Guard]:
        """Each way in which the version can be met: instances that serve, a schema, data of that form."""
        vocabulary = self._vocabulary
        if name in vocabulary.rollouts:
            rollout = vocabulary.rollouts[name]
            yield self._where(instances_of(name), lambda state: version in rollout.list_met(state))
            return
        for contract in (one for one in vocabulary.changed if one.provider == name):
            if schema_of(contract) in vocabulary.lives:
                yield self._where(schema_of(contract), lambda state: state == version)
            if content_of(contract) in vocabulary.lives:
                yield self._where(content_of(contract), lambda state: version in vocabulary.forms.held[state])

    def _jobs(self, name: str) -> tuple[frozenset[str], frozenset[str]]:
        """The steps at which the worker can be suspended, and those at which it can start jobs."""
        if jobs_of(name) not in self._vocabulary.lives:
            return frozenset(), frozenset()
        suspended = self._where(jobs_of(name), lambda state: state == SUSPENDED)
        running = self._where(jobs_of(name), lambda state: state != SUSPENDED)
        return self._steps(suspended), self._steps(running)

    def _where(self, key: VariableKey, holds: Callable[[str], bool]) -> Guard:
        return self._vocabulary.lives[key].where(lambda value: holds(value.state))

    def _steps(self, guard: Guard) -> frozenset[str]:
        return frozenset(self._vocabulary.list_steps(self._placing.positions((guard,))))


def _suspension(suspended: bool, running: bool) -> Suspension:
    if not suspended:
        return Suspension.NEVER
    return Suspension.MAYBE if running else Suspension.ALWAYS
