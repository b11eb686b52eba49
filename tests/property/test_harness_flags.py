"""Random interleavings come to what a flag breaks that is thrown between two hops of one handler."""

from __future__ import annotations

from pathlib import Path

from skewproof.properties.harness import Comparison, Trial, find_failures
from support.gradual_flags import Spending


def test_random_interleavings_come_to_it_too(tmp_path: Path) -> None:
    with Trial(Spending(tmp_path)) as trial:
        (found,) = find_failures(Comparison(trial), max_examples=60)
    assert found.failure is not None
    assert found.failure.evidence == "ValueError: V2 spends in the new form what it has in the old one"
