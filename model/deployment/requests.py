"""Requests: paths of hops, and what each hop does at its provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from enum import StrEnum
from typing import NamedTuple, assert_never

from ..frozen import dataclass
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
        """The kinds of components at which it is done."""
        return _TRAITS[self].providers

    @property
    def written(self) -> Verb:
        """As a file has it: what is passed on to a broker is forwarded."""
        return Verb.FORWARDS if self is Verb.RELAYS else self

    @property
    def is_call(self) -> bool:
        """The provider is an instance that is picked, and held until it answers."""
        return _TRAITS[self].is_call

    @property
    def finds_content(self) -> bool:
        """It takes one of the forms that lie there."""
        return _TRAITS[self].finds_content

    @property
    def leaves_content(self) -> bool:
        """It leaves data in the form of its caller."""
        return _TRAITS[self].leaves_content


class _Traits(NamedTuple):
    """What is so of a verb, as its properties say."""

    providers: frozenset[Kind]
    is_call: bool = False
    finds_content: bool = False
    leaves_content: bool = False


def _list_traits(verb: Verb) -> _Traits:
    """The one place where a new verb says what it is."""
    match verb:
        case Verb.CALLS:
            return _Traits(frozenset({Kind.SERVICE, Kind.WORKER, Kind.CLIENT}), is_call=True)
        case Verb.FORWARDS:
            return _Traits(frozenset({Kind.SERVICE, Kind.WORKER}), is_call=True)
        case Verb.RELAYS:
            return _Traits(frozenset({Kind.BROKER}))
        case Verb.READS:
            return _Traits(frozenset({Kind.DATABASE, Kind.CACHE}), finds_content=True)
        case Verb.CONSUMES:
            return _Traits(frozenset({Kind.BROKER}), finds_content=True)
        case Verb.WRITES:
            return _Traits(frozenset({Kind.DATABASE, Kind.CACHE}), leaves_content=True)
        case Verb.PUBLISHES:
            return _Traits(frozenset({Kind.BROKER}), leaves_content=True)
        case _:
            assert_never(verb)


_TRAITS = {verb: _list_traits(verb) for verb in Verb}

OBTAINING = frozenset(verb for verb in Verb if verb.is_call or verb.finds_content)
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


LEADER = "leader"
"""Behind a component of a hop: of its instances the one that leads."""

_ENDS = frozenset({"using", "since", "until"})
"""The words that can follow the subject of a hop."""


@dataclass(frozen=True, slots=True)
class Hop:
    """`consumer VERB provider: subject [using source …] [since V] [until V]`.

    Callers older than `since` or newer than `until` pass the hop over. `by_leader`: it is the leader of the
    consumer that runs it (`consumer leader VERB …`); `to_leader`: the call goes to the provider's leader.
    """

    consumer: str
    verb: Verb
    provider: str
    subject: str
    using: tuple[Source, ...] = ()
    place: Place | None = field(default=None, compare=False)
    since: str | None = None
    until: str | None = None
    by_leader: bool = False
    to_leader: bool = False

    @property
    def head(self) -> str:
        """What stands before the colon."""
        by, to = (f" {LEADER}" if leads else "" for leads in (self.by_leader, self.to_leader))
        return f"{self.consumer}{by} {self.verb.written} {self.provider}{to}"

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
        return f"{self.head}: {subject}{using}{since}{until}"


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
