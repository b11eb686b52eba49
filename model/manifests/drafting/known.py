"""What the manifests tell of components: their kinds, who uses whom, and by which verbs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from msgspec.structs import replace

from ...deployment import Hop, Kind, Verb
from ...language.keys import ANONYMOUS as CLIENT
from ..drafted import tell_origin
from ..placing import DraftHop
from ..seen import Basis, Link, SeenParts, SeenStep, SeenUnit

MAX_ORIGINS = 3
"""Of one hop; the rest is counted."""


@dataclass(slots=True)
class Edge:
    """All that is seen of one consumer at one provider."""

    consumer: str
    provider: str
    links: list[Link] = field(default_factory=list)

    def rests_on(self, basis: Basis) -> bool:
        """Whether nothing else tells of it."""
        return all(link.basis is basis for link in self.links)


class KnownParts:
    """What was seen, with the kinds of components that somebody has settled."""

    def __init__(self, seen: SeenParts, kinds: Mapping[str, Kind]) -> None:
        settled = {name: _settle(unit, kinds.get(name, unit.kind)) for name, unit in seen.units.items()}
        self.seen = dataclasses.replace(seen, units=settled)
        self.edges = self._list_edges()
        self.callers = {edge.provider for edge in self.edges.values()}
        self.kinds = {name: unit.kind or self._kind(unit) for name, unit in settled.items()}
        self.topics = self._list_topics()

    def _list_edges(self) -> dict[tuple[str, str], Edge]:
        """Who uses whom; what a store does by itself is no hop."""
        edges: dict[tuple[str, str], Edge] = {}
        for link in self.seen.links:
            consumer, provider = self.seen.units.get(link.consumer), self.seen.units.get(link.provider)
            starts = link.consumer == CLIENT or (consumer is not None and not consumer.is_store)
            if starts and provider is not None and not (link.consumer == CLIENT and provider.is_store):
                key = link.consumer, link.provider
                edges.setdefault(key, Edge(*key)).links.append(link)
        return edges

    def _kind(self, unit: SeenUnit) -> Kind:
        """Who is called by somebody, or listens, is a service; others begin their work themselves. Who is
        seen to begin some is a worker, whoever calls it besides."""
        if any(request.hops[0].consumer == unit.name for request in self.seen.requests):
            return Kind.WORKER
        return Kind.SERVICE if unit.is_open or unit.name in self.callers else Kind.WORKER

    def _list_topics(self) -> dict[str, str]:
        """The topic of each broker of which only one is named by all who use it. It is that of all links
        there: who publishes and who consumes must meet at one contract."""
        named: dict[str, set[str]] = {}
        for edge in self.edges.values():
            if self.kinds[edge.provider] is Kind.BROKER:
                named.setdefault(edge.provider, set()).update(self.seen.topics.get(edge.consumer, ()))
        return {broker: next(iter(topics)) for broker, topics in named.items() if len(topics) == 1}

    def hops(self, edge: Edge) -> Iterator[DraftHop]:
        """A hop for each verb of an edge, with what tells of it."""
        comment = self._tell(edge)
        for number, verb in enumerate(self.verbs(edge)):
            subject = next((link.subject for link in edge.links if link.subject), None)
            subject = subject or self.topics.get(edge.provider) or _SUBJECTS[verb]
            told = comment if number == 0 else _SECOND.get(verb, "")
            yield DraftHop(Hop(edge.consumer, verb, edge.provider, subject), told)

    def verbs(self, edge: Edge) -> tuple[Verb, ...]:
        """What is done there; all that could be, where nobody tells."""
        kind = self.kinds[edge.provider]
        said = [verb for link in edge.links for verb in link.verbs if kind in verb.providers]
        if said:
            return tuple(dict.fromkeys(said))
        match kind:
            case Kind.DATABASE | Kind.CACHE:
                return (Verb.READS, Verb.WRITES)
            case Kind.BROKER:
                is_job = self.kinds.get(edge.consumer) is Kind.WORKER
                both = (Verb.CONSUMES, Verb.PUBLISHES)
                return both if is_job else both[::-1]
            case Kind.SERVICE | Kind.WORKER | Kind.CLIENT:
                return (Verb.CALLS,)
            case _:
                assert_never(kind)

    def _tell(self, edge: Edge) -> str:
        if not edge.links:
            return "nothing tells who calls it"
        told = list(dict.fromkeys(tell_origin(link.origin) for link in edge.links))
        more = f"; {len(told) - MAX_ORIGINS} more" if len(told) > MAX_ORIGINS else ""
        doubt = next((word for basis, word in _DOUBTS.items() if edge.rests_on(basis)), "")
        return "; ".join(told[:MAX_ORIGINS]) + more + doubt

    def list_steps(self) -> list[SeenStep]:
        """The steps of the pipeline, with those of the rollout in the place where it deploys."""
        steps = self.seen.steps
        at = next((index for index, step in enumerate(steps) if step.is_rollout), None)
        if at is None:
            is_told = any("deploy " in action for step in steps for action in step.actions)
            return steps if is_told else [*steps, *self.seen.rollout]
        if len(self.seen.rollout) <= 1:
            return steps
        own = replace(steps[at], is_rollout=False, then=())
        before = [own] if own.actions else []
        behind = [replace(own, actions=steps[at].then, notes=())] if steps[at].then else []
        return [*steps[:at], *before, *self.seen.rollout, *behind, *steps[at + 1 :]]


def _settle(unit: SeenUnit, kind: Kind | None) -> SeenUnit:
    """The unit with a kind that somebody has settled; a store has no instances of whom anything is said."""
    settings = unit.settings if kind is None or kind.has_instances else ()
    return replace(unit, kind=kind, settings=settings)


_SUBJECTS: Mapping[Verb, str] = {
    Verb.CALLS: "api",
    Verb.FORWARDS: "api",
    Verb.READS: "data",
    Verb.WRITES: "data",
    Verb.PUBLISHES: "messages",
    Verb.CONSUMES: "messages",
    Verb.RELAYS: "messages",
}
"""What a contract is called until somebody names it."""

_SECOND = {
    Verb.PUBLISHES: "if it publishes too",
    Verb.CONSUMES: "if it consumes too",
}
"""What is said of a verb that only could be."""

_DOUBTS = {
    Basis.POLICY: " (allowed; nothing else tells of it)",
    Basis.DEPENDENCY: " (starts after it; nothing else tells of it)",
}
