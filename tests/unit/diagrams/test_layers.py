"""Layers of a graph, without laying it out."""

from __future__ import annotations

from skewproof.diagrams.layers import measure_layers


def test_a_chain_is_all_layers_and_a_star_is_two() -> None:
    assert measure_layers("abcd", [("a", "b"), ("b", "c"), ("c", "d")]) == (4, 1)
    assert measure_layers("abcd", [("a", "b"), ("a", "c"), ("a", "d")]) == (2, 3)


def test_who_is_reached_by_two_ways_stands_behind_the_longer() -> None:
    assert measure_layers("abc", [("a", "b"), ("b", "c"), ("a", "c")]) == (3, 1)


def test_a_circle_shares_a_layer() -> None:
    assert measure_layers("abcd", [("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")]) == (3, 2)


def test_nothing_and_what_stands_alone() -> None:
    assert measure_layers("", []) == (0, 0)
    assert measure_layers("ab", []) == (1, 2)
