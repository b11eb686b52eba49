"""Searches of slices: every state, then the fewest full events on the way to each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from ....model.compiler.life_variables import Standing
from ....model.compiler.system import Event, EventKind, Reached, State
from ....model.kernel.graph import find_cheapest, find_leading_to
from ....model.names import VariableKey

Weight = Callable[[Event], int]
NEVER = 1 << 60

Weights = Mapping[VariableKey, Mapping[tuple[str, str], int] | int]
"""The fewest full events that lead from one state to another: of components of a slice, whose states are
classes; and how many an event is that happens to all for which one stands."""

Arrival = tuple[int, Event, State]
"""The index of the state before, the event from there, and the state that it leads to."""
Ways = Mapping[int, Arrival]
"""How states are reached, by index; the initial state is missing."""


class Distances(Struct, frozen=True):
    """For each state the fewest full events that lead there (`NEVER`: none do), and the last slice event."""

    cost: list[int]
    came: list[tuple[int, Event] | None]

    def ways(self, goals: Iterable[int], states: Sequence[State]) -> Ways:
        """How each of the goals is reached, from the initial state on."""
        found: dict[int, Arrival] = {}
        for goal in goals:
            index = goal
            while index not in found and (before := self.came[index]) is not None:
                found[index] = (*before, states[index])
                index = before[0]
        return found


def find_run_to(ways: Ways, goal: int) -> list[tuple[Event, State]]:
    """The slice events on the way to a goal, each with the state that it leads to."""
    events: list[tuple[Event, State]] = []
    while goal in ways:
        goal, event, reached = ways[goal]
        events.append((event, reached))
    return events[::-1]


def build_weigher(weights: Weights) -> Weight:
    """The fewest full events that an event of a slice stands for. The pipeline's count nothing: how many the
    whole has before a position is known from the line (`Stretches.events`)."""
    known: dict[int, int] = {}

    def weigh(event: Event) -> int:
        found = known.get(id(event))
        if found is None:
            found = known[id(event)] = _weight(event, weights)
        return found

    return weigh


def _weight(event: Event, weights: Weights) -> int:
    if event.kind is EventKind.PIPELINE:
        return 0
    if event.kind is not EventKind.MOVE:
        return 1
    for key, reached in event.effect.items():
        weight = weights.get(key)
        if isinstance(weight, int):
            return weight
        if weight is not None and isinstance(reached, Standing):
            (source,) = event.guard[key]
            assert isinstance(source, Standing)
            return weight[source.state, reached.state]
    return 1


def compute_distances(
    reached: Reached, weigh: Weight, *, passes: Callable[[Event], bool] | None = None
) -> Distances:
    """The fewest full events to each state, by the events that `passes` lets through."""

    def onward(here: int) -> Iterator[tuple[int, Event, int]]:
        row = reached.edges[here]
        return ((weigh(event), event, there) for event, there in row if passes is None or passes(event))

    routes = find_cheapest({0: 0}, onward, rank=lambda index: index)
    states = range(len(reached.states))
    return Distances([routes.cost.get(i, NEVER) for i in states], [routes.came.get(i) for i in states])


def can_reach(reached: Reached, goals: set[int], passes: Callable[[Event], bool]) -> set[int]:
    """The states from which some goal can be reached by the events that `passes` lets through."""
    rows = enumerate(reached.edges)
    return find_leading_to(
        goals, ((here, there) for here, row in rows for event, there in row if passes(event))
    )
