"""Components: what they are, and how their instances change versions."""

from __future__ import annotations

from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from ..frozen import dataclass
from ..names import Place

if TYPE_CHECKING:
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

    @property
    def structure(self) -> str:
        """What people call that which has a version of its own."""
        return "configuration" if self is Kind.BROKER else "schema"


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
    only on instances that take calls; others do so as soon as they run. `restarts`: so many instances can be
    down at a time and start again at their version. Where the count changes, `replicas` is that of the first
    version, `sizes` says how many a `deploy` to each version wants, and `percent` by what percentage
    `max_surge` and `max_unavailable` follow it (None: they are numbers). `migrates` are the databases whose
    schema an instance brings to its version while it starts. `terminates_later`: what is retired is gone only
    by an event of its own. `redelivers`: messages that were taken from the broker, and not
    acknowledged, come back. `version_names` are what its versions are called, where they have names of their
    own; no verdict depends on them.
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
    restarts: int = 0
    sizes: tuple[tuple[str, int], ...] = ()
    percent: tuple[int | None, int | None] = (None, None)
    migrates: tuple[str, ...] = ()
    terminates_later: bool = False
    redelivers: bool = False
    version_names: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def name_version(self, version: str) -> str:
        """What the component's own version is called; `V1` where it has no other name."""
        return dict(self.version_names).get(version, version)

    @property
    def all_can_restart(self) -> bool:
        """Whether every instance can be down at once without any release."""
        return 0 < self.replicas <= self.restarts

    def sized(self, count: int) -> Component:
        """The same with so many instances wanted."""
        surge, unavailable = self.percent
        most = self.max_surge if surge is None else -(-surge * count // 100)
        fewer = self.max_unavailable if unavailable is None else unavailable * count // 100
        return replace(self, replicas=count, max_surge=most, max_unavailable=fewer if most or fewer else 1)
