"""A cluster that a question leaves out (`temporal.clusters`): what it costs to let its pipeline go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from ....model.compiler.advances import EventList, split_events
from ....model.compiler.compile import Compiled
from ....model.compiler.system import Event, EventKind, Reached, State, System, passes, search
from ....model.resources.limits import Limits
from ...temporal.stall import WaitedPart
from .hop_part import cut_out
from .search import Distances, compute_distances, find_run_to


def is_ever_down(small: Compiled, states: Iterable[State], component: str) -> bool:
    """Whether nobody of the component takes calls in one of the states of a part."""
    test = small.system.test(small.vocabulary.nobody_up(component))
    return any(passes(state, test) for state in states)


class Spared(Struct, frozen=True, dict=True):
    """A cluster of the deployment `whole` with its pipeline, if it has to do with any."""

    whole: Compiled
    part: WaitedPart
    limits: Limits

    @cached_property
    def small(self) -> Compiled:
        """With what it does by itself alone: others need not write there."""
        known = self.part.names | self.part.pipelines
        events = split_events(self.whole.system)
        own = (event for event in events.changing(known) if known >= event.guard.keys() | event.effect.keys())
        alone = EventList(events.advances, own)
        return cut_out(replace(self.whole, system=System(self.whole.system.variables, alone)), known)

    @cached_property
    def _reached(self) -> Reached:
        return search(self.small.system, self.limits)

    def may_be_down(self, component: str) -> bool:
        """Whether nobody of it takes calls in some state."""
        return is_ever_down(self.small, self._reached.states, component)

    @cached_property
    def _distances(self) -> Distances:
        return compute_distances(self._reached, lambda event: event.kind is not EventKind.PIPELINE)

    @cached_property
    def _cheapest(self) -> Mapping[int, int]:
        """For each position of its pipeline a state there to which the fewest events of its own lead."""
        found: dict[int, int] = {}
        for index, state in enumerate(self._reached.states):
            (place,) = self.small.place(state)
            if place not in found or self._distances.cost[index] < self._distances.cost[found[place]]:
                found[place] = index
        return found

    def cost(self, place: int) -> int:
        """The fewest events by which it lets its pipeline come to that position (by index)."""
        return self._distances.cost[self._cheapest[place]]

    def run_to(self, place: int) -> list[tuple[Event, State]]:
        """Those events, and the pipeline's, each with the state that it leads to."""
        goal = self._cheapest[place]
        return find_run_to(self._distances.ways([goal], self._reached.states), goal)
