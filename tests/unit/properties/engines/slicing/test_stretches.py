"""What remains of a pipeline: as much as happens, however long it is."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from skewproof.model.compiler.moves import Position
from skewproof.properties.engines.slicing.stretches import Stretches, count_steps, shorten


def walked(positions: list[Position], busy: set[int]) -> Stretches:
    """The same, position by position."""
    after = len(positions) - 1
    ends = [i for i in range(1, after) if i + 1 == after or busy & {i - 1, i, i + 1}]
    stages = (0, *ends, after)
    return Stretches(
        stages, (0, *(sum(p.enters for p in positions[a + 1 : b + 1]) for a, b in pairwise(stages)))
    )


@pytest.mark.parametrize("seed", range(50))
def test_the_ends_of_what_is_cut_remain(seed: int) -> None:
    dice = Random(seed)
    count = dice.randrange(2, 12)
    positions = [Position(i, f"s{i}", enters=bool(i) and dice.random() < 0.6) for i in range(count)]
    busy = {i for i in range(count) if dice.random() < 0.2}
    assert shorten(count_steps(positions), busy) == walked(positions, busy)
