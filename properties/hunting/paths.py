"""Request paths over the call graph: what the declared hops allow, declared or not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ...model.deployment import Deployment, Request
from .call_graph import CallGraph, Hops

LeadsOn = Callable[[Hops, int], bool]
"""Whether it can come to something that the path ends here, or goes on for so many hops at most."""


def request_paths(
    deployment: Deployment, *, min_hops: int = 1, max_hops: int = 8, name: str = "path"
) -> SearchStrategy[Request]:
    """Walks over the hops of all declared requests, recombined; each is a request of that `name`.

    What a path is: `CallGraph`. Shrinks to the fewest hops, and among those to the hops that are
    declared first.
    """
    paths = promising_paths(CallGraph(deployment), min_hops=min_hops, max_hops=max_hops)
    return paths.map(lambda hops: Request(name, hops))


def promising_paths(
    graph: CallGraph, *, min_hops: int, max_hops: int, leads_on: LeadsOn = lambda _hops, _left: True
) -> SearchStrategy[Hops]:
    """Walks that go only where `leads_on` says that so many hops more can come to something."""

    @cache
    def list_longer(hops: Hops) -> list[Hops]:
        longer = ((*hops, hop) for hop in graph.extensions(hops))
        return [path for path in longer if leads_on(path, max_hops - len(path))]

    return _walks(list_longer, min_hops, max_hops)


@st.composite
def _walks(draw: DrawFn, list_longer: Callable[[Hops], list[Hops]], min_hops: int, max_hops: int) -> Hops:
    hops: Hops = ()
    while len(hops) < max_hops:
        choices = list_longer(hops)
        enough = len(hops) >= min_hops
        if not choices or (enough and draw(st.integers(0, 7)) == 0):  # 0 is what it shrinks to: stop
            break
        hops = choices[draw(st.integers(0, len(choices) - 1))]
    return hops
