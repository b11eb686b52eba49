"""What all slices of one line of the course share, and what one of them tells of its hop."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from msgspec import Struct

from ....model.compiler.system import Event, State
from ....model.deployment import Request
from ....model.resources.limits import Limits
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


class LineSlices:
    """The slices of one line."""

    def __init__(self, plan: SlicePlan, limits: Limits) -> None:
        self.plan, self.limits = plan, limits
        self.restriction = Restriction(plan)
        self.profiles = Profiles(plan, self.restriction, limits)
        self.doors = Doors(self.restriction, Solver(limits))
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
        return cut(cone.close(), self.restriction)


class JudgedPart(Struct, frozen=True):
    """The slice of a hop on one line, solved."""

    on: LineSlices
    walk: Walk
    number: int
    part: Slice
    solution: Solution

    def can_be_avoided(self, key: HazardPair) -> bool:
        """Whether some complete run of the line does not hit the hazard."""
        seen = self.solution.seen.get(key)
        if seen is None or self.part.cut_off is not None:
            return self.solution.can_complete
        doors = self.on.doors
        return not (seen.inevitable and doors.are_in_vain(self.walk, self.number, self.part, key, seen))

    def solved(self, most: int | None = None) -> Solved:
        """The slice in which the hop meets its hazards, with the doors that can be shut without one (with
        `most` no more than so many). Raises `LimitError`."""
        kept = self.on.doors.keep_harmless(self.walk, self.number, most) if self.solution.seen else None
        return kept or (self.part, self.solution)

    def window(self, seen: SliceHazard) -> frozenset[int]:
        """The positions of the whole at which the hazard is met."""
        places = (place for stage in seen.best for place in self.part.stretches.covers(stage))
        return self.on.plan.line.wholes(places)

    def is_met_going_back(self, accepted: Collection[HazardPair]) -> bool:
        """Whether any hazard but those that are accepted is met on the way back from the line's failure."""
        stop = self.on.plan.line.stop
        counting = (seen for pair, seen in self.solution.seen.items() if pair not in accepted)
        stages = (stage for seen in counting for stage in seen.best)
        return stop is not None and any(self.part.stretches.covers(stage)[-1] > stop for stage in stages)

    def shortest(self, seen: SliceHazard) -> tuple[int, int]:
        """How many events of the whole come before the failing hop at least, and where in the slice."""
        profiles, plan = self.on.profiles, self.on.plan
        cut_hops = self.number - len(self.part.hops)
        kept = [profiles.of(unit).costs for unit in plan.leaders(self.part.units)]
        every, stretches = profiles.costs, self.part.stretches
        prices = ((stretches.events(at), cost, index) for at, (cost, index) in seen.best.items())
        return min(
            (cost + stage + cut_hops + every[stage] - sum(costs[stage] for costs in kept), index)
            for stage, cost, index in prices
        )

    def lift(self, whole: WholeSystem, index: int) -> tuple[list[Event], State]:
        """The run of the whole to a state of the slice. Raises `LiftError`."""
        from .lift import Lift

        lift = Lift(
            self.on.plan,
            self.part,
            self.solution.compiled,
            self.solution.ways,
            whole,
            number=self.number,
            frames=self.walk.free,
        )
        return lift.run(index)


def list_hazards(parts: tuple[JudgedPart, ...]) -> Iterator[HazardPair]:
    """The hazards that are met in some of the slices, in their order."""
    keys = {key for one in parts for key in one.solution.seen}
    yield from sorted(keys, key=lambda key: tuple(map(str, key)))
