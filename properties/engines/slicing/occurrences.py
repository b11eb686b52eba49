"""Where the pipeline can stand while something is so, in the deployment alone: told from slices.

A slice that keeps all variables that are asked about, with who writes there, reaches what the whole reaches,
as far as it sees, and at the same positions. So it does not matter here how many others there are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from ....model.compiler.compile import Compiled
from ....model.compiler.life_variables import Standing
from ....model.compiler.system import Condition, Guard, Reached, Value, conjoin, passes, search
from ....model.compiler.task import Task
from ....model.names import PIPELINE, Contract, VariableKey, VariableKind, content_of, instances_of
from ....model.resources.limits import Limits
from .cone import keep_blockers, need_content
from .keep import Keep, SliceNames
from .lines import PositionLine, with_stops
from .plan import SlicePlan
from .profile import Profiles
from .restrict import Restriction
from .slice import Slice


@dataclass
class SlicedOccurrences:
    """Answers for one deployment that can be sliced; slices that are equal up to names are searched once."""

    task: Task
    line: PositionLine | None = None
    """The main line without."""
    searched: dict[Hashable, tuple[Compiled, Reached]] = field(default_factory=dict)
    """By the key of the slice; others can have it in common."""
    _known: dict[Hashable, frozenset[int]] = field(default_factory=dict)

    @property
    def compiled(self) -> Compiled:
        """The whole."""
        return self.task.alone

    @property
    def limits(self) -> Limits:
        return self.task.limits

    @cached_property
    def _plan(self) -> SlicePlan:
        main = SlicePlan.of(self.task)
        return main if self.line is None else main.on(self.line)

    @cached_property
    def _profiles(self) -> Profiles:
        return Profiles(self._plan, Restriction(self._plan), self.limits)

    def where(self, guard: Guard) -> frozenset[int]:
        """The positions of the line, by their index in the whole, at which it can hold, wherever it says that
        the pipeline stands. Raises `LimitError`."""
        key = frozenset((name, allowed) for name, allowed in guard.items() if name != PIPELINE)
        found = self._known.get(key)
        if found is None:
            places = (place for index in self._stages(guard) for place in index)
            found = self._known[key] = self._plan.line.wholes(places)
        return found

    def contents_at_end(self, contract: Contract) -> frozenset[str]:
        """Every state that the content can have when the line is complete. Raises `LimitError`.

        A complete run of a slice is one of the whole in which the others finish as well, and what a complete
        run of the whole does at a kept content those that stand for others do as well: to be complete is one
        of the ends at which they are as good (`stand_ins`).
        """
        name = content_of(contract)
        part = self._slice({name: frozenset()})
        compiled, reached = self._search(part)
        (short,) = (small for small, whole in part.lives.items() if whole == name)
        complete = [state for state in reached.states if compiled.is_complete(state)]
        values = {compiled.system.value(state, short) for state in complete}
        return frozenset(value.state for value in values if isinstance(value, Standing))

    def _search(self, part: Slice) -> tuple[Compiled, Reached]:
        if part.key_of_parts not in self.searched:
            compiled = part.compile()
            self.searched[part.key_of_parts] = compiled, search(compiled.system, self.limits)
        return self.searched[part.key_of_parts]

    def _stages(self, guard: Guard) -> Iterator[range]:
        """Where the rest of the guard holds."""
        part = self._slice(guard)
        compiled, reached = self._search(part)
        test = compiled.system.test(dict(_translate(guard, part, compiled)))
        pipeline = compiled.system.index(PIPELINE)
        stages = {state[pipeline] for state in reached.states if passes(state, test)}
        return (part.stretches.covers(stage) for stage in stages)

    def _slice(self, guard: Guard) -> Slice:
        keep = Keep()
        for name in guard:
            if name.kind is VariableKind.JOBS:
                keep.add(instances_of(name.owner))
            elif name.kind is VariableKind.CONTENT:
                need_content(self._plan, keep, name.contract)
            elif name != PIPELINE:
                keep.add(name)
        keep_blockers(self._profiles, keep)
        self._profiles.writers.complete(keep)
        return self._profiles.restriction.build(keep, SliceNames())


class LineOccurrences:
    """Answers for one deployment that can be sliced, line by line where actions can fail: what is so in some
    state is so in one of a line (`lines`), and at the stop of a failure that nothing takes back if where the
    action failed."""

    def __init__(self, task: Task) -> None:
        self._task = task

    @property
    def compiled(self) -> Compiled:
        """The whole."""
        return self._task.alone

    @cached_property
    def _lines(self) -> tuple[SlicedOccurrences, ...]:
        """Of each line; what is equal on several is searched once."""
        _, *others = SlicePlan.of(self._task).lines
        first = SlicedOccurrences(self._task)
        return first, *(SlicedOccurrences(self._task, line, first.searched) for line in others)

    def positions(self, condition: Condition) -> frozenset[int]:
        """The positions of the pipeline at which the condition can hold. Raises `LimitError`."""
        return frozenset().union(*map(self._where, condition))

    def _where(self, guard: Guard) -> frozenset[int]:
        course, allowed = self.compiled.vocabulary.course, guard.get(PIPELINE)
        found = with_stops(course, frozenset().union(*(line.where(guard) for line in self._lines)))
        places = course.positions
        return frozenset(p for p in found if allowed is None or Standing(places[p].name) in allowed)

    def can_both_hold(self, first: Condition, second: Condition) -> bool:
        """Whether some state satisfies both. Raises `LimitError`."""
        both = (conjoin(one, other) for one in first for other in second)
        return bool(self.positions(tuple(guard for guard in both if guard is not None)))


class SlicedEnds:
    """What can lie in contents when a deployment that can be sliced is complete: on its own line, or on those
    of its failures, each of which is judged as a deployment of its own (`lines`)."""

    def __init__(self, task: Task) -> None:
        self._task = task

    @cached_property
    def _own(self) -> SlicedOccurrences:
        return SlicedOccurrences(self._task)

    @cached_property
    def _going_back(self) -> tuple[SlicedOccurrences, ...]:
        """One for each line of a failure; what is equal on several is searched once."""
        own, lines = self._own, SlicePlan.of(self._task).lines[1:]
        return tuple(SlicedOccurrences(self._task, line, own.searched) for line in lines)

    def at_end(self, contract: Contract) -> frozenset[str]:
        """Every state that the content can have when nothing has failed. Raises `LimitError`."""
        return self._own.contents_at_end(contract)

    def after_rollback(self, contract: Contract) -> frozenset[str]:
        """Every state that it can have when a rollback is over. Raises `LimitError`."""
        return frozenset().union(*(one.contents_at_end(contract) for one in self._going_back))


def _translate(
    guard: Guard, part: Slice, compiled: Compiled
) -> Iterator[tuple[VariableKey, frozenset[Value]]]:
    """The guard in the slice's names; it does not tell states of a class apart."""
    for variable in compiled.system.variables:
        allowed = guard.get(part.lives.get(variable.key, variable.key))
        if allowed is None or variable.key == PIPELINE:
            continue
        states = {value.state for value in allowed if isinstance(value, Standing)}
        if variable.key.kind is VariableKind.INSTANCES:
            class_of = part.quotients[variable.key.owner].class_of  # some states only other lines have
            states = {class_of[state] for state in states if state in class_of}
        values = (value for value in variable.domain if isinstance(value, Standing))
        yield variable.key, frozenset(value for value in values if value.state in states)
