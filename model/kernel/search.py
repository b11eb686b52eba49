"""The search loop: every reachable state of a system, breadth first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic

from msgspec import Struct

from ..resources.limits import CHECKED_EVERY, Limits, StateLimitError
from .graph import sort_from_ends
from .system import E, K, State, System


class Reached(Struct, Generic[K, E], frozen=True):
    """The reachable states in breadth-first order, so that a state's index orders it by depth.

    `parents[i]` is the index and event by which state i was first reached (None for the initial
    state), `edges[i]` every event from it with the index that it leads to.
    """

    system: System[K, E]
    states: list[State]
    parents: list[tuple[int, E] | None]
    edges: list[list[tuple[E, int]]]

    def arrows(self) -> Iterator[tuple[int, int]]:
        """Each edge as the two indices that it joins."""
        return ((here, there) for here, row in enumerate(self.edges) for _, there in row)

    def reached_from(self, index: int) -> Iterator[int]:
        """The indices that the edges of a state lead to."""
        return (there for _, there in self.edges[index])

    @property
    def transitions(self) -> int:
        return sum(map(len, self.edges))

    def maximal_paths(self) -> int | None:
        """How many paths lead from the initial state to a state without events; None if some path has no end.

        Linear in the edges, not in the paths.
        """
        rows = [[there for _, there in row] for row in self.edges]
        order = sort_from_ends(rows)
        if order is None:
            return None
        paths = [0] * len(rows)
        for here in order:
            paths[here] = sum(paths[there] for there in rows[here]) if rows[here] else 1
        return paths[0]

    def story(self, index: int) -> list[E]:
        """The events of a shortest run to a state."""
        events: list[E] = []
        while (parent := self.parents[index]) is not None:
            index, event = parent
            events.append(event)
        return events[::-1]


def search(system: System[K, E], limits: Limits | None = None) -> Reached[K, E]:
    """Every reachable state, breadth first. Raises `LimitError` where a limit is hit."""
    limits = limits or Limits()
    most = limits.listed_states
    index = {system.initial: 0}
    states, edges = [system.initial], []
    parents: list[tuple[int, E] | None] = [None]
    for number, state in enumerate(states):  # grows while it is walked: a queue that keeps what it gave
        if not number % CHECKED_EVERY:
            limits.check(len(states))
        row = []
        for event, reached in system.successors(state):
            target = index.setdefault(reached, len(states))
            if target == len(states):
                if target >= most:
                    limits.progress.at(target)
                    raise StateLimitError(most)
                states.append(reached)
                parents.append((number, event))
            row.append((event, target))
        edges.append(row)
    limits.progress.search_over(len(states))
    return Reached(system, states, parents, edges)
