"""What can be told of the product of a deployment and one request, searched in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...model.compiler.causes import PipelineCause
from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event, EventKind, Reached, State
from ...model.kernel.graph import find_cheapest
from ...model.names import PIPELINE, REQUEST


def compute_spans(product: Reached, begun: Sequence[int] | None = None) -> list[int]:
    """For each state the fewest steps that begin while the request is in flight on the way
    there. `begun[i]` steps begin as the one pipeline comes to position i; by default one, or none."""
    at = product.system.index(REQUEST)
    pipeline = product.system.index(PIPELINE) if begun is not None else None
    done = len(product.system.variables[at].domain) - 1

    def onward(here: int) -> Iterator[tuple[int, Event, int]]:
        is_in_flight = 0 < product.states[here][at] < done
        for event, there in product.edges[here]:
            if not is_in_flight or not isinstance(event.cause, PipelineCause):
                yield 0, event, there
            elif begun is None or pipeline is None:
                yield int(event.cause.there.enters), event, there
            else:
                yield begun[product.states[there][pipeline]], event, there

    cost = find_cheapest({0: 0}, onward).cost
    return [cost[index] for index in range(len(product.states))]


def find_hits(compiled: Compiled, product: Reached, own: list[int]) -> dict[State, int]:
    """For each state of the deployment alone, what a request served at once can meet there.

    `own[i]` is the set (a bit mask) of hazards that state i meets; the result unites those of all
    states that hops alone lead to. Keys are the deployment's own part of the states.
    """
    at = product.system.index(REQUEST)
    met = list(own)
    for here in sorted(range(len(met)), key=lambda i: -product.states[i][at]):
        for event, there in product.edges[here]:
            if event.kind is EventKind.HOP:
                met[here] |= met[there]
    own_part = compiled.own_variables
    return {state[:own_part]: met[i] for i, state in enumerate(product.states) if state[at] == 0}
