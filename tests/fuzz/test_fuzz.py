"""A small run of each part of the campaign, the same each time, and what it found once."""

from __future__ import annotations

import pytest

from .campaign import run
from .parts import PARTS

SEED = 20_240
COUNTS = {"loader": 150, "changes": 60, "formulas": 25, "certificates": 250, "commands": 40}


@pytest.mark.parametrize("part", PARTS)
def test_nothing_that_is_fed_makes_it_fail(part: str) -> None:
    counts, finds = run(part, SEED, range(COUNTS[part]))
    assert not finds, f"{finds[0][0]}: {finds[0][1]}"
    assert sum(counts.values()) == COUNTS[part]
    assert len(counts) > 1, f"all inputs of a kind test one thing: {counts}"
