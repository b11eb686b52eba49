"""What stands between the start of a graph and its bad nodes: dominators, and the least cut.

Nodes are numbers, 0 is where runs begin. The other door to networkx in this room is `layers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from ..model.kernel.graph import find_leading_to

Arrow = tuple[int, int]


def find_dominators(arrows: Iterable[Arrow], bad: Set[int]) -> frozenset[int]:
    """What every path from the start to any bad node passes, by a node put behind all bad ones; empty
    where no path leads to one. (Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm", 2001.)
    """
    import networkx as nx

    sink = -1
    graph: nx.DiGraph[int] = nx.DiGraph([*arrows, *((node, sink) for node in bad)])
    graph.add_node(0)
    above, passed = nx.immediate_dominators(graph, 0), []
    here = above.get(sink)
    while here is not None:
        passed.append(here)
        here = above[here] if here != 0 else None
    return frozenset(passed)


def find_least_cut(
    arrows: Set[Arrow], bad: Set[int], complete: Set[int], fixed: Set[Arrow]
) -> frozenset[Arrow] | None:
    """The fewest arrows without which no path leads from the start to a bad node; none of them is `fixed`.

    Of all such cuts first one that leaves a way to a complete node, if such a way passes no bad one: then
    no arrow is cut that stays on the safe side, between nodes from which the end can still be reached. Of
    equally small ones that which is nearest to the bad nodes: there is but one. None if every cut needs a
    fixed arrow, or the start is bad. (Maximum flow; Ford and Fulkerson, 1956.)
    """
    safe = find_leading_to(
        complete - bad, {(here, there) for here, there in arrows if not {here, there} & bad}
    )
    if 0 in safe:
        inside = {(here, there) for here, there in arrows if here in safe and there in safe}
        found = _cut(arrows, bad, fixed | inside)
        if found is not None:
            return found
    return _cut(arrows, bad, fixed)


def _cut(arrows: Set[Arrow], bad: Set[int], fixed: Set[Arrow]) -> frozenset[Arrow] | None:
    """networkx takes an arrow without a capacity for one of any capacity, and of the least cuts gives the
    one nearest to the sink."""
    import networkx as nx

    sink = -1
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_node(0)
    graph.add_edges_from(fixed & arrows)
    graph.add_edges_from(arrows - fixed, capacity=1)
    graph.add_edges_from((node, sink) for node in bad)
    graph.add_node(sink)
    try:
        _, (here, there) = nx.minimum_cut(graph, 0, sink)
    except nx.NetworkXUnbounded:
        return None
    return frozenset((start, end) for start, end in arrows if start in here and end in there)
