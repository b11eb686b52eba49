"""What a deployment file says, as frozen values: the abstract syntax of the language."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from .names import Contract, Place, Target, in_quotes

if TYPE_CHECKING:
    from .formula import Property
    from .predicate import Predicate


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
    ROLLBACK = "rollback"
    REVERT = "revert"
    PROMOTE = "promote"
    EXPIRE = "expire"


class Strategy(StrEnum):
    """How instances go from one version to another."""

    ROLLING = "rolling"
    RECREATE = "recreate"
    BLUE_GREEN = "blue-green"
    CANARY = "canary"


class Drain(StrEnum):
    """What becomes of a request on an instance that is retired: it is waited for, or cut off."""

    GRACEFUL = "graceful"
    ABRUPT = "abrupt"


class Route(StrEnum):
    """What ties the calls of one request to a version: nothing, its first call, what it carries."""

    NONE = "none"
    SESSION = "session"
    CARRIED = "carried"


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


Pair = tuple[str, str]
"""Versions, consumer first: `("V1", "V2")` is written `V1 -> V2`."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """A spawned instance takes calls only after an event of its own; `when` says for a version which
    predicate that event waits for (a version that is missing waits for none)."""

    when: tuple[tuple[str, Predicate], ...] = ()


@dataclass(frozen=True, slots=True)
class Component:
    """One part of the application; counts are instances, already resolved from percentages.

    `machine` names a user's own machine, `package.module:object`, that takes the strategy's place.
    `canary` is the number of instances that a canary begins with. `stays`: a client whose users stay at
    a version for ever, or update when they like. `pulls_when_ready`: a worker that takes jobs from its queue
    only on instances that take calls; others do so as soon as they run.
    """

    name: str
    kind: Kind
    replicas: int = 1
    max_surge: int = 1
    max_unavailable: int = 0
    image: str | None = None
    min_available: int = 0
    place: Place | None = field(default=None, compare=False)
    strategy: Strategy = Strategy.ROLLING
    canary: int = 1
    readiness: Readiness | None = None
    drain: Drain = Drain.GRACEFUL
    route: Route = Route.NONE
    stays: bool = False
    machine: str | None = None
    pulls_when_ready: bool = False


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


@dataclass(frozen=True, slots=True)
class Action:
    """One instruction of a step.

    `background`: written with `start`. `to` is a goal that the action names itself; `per_instance`: each
    instance takes the flag up at its own moment; `when`: it takes effect only while that holds;
    `irreversible`: no rollback may follow it. `keeps_newer`: a cleaning leaves forms newer than `to` as well,
    as one does that names no goal itself; a file cannot say that.
    """

    instruction: Instruction
    targets: tuple[Target, ...]
    background: bool = False
    place: Place | None = field(default=None, compare=False)
    to: str | None = None
    per_instance: bool = False
    when: Predicate | None = None
    irreversible: bool = False
    keeps_newer: bool = False

    def __str__(self) -> str:
        words = ["irreversible"] * self.irreversible + ["start"] * self.background
        words += [str(self.instruction), *map(str, self.targets)]
        words += ["to", self.to] if self.to else []
        words += ["per instance"] * self.per_instance
        words += ["when", str(self.when)] if self.when is not None else []
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Step:
    """A named stage of the pipeline; its actions follow each other. `release` counts from 0."""

    name: str
    actions: tuple[Action, ...] = ()
    place: Place | None = field(default=None, compare=False)
    release: int = 0


Cell = tuple[str | None, str]
"""The form of a consumer (None: who forwards) and of a provider, as a declaration names them."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is written in `changes` under one key and one aspect, or under none: it must have a meaning
    (paragraph 67 of docs/semantics.md).

    `entry` is the key, `says` what of its entry it is (`breaks schema`, `skew older`, `exists`); `aspect` is
    None of a bare one. A wildcard is one declaration, of each contract that it names.
    """

    entry: str
    says: str
    aspect: Aspect | None
    cells: frozenset[Cell]
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """What the release does to one contract.

    `breaks` maps an aspect to the pairs that break in it; an aspect that is missing breaks for no pair.
    `severities` says for single aspects what `severity` says for all. `expires`: what lies there can vanish
    at any time. `source` is the contract whose data a sync copies here. `exists` are the versions of the
    schema in which the contract is there at all (None: in each). `implied`: no change names the contract, a
    hop on a changed one is using what it got there (paragraph 73 of docs/semantics.md). `declared` is what
    the file says of it, as it is written. `starts` are the forms that lie there at the start (None: those
    that follow from the rest of the file).
    """

    contract: Contract
    breaks: Mapping[Aspect, frozenset[Pair]] = field(default_factory=dict)
    severity: Severity = Severity.ERROR
    rows_kept: bool = False
    note: str | None = None
    place: Place | None = field(default=None, compare=False)
    severities: Mapping[Aspect, Severity] = field(default_factory=dict)
    expires: bool = False
    source: Contract | None = None
    exists: frozenset[str] | None = None
    implied: bool = False
    declared: tuple[Declaration, ...] = ()
    starts: frozenset[str] | None = None

    def severity_in(self, aspect: Aspect | None) -> Severity:
        """How bad a broken pair is in the aspect; without one (nobody up, cut off) the worst."""
        if aspect is None and self.severities:
            return min(self.severities.values(), key=list(Severity).index)
        if aspect is None:
            return self.severity
        return self.severities.get(aspect, self.severity)


@dataclass(frozen=True, slots=True)
class Assumption:
    """A cell that the file says can never be met (`assume: never`); without an aspect in each."""

    text: str
    entry: str
    contracts: tuple[Contract, ...]
    aspect: Aspect | None
    pair: Pair
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Flag:
    """A feature flag; off at the start.

    `since` is the version that knows it first (None: each version but the first, in turn). With
    `tolerant`, code that knows it understands the old form and the new whatever the flag says.
    """

    name: str
    guards: frozenset[Contract]
    place: Place | None = field(default=None, compare=False)
    since: str | None = None
    tolerant: bool = True


@dataclass(frozen=True)
class Deployment:
    """A whole deployment file, checked: every name is known and every verb fits.

    `changes is None` means that nothing was given to judge. Wildcards (`zed/*`) are expanded. Releases
    stand in `pipeline` one after the other. `rollback` is the pipeline to run after a failure (None: there
    is none); with `failures` every awaited action may fail. `nameless` are wildcards of which every contract
    has an entry of its own, `never` what the file says can not be met,
    `overridden` the contracts of which a second file of changes says anew what breaks.
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
    rollback: tuple[Step, ...] | None = None
    failures: bool = False
    nameless: tuple[Declaration, ...] = ()
    never: tuple[Assumption, ...] = ()
    overridden: tuple[Contract, ...] = ()

    def __post_init__(self) -> None:
        if self.changes is not None:
            object.__setattr__(self, "changes", self._with_sources(self.changes))

    def _with_sources(self, changes: Mapping[Contract, Change]) -> Mapping[Contract, Change]:
        """The changes, and one that breaks nothing for each contract from which a hop on a changed one has
        what it is using (paragraph 73)."""
        found = dict(changes)
        growing = True
        while growing:
            hops = ((request, number) for request in self.requests for number in range(len(request.hops)))
            met = [
                contract
                for request, number in hops
                if request.hops[number].contract in found
                for contract in list_obtained(request.hops, number + 1)
                if contract not in found
            ]
            found |= {contract: Change(contract, implied=True) for contract in met}
            growing = bool(met)
        return found

    @cached_property
    def declarations(self) -> Mapping[Declaration, tuple[Contract, ...]]:
        """What the release declares, each with the contracts that it speaks of (of `nameless` ones: none)."""
        found: dict[Declaration, list[Contract]] = {one: [] for one in self.nameless}
        for contract in self.contracts:
            change = (self.changes or {}).get(contract)
            for one in change.declared if change else ():
                found.setdefault(one, []).append(contract)
        return {one: tuple(contracts) for one, contracts in found.items()}

    @cached_property
    def contracts(self) -> tuple[Contract, ...]:
        """Every contract that a hop meets, in the order of the file."""
        hops = (hop for request in self.requests for hop in request.hops)
        return tuple(dict.fromkeys(hop.contract for hop in hops))

    @cached_property
    def hops_at(self) -> Mapping[Contract, tuple[tuple[Request, int], ...]]:
        """The hops that meet each contract: a request, and a number (from 1)."""
        found: dict[Contract, list[tuple[Request, int]]] = {}
        for request in self.requests:
            for number, hop in enumerate(request.hops, start=1):
                found.setdefault(hop.contract, []).append((request, number))
        return {contract: tuple(hops) for contract, hops in found.items()}

    def change_of(self, contract: Contract) -> Change | None:
        """What the release changes of a contract; None where it changes nothing, or none are given."""
        return self.changes.get(contract) if self.changes is not None else None

    @property
    def changed(self) -> Mapping[Contract, Change]:
        """The changes that are given, by contract; empty also where none are given."""
        return self.changes or {}

    def steps_about(self, window: Collection[str]) -> tuple[str, ...]:
        """The names of the steps in their order; those of the rollback where the window holds one."""
        forward = tuple(step.name for step in self.pipeline)
        back = tuple(step.name for step in self.rollback or ())
        return forward + back if set(back) & set(window) else forward

    def runs(self, version: str, hop: Hop) -> bool:
        """Whether a caller of the version runs the hop."""
        rank = self.versions.index(version)
        first = self.versions.index(hop.since) if hop.since else 0
        last = self.versions.index(hop.until) if hop.until else len(self.versions) - 1
        return first <= rank <= last

    def pulls(self, request: Request) -> bool:
        """Whether it is a job that its worker takes from a queue as soon as it runs, ready or not."""
        root = self.components.get(request.root)
        begins = request.hops[0].verb is Verb.CONSUMES
        return begins and root is not None and root.kind is Kind.WORKER and not root.pulls_when_ready

    @cached_property
    def enabled_after(self) -> tuple[str, ...]:
        """The flags that guard something and that no action of the file enables: somebody does, after the end
        (paragraph 72 of docs/semantics.md)."""
        actions = (action for step in (*self.pipeline, *(self.rollback or ())) for action in step.actions)
        enabling = (action for action in actions if action.instruction is Instruction.ENABLE)
        enabled = {target.name for action in enabling for target in action.targets}
        return tuple(flag.name for flag in self.flags if flag.guards and flag.name not in enabled)

    @cached_property
    def flag_of(self) -> Mapping[Contract, Flag]:
        """The flag that guards a contract; contracts without one are missing."""
        return {contract: flag for flag in self.flags for contract in flag.guards}

    def pessimistic(self) -> Deployment:
        """The same deployment with every contract that no change names broken both ways."""
        both = frozenset((x, y) for x in self.versions for y in self.versions if x != y)
        named = {name: change for name, change in self.changed.items() if not change.implied}
        for contract in self.contracts:
            kind = self.components[contract.provider].kind
            aspects = list_bare_aspects(contract, kind, self.actions)
            named.setdefault(contract, Change(contract, dict.fromkeys(aspects, both)))
        return replace(self, changes=named)

    @property
    def actions(self) -> Iterator[Action]:
        """Every action of the file, those of the rollback too."""
        return (action for step in (*self.pipeline, *(self.rollback or ())) for action in step.actions)


def list_bare_aspects(contract: Contract, kind: Kind, actions: Iterable[Action]) -> tuple[Aspect, ...]:
    """The aspects of a pair that is written without one: at a broker it speaks of messages, and of the
    configuration only if some action moves that (paragraph 76 of docs/semantics.md)."""
    if kind is not Kind.BROKER or any(_reconfigures(action, contract) for action in actions):
        return tuple(Aspect)
    return Aspect.CONTENT, Aspect.TOKEN


def _reconfigures(action: Action, contract: Contract) -> bool:
    moves = action.instruction in (Instruction.RECONFIGURE, Instruction.REVERT)
    return moves and any(
        target.name == contract.provider and target.subject in (None, contract.subject)
        for target in action.targets
    )


def list_obtained(hops: Sequence[Hop], number: int) -> list[Contract]:
    """The contracts from which hop `number` (from 1) has what it is using, in the order of its request."""
    using = hops[number - 1].using
    if not using:  # nearly always; what follows looks at every earlier hop
        return []
    earlier = dict.fromkeys(hop.contract for hop in hops[: number - 1] if hop.verb in OBTAINING)
    return [contract for contract in earlier if any(source.names(contract) for source in using)]
