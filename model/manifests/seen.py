"""What was seen in manifests, whatever their format, each with where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from msgspec import Struct

from ..deployment import Kind, Verb
from ..errors import Problem
from ..language.keys import MAX_INSTANCES
from ..names import Place

_TOPIC = re.compile(r"(?:^|[_.-])(?:topic|queue|exchange|stream)(?:[_.-]?name)?$", re.IGNORECASE)
_PEERS = re.compile(r"peer|seed|cluster|member|join|gossip|node|replica", re.IGNORECASE)
"""Words of variables that name the other instances of who reads them."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")

OUTSIDE = ""
"""Who calls from outside; no unit can be called so."""


class Basis(StrEnum):
    """What kind of source tells of a link. A policy says what is allowed, a dependency what starts first;
    all others name who is called."""

    ADDRESS = "address"
    POLICY = "policy"
    MESH = "mesh"
    DEPENDENCY = "dependency"
    ENTRANCE = "entrance"
    TRACE = "trace"


class Origin(Struct, frozen=True):
    """Where something was seen, and what says so (`CART_ADDR`, `NetworkPolicy cart`)."""

    words: str
    place: Place


class SeenUnit(Struct, frozen=True):
    """A workload: something of which instances run, or a store.

    `kind is None`: it runs the team's code, and whether it is a service or a worker follows from who calls
    it. `is_open`: it listens on a port. `settings` are keys of a component with their text in YAML; `notes`
    are for the reader. `image` is what it runs, by which units of the same code are known.
    """

    name: str
    origin: Origin
    kind: Kind | None = None
    settings: tuple[tuple[str, str], ...] = ()
    is_open: bool = False
    image: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_store(self) -> bool:
        return self.kind is not None and not self.kind.has_instances


class Link(Struct, frozen=True):
    """Somebody who uses somebody; without verbs they follow from what the provider is."""

    consumer: str
    provider: str
    basis: Basis
    origin: Origin
    subject: str | None = None
    verbs: tuple[Verb, ...] = ()


class SeenStep(Struct, frozen=True):
    """A step of a pipeline; `is_rollout`: all that is deployed goes here, where nothing else says more;
    `begins`: and nobody waits for it. `then` comes behind that. `pipeline` is that of several to which it
    belongs; what it does waits until those in `after` are done."""

    name: str
    origin: Origin
    actions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_rollout: bool = False
    begins: bool = False
    then: tuple[str, ...] = ()
    pipeline: str = ""
    after: tuple[str, ...] = ()

    @property
    def moved(self) -> frozenset[str]:
        """What its actions move."""
        words = [action.removeprefix("start ").split() for action in (*self.actions, *self.then)]
        return frozenset(name for verb, *names in words for name in names if verb not in ("await", "drain"))


class SeenHop(Struct, frozen=True):
    """One hop of a request that a trace shows."""

    consumer: str
    verb: Verb
    provider: str
    subject: str


class SeenRequest(Struct, frozen=True):
    """A request that traces show, and how often."""

    name: str
    hops: tuple[SeenHop, ...]
    origin: Origin
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class SeenParts:
    """All that was seen; readers add to it. `remarks` are told, `problems` end the import.

    `rollout` are the steps in which units go to the next version, as the manifests have it; `steps` those of
    a pipeline. `limited` are units of which a policy says who may use them; `kept` stay at their version.
    """

    units: dict[str, SeenUnit] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    steps: list[SeenStep] = field(default_factory=list)
    rollout: list[SeenStep] = field(default_factory=list)
    requests: list[SeenRequest] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    limited: dict[str, Origin] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    topics: dict[str, set[str]] = field(default_factory=dict)
    """The topics and queues that the variables of a unit name."""
    unknown: dict[str, tuple[str, str, Place]] = field(default_factory=dict)
    """Hosts that are in no manifest, with who names them."""
    peers: dict[str, Origin] = field(default_factory=dict)
    """Units that are told of their own instances, and by what."""
    title: str | None = None

    def add(self, unit: SeenUnit) -> None:
        """Adds a unit; one that was there is exchanged, as by who applies manifests in their order."""
        if unit.name in self.units:
            first = self.units[unit.name].origin.place
            message = f"`{unit.name}` stands here again, and counts; first in {first.file}:{first.line}"
            self.remark(message, unit.origin.place)
        for key, value in unit.settings:
            if value.isdecimal() and int(value) > MAX_INSTANCES:
                self.refuse(
                    f"`{unit.name}` has more than {MAX_INSTANCES:,} instances ({key})", unit.origin.place
                )
        self.units[unit.name] = unit

    def note_unknown(self, unit: str, variable: str, hosts: Iterable[str], place: Place) -> None:
        """Remembers an address that leads to nobody who was seen."""
        for host in hosts:
            self.unknown.setdefault(host, (unit, variable, place))

    def note_topic(self, unit: str, variable: str, value: str) -> None:
        """Remembers what a variable such as `KAFKA_TOPIC` says."""
        if _TOPIC.search(variable) and _WORD.fullmatch(value):
            self.topics.setdefault(unit, set()).add(value)

    def remark(self, message: str, place: Place | None) -> None:
        """Tells what was found and does not end the import."""
        self.remarks.append(Problem("bad-manifest", message, place))

    def refuse(self, message: str, place: Place | None, fix: str | None = None) -> None:
        """Reports what ends the import."""
        self.problems.append(Problem("bad-manifest", message, place, fix=fix))

    def link(self, consumer: str, providers: Iterable[str], basis: Basis, origin: Origin) -> None:
        """Adds links, but none from a unit to itself; whose instances know each other is remembered."""
        providers = list(providers)
        if consumer in providers and basis is Basis.ADDRESS and _PEERS.search(origin.words):
            self.peers.setdefault(consumer, origin)
        self.links += [Link(consumer, one, basis, origin) for one in providers if one != consumer]
