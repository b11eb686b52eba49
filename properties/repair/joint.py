"""What takes a hazard away: single remedies, and small sets of which no part does."""

from __future__ import annotations

import random
from collections.abc import Iterator

from .trials import Chosen, Trials

SHUFFLES = 6
"""So many large sets are tried for a hazard that no single remedy takes away."""


def list_single(trials: Trials, hazard: str) -> tuple[Chosen, ...]:
    """Each remedy that takes the hazard away alone, whatever else it does."""
    return tuple(
        frozenset({index})
        for index in sorted(trials.touching(hazard))
        if trials.make(frozenset({index})) is not None and hazard not in trials.judge(frozenset({index}))
    )


def list_joint(trials: Trials, hazard: str) -> tuple[Chosen, ...]:
    """Some sets of remedies that take the hazard away together: parts of large sets, each as small as it
    gets when remedies are left out one by one, the dearest first."""
    return tuple(dict.fromkeys(_shrink(trials, hazard, large) for large in _list_large(trials, hazard)))


def _list_large(trials: Trials, hazard: str) -> Iterator[Chosen]:
    """Large sets that take it away; the same ones in every run."""
    order = random.Random(0)  # noqa: S311 - a choice of what to try first, no secret
    touching = sorted(trials.touching(hazard))
    for _ in range(SHUFFLES):
        large = trials.grow(frozenset(), touching)
        if hazard not in trials.judge(large):
            yield large
        order.shuffle(touching)


def _shrink(trials: Trials, hazard: str, large: Chosen) -> Chosen:
    kept = large
    for index in sorted(large, key=lambda index: -trials.remedies[index].price):
        less = kept - {index}
        if trials.make(less) is not None and hazard not in trials.judge(less):
            kept = less
    return kept
