"""Searches of slices: every state, then the fewest full events on the way to each."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ....model.compiler.compile import Compiled
from ....model.compiler.variables import PIPELINE, Standing
from ....model.kernel.search import Reached
from ....model.kernel.system import Event, EventKind, State, Value
from .stretches import Stretches

Weight = Callable[[Event], int]
NEVER = 1 << 60

Weights = Mapping[str, Mapping[tuple[str, str], int]]
"""Of each component of a slice the fewest full events that lead from one class to another."""

Arrival = tuple[int, Event, State]
"""The index of the state before, the event from there, and the state that it leads to."""
Ways = Mapping[int, Arrival]
"""How states are reached, by index; the initial state is missing."""


@dataclass(frozen=True, slots=True)
class Distances:
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


def run_to(ways: Ways, goal: int) -> list[tuple[Event, State]]:
    """The slice events on the way to a goal, each with the state that it leads to."""
    events: list[tuple[Event, State]] = []
    while goal in ways:
        goal, event, reached = ways[goal]
        events.append((event, reached))
    return events[::-1]


def weigher(weights: Weights, stretches: Stretches, compiled: Compiled) -> Weight:
    """The fewest full events that an event of a slice stands for."""
    places = (Standing(position.name) for position in compiled.vocabulary.positions)
    lengths: dict[Value, int] = {place: stretches.length(i) for i, place in enumerate(places)}
    known: dict[int, int] = {}

    def weigh(event: Event) -> int:
        found = known.get(id(event))
        if found is None:
            found = known[id(event)] = _weight(event, weights, lengths)
        return found

    return weigh


def _weight(event: Event, weights: Weights, lengths: Mapping[Value, int]) -> int:
    if event.kind is EventKind.PIPELINE:
        return lengths[event.effect[PIPELINE]]
    if event.kind is not EventKind.MOVE:
        return 1
    for name, reached in event.effect.items():
        component = name.removeprefix("up ")
        if name != PIPELINE and component != name and isinstance(reached, Standing):
            (source,) = event.guard[name]
            assert isinstance(source, Standing)
            return weights[component][source.state, reached.state]
    return 1


def distances(reached: Reached, weigh: Weight, *, passes: Callable[[Event], bool] | None = None) -> Distances:
    """The fewest full events to each state (Dijkstra 1959), by the events that `passes` lets through."""
    cost = [NEVER] * len(reached.states)
    came: list[tuple[int, Event] | None] = [None] * len(cost)
    cost[0] = 0
    frontier = [(0, 0)]
    while frontier:
        spent, here = heapq.heappop(frontier)
        if spent > cost[here]:
            continue
        for event, there in reached.edges[here]:
            if passes is not None and not passes(event):
                continue
            total = spent + weigh(event)
            if total < cost[there]:
                cost[there], came[there] = total, (here, event)
                heapq.heappush(frontier, (total, there))
    return Distances(cost, came)


def can_reach(reached: Reached, goals: set[int], passes: Callable[[Event], bool]) -> set[int]:
    """The states from which some goal can be reached by the events that `passes` lets through."""
    before: dict[int, list[int]] = {}
    for here, row in enumerate(reached.edges):
        for event, there in row:
            if passes(event):
                before.setdefault(there, []).append(here)
    seen, frontier = set(goals), list(goals)
    while frontier:
        for here in before.get(frontier.pop(), ()):
            if here not in seen:
                seen.add(here)
                frontier.append(here)
    return seen
