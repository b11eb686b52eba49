"""The oracle's states of a deployment, and its tiny evaluator of predicates over them.

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from typing import NamedTuple, TypeVar

from support.oracle_parse import provider_of
from support.oracle_plan import Plan

T = TypeVar("T")
Table = tuple[tuple[str, T], ...]
"""A frozen mapping."""
FLAG_OFF, FLAG_ON = 0, 2
"""1 is partly (49)."""


class Instances(NamedTuple):
    """The instances of a component, counted by version; `live` is for blue-green alone (41).

    `drained` are the versions that were live and still have a ready instance.
    """

    ready: tuple[int, ...]
    starting: tuple[int, ...]
    live: int | None
    drained: frozenset[int]

    @property
    def taking_calls(self) -> list[int]:
        """The versions that take calls."""
        return [v for v, count in enumerate(self.ready) if count and self.live in (None, v)]

    @property
    def writing(self) -> list[int]:
        """The versions that write and publish: those that take calls, or did and drain."""
        return [
            v for v, count in enumerate(self.ready) if count and (self.live in (None, v) or v in self.drained)
        ]


class Deployment(NamedTuple):
    """A state of the deployment, without the request."""

    position: int
    up: Table[Instances]
    schema: Table[int]
    content: Table[frozenset[int]]
    suspended: frozenset[str]
    flags: Table[int]
    ended: frozenset[int]

    def forms(self, contract: str) -> frozenset[int]:
        """The forms in the content of a contract; none where it has no content."""
        return dict(self.content).get(contract, frozenset())


class Grip(NamedTuple):
    """What the watched request holds: the (component, version)s that it is on, and its tokens."""

    on: frozenset[tuple[str, int]]
    tokens: Table[int]


EMPTY_GRIP = Grip(frozenset(), ())


class Event(NamedTuple):
    """The state after a move's event; if it retires an instance, of what, and whether one is left."""

    after: Deployment
    retired: tuple[str, int] | None = None
    spare: bool = False


def get(table: Table[T], key: str) -> T:
    """The value under a key that is there."""
    return next(value for name, value in table if name == key)


def put(table: Table[T], key: str, value: T) -> Table[T]:
    """The table with one value replaced."""
    return tuple((name, value if name == key else old) for name, old in table)


def holds(plan: Plan, state: Deployment, predicate: str) -> bool:
    """Whether a conjunction of the few predicates that the tests use holds now."""
    return all(_atom_holds(plan, state, atom.split()) for atom in predicate.split(" and "))


def _atom_holds(plan: Plan, state: Deployment, words: list[str]) -> bool:
    match words:
        case [("true" | "false") as word]:
            return word == "true"
        case ["all", name, "at", version]:
            return _all_at(plan, state, name, plan.versions.index(version))
        case [term, "==", version] if term.endswith(".version"):
            return _all_at(plan, state, term.removesuffix(".version"), plan.versions.index(version))
        case [term]:
            name, _, what = term.rpartition(".")
            if what == "suspended":
                return name in state.suspended
            return get(state.flags, name) == {"on": FLAG_ON, "off": FLAG_OFF}[what]
    raise ValueError(words)


def _all_at(plan: Plan, state: Deployment, name: str, version: int) -> bool:
    """All instances that take calls, as many as there should be; or each changed contract's schema."""
    if name in plan.components:
        instances = get(state.up, name)
        full = instances.ready[version] == plan.components[name].replicas
        return instances.taking_calls == [version] and full
    return all(now == version for contract, now in state.schema if provider_of(contract) == name)


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
