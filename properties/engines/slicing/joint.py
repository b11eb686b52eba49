"""What all lines of a course have in common: what a slice keeps is found for all of them at once, and the
slice is built once for all that look the same to what it keeps.

What a slice of one line must keep is told by conditions (`slicing`): what ties units, what holds up the
pipeline, where a request may wait, who can stand for whom. A slice that keeps more, so that the conditions
hold as well, is as right. So what meets the conditions of each line can be kept on each line, and is found
once, with conditions that imply those of each: what is tied on some line is tied (`JointPlan`); who finishes
on all lines finishes, and who is down on some may be down (`JointProfiles`); who lets the pipeline come no
further on any line than another does covers it (`JointReach`); who is as good as another on each line is as
good, and two may pay at once if they may on some line (`JointPlaced`).

Who stands in for others may be another one on each line, and nobody on all. So where more than a few stand in
(`FEW_STAND_INS`), what is kept is found line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field

from ....model.deployment import Request
from ....model.names import Contract, VariableKey, content_of, instances_of
from ....model.resources.limits import Limits
from .alike_lines import AlikeLines, LineGroup
from .cone import Cone, Holder, Width
from .cut import cut
from .keep import Keep, SliceNames
from .line_looks import Units
from .line_slices import LineSlices, Point
from .plan import SlicePlan
from .presence import PlacedPresences, Presence
from .profile import JointReach, Profile, Profiles, Reach, list_consumers_of
from .request_walk import Walk
from .restrict import Restriction
from .slice import Slice
from .writers import Writers

FEW_STAND_INS = 2
"""Of more than these, in one slice of all lines, each line may need fewer: states multiply by each."""

Fill = Callable[[Profiles], Keep]
"""Lists what is to be kept, by what is so of units on a line, or on all lines."""


class CutGroup(Struct, frozen=True):
    """A slice on the first line of a group, which tells of all of them."""

    group: LineGroup
    on: LineSlices
    part: Slice


class CourseSlices:
    """The slices of all lines of a course."""

    def __init__(self, plan: SlicePlan, limits: Limits) -> None:
        self.plan, self.limits, self.alike = plan, limits, plan.alike_lines
        self._lines: dict[int, LineSlices] = {}
        self._walks: dict[str, Walk] = {}

    @property
    def numbers(self) -> range:
        """The lines, by their numbers; the main line is 0."""
        return range(len(self.plan.lines))

    def line(self, number: int) -> LineSlices:
        """The slices of one line."""
        found = self._lines.get(number)
        if found is None:
            found = self._lines[number] = LineSlices(self.alike.plan_of(number), self.limits)
        return found

    @property
    def lines(self) -> Iterable[LineSlices]:
        """Those that were looked at."""
        return self._lines.values()

    @cached_property
    def profiles(self) -> Profiles:
        """What is so of units on all lines."""
        return self.line(0).profiles if len(self.numbers) == 1 else JointProfiles(self)

    def profiled(self, unit: VariableKey) -> Iterator[tuple[LineGroup, Profile]]:
        """What is so of the unit on lines that look the same to it."""
        for group in self.alike.group(self.alike.close([unit, *list_consumers_of(self.plan, unit)])):
            yield group, self.line(group.first).profiles.placed(unit).profile

    def walk(self, request: Request) -> Walk:
        """The walk of a request, be it declared or not, on all lines."""
        found = self._walks.get(request.name)
        if found is None or found.request is not request:
            found = self._walks[request.name] = Walk(self.profiles.plan, self.profiles, request)
        return found

    def cut(self, point: Point, width: Width) -> Iterator[CutGroup]:
        """The slices of what is judged there, on the first of each lines that are alike."""
        cone = self._cone(point, width)
        for group in self._list_groups(cone.keep, cone.carried, cone.told):
            on = self.line(group.first)
            part = cut(cone, on.profiles) if is_joint(cone.keep) else on.cut(point, width)
            yield CutGroup(group, on, part)

    def cut_on(self, point: Point, width: Width, number: int) -> Slice:
        """The same on one line."""
        return cut(self._cone(point, width), self.line(number).profiles)

    def _cone(self, point: Point, width: Width) -> Cone:
        walk = self.walk(point.request)
        return Cone(walk, point.number, width, cut_off=point.cut_off).close()

    def build(self, fill: Fill) -> Iterator[tuple[LineGroup, Slice, SliceNames]]:
        """The slices that keep this, without a request."""
        joint = fill(self.profiles)
        for group in self._list_groups(joint):
            on, names = self.line(group.first), SliceNames()
            keep = joint if is_joint(joint) else fill(on.profiles)
            yield group, on.restriction.build(keep, names), names

    def _list_groups(
        self, keep: Keep, carried: Iterable[Contract] = (), told: Iterable[Holder] = ()
    ) -> tuple[LineGroup, ...]:
        """The lines that look the same to what is kept on all of them, to what expires while the request
        carries it, and to what it stands on; each by itself, where what is kept is found line by line."""
        units = self.alike.close([*keep.units(), *map(content_of, carried)])
        reaches = (holder.reach for holder in told)
        units = units.union(*(reach.units for reach in reaches if isinstance(reach, JointReach)))
        if is_joint(keep):
            return self.alike.group(units)
        return tuple(LineGroup(units, (number,)) for number in self.numbers)


def is_joint(keep: Keep) -> bool:
    """Whether what is kept on all lines is kept on each."""
    return len(keep.stand_ins) <= FEW_STAND_INS


class JointKnown(Struct):
    """What was found of all lines of a course, whoever asked for it."""

    profiles: dict[VariableKey, Profile] = field(default_factory=dict)
    reaches: dict[Hashable, JointReach] = field(default_factory=dict)
    no_further: dict[tuple[JointReach, JointReach, bool], bool] = field(default_factory=dict)
    no_worse_later: dict[JointReach, bool] = field(default_factory=dict)
    placed: dict[str, JointPlaced] = field(default_factory=dict)
    interned: dict[Hashable, JointPlaced] = field(default_factory=dict)


class JointProfiles(Profiles):
    """What is so of units on all lines: who finishes does so on each, who may be down may be so on some."""

    def __init__(self, course: CourseSlices) -> None:
        super().__init__(course.alike.joint, Restriction(course.plan), course.limits)
        self._course, known = course, course.alike.known
        self._joint, self._reaches = known.profiles, known.reaches
        self._no_further, self._no_worse_later = known.no_further, known.no_worse_later
        self.writers = JointWriters(
            course.alike.joint, self.restriction, course.limits, course=course, known=known
        )

    @cached_property
    def blockers(self) -> tuple[VariableKey, ...]:
        """The units that can hold up the pipeline on some line, or its end, by themselves."""
        return tuple(unit for unit in self.plan.actions if not self.of(unit).finishes)

    def of(self, unit: VariableKey) -> Profile:
        found = self._joint.get(unit)
        if found is None:
            found = self._joint[unit] = self._join(unit)
        return found

    def _join(self, unit: VariableKey) -> Profile:
        groups, found = zip(*self._course.profiled(unit), strict=True)
        return Profile(
            finishes=all(one.finishes for one in found),
            may_be_down=any(one.may_be_down for one in found),
            keeps_serving=all(one.keeps_serving for one in found),
            renews=all(one.renews for one in found),
            reach=None if all(one.reach is None for one in found) else self._reach(unit, groups),
        )

    def _reach(self, unit: VariableKey, groups: tuple[LineGroup, ...]) -> JointReach:
        """The same for units whose requests let the pipeline come as far on each line."""
        told = ((g.lines, self._course.line(g.first).profiles.of(unit).reach) for g in groups)
        units = groups[0].units
        key = self._course.alike.looks.concerning(units), *told
        return self._reaches.setdefault(key, JointReach(unit, units))

    def is_no_further(self, held: Reach, other: Reach, *, picked_later: bool) -> bool:
        assert isinstance(held, JointReach)
        assert isinstance(other, JointReach)
        key = held, other, picked_later
        found = self._no_further.get(key)
        if found is None:
            groups = self._course.alike.group(held.units | other.units)
            lines = (self._course.line(group.first).profiles for group in groups)
            found = self._no_further[key] = all(
                _is_no_further(line, held.unit, other.unit, picked_later=picked_later) for line in lines
            )
        return found

    def is_no_worse_later(self, reach: Reach) -> bool:
        assert isinstance(reach, JointReach)
        found = self._no_worse_later.get(reach)
        if found is None:
            firsts = (group.first for group in self._course.alike.group(reach.units))
            told = (self._course.line(first).profiles.of(reach.unit).reach for first in firsts)
            found = all(one is None or super(JointProfiles, self).is_no_worse_later(one) for one in told)
            self._no_worse_later[reach] = found
        return found


def _is_no_further(line: Profiles, held: VariableKey, other: VariableKey, *, picked_later: bool) -> bool:
    mine, its = line.of(held).reach, line.of(other).reach
    if its is None:
        return True
    return mine is not None and line.is_no_further(mine, its, picked_later=picked_later)


class JointPlaced(Struct, frozen=True, eq=False, dict=True):
    """The presences of a component on each line."""

    alike: AlikeLines
    units: Units
    groups: tuple[tuple[LineGroup, PlacedPresences], ...]

    @cached_property
    def is_up_for_free(self) -> bool:
        return all(placed.is_up_for_free for _, placed in self.groups)

    def is_fit(self, presences: frozenset[Presence]) -> bool:
        return all(placed.is_fit(presences) for _, placed in self.groups)

    def is_steady(self, presence: Presence) -> bool:
        return all(placed.is_steady(presence) for _, placed in self.groups)

    def is_as_good(self, other: JointPlaced, presence: Presence) -> bool:
        groups = self.alike.group(self.units | other.units)
        return all(self.on(g.first).is_as_good(other.on(g.first), presence) for g in groups)

    def paid(self, presence: Presence) -> int:
        """The bits of all lines, one after the other."""
        found = self._paid.get(presence)
        if found is None:
            width, found = len(self.alike.plan.whole.vocabulary.positions) + 2, 0
            paying = (group for group, placed in self.groups if placed.presences.list_paid(presence))
            for number in (number for group in paying for number in group.lines):
                found |= self.on(number).paid(presence) << (width * number)
            self._paid[presence] = found
        return found

    @cached_property
    def _paid(self) -> dict[Presence, int]:
        return {}

    def on(self, number: int) -> PlacedPresences:
        """The presences on one line."""
        found = self._on.get(number)
        if found is None:
            group, placed = self._by_line[number]
            starts = self.alike.translate(group, placed.starts, number)
            found = self._on[number] = PlacedPresences(placed.presences, starts)
        return found

    @cached_property
    def _on(self) -> dict[int, PlacedPresences]:
        return {}

    @cached_property
    def _by_line(self) -> Mapping[int, tuple[LineGroup, PlacedPresences]]:
        return {line: (group, placed) for group, placed in self.groups for line in group.lines}


class JointWriters(Writers, kw_only=True):
    """The writers and consumers of one deployment, and a choice among them that is right on all lines."""

    course: CourseSlices
    known: JointKnown

    def placed(self, name: str) -> JointPlaced:
        """The presences of a component; the same for components that are alike on all lines."""
        found = self.known.placed.get(name)
        if found is None:
            alike = self.course.alike
            units = alike.close([instances_of(name)])
            groups = alike.group(units)
            lines = [(group, self._on_line(name, group.first)) for group in groups]
            key = alike.looks.concerning(units), *((group.lines, placed) for group, placed in lines)
            made = JointPlaced(alike, units, tuple(lines))
            found = self.known.placed[name] = self.known.interned.setdefault(key, made)
        return found

    def _on_line(self, name: str, number: int) -> PlacedPresences:
        placed = self.course.line(number).profiles.writers.placed(name)
        assert isinstance(placed, PlacedPresences), "a line has no others"
        return placed
