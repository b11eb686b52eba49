"""The one walk over graphs, held against networkx and by hand."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewproof.model.kernel.graph import (
    Routes,
    find_cheapest,
    find_leading_to,
    find_onward,
    find_reachable,
    sort_from_ends,
)

ARROWS = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20)
WEIGHTED = st.dictionaries(st.tuples(st.integers(0, 7), st.integers(0, 7)), st.integers(0, 3), max_size=20)


@given(ARROWS, st.sets(st.integers(0, 7), max_size=2), st.booleans())
def test_what_is_reached_is_what_paths_lead_to(
    arrows: set[tuple[int, int]], starts: set[int], deepest_first: bool
) -> None:
    graph: nx.DiGraph[int] = nx.DiGraph(arrows)
    graph.add_nodes_from(starts)
    found = list(find_reachable(starts, graph.successors, deepest_first=deepest_first))
    assert len(found) == len(set(found))
    assert set(found) == starts.union(*(nx.descendants(graph, start) for start in starts))


def test_breadth_first_comes_by_distance() -> None:
    chain: nx.DiGraph[int] = nx.DiGraph([(0, 1), (0, 2), (1, 3), (2, 4), (3, 5)])
    assert list(find_reachable([0], chain.successors)) == [0, 1, 2, 3, 4, 5]
    assert list(find_reachable([0], chain.successors, deepest_first=True)) == [0, 2, 4, 1, 3, 5]


@given(ARROWS, st.sets(st.integers(0, 7), max_size=2))
def test_what_is_found_onward_is_what_is_reached(arrows: set[tuple[int, int]], starts: set[int]) -> None:
    graph: nx.DiGraph[int] = nx.DiGraph(arrows)
    graph.add_nodes_from(starts)
    found = list(find_onward(sorted(starts), graph.successors))
    assert len(found) == len(set(found))
    assert set(found) == set(find_reachable(starts, graph.successors))
    if len(starts) == 1:
        assert found == list(nx.dfs_preorder_nodes(graph, *starts))


def test_what_branches_off_on_the_way_onward_is_not_looked_at() -> None:
    asked = []

    def successors(number: int) -> Iterator[int]:
        for there in (number + 1, number + 100):
            asked.append(there)
            yield there

    assert any(number == 5 for number in find_onward([0], successors))
    assert asked == [1, 2, 3, 4, 5]


def test_who_stops_asking_stops_the_walk() -> None:
    def endless(number: int) -> Iterator[int]:
        yield number + 1

    assert any(number == 1000 for number in find_reachable([0], endless))


@given(ARROWS, st.sets(st.integers(0, 7), max_size=2))
def test_what_comes_to_a_goal_is_what_reaches_it(arrows: set[tuple[int, int]], goals: set[int]) -> None:
    graph: nx.DiGraph[int] = nx.DiGraph(arrows)
    graph.add_nodes_from(goals)
    assert find_leading_to(goals, arrows) == goals.union(*(nx.ancestors(graph, goal) for goal in goals))


@given(WEIGHTED)
def test_the_cheapest_ways_are_those_of_networkx(weights: dict[tuple[int, int], int]) -> None:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_node(0)
    graph.add_weighted_edges_from((here, there, weight) for (here, there), weight in weights.items())
    known = nx.single_source_dijkstra_path_length(graph, 0)

    def onward(here: int) -> Iterator[tuple[int, str, int]]:
        return ((weights[here, there], f"{here}-{there}", there) for there in graph.successors(here))

    routes = find_cheapest({0: 0}, onward)
    assert routes.cost == known
    for node, cost in known.items():
        path, here = routes.path(node), 0
        assert sum(weights[int(label[0]), there] for label, there in path) == cost
        for label, there in path:
            assert label == f"{here}-{there}"
            here = there
        assert here == node


@pytest.mark.parametrize(("goal", "end"), [(3, 3), (9, None)])
def test_the_search_stops_at_a_goal(goal: int, end: int | None) -> None:
    asked: list[int] = []

    def onward(here: int) -> Iterator[tuple[int, None, int]]:
        asked.append(here)
        if here < 5:
            yield 1, None, here + 1

    routes = find_cheapest({0: 0}, onward, is_goal=lambda node: node == goal)
    assert routes.end == end
    assert asked == ([0, 1, 2] if end else [0, 1, 2, 3, 4, 5])


def test_of_equals_the_least_rank_comes_first() -> None:
    diamond = {0: [1, 2], 1: [3], 2: [3], 3: []}
    routes = find_cheapest({0: 0}, lambda n: [(1, n, there) for there in diamond[n]], rank=lambda n: -n)
    assert routes.came[3] == (2, 2)


def test_the_start_that_costs_least_comes_first() -> None:
    starts = {"dear": 5, "cheap": 1, "dearest": 9}
    routes: Routes[str, None] = find_cheapest(starts, lambda _: (), is_goal=lambda _: True)
    assert routes.end == "cheap"


def test_what_follows_a_node_is_asked_once_also_where_a_cheaper_way_is_found_later() -> None:
    arrows = {0: [(5, 1), (1, 2)], 1: [(1, 3)], 2: [(1, 1)], 3: list[tuple[int, int]]()}
    asked: list[int] = []

    def onward(here: int) -> Iterator[tuple[int, None, int]]:
        asked.append(here)
        return ((price, None, there) for price, there in arrows[here])

    assert find_cheapest({0: 0}, onward).cost == {0: 0, 1: 2, 2: 1, 3: 3}
    assert asked == [0, 2, 1, 3]


def test_of_equals_without_a_rank_the_one_found_first_comes_first() -> None:
    found = {0: [3, 1, 2], 1: [], 2: [], 3: list[int]()}
    asked: list[int] = []

    def onward(here: int) -> Iterator[tuple[int, None, int]]:
        asked.append(here)
        return ((1, None, there) for there in found[here])

    find_cheapest({0: 0}, onward)
    assert asked == [0, 3, 1, 2]


@pytest.mark.parametrize(
    ("rows", "order"),
    [
        ([], []),
        ([[1, 1], []], [1, 0]),
        ([[1, 2], [2], []], [2, 1, 0]),
        ([[1], [2], [0], []], None),
        ([[0]], None),
    ],
)
def test_numbers_come_behind_all_that_they_lead_to(rows: list[list[int]], order: list[int] | None) -> None:
    assert sort_from_ends(rows) == order
