"""Request paths over the call graph: what the declared hops allow, declared or not."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ...model.deployment import Deployment, Hop, Request
from .call_graph import CallGraph, Hops
from .essence import Essences


def request_paths(
    deployment: Deployment, *, min_hops: int = 1, max_hops: int = 8, name: str = "path"
) -> SearchStrategy[Request]:
    """Walks over the hops of all declared requests, recombined; each is a request of that `name`.

    What a path is: `CallGraph`. Shrinks to the fewest hops, and among those to the hops that are
    declared first.
    """
    paths = _walks(CallGraph(deployment), min_hops, max_hops, None)
    return paths.map(lambda hops: Request(name, hops))


def essential_paths(essences: Essences, *, min_hops: int = 1, max_hops: int = 8) -> SearchStrategy[Hops]:
    """Walks of whose hops each is needed by a later one, or could be by the next."""
    return _walks(essences.graph, min_hops, max_hops, essences)


@st.composite
def _walks(draw: DrawFn, graph: CallGraph, min_hops: int, max_hops: int, essences: Essences | None) -> Hops:
    hops: Hops = ()
    while len(hops) < max_hops:
        choices = _choices(graph, hops, essences)
        enough = len(hops) >= min_hops
        if not choices or (enough and draw(st.integers(0, 7)) == 0):  # 0 is what it shrinks to: stop
            break
        hops = (*hops, choices[draw(st.integers(0, len(choices) - 1))])
    return hops


def _choices(graph: CallGraph, hops: Hops, essences: Essences | None) -> list[Hop]:
    extensions = graph.extensions(hops)
    if essences is None or not hops:
        return extensions
    return [hop for hop in extensions if essences.can_become_essential((*hops, hop))]
