"""Who can call whom: the hops of all declared requests as a graph, and the walks over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from ...model.deployment import OBTAINING, Deployment, Hop, Request, Source

Hops = tuple[Hop, ...]
"""A path: the hops of a request, declared or not."""


class CallGraph:
    """The hops that a deployment declares, to be walked in any order that the stack allows.

    A path begins at a root (the client or worker of some declared request); each of its hops is of a
    declared kind (what a hop says, but for `using`), and its consumer is on the stack: called earlier
    in the path, and not answered. A hop is `using` what the declared hops of its kind are using, all
    together, as far as the path has obtained it by then. A client is always on the stack, so that a
    path is also a journey: requests of one client one after the other, with what they carry along.

    `kinds` are the hops that a path can be made of, each `using` all that its kind ever does.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        using: dict[Hop, dict[Source, None]] = {}
        for request in deployment.requests:
            for hop in request.hops:
                using.setdefault(kind_of(hop), {}).update(dict.fromkeys(hop.using))
        self.kinds: Hops = tuple(replace(kind, using=tuple(sources)) for kind, sources in using.items())
        self._following: dict[frozenset[str], list[Hop]] = {}
        self.roots = tuple(dict.fromkeys(request.root for request in deployment.requests))

    def extensions(self, hops: Hops) -> list[Hop]:
        """The hops that can follow the path, in the order of the file."""
        stack = frozenset(find_stack(hops) if hops else self.roots)
        if stack not in self._following:
            self._following[stack] = [kind for kind in self.kinds if kind.consumer in stack]
        return [
            replace(kind, using=list_obtained(hops, kind.using)) if kind.using else kind
            for kind in self._following[stack]
        ]

    def count(self, most_hops: int) -> int:
        """How many paths of 1 to `most_hops` hops there are."""
        kinds_of: dict[str, list[Hop]] = {}
        for kind in self.kinds:
            kinds_of.setdefault(kind.consumer, []).append(kind)

        @cache
        def below(stack: tuple[str, ...], left: int) -> int:
            if left == 0:
                return 0
            total = 0
            for caller in dict.fromkeys(stack):
                kept = _return_to(stack, caller)
                for kind in kinds_of.get(caller, ()):
                    total += 1 + below((*kept, kind.provider) if kind.verb.is_call else kept, left - 1)
            return total

        return sum(below((root,), most_hops) for root in self.roots)


def name_all_sources(graph: CallGraph) -> Deployment:
    """The deployment with all contracts taken as named that could be so for some path (paragraph 73 of
    docs/semantics.md): from which a hop on a changed one may have what it is using."""
    deployment = graph.deployment
    everything = Request("every hop, after every other", (*graph.kinds, *graph.kinds))
    grown = replace(deployment, requests=(*deployment.requests, everything))
    return replace(deployment, changes=grown.changes)


def count_hops_to(kinds: Iterable[Hop], ends: Iterable[str]) -> dict[str, int]:
    """By component, the hops that a path needs, once it is on the stack, to have one that one of the `ends`
    makes; who leads to none is missing."""
    callers: dict[str, list[str]] = {}
    for kind in kinds:
        if kind.verb.is_call:
            callers.setdefault(kind.provider, []).append(kind.consumer)
    found = dict.fromkeys(ends, 1)
    row = list(found)
    for component in row:  # grows: breadth first
        for caller in callers.get(component, ()):
            if caller not in found:
                found[caller] = found[component] + 1
                row.append(caller)
    return found


@cache
def kind_of(hop: Hop) -> Hop:
    """What makes two hops one, wherever they are declared: all but what they are using."""
    return replace(hop, using=(), place=None)


def find_stack(hops: Hops) -> tuple[str, ...]:
    """Who has not answered after the path's last hop, outermost first."""
    stack: tuple[str, ...] = (hops[0].consumer,)
    for hop in hops:
        stack = _return_to(stack, hop.consumer)
        if hop.verb.is_call:
            stack = (*stack, hop.provider)
    return stack


def _return_to(stack: tuple[str, ...], caller: str) -> tuple[str, ...]:
    """The stack once all below the innermost frame of the caller have answered."""
    depth = len(stack) - stack[::-1].index(caller)
    return stack[:depth]


def obtains(hop: Hop) -> bool:
    """Whether a later hop can be using what this one has got."""
    return hop.verb in OBTAINING


def list_obtained(hops: Hops, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """Those of the sources that the path has obtained."""
    contracts = [hop.contract for hop in hops if obtains(hop)]
    return tuple(source for source in sources if any(source.names(contract) for contract in contracts))


def list_walks(graph: CallGraph, most_hops: int) -> Iterator[Hops]:
    """All paths of up to `most_hops` hops, the shorter ones first."""
    shorter: list[Hops] = [()]
    for _ in range(most_hops):
        shorter = [(*hops, hop) for hops in shorter for hop in graph.extensions(hops)]
        yield from shorter
