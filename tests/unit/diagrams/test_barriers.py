"""Dominators and least cuts of small graphs, against all that could be."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewproof.diagrams.barriers import Arrow, find_dominators, find_least_cut

NODES = 5
PAIRS = [(here, there) for here in range(NODES) for there in range(NODES) if here != there]


def reached(arrows: frozenset[Arrow]) -> frozenset[int]:
    found, waiting = {0}, [0]
    while waiting:
        here = waiting.pop()
        new = {there for start, there in arrows if start == here} - found
        found |= new
        waiting += new
    return frozenset(found)


def completes(arrows: frozenset[Arrow], complete: frozenset[int], bad: frozenset[int]) -> bool:
    return bool(complete & reached(frozenset(arrow for arrow in arrows if arrow[1] not in bad)) - bad)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[frozenset[Arrow], frozenset[int], frozenset[int], frozenset[Arrow]]:
    """Arrows, bad nodes, complete ones, and fixed arrows; the start is not bad."""
    arrows = draw(st.frozensets(st.sampled_from(PAIRS)))
    bad = draw(st.frozensets(st.integers(1, NODES - 1), min_size=1))
    complete = draw(st.frozensets(st.integers(0, NODES - 1)))
    fixed = draw(st.frozensets(st.sampled_from(PAIRS), max_size=3)) & arrows
    return arrows, bad, complete, fixed


@given(graphs())
def test_least_cut_is_a_smallest_one(
    graph: tuple[frozenset[Arrow], frozenset[int], frozenset[int], frozenset[Arrow]],
) -> None:
    arrows, bad, complete, fixed = graph
    cut = find_least_cut(arrows, bad, complete, fixed)
    loose = sorted(arrows - fixed)
    cuts = (
        set(some)
        for size in range(len(loose) + 1)
        for some in combinations(loose, size)
        if not bad & reached(arrows - set(some))
    )
    can_be_cut = not bad & reached(
        fixed
    )  # the more is cut, the less is reached: if all does not help, nothing does
    smallest = next(cuts, None) if can_be_cut else None
    if cut is None:
        assert smallest is None
        return
    assert smallest is not None
    assert not cut & fixed
    assert not bad & reached(arrows - cut)
    if not completes(arrows, complete, bad):
        assert len(cut) == len(smallest)
    elif not fixed:
        assert completes(arrows - cut, complete, bad)


@given(graphs())
def test_dominators_are_what_every_path_passes(
    graph: tuple[frozenset[Arrow], frozenset[int], frozenset[int], frozenset[Arrow]],
) -> None:
    arrows, bad, _, _ = graph
    passed = find_dominators(arrows, bad)
    if not bad & reached(arrows):
        assert not passed
        return
    for node in range(NODES):
        left = frozenset(arrow for arrow in arrows if node not in arrow)
        avoidable = node != 0 and bool((bad - {node}) & reached(left))
        assert (node in passed) != avoidable


def test_of_equal_cuts_the_nearest_to_the_bad_is_taken() -> None:
    assert find_least_cut({(0, 1), (1, 2), (2, 3)}, {3}, set(), set()) == frozenset({(2, 3)})


def test_a_way_to_the_end_is_kept_though_another_cut_is_smaller() -> None:
    arrows = {(0, 1), (1, 2), (1, 3), (3, 2), (3, 4)}  # to 2, which is bad, two arrows lead, and one from 0
    assert find_least_cut(arrows, {2}, {4}, set()) == frozenset({(1, 2), (3, 2)})
    assert find_least_cut(arrows, {2}, set(), set()) == frozenset({(0, 1)})


@pytest.mark.parametrize("bad", [{0}, {0, 1}])
def test_no_cut_where_the_start_is_bad(bad: set[int]) -> None:
    assert find_least_cut({(0, 1)}, bad, {1}, set()) is None
