"""What can be told of the product of a deployment and one request, searched in full."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..model.search import Reached
from ..model.system import EventKind, State
from ..model.variables import PIPELINE
from ..model.walker import REQUEST


def spans(product: Reached) -> list[int]:
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


def _step_begins(product: Reached) -> Callable[[int, int], bool]:
    """Whether a pipeline event between two states begins a step while the request is in flight."""
    names = [variable.name for variable in product.compiled.system.variables]
    at, pipeline = names.index(REQUEST), names.index(PIPELINE)
    enters = [position.enters for position in product.compiled.vocabulary.positions]
    done = len(product.compiled.system.variables[at].domain) - 1
    return lambda here, there: 0 < product.states[here][at] < done and enters[product.states[there][pipeline]]


def hits(product: Reached, own: list[int]) -> dict[State, int]:
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
