"""The kernel: a labelled transition system over finite-domain variables, and nothing else.

Everything that a deployment can do compiles to a `System`; every engine takes one. Its core is
three pure questions: the `initial` state, the events `enabled` in a state, and the `successor`
of a state by an event. Their order is deterministic, so a run replays from its events.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from msgspec import Struct

K = TypeVar("K", bound=Hashable)
"""What variables are called by."""

Value = Hashable
State = tuple[int, ...]
"""One index into the domain of each variable, in the order of `System.variables`."""

Guard = Mapping[K, frozenset[Value]]
"""A conjunction: each variable named has one of the values allowed."""


Condition = tuple[Guard[K], ...]
"""A disjunction of guards; the empty one never holds."""


class Variable(NamedTuple, Generic[K]):
    """A finite-domain variable."""

    key: K
    domain: tuple[Value, ...]
    initial: Value


class Event(Struct, Generic[K], frozen=True):
    """A guarded assignment; `cause` says why it happens, to whoever knows what the system stands for.

    `group` is the unit of weak fairness, None for an event that need never happen: if from some moment on
    one of its events or another is always enabled, some event of the group happens at last.
    """

    cause: Hashable
    guard: Guard[K]
    effect: Mapping[K, Value]
    group: Hashable | None = None

    @property
    def fair(self) -> bool:
        return self.group is not None


E = TypeVar("E", bound=Event[Any])
E_co = TypeVar("E_co", bound=Event[Any], covariant=True)


def conjoin(*guards: Guard[K]) -> Guard[K] | None:
    """The conjunction of the guards, or None where no value of some variable is left."""
    joined: dict[K, frozenset[Value]] = {}
    for guard in guards:
        for key, allowed in guard.items():
            joined[key] = joined[key] & allowed if key in joined else allowed
            if not joined[key]:
                return None
    return joined


class JointEvents(Protocol[K, E_co]):
    """Events that differ in choices that do not know of each other: more than anybody would list."""

    @property
    def guard(self) -> Guard[K]:
        """What all of them ask."""

    def enabled(self, system: System[K, Any], state: State) -> Iterator[E_co]:
        """Those that can happen in a state in which the guard holds, the same ones whenever one asks."""


class Events(Sequence[E], Generic[K, E]):
    """All events of a system: `single` ones, and `joint` ones, which are made one by one only for who walks
    through all of them."""

    @property
    @abstractmethod
    def single(self) -> Sequence[E]: ...

    @property
    @abstractmethod
    def joint(self) -> Sequence[JointEvents[K, E]]: ...


Test = tuple[tuple[int, int], ...]
"""A guard made fast: pairs of a variable's index and a bit mask over its domain's indices."""


class System(Struct, Generic[K, E], frozen=True, dict=True):
    """Variables, their initial values, and events, in a fixed order."""

    variables: tuple[Variable[K], ...]
    events: Sequence[E]

    @cached_property
    def initial(self) -> State:
        return tuple(variable.domain.index(variable.initial) for variable in self.variables)

    def extended(self, variables: Iterable[Variable[K]], events: Iterable[E]) -> System[K, E]:
        """A system with these variables behind its own, and these events in place of its own. What is known
        of its variables is not found again."""
        more = tuple(variables)
        found = System((*self.variables, *more), tuple(events))
        ranks = [{value: rank for rank, value in enumerate(one.domain)} for one in more]
        found.__dict__["_rank"] = [*self._rank, *ranks]
        return found

    def enabled(self, state: State) -> list[E]:
        """The events whose guard holds, in the order of `events`."""
        found = [event for event in self._single if self.holds(state, event.guard)]
        return [*found, *self._enabled_jointly(state)]

    def successor(self, state: State, event: E) -> State:
        """The state after the event; the guard is not asked again."""
        values = list(state)
        for key, value in event.effect.items():
            index = self._index[key]
            values[index] = self._rank[index][value]
        return tuple(values)

    def index(self, key: K) -> int:
        """Where the variable stands in each state. Raises `KeyError`."""
        return self._index[key]

    def has(self, event: E) -> bool:
        """Whether the event is one of the system's."""
        is_known = isinstance(self.events, tuple) and id(event) in self._own
        return is_known or event in self.events

    def changing(self, keys: Iterable[K]) -> list[E]:
        """The events that change one of the variables, each once."""
        found = (event for key in keys for event in self._changing.get(key, ()))
        return list({id(event): event for event in found}.values())

    @cached_property
    def _changing(self) -> dict[K, list[E]]:
        found: dict[K, list[E]] = {}
        for event in self.events:
            for key in event.effect:
                found.setdefault(key, []).append(event)
        return found

    def holds(self, state: State, guard: Guard[K]) -> bool:
        index, domains = self._index, self._domains  # asked for each event of each story
        for key, allowed in guard.items():
            place = index[key]
            if domains[place][state[place]] not in allowed:
                return False
        return True

    def satisfies(self, state: State, condition: Condition[K]) -> bool:
        return any(self.holds(state, guard) for guard in condition)

    def value(self, state: State, key: K) -> Value:
        """What the variable has in this state."""
        index = self._index[key]
        return self.variables[index].domain[state[index]]

    def successors(self, state: State) -> Iterator[tuple[E, State]]:
        """Each enabled event with the state that it leads to; the same answer as the two
        questions above, by a table of the events that each value of each variable can enable."""
        for index, table in self._tables:
            for event, test, updates in table[state[index]]:
                for i, mask in test:  # a loop of its own: `all` over a generator takes twice as long
                    if not mask >> state[i] & 1:
                        break
                else:
                    values = list(state)
                    for i, rank in updates:
                        values[i] = rank
                    yield event, tuple(values)
        for event in self._enabled_jointly(state):
            yield event, self.successor(state, event)

    @property
    def _single(self) -> Sequence[E]:
        return self.events.single if isinstance(self.events, Events) else self.events

    def _enabled_jointly(self, state: State) -> Iterator[E]:
        for test, some in self._joint:
            if passes(state, test):
                yield from some.enabled(self, state)

    @cached_property
    def _joint(self) -> list[tuple[Test, JointEvents[K, E]]]:
        every = self.events.joint if isinstance(self.events, Events) else ()
        return [(self.test(some.guard), some) for some in every]

    def ways(self, state: State) -> Iterator[tuple[E, Test]]:
        """Each enabled event with what it changes, in the order of `successors`, for `after`: who wants few
        of the states that follow makes few."""
        for index, table in self._tables:
            for event, test, updates in table[state[index]]:
                if passes(state, test):
                    yield event, updates
        for event in self._enabled_jointly(state):
            yield event, self._updates(event)

    def _updates(self, event: E) -> Test:
        places = ((self._index[key], value) for key, value in event.effect.items())
        return tuple((place, self._rank[place][value]) for place, value in places)

    def test(self, guard: Guard[K]) -> Test:
        """The guard as bit masks, for `passes`. Variables that it does not restrict fall away."""
        masks = []
        for key, allowed in guard.items():
            index = self._index[key]
            mask = self._mask(index, allowed)
            if mask != (1 << len(self.variables[index].domain)) - 1:
                masks.append((index, mask))
        return tuple(sorted(masks, key=lambda pair: pair[1].bit_count()))

    def _mask(self, index: int, allowed: frozenset[Value]) -> int:
        """The ranks of the allowed values as bits; guards share sets, and most name one value of many."""
        known = self._masks.get((index, allowed))
        if known is None:
            ranks = self._rank[index]
            known = sum(1 << ranks[value] for value in allowed if value in ranks)
            self._masks[index, allowed] = known
        return known

    @cached_property
    def _masks(self) -> dict[tuple[int, frozenset[Value]], int]:
        return {}

    @cached_property
    def _own(self) -> frozenset[int]:
        return frozenset(map(id, self.events))

    @cached_property
    def _index(self) -> dict[K, int]:
        return {variable.key: index for index, variable in enumerate(self.variables)}

    @cached_property
    def _domains(self) -> list[tuple[Value, ...]]:
        return [variable.domain for variable in self.variables]

    @cached_property
    def _rank(self) -> list[dict[Value, int]]:
        return [{value: rank for rank, value in enumerate(v.domain)} for v in self.variables]

    @cached_property
    def _tables(self) -> list[tuple[int, list[list[tuple[E, Test, Test]]]]]:
        """Events filed under one variable of their guard, the one that leaves the fewest values."""
        tables: dict[int, list[list[tuple[E, Test, Test]]]] = {}
        for event in self._single:
            test = self.test(event.guard)
            updates = self._updates(event)
            pivot, mask = min(test, key=self._share, default=(0, -1))
            if (rows := tables.get(pivot)) is None:
                rows = tables[pivot] = [[] for _ in self.variables[pivot].domain]
            rest = tuple(pair for pair in test if pair[0] != pivot)
            for rank in list_ranks(mask) if mask >= 0 else range(len(rows)):
                rows[rank].append((event, rest, updates))
        return sorted(tables.items())

    def _share(self, pair: tuple[int, int]) -> float:
        index, mask = pair
        return mask.bit_count() / len(self.variables[index].domain)


