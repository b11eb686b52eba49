"""Requests: paths of hops, and what each hop does at its provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ..names import Contract, Place, in_quotes
from .components import Kind


class Verb(StrEnum):
    """What one hop of a request does at its provider."""

    CALLS = "calls"
    FORWARDS = "forwards"
    READS = "reads"
    WRITES = "writes"
    PUBLISHES = "publishes"
    CONSUMES = "consumes"
    RELAYS = "relays"
    """`forwards` at a broker: the message goes on as it was obtained."""

    @property
    def providers(self) -> frozenset[Kind]:
        return _PROVIDERS[self]

    @property
    def is_call(self) -> bool:
        """The provider is an instance that is picked, and held until it answers."""
        return self in (Verb.CALLS, Verb.FORWARDS)

    @property
    def finds_content(self) -> bool:
        return self in (Verb.READS, Verb.CONSUMES)

    @property
    def leaves_content(self) -> bool:
        """It leaves data in the form of its caller."""
        return self in (Verb.WRITES, Verb.PUBLISHES)


_PROVIDERS: dict[Verb, frozenset[Kind]] = {
    Verb.CALLS: frozenset({Kind.SERVICE, Kind.WORKER, Kind.CLIENT}),
    Verb.FORWARDS: frozenset({Kind.SERVICE, Kind.WORKER}),
    Verb.RELAYS: frozenset({Kind.BROKER}),
    Verb.READS: frozenset({Kind.DATABASE, Kind.CACHE}),
    Verb.WRITES: frozenset({Kind.DATABASE, Kind.CACHE}),
    Verb.PUBLISHES: frozenset({Kind.BROKER}),
    Verb.CONSUMES: frozenset({Kind.BROKER}),
}


OBTAINING = frozenset({Verb.CALLS, Verb.FORWARDS, Verb.READS, Verb.CONSUMES})
"""The verbs after which a request holds data on the subject."""


@dataclass(frozen=True, slots=True)
class Source:
    """Something that a hop is `using`: a subject, of one provider or of all (`provider is None`)."""

    subject: str
    provider: str | None = None

    def __str__(self) -> str:
        subject = in_quotes(self.subject)
        return f"{self.provider}/{subject}" if self.provider else subject

    def names(self, contract: Contract) -> bool:
        return self.subject == contract.subject and self.provider in (None, contract.provider)


_ENDS = frozenset({"using", "since", "until"})
"""The words that can follow the subject of a hop."""


@dataclass(frozen=True, slots=True)
class Hop:
    """`consumer VERB provider: subject [using source …] [since V] [until V]`.

    Callers older than `since` or newer than `until` pass the hop over.
    """

    consumer: str
    verb: Verb
    provider: str
    subject: str
    using: tuple[Source, ...] = ()
    place: Place | None = field(default=None, compare=False)
    since: str | None = None
    until: str | None = None

    @property
    def contract(self) -> Contract:
        return Contract(self.provider, self.subject)

    def __str__(self) -> str:
        using = f" using {' '.join(map(str, self.using))}" if self.using else ""
        since = f" since {self.since}" if self.since else ""
        until = f" until {self.until}" if self.until else ""
        # What would end a subject, or be lost between its words, must stand in quotes.
        ends = " ".join(self.subject.split()) != self.subject or {*self.subject.split()[1:]} & _ENDS
        subject = f'"{self.subject}"' if ends else self.subject
        return f"{self.consumer} {self.verb} {self.provider}: {subject}{using}{since}{until}"


@dataclass(frozen=True, slots=True)
class Request:
    """A path of hops; `hops[0].consumer` is the client or worker that starts it."""

    name: str
    hops: tuple[Hop, ...]
    place: Place | None = field(default=None, compare=False)

    @property
    def root(self) -> str:
        return self.hops[0].consumer


def list_obtained(hops: Sequence[Hop], number: int) -> list[Contract]:
    """The contracts from which hop `number` (from 1) has what it is using, in the order of its request."""
    using = hops[number - 1].using
    if not using:  # nearly always; what follows looks at every earlier hop
        return []
    earlier = dict.fromkeys(hop.contract for hop in hops[: number - 1] if hop.verb in OBTAINING)
    return [contract for contract in earlier if any(source.names(contract) for source in using)]
