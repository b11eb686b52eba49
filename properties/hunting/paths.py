"""Request paths over the call graph: what the declared hops allow, declared or not."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ...model.deployment import Deployment, Hop, Request
from .call_graph import CallGraph, Hops
from .essence import Essences

LeadsOn = Callable[[Hops, int], bool]
"""Whether it can come to something that the path ends here, or goes on for so many hops at most."""


def request_paths(
    deployment: Deployment, *, min_hops: int = 1, max_hops: int = 8, name: str = "path"
) -> SearchStrategy[Request]:
    """Walks over the hops of all declared requests, recombined; each is a request of that `name`.

    What a path is: `CallGraph`. Shrinks to the fewest hops, and among those to the hops that are
    declared first.
    """
    paths = _walks(CallGraph(deployment), min_hops, max_hops)
    return paths.map(lambda hops: Request(name, hops))


def essential_paths(
    essences: Essences,
    *,
    min_hops: int = 1,
    max_hops: int = 8,
    leads_on: LeadsOn = lambda _hops, _left: True,
) -> SearchStrategy[Hops]:
    """Walks of whose hops each is needed by a later one, or could be by the next; and that go where
    `leads_on` says that so many hops more can come to something."""
    return _walks(essences.graph, min_hops, max_hops, essences, leads_on)


@st.composite
def _walks(
    draw: DrawFn,
    graph: CallGraph,
    min_hops: int,
    max_hops: int,
    essences: Essences | None = None,
    leads_on: LeadsOn | None = None,
) -> Hops:
    hops: Hops = ()
    while len(hops) < max_hops:
        choices = _choices(graph, hops, essences, leads_on, max_hops - len(hops) - 1)
        enough = len(hops) >= min_hops
        if not choices or (enough and draw(st.integers(0, 7)) == 0):  # 0 is what it shrinks to: stop
            break
        hops = (*hops, choices[draw(st.integers(0, len(choices) - 1))])
    return hops


def _choices(
    graph: CallGraph, hops: Hops, essences: Essences | None, leads_on: LeadsOn | None, left: int
) -> list[Hop]:
    longer = [(*hops, hop) for hop in graph.extensions(hops)]
    if leads_on is not None:
        longer = [path for path in longer if leads_on(path, left)]
    if essences is not None and hops:
        longer = [path for path in longer if essences.can_become_essential(path)]
    return [path[-1] for path in longer]
