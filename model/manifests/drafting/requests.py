"""The requests of a draft: those of traces first, then what they do not show."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from ...deployment import Hop, Kind, Verb
from ...language.keys import ANONYMOUS as CLIENT
from ..drafted import DraftRequest, tell_origin
from ..naming import make_distinct, make_title
from ..placing import DraftHop, HopList
from ..seen import SeenRequest
from .known import Edge, KnownParts


class RequestsDrafting:
    """Requests in which each link stands once; `questions` are those that come up."""

    def __init__(self, known: KnownParts) -> None:
        self.known, self.kinds, self.edges = known, known.kinds, known.edges
        self.questions: list[str] = []
        self.names: set[str] = set()
        self.outgoing: dict[str, list[Edge]] = {}
        for edge in self.edges.values():
            self.outgoing.setdefault(edge.consumer, []).append(edge)

    def draft(self) -> Iterator[DraftRequest]:
        """Those of traces, with what else is known of who takes part in them; then what they do not show."""
        traced = [one for request in self.known.seen.requests for one in self._traced(request)]
        lists = [HopList(one.name, list(one.hops)) for one in traced]
        covered = {(one.hop.consumer, one.hop.provider) for hops in lists for one in hops.hops}
        self._add_linked(lists, covered)
        yield from (replace(one, hops=tuple(hops.hops)) for one, hops in zip(traced, lists, strict=True))
        left = [edge for key, edge in self.edges.items() if key not in covered]
        self.outgoing = {}
        for edge in left:
            self.outgoing.setdefault(edge.consumer, []).append(edge)
        reached = {name for key in covered for name in key}
        yield from self._linked({name for name in reached if name not in self.outgoing})

    def _add_linked(self, lists: list[HopList], covered: set[tuple[str, str]]) -> None:
        """What links tell of those who take part in requests, and of those whom they call."""
        waiting = list(dict.fromkeys(one.hop.provider for hops in lists for one in hops.hops))
        known = set(waiting)
        for consumer in waiting:  # grows while it is walked
            for edge in self.outgoing.get(consumer, ()):
                key = edge.consumer, edge.provider
                if key not in covered and any(one.add(consumer, self.known.hops(edge)) for one in lists):
                    covered.add(key)
                    waiting += [edge.provider] if edge.provider not in known else []
                    known.add(edge.provider)

    def _traced(self, request: SeenRequest) -> Iterator[DraftRequest]:
        """A request of traces, without hops that do not fit what somebody settled."""
        hops = [
            Hop(hop.consumer, hop.verb, hop.provider, hop.subject)
            for hop in request.hops
            if self.kinds[hop.provider] in hop.verb.providers
            and (hop.consumer == CLIENT or self.kinds[hop.consumer].has_instances)
        ]
        if not hops:
            return
        if self.kinds.get(hops[0].consumer) is Kind.SERVICE:
            hops.insert(0, Hop(CLIENT, Verb.CALLS, hops[0].consumer, request.name))
        comment = tell_origin(request.origin)
        drafted = tuple(DraftHop(hop, "" if number else comment) for number, hop in enumerate(hops))
        name = make_distinct(make_title(request.name), self.names)
        yield DraftRequest(name, drafted, request.notes)

    def _linked(self, expanded: set[str]) -> Iterator[DraftRequest]:
        """A request for each who starts some, each link once: a hop that stands in one is judged by it."""
        for request in self._walked(expanded):
            yield replace(request, name=make_distinct(request.name, self.names))

    def _walked(self, expanded: set[str]) -> Iterator[DraftRequest]:
        for edge in self.outgoing.get(CLIENT, ()):
            yield DraftRequest(edge.provider, tuple(self._walk([edge], expanded)))
        for name, kind in self.kinds.items():
            if kind is Kind.WORKER and name in self.outgoing and name not in expanded:
                expanded.add(name)
                yield DraftRequest(name, tuple(self._walk(self._of(name), expanded)))
        for name in self._not_reached(expanded):
            if name in expanded:
                continue
            self.questions.append(f"Nothing tells who calls {name}; it is taken to be called from outside.")
            guess = Edge(CLIENT, name)
            yield DraftRequest(name, tuple(self._walk([guess], expanded)))

    def _not_reached(self, expanded: set[str]) -> list[str]:
        """Services that no request has come to, those that nobody calls first; where there is no hop at all,
        anything."""
        services = [
            name for name, kind in self.kinds.items() if kind is Kind.SERVICE and name not in expanded
        ]
        roots = [name for name in services if name not in self.known.callers]
        if not services and not expanded:
            return [name for name, kind in self.kinds.items() if kind is Kind.WORKER][:1]
        return [*roots, *services]

    def _of(self, consumer: str) -> list[Edge]:
        """What somebody does, in the order of the manifests; a job begins with what it consumes."""
        edges = self.outgoing.get(consumer, [])
        return sorted(edges, key=lambda edge: not self._consumes(edge))

    def _consumes(self, edge: Edge) -> bool:
        return self.kinds[edge.provider] is Kind.BROKER and Verb.CONSUMES in self.known.verbs(edge)

    def _walk(self, edges: list[Edge], expanded: set[str]) -> Iterator[DraftHop]:
        """The hops of edges and of all below them, callers before those that they call."""
        waiting = edges[::-1]
        while waiting:
            edge = waiting.pop()
            yield from self.known.hops(edge)
            if self.kinds[edge.provider].has_instances and edge.provider not in expanded:
                expanded.add(edge.provider)
                waiting += self._of(edge.provider)[::-1]
