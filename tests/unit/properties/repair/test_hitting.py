"""Cheapest sets under clauses that grow in number."""

from __future__ import annotations

import sys

import pytest

from skewproof.properties.repair.hitting import CheapestSets, RepairUnavailableError


@pytest.fixture
def sets() -> CheapestSets:
    return CheapestSets([1, 2, 5], {"cheap": [1, 2], "dear": [3]})


def found(sets: CheapestSets) -> list[int] | None:
    chosen = sets.find()
    return None if chosen is None else sorted(chosen)


def test_a_cheapest_set_keeps_to_all_that_was_added(sets: CheapestSets) -> None:
    assert found(sets) == []
    sets.add([1, 2])
    assert found(sets) == [1]
    sets.add([2, 3])
    assert found(sets) == [2]
    sets.add([-2])
    assert found(sets) == [1, 3]


def test_a_kind_can_be_forbidden(sets: CheapestSets) -> None:
    sets.add([2, 3])
    sets.forbid_kinds(["cheap"])
    assert found(sets) == [3]


def test_a_joint_set_is_chosen_as_a_whole(sets: CheapestSets) -> None:
    sets.add([sets.stand_for([1, 2]), 3])
    assert found(sets) == [1, 2]


def test_where_none_is_left_it_stays_so(sets: CheapestSets) -> None:
    sets.add([])
    assert found(sets) is None
    sets.add([1])
    assert found(sets) is None


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysat.formula", None)
    with pytest.raises(RepairUnavailableError, match=r"pip install 'skewproof\[fix\]'"):
        CheapestSets([], {})