class LiveRun(Generic[K, E]):
    """A run in the making, event by event: one state that changes in place. States of hundreds of variables
    are long, and of most on the way nobody wants to know more than what a few of them have."""

    __slots__ = ("_domains", "_index", "_rank", "_values")

    def __init__(self, system: System[K, E], state: State | None = None) -> None:
        self._index, self._domains, self._rank = system._index, system._domains, system._rank
        self._values = list(system.initial if state is None else state)

    @property
    def state(self) -> State:
        """Where it has come to."""
        return tuple(self._values)

    def value(self, key: K) -> Value:
        """What the variable has now."""
        place = self._index[key]
        return self._domains[place][self._values[place]]

    def allows(self, guard: Guard[K]) -> bool:
        """Whether the guard holds now."""
        index, domains, values = self._index, self._domains, self._values
        for key, allowed in guard.items():
            place = index[key]
            if domains[place][values[place]] not in allowed:
                return False
        return True

    def go(self, effect: Mapping[K, Value]) -> None:
        """Gives the variables these values; no guard is asked."""
        index, rank, values = self._index, self._rank, self._values
        for key, value in effect.items():
            place = index[key]
            values[place] = rank[place][value]


def list_ranks(mask: int) -> Iterator[int]:
    """The places of the bits that are set, in order."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def apply(state: State, updates: Test) -> State:
    """The state after one of its `System.ways`."""
    values = list(state)
    for index, rank in updates:
        values[index] = rank
    return tuple(values)


def passes(state: State, test: Test) -> bool:
    """Whether the guard that `System.test` made into `test` holds in the state."""
    for index, mask in test:  # noqa: SIM110 - a search asks little else, and `all` takes twice as long
        if not mask >> state[index] & 1:
            return False
    return True
