"""What a deployment file says, as frozen values: the abstract syntax of the language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .formula import Property


class Kind(StrEnum):
    """What a component is; decides which verbs and actions fit it."""

    SERVICE = "service"
    WORKER = "worker"
    CLIENT = "client"
    DATABASE = "database"
    CACHE = "cache"
    BROKER = "broker"

    @property
    def has_instances(self) -> bool:
        return self in (Kind.SERVICE, Kind.WORKER, Kind.CLIENT)

    @property
    def has_schema(self) -> bool:
        """Databases have a schema, brokers a configuration; both have a version of their own."""
        return self in (Kind.DATABASE, Kind.BROKER)


class Verb(StrEnum):
    """What one hop of a request does at its provider."""

    CALLS = "calls"
    FORWARDS = "forwards"
    READS = "reads"
    WRITES = "writes"
    PUBLISHES = "publishes"
    CONSUMES = "consumes"

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
        return self in (Verb.WRITES, Verb.PUBLISHES)


_PROVIDERS: dict[Verb, frozenset[Kind]] = {
    Verb.CALLS: frozenset({Kind.SERVICE, Kind.WORKER, Kind.CLIENT}),
    Verb.FORWARDS: frozenset({Kind.SERVICE, Kind.WORKER}),
    Verb.READS: frozenset({Kind.DATABASE, Kind.CACHE}),
    Verb.WRITES: frozenset({Kind.DATABASE, Kind.CACHE}),
    Verb.PUBLISHES: frozenset({Kind.BROKER}),
    Verb.CONSUMES: frozenset({Kind.BROKER}),
}


class Instruction(StrEnum):
    """The verb of an action of the pipeline."""

    DEPLOY = "deploy"
    MIGRATE = "migrate"
    RECONFIGURE = "reconfigure"
    SYNC = "sync"
    BACKFILL = "backfill"
    PURGE = "purge"
    DRAIN = "drain"
    SUSPEND = "suspend"
    RESUME = "resume"
    ENABLE = "enable"
    DISABLE = "disable"
    AWAIT = "await"


class Aspect(StrEnum):
    """What of a hop is held against a contract's `breaks`."""

    CALL = "call"
    SCHEMA = "schema"
    CONTENT = "content"
    TOKEN = "token"  # noqa: S105 - an aspect, not a password


class Severity(StrEnum):
    """How bad a broken pair is, worst first."""

    CORRUPTION = "corruption"
    ERROR = "error"
    DEGRADED = "degraded"


class Place(NamedTuple):
    """Where something stands in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Contract(NamedTuple):
    """The agreement for one subject at one provider."""

    provider: str
    subject: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.subject}"


Pair = tuple[str, str]
"""Versions, consumer first: `("V1", "V2")` is written `V1 -> V2`."""


@dataclass(frozen=True, slots=True)
class Component:
    """One part of the application; counts are instances, already resolved from percentages."""

    name: str
    kind: Kind
    replicas: int = 1
    max_surge: int = 1
    max_unavailable: int = 0
    image: str | None = None
    min_available: int = 0
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Source:
    """Something that a hop is `using`: a subject, of one provider or of all (`provider is None`)."""

    subject: str
    provider: str | None = None

    def __str__(self) -> str:
        return f"{self.provider}/{self.subject}" if self.provider else self.subject

    def names(self, contract: Contract) -> bool:
        return self.subject == contract.subject and self.provider in (None, contract.provider)


@dataclass(frozen=True, slots=True)
class Hop:
    """`consumer VERB provider: subject [using source …]`."""

    consumer: str
    verb: Verb
    provider: str
    subject: str
    using: tuple[Source, ...] = ()
    place: Place | None = field(default=None, compare=False)

    @property
    def contract(self) -> Contract:
        return Contract(self.provider, self.subject)

    def __str__(self) -> str:
        using = f" using {' '.join(map(str, self.using))}" if self.using else ""
        return f"{self.consumer} {self.verb} {self.provider}: {self.subject}{using}"


@dataclass(frozen=True, slots=True)
class Request:
    """A path of hops; `hops[0].consumer` is the client or worker that starts it."""

    name: str
    hops: tuple[Hop, ...]
    place: Place | None = field(default=None, compare=False)

    @property
    def root(self) -> str:
        return self.hops[0].consumer


@dataclass(frozen=True, slots=True)
class Target:
    """What an action names: a component or flag, or one contract of a component."""

    name: str
    subject: str | None = None

    def __str__(self) -> str:
        return self.name if self.subject is None else f"{self.name}/{self.subject}"


@dataclass(frozen=True, slots=True)
class Action:
    """One instruction of a step; `background` means that it was written with `start`."""

    instruction: Instruction
    targets: tuple[Target, ...]
    background: bool = False
    place: Place | None = field(default=None, compare=False)

    def __str__(self) -> str:
        start = "start " if self.background else ""
        return f"{start}{self.instruction} {' '.join(map(str, self.targets))}"


@dataclass(frozen=True, slots=True)
class Step:
    """A named stage of the pipeline; its actions follow each other."""

    name: str
    actions: tuple[Action, ...] = ()
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """What the release does to one contract.

    `breaks` maps an aspect to the pairs that break in it; an aspect that is missing breaks for no pair.
    """

    contract: Contract
    breaks: Mapping[Aspect, frozenset[Pair]] = field(default_factory=dict)
    severity: Severity = Severity.ERROR
    rows_kept: bool = False
    note: str | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Flag:
    """A feature flag; off at the start."""

    name: str
    guards: frozenset[Contract]
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Deployment:
    """A whole deployment file, checked: every name is known and every verb fits.

    `changes is None` means that nothing was given to judge. Wildcards (`zed/*`) are expanded.
    """

    system: str
    versions: tuple[str, ...]
    components: Mapping[str, Component]
    requests: tuple[Request, ...]
    pipeline: tuple[Step, ...]
    changes: Mapping[Contract, Change] | None = None
    flags: tuple[Flag, ...] = ()
    max_span: int | None = None
    release: str | None = None
    file: str = ""
    properties: tuple[Property, ...] = ()

    @cached_property
    def contracts(self) -> tuple[Contract, ...]:
        """Every contract that a hop meets, in the order of the file."""
        hops = (hop for request in self.requests for hop in request.hops)
        return tuple(dict.fromkeys(hop.contract for hop in hops))

    @cached_property
    def flag_of(self) -> Mapping[Contract, str]:
        """The flag that guards a contract; contracts without one are missing."""
        return {contract: flag.name for flag in self.flags for contract in flag.guards}

    def pessimistic(self) -> Deployment:
        """The same deployment with every contract that no change names broken both ways."""
        both = frozenset((x, y) for x in self.versions for y in self.versions if x != y)
        named = dict(self.changes or {})
        for contract in self.contracts:
            named.setdefault(contract, Change(contract, dict.fromkeys(Aspect, both)))
        return replace(self, changes=named)
