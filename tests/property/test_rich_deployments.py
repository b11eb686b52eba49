"""The rich random deployments have what once went wrong, often enough to find it again."""

import pytest

from support.rich_counts import OCCURRENCES, counted


@pytest.mark.exhaustive
def test_everything_occurs_often_enough() -> None:
    counts = counted(5000)
    assert set(counts) == set(OCCURRENCES)
    assert {name: count for name, count in counts.items() if count < 200} == {}


def test_everything_occurs() -> None:
    assert {name for name, count in counted(400).items() if not count} == set()
