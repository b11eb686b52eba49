"""Lines of a course that look the same to a part of the deployment, so that one of them tells of all.

Where fifty actions can fail there are fifty lines beside the main one, and to one service most of them look
the same (`line_looks`): the pipeline fails before the service was rolled out, at it, or after it, and then
goes back. The slices of such lines are equal, but for the numbers of positions and moves in the whole. What
was found on one is told of the others by its *stages*, which follow each other on each: the positions that
concern the units, their neighbours, and the line's two ends.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from ....model.names import VariableKey
from .line_looks import LineLooks, Units
from .stretches import Stretches, measure

if TYPE_CHECKING:
    from .joint import JointKnown
    from .joint_plan import JointPlan
    from .plan import SlicePlan


class LineGroup(Struct, frozen=True):
    """Lines that look the same to some units, by their numbers; what is so of all is found on the first."""

    units: Units
    lines: tuple[int, ...]

    @property
    def first(self) -> int:
        return self.lines[0]


class AlikeLines:
    """The lines of a course, by their numbers (the main line is 0), grouped by how they look."""

    def __init__(self, plan: SlicePlan) -> None:
        self.plan, self.lines = plan, plan.lines
        self._plans: dict[int, SlicePlan] = {}
        self._groups: dict[Units, tuple[LineGroup, ...]] = {}
        self._group_of: dict[Units, list[LineGroup]] = {}
        self._stages: dict[tuple[Units, int], tuple[int, ...]] = {}

    @cached_property
    def joint(self) -> JointPlan:
        """The index of all lines together."""
        from .joint_plan import JointPlan

        return JointPlan.of_lines(self.plan)

    @cached_property
    def known(self) -> JointKnown:
        """What was found of all lines together."""
        from .joint import JointKnown

        return JointKnown()

    @cached_property
    def looks(self) -> LineLooks:
        """What the lines look like."""
        return LineLooks(self.joint, self.lines)

    def plan_of(self, number: int) -> SlicePlan:
        """The index of a line."""
        found = self._plans.get(number)
        if found is None:
            found = self._plans[number] = self.plan.on(self.lines[number])
        return found

    def number_of(self, plan: SlicePlan) -> int:
        """The line of which it is the index."""
        return self._numbers[id(plan.line)]

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {id(line): number for number, line in enumerate(self.lines)}

    def close(self, units: Iterable[VariableKey]) -> Units:
        """The units, with all that is tied to them on any line."""
        return frozenset(one for unit in units for one in self.joint.cluster_of(unit))

    def group(self, units: Units) -> tuple[LineGroup, ...]:
        """The lines, those together that look the same to the units, which are closed. The first of each
        group comes before its others, and the main line before all."""
        found = self._groups.get(units)
        if found is None:
            alike: dict[Hashable, list[int]] = {}
            for number in range(len(self.lines)):
                alike.setdefault(self.looks.look(units, number), []).append(number)
            found = self._groups[units] = tuple(LineGroup(units, tuple(some)) for some in alike.values())
        return found

    def group_of(self, units: Units, number: int) -> LineGroup:
        """The group of a line."""
        found = self._group_of.get(units)
        if found is None:
            of = {line: group for group in self.group(units) for line in group.lines}
            found = self._group_of[units] = [of[line] for line in range(len(self.lines))]
        return found[number]

    # --- what is found on one line, told of another ---

    def tell(self, group: LineGroup, stretches: Stretches, number: int) -> Stretches:
        """Those of a slice of the group's first line, on another of its lines."""
        if number == group.first:
            return stretches
        return measure(self.plan_of(number).begun, self.translate(group, stretches.stages, number))

    def translate(self, group: LineGroup, stages: Iterable[int], number: int) -> tuple[int, ...]:
        """Places of a slice of the group's first line, on another of its lines."""
        if number == group.first:
            return tuple(stages)
        own, its = self._list_stages(group.units, group.first), self._list_stages(group.units, number)
        place_of = dict(zip(own, its, strict=True))
        return tuple(place_of[place] for place in stages)

    def _list_stages(self, units: Units, number: int) -> tuple[int, ...]:
        found = self._stages.get((units, number))
        if found is None:
            found = self._stages[units, number] = self.looks.list_stages(units, number)
        return found

    def cover(self, group: LineGroup, stretches: Stretches, stages: Iterable[int]) -> frozenset[int]:
        """The positions of the group's lines, by their indices, that these positions of a slice cover."""
        found: set[int] = set()
        met = list(stages)
        for number in group.lines if met else ():
            places = self.translate(group, stretches.stages, number)
            ends = (*places[1:], places[-1] + 1)
            positions = self.lines[number].positions
            found.update(here.index for at in met for here in positions[places[at] : ends[at]])
        return frozenset(found)
