"""The oracle's states of a deployment, and the forms in which code behaves in them.

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from typing import NamedTuple, TypeVar

from support.oracle_parse import Hop, Request
from support.oracle_plan import Plan

T = TypeVar("T")
Table = tuple[tuple[str, T], ...]
"""A frozen mapping."""
FLAG_OFF, FLAG_ON = 0, 2
"""1 is partly (49)."""


class Instances(NamedTuple):
    """The instances of a component, counted by version; `live` is for blue-green alone (41).

    `drained` are the versions that were live and still have a ready instance; `down` are those that
    start again (86); `terminating` are the versions of which some were retired and are not gone (85).
    """

    ready: tuple[int, ...]
    starting: tuple[int, ...]
    live: int | None
    drained: frozenset[int]
    down: tuple[int, ...]
    terminating: frozenset[int] = frozenset()

    @property
    def there(self) -> tuple[int, ...]:
        """All but those that terminate, by version."""
        return tuple(map(sum, zip(self.ready, self.starting, self.down, strict=True)))

    @property
    def taking_calls(self) -> list[int]:
        """The versions that take calls."""
        return [v for v, count in enumerate(self.ready) if count and self.live in (None, v)]

    @property
    def running(self) -> list[int]:
        """The versions that run: ready, starting, on standby or draining (80)."""
        return [v for v, count in enumerate(self.there) if count]

    @property
    def writing(self) -> list[int]:
        """The versions that write and publish: those that take calls, or did and drain."""
        return [
            v for v, count in enumerate(self.ready) if count and (self.live in (None, v) or v in self.drained)
        ]


class Deployment(NamedTuple):
    """A state of the deployment, without the request."""

    positions: tuple[int, ...]
    """Where each pipeline stands (1, 101)."""
    up: Table[Instances]
    schema: Table[int]
    content: Table[frozenset[int]]
    suspended: frozenset[str]
    flags: Table[int]
    ended: frozenset[int]
    unacknowledged: Table[frozenset[int]] = ()
    departed: frozenset[str] = frozenset()
    """The consumers at brokers that redeliver of which an instance has gone (88)."""
    leaders: Table[int | None] = ()

    def forms(self, contract: str) -> frozenset[int]:
        """The forms in the content of a contract; none where it has no content."""
        return dict(self.content).get(contract, frozenset())

    def taken(self, contract: str) -> frozenset[int]:
        """The forms of messages that were taken and not acknowledged (88)."""
        return dict(self.unacknowledged).get(contract, frozenset())


class Grip(NamedTuple):
    """What the watched request holds: the (component, version)s that it is on, there as a ready
    instance (`on`) or as any that runs (`pulled`, 80), and its tokens."""

    on: frozenset[tuple[str, int]]
    pulled: frozenset[tuple[str, int]]
    tokens: Table[int]


EMPTY_GRIP = Grip(frozenset(), frozenset(), ())


class Event(NamedTuple):
    """The state after a move's event. If it takes an instance away: of what, whether it was a ready
    one, and whether a ready one, or one that runs, is left there."""

    after: Deployment
    taken: tuple[str, int] | None = None
    was_ready: bool = False
    ready_left: bool = False
    left: bool = False

    def spares(self, *, pulled: bool) -> bool:
        """Whether it can leave a request alone that is on such an instance (44)."""
        return self.left if pulled else self.ready_left or not self.was_ready

    def can_take(self, *, pulled: bool) -> bool:
        """Whether it can be of the request's own instance (44)."""
        return self.was_ready or pulled


def get(table: Table[T], key: str) -> T:
    """The value under a key that is there."""
    return next(value for name, value in table if name == key)


def put(table: Table[T], key: str, value: T) -> Table[T]:
    """The table with one value replaced."""
    return tuple((name, value if name == key else old) for name, old in table)


# The forms in which code behaves


def sights(plan: Plan, state: Deployment, contract: str) -> tuple[bool, ...]:
    """What code can take the flag of a contract for: on, off, or either while it is partly on (49)."""
    flag = plan.guards.get(contract)
    value = FLAG_ON if flag is None else get(state.flags, flag.name)
    return {FLAG_OFF: (False,), FLAG_ON: (True,)}.get(value, (False, True))


def form_of(plan: Plan, contract: str, version: int, *, on: bool) -> int:
    """The form in which an instance behaves on a contract (22, 40)."""
    flag = plan.guards.get(contract)
    if flag is None or on:
        return version
    return max(version - 1, 0) if flag.since is None else min(version, flag.since - 1)


def forms_of(plan: Plan, state: Deployment, contract: str, version: int) -> frozenset[int]:
    """Each form in which an instance can behave on a contract now."""
    return frozenset(form_of(plan, contract, version, on=on) for on in sights(plan, state, contract))


def leader_of(state: Deployment, name: str) -> int | None:
    """The version of the component's leader (92)."""
    return dict(state.leaders)[name]


def runners(
    plan: Plan, state: Deployment, request: Request, hop: Hop, *, terminating: bool = True, led: bool = True
) -> list[int]:
    """The versions of which an instance could run a hop of a component now, and runs it (19, 47, 68, 80); it
    may be terminating, or (79) not (85). Unless that plays no part (88), what is said of the leader it alone
    does."""
    instances = get(state.up, hop.caller)
    own = request.pulls and hop.caller_frame == 0
    able = {
        *(instances.running if own else instances.writing),
        *(instances.terminating if terminating else ()),
    }
    if hop.by_leader and led:  # (92)
        able = {v for v in able if v == leader_of(state, hop.caller)}
    return [v for v in sorted(able) if v in hop.runs]


def is_anonymous(request: Request, hop: Hop) -> bool:
    """Whether a client without versions runs the hop."""
    return hop.caller_frame == 0 and not request.starter
