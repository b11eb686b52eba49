"""All lines of a course, indexed together: who is tied to whom on any of them, what concerns a unit on any.

What a slice keeps because of what is so on one line it may keep on all: more is never wrong, as long as it is
closed under what ties it there (`slicing`). So what is to be kept is found once, with this index in place of
that of a line, and of its places only matters that they are positions of the course.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from ....model.deployment.predicate import And, Predicate
from ....model.names import VariableKey, instances_of
from .lines import PositionLine
from .plan import SlicePlan
from .ties import list_named


class JointPlan(SlicePlan, frozen=True):
    """The index; a place is the index of a position. What is said of "the line" is said of any."""

    @classmethod
    def of_lines(cls, main: SlicePlan) -> JointPlan:
        """That of all lines of which one is the main line of this index."""
        course = main.whole.vocabulary.course
        return cls(
            main.deployment, main.rollouts, main.whole, PositionLine(course.positions, course.moves), main
        )

    @cached_property
    def settled(self) -> JointSettled:  # type: ignore[override]
        """What is known on every line."""
        assert self.main is not None, "it was made from the index of a line"
        return JointSettled(self.main)

    def on_line(self, line: PositionLine) -> SlicePlan:
        """The index of one of them."""
        assert self.main is not None, "it was made from the index of a line"
        return self.main.on(line)

    @cached_property
    def named_at(self) -> Mapping[VariableKey, tuple[int, ...]]:
        """The positions at which a predicate of the action names the unit."""
        found: dict[VariableKey, dict[int, None]] = {}
        for index in range(len(self.positions)):
            when = self.settled.condition(index)
            for unit in () if when is None else list_named(self.deployment, when):
                found.setdefault(unit, {})[index] = None
        return {unit: tuple(indices) for unit, indices in found.items()}

    @cached_property
    def resizing(self) -> Mapping[VariableKey, tuple[int, ...]]:
        """The positions at which another number of instances is wanted than at one before."""
        course = self.whole.vocabulary.course
        found: dict[VariableKey, dict[int, None]] = {}
        for name in self.deployment.resized:
            for here, onward in enumerate(course.onward):
                for there in onward:
                    if course.counts[here][name] != course.counts[there][name]:
                        found.setdefault(instances_of(name), {})[there] = None
        return {unit: tuple(indices) for unit, indices in found.items()}


class JointSettled:
    """As `Settled`, on all lines at once: what something waits for at a position on any of them.

    On a line with a failure the pipeline has come up to the action that fails as on the main line, and what
    that waits for is settled by what came before. So only ways back are asked line by line.
    """

    def __init__(self, main: SlicePlan) -> None:
        self._main = main

    def condition(self, index: int) -> Predicate | None:
        """What the action there waits for on some line, but for what is known there."""
        return self._conditions.get(index)

    @cached_property
    def _conditions(self) -> dict[int, Predicate]:
        found: dict[int, dict[Predicate, None]] = {}
        on_main = self._main.lines[0].place_of
        for line in self._main.lines:
            is_main = line.stop is None
            for place, here in enumerate(line.positions):
                if here.action is None or here.action.when is None:
                    continue
                if is_main or here.index not in on_main:
                    when = self._main.on(line).settled.condition(place)
                    found.setdefault(here.index, {}).update({} if when is None else {when: None})
        return {
            index: next(iter(whens)) if len(whens) == 1 else And(tuple(whens))
            for index, whens in found.items()
            if whens
        }
