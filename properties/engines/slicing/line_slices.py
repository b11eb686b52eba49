"""What all slices of one line of the course share, and what one of them tells of its hop."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from msgspec import Struct

from ....model.compiler.system import Event, State
from ....model.deployment import Request
from ....model.resources.limits import Limits
from .alike_lines import AlikeLines, LineGroup
from .avoidable import Solved
from .cone import Cone, Width
from .cut import cut
from .doors import Doors
from .plan import SlicePlan
from .profile import Profiles
from .request_walk import Walk
from .restrict import Restriction
from .slice import Slice
from .solve import HazardPair, SliceHazard, Solution
from .solver import Solver
from .stretches import Stretches
from .whole_system import WholeSystem


class Point(NamedTuple):
    """What is judged: a hop of a request, by its number (from 1); or (`cut_off`) whether the frame is cut off
    just before that hop."""

    request: Request
    number: int
    cut_off: int | None = None

    @property
    def key(self) -> tuple[str, int, int | None]:
        """Equal for the same point."""
        return self.request.name, self.number, self.cut_off


class Price(NamedTuple):
    """How many events a story has, the line that it is on, and the state of the slice in which it ends."""

    events: int
    line: int
    state: int


class LineSlices:
    """The slices of one line."""

    def __init__(self, plan: SlicePlan, limits: Limits) -> None:
        self.plan, self.limits = plan, limits
        self.restriction = Restriction(plan)
        self.profiles = Profiles(plan, self.restriction, limits)
        self.doors = Doors(self.profiles, Solver(limits))
        self._walks: dict[str, Walk] = {}

    def walk(self, request: Request) -> Walk:
        """The walk of a request, be it declared or not."""
        found = self._walks.get(request.name)
        if found is None or found.request is not request:
            found = self._walks[request.name] = Walk(self.plan, self.profiles, request)
        return found

    def cut(self, point: Point, width: Width) -> Slice:
        """The slice of what is judged there."""
        cone = Cone(self.walk(point.request), point.number, width, cut_off=point.cut_off)
        return cut(cone.close(), self.profiles)


LineOf = Callable[[int], LineSlices]
"""What is known of a line, by its number."""


class JudgedPart(Struct, frozen=True):
    """The slice of a hop on the first of lines that are alike to what it keeps, solved: it tells of all."""

    on: LineSlices
    group: LineGroup
    request: Request
    number: int
    part: Slice
    solution: Solution

    @property
    def _alike(self) -> AlikeLines:
        return self.on.plan.alike_lines

    def _on_each(self) -> Iterator[tuple[int, Stretches]]:
        """Each line, with the stretches of the slice there."""
        for number in self.group.lines:
            yield number, self._alike.tell(self.group, self.part.stretches, number)

    def can_be_avoided(self, key: HazardPair) -> bool:
        """Whether some complete run of a line does not hit the hazard."""
        seen = self.solution.seen.get(key)
        if seen is None or self.part.cut_off is not None:
            return self.solution.can_complete
        walk, doors = self.on.walk(self.request), self.on.doors
        return not (seen.inevitable and doors.are_in_vain(walk, self.number, self.part, key, seen))

    def solved(self, most: int | None = None) -> Solved:
        """The slice in which the hop meets its hazards, with the doors that can be shut without one (with
        `most` no more than so many). Raises `LimitError`."""
        walk, doors = self.on.walk(self.request), self.on.doors
        kept = doors.keep_harmless(walk, self.number, most) if self.solution.seen else None
        return kept or (self.part, self.solution)

    def window(self, seen: SliceHazard) -> frozenset[int]:
        """The positions of the whole at which the hazard is met."""
        return self._alike.cover(self.group, self.part.stretches, seen.best)

    def span(self, seen: SliceHazard) -> int:
        """The fewest steps that begin while the request is in flight."""
        return min(seen.span(stretches) for _, stretches in self._on_each())

    def met_going_back(self, accepted: Collection[HazardPair]) -> Iterator[int]:
        """The lines on whose ways back any hazard but those that are accepted is met."""
        counting = (seen for pair, seen in self.solution.seen.items() if pair not in accepted)
        met = {stage for seen in counting for stage in seen.best}
        for number, stretches in self._on_each() if met else ():
            stop = self._alike.lines[number].stop
            if stop is not None and any(stretches.covers(stage)[-1] > stop for stage in met):
                yield number

    def shortest(self, seen: SliceHazard, line_of: LineOf) -> Price:
        """How many events of the whole come before the failing hop at least, and where."""
        return min(self._shortest_on(line_of(number), number, seen, s) for number, s in self._on_each())

    def _shortest_on(self, line: LineSlices, number: int, seen: SliceHazard, stretches: Stretches) -> Price:
        profiles, cut_hops = line.profiles, self.number - len(self.part.hops)
        kept = [profiles.of(unit).costs for unit in line.plan.leaders(self.part.units)]
        every = profiles.costs
        prices = ((stretches.events(at), cost, index) for at, (cost, index) in seen.best.items())
        return min(
            Price(cost + stage + cut_hops + every[stage] - sum(costs[stage] for costs in kept), number, index)
            for stage, cost, index in prices
        )

    def lift(
        self, line: LineSlices, part: Slice, whole: WholeSystem, index: int
    ) -> tuple[list[Event], State]:
        """The run of the whole to a state of the slice, by the slice of one of the lines. Raises
        `LiftError`."""
        from .lift import Lift

        compiled, ways, frames = self.solution.compiled, self.solution.ways, line.walk(self.request).free
        return Lift(line.plan, part, compiled, ways, whole, number=self.number, frames=frames).run(index)


def list_hazards(parts: tuple[JudgedPart, ...]) -> Iterator[HazardPair]:
    """The hazards that are met in some of the slices, in their order."""
    keys = {key for one in parts for key in one.solution.seen}
    yield from sorted(keys, key=lambda key: tuple(map(str, key)))
