"""How a graph would lie in layers, found without laying it out."""

from __future__ import annotations

from collections.abc import Iterable

Arrow = tuple[str, str]
"""Two nodes: from, to."""


def measure_layers(nodes: Iterable[str], arrows: Iterable[Arrow]) -> tuple[int, int]:
    """So many layers, and so many nodes in the fullest, where each node stands behind all that lead to it.

    Nodes in a circle share a layer.

    >>> measure_layers("abcd", [("a", "b"), ("b", "c"), ("b", "d")])
    (3, 2)
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(arrows)
    circles = nx.condensation(graph)
    sizes = [
        sum(len(circles.nodes[one]["members"]) for one in layer)
        for layer in nx.topological_generations(circles)
    ]
    return len(sizes), max(sizes, default=0)
