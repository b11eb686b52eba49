"""Where the pipeline can stand while something is so, in the deployment alone: told from slices.

A slice that keeps all variables that are asked about, with who writes there, reaches what the whole reaches,
as far as it sees, and at the same positions. So it does not matter here how many others there are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from functools import cached_property, partial

from msgspec import Struct

from ....model.compiler.compile import Compiled
from ....model.compiler.life_variables import Standing
from ....model.compiler.system import Condition, Guard, Reached, Value, conjoin, passes, search
from ....model.compiler.task import Task
from ....model.compiler.variables import Vocabulary
from ....model.names import PIPELINE, VariableKey, VariableKind
from .alike_lines import LineGroup
from .cone import keep_with_writers
from .joint import CourseSlices
from .lines import with_stops
from .plan import SlicePlan
from .slice import Slice


class SlicedPart(Struct, frozen=True):
    """A slice on the first of lines that are alike to what it keeps, with all its states."""

    group: LineGroup
    part: Slice
    compiled: Compiled
    reached: Reached


class SlicedParts:
    """The slices of one deployment without a request; those that are equal up to names are searched once."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._searched: dict[Hashable, tuple[Compiled, Reached]] = {}

    @cached_property
    def course(self) -> CourseSlices:
        """The lines of the deployment."""
        return CourseSlices(SlicePlan.of(self._task), self._task.limits)

    def of(self, names: Iterable[VariableKey], *, tells_states: bool = False) -> Iterator[SlicedPart]:
        """The slices that keep these variables, with who writes there, on each line; with `tells_states` they
        tell each state of theirs from all others. Raises `LimitError`."""
        fill = partial(keep_with_writers, tuple(names), tells_states=tells_states)
        for group, part, _ in self.course.build(fill):
            yield SlicedPart(group, part, *self._search(part))

    def _search(self, part: Slice) -> tuple[Compiled, Reached]:
        if part.key_of_parts not in self._searched:
            compiled = part.compile()
            self._searched[part.key_of_parts] = compiled, search(compiled.system, self._task.limits)
        return self._searched[part.key_of_parts]


class LineOccurrences:
    """Answers for one deployment that can be sliced, line by line where actions can fail: what is so in some
    state is so in one of a line (`lines`), and at the stop of a failure that nothing takes back if where the
    action failed."""

    def __init__(self, task: Task) -> None:
        self._task, self._parts = task, SlicedParts(task)
        self._known: dict[Hashable, frozenset[int]] = {}

    @property
    def vocabulary(self) -> Vocabulary:
        """The whole's."""
        return self._task.vocabulary

    def positions(self, condition: Condition) -> frozenset[int]:
        """The positions of the pipeline at which the condition can hold. Raises `LimitError`."""
        return frozenset().union(*map(self._where, condition))

    def _where(self, guard: Guard) -> frozenset[int]:
        course, allowed = self.vocabulary.course, guard.get(PIPELINE)
        found = with_stops(course, self._where_on_lines(guard))
        places = course.positions
        return frozenset(p for p in found if allowed is None or Standing(places[p].name) in allowed)

    def _where_on_lines(self, guard: Guard) -> frozenset[int]:
        """The positions of lines at which it can hold, wherever it says that the pipeline stands."""
        key = frozenset((name, allowed) for name, allowed in guard.items() if name != PIPELINE)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = frozenset().union(
                *map(partial(self._places, guard), self._parts.of(guard))
            )
        return found

    def _places(self, guard: Guard, one: SlicedPart) -> frozenset[int]:
        """Where the rest of the guard holds, on the lines that are alike."""
        compiled, reached, alike = one.compiled, one.reached, self._parts.course.alike
        test = compiled.system.test(dict(_translate(guard, one.part, compiled)))
        pipeline = compiled.system.index(PIPELINE)
        stages = {state[pipeline] for state in reached.states if passes(state, test)}
        return alike.cover(one.group, one.part.stretches, stages)

    def can_both_hold(self, first: Condition, second: Condition) -> bool:
        """Whether some state satisfies both. Raises `LimitError`."""
        both = (conjoin(one, other) for one in first for other in second)
        return bool(self.positions(tuple(guard for guard in both if guard is not None)))


class SlicedEnds:
    """How units can stand when a deployment that can be sliced is complete: on its own line, or on those
    of its failures, each of which is judged as a deployment of its own (`lines`).

    A complete run of a slice is one of the whole in which the others finish as well, and what a complete run
    of the whole does at a kept content those that stand for others do as well: to be complete is one of the
    ends at which they are as good (`stand_ins`).
    """

    def __init__(self, task: Task) -> None:
        self._parts = SlicedParts(task)
        self._known: dict[VariableKey, tuple[frozenset[str], frozenset[str]]] = {}

    def at_end(self, key: VariableKey) -> frozenset[str]:
        """Every state that the variable can have when nothing has failed. Raises `LimitError`."""
        return self._ends(key)[0]

    def after_rollback(self, key: VariableKey) -> frozenset[str]:
        """Every state that it can have when a rollback is over. Raises `LimitError`."""
        return self._ends(key)[1]

    def _ends(self, key: VariableKey) -> tuple[frozenset[str], frozenset[str]]:
        """Both."""
        found = self._known.get(key)
        if found is None:
            own, back = set[str](), set[str]()
            for one in self._parts.of([key], tells_states=True):
                states = _list_at_end(one, key)
                own |= states if 0 in one.group.lines else set()
                back |= states if one.group.lines != (0,) else set()
            found = self._known[key] = frozenset(own), frozenset(back)
        return found


def _list_at_end(one: SlicedPart, name: VariableKey) -> set[str]:
    """The states of the variable in complete states."""
    (short,) = (small for small, whole in one.part.lives.items() if whole == name)
    index = one.compiled.system.index(short)
    domain = one.compiled.system.variables[index].domain
    complete = (state for state in one.reached.states if one.compiled.is_complete(state))
    values = (domain[rank] for rank in {state[index] for state in complete})
    return {value.state for value in values if isinstance(value, Standing)}


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
