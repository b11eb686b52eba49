"""What takes a hazard away: single remedies, and small sets of which no part does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations

from .trials import Chosen, Trials

SHUFFLES = 6
"""So many large sets are tried for a hazard that no single remedy takes away."""


ENOUGH = 4
"""So many single remedies for a hazard are enough to choose from, if they are of several kinds."""
MOST_PAIRS = 120
"""So many pairs may be judged for a hazard."""


def list_single(trials: Trials, hazard: str) -> tuple[Chosen, ...]:
    """Remedies that take the hazard away alone, whatever else they do, the cheapest first; as many as are
    enough to choose from, with one among them that brings nothing else."""
    found: list[Chosen] = []
    brings_nothing = False
    for index in sorted(trials.touching(hazard)):
        alone = frozenset({index})
        if trials.make(alone) is not None and hazard not in trials.judge(alone):
            found.append(alone)
            brings_nothing = brings_nothing or trials.judge(alone) <= trials.wrong
        if len(found) >= ENOUGH and len({trials.kinds(one) for one in found}) > 1 and brings_nothing:
            break
    return tuple(found)


def list_pairs(trials: Trials, hazard: str, without: Chosen) -> tuple[Chosen, ...]:
    """Pairs of remedies, `without` some, that take the hazard away together, the cheapest first: as many as
    are enough to choose from. Of many remedies none are judged."""
    touching = sorted(trials.touching(hazard) - without)
    pairs = [frozenset(pair) for pair in combinations(touching, 2)]
    found: list[Chosen] = []
    for pair in sorted(pairs, key=lambda pair: (trials.price(pair), sorted(pair))):
        if len(pairs) > MOST_PAIRS or len(found) == ENOUGH:
            break
        if trials.make(pair) is not None and hazard not in trials.judge(pair):
            found.append(pair)
    return tuple(found)


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
