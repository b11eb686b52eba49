"""Layers: the reachable states by the weight of the lightest run to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from .encoding import Encoding
from .library import Bdd
from .limits import Watch
from .steps import SymbolicStep, closure, image


def list_layers(
    encoding: Encoding,
    start: Bdd,
    steps: Iterable[SymbolicStep],
    watch: Watch,
    enough: Callable[[Bdd], bool] | None = None,
) -> Iterator[Bdd]:
    """Layer d holds the states to which the lightest run weighs d; ends after the last state.

    Dijkstra's algorithm on sets (1959): steps that weigh nothing are followed to their end within
    a layer (chained), heavier ones wait for theirs. A layer may be empty. One that is `enough` may
    lack states, and is the last that means anything.
    """
    free = [taken for taken in steps if taken.weight == 0]
    paid = [taken for taken in steps if taken.weight > 0]
    waiting: dict[int, Bdd] = {0: start}
    known, depth = encoding.false, 0
    while waiting:
        arrived = waiting.pop(depth, encoding.false) & ~known
        layer = closure(encoding, arrived, free, watch, closed=known, enough=enough)
        known |= layer
        yield layer
        for taken in paid:
            later = depth + taken.weight
            more = image(encoding, layer, taken) & ~known
            if more != encoding.false:
                waiting[later] = waiting.get(later, encoding.false) | more
        depth += 1
