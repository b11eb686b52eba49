"""The product of a deployment and one request, searched in full: the reference's own search loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ..model.compiler import Compiled
from ..model.space import StateLimitError
from ..model.system import Event, EventKind, State
from ..model.variables import PIPELINE
from ..model.walker import REQUEST


@dataclass(frozen=True, slots=True)
class Product:
    """The reachable states in breadth-first order, so that a state's index orders it by depth.

    `parents[i]` is the index and event by which state i was first reached (None for the initial
    state), `edges[i]` every event from it with the index that it leads to.
    """

    compiled: Compiled
    states: list[State]
    parents: list[tuple[int, Event] | None]
    edges: list[list[tuple[Event, int]]]

    @property
    def transitions(self) -> int:
        return sum(map(len, self.edges))

    def story(self, index: int) -> list[Event]:
        """The events of a shortest run to a state."""
        events: list[Event] = []
        while (parent := self.parents[index]) is not None:
            index, event = parent
            events.append(event)
        return events[::-1]


def search(compiled: Compiled, max_states: int) -> Product:
    """Every reachable state, breadth first. Raises `StateLimitError` beyond `max_states`."""
    system = compiled.system
    index = {system.initial: 0}
    states, edges = [system.initial], []
    parents: list[tuple[int, Event] | None] = [None]
    for number, state in enumerate(states):  # grows while it is walked: a queue that keeps what it gave
        row = []
        for event, reached in system.successors(state):
            target = index.setdefault(reached, len(states))
            if target == len(states):
                if target >= max_states:
                    raise StateLimitError(max_states)
                states.append(reached)
                parents.append((number, event))
            row.append((event, target))
        edges.append(row)
    return Product(compiled, states, parents, edges)


def spans(product: Product) -> list[int]:
    """For each state the fewest steps that begin while the request is in flight on the way there.

    A search with edges of weight 0 and 1 (Dijkstra 1959, with a double-ended queue for a heap).
    """
    begins = _step_begins(product)
    best = [len(product.states)] * len(product.states)
    best[0] = 0
    frontier = deque([0])
    while frontier:
        here = frontier.popleft()
        for event, there in product.edges[here]:
            cost = best[here] + (event.kind is EventKind.PIPELINE and begins(here, there))
            if cost < best[there]:
                best[there] = cost
                (frontier.append if cost > best[here] else frontier.appendleft)(there)
    return best


def _step_begins(product: Product) -> Callable[[int, int], bool]:
    """Whether a pipeline event between two states begins a step while the request is in flight."""
    names = [variable.name for variable in product.compiled.system.variables]
    at, pipeline = names.index(REQUEST), names.index(PIPELINE)
    enters = [position.enters for position in product.compiled.vocabulary.positions]
    done = len(product.compiled.system.variables[at].domain) - 1
    return lambda here, there: 0 < product.states[here][at] < done and enters[product.states[there][pipeline]]


def hits(product: Product, own: list[int]) -> dict[State, int]:
    """For each state of the deployment alone, what a request served at once can meet there.

    `own[i]` is the set (a bit mask) of hazards that state i meets; the result unites those of all
    states that hops alone lead to. Keys are the deployment's own part of the states.
    """
    compiled = product.compiled
    at = [variable.name for variable in compiled.system.variables].index(REQUEST)
    met = list(own)
    for here in sorted(range(len(met)), key=lambda i: -product.states[i][at]):
        for event, there in product.edges[here]:
            if event.kind is EventKind.HOP:
                met[here] |= met[there]
    own_part = compiled.own_variables
    return {state[:own_part]: met[i] for i, state in enumerate(product.states) if state[at] == 0}
