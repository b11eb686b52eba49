"""The kernel: a labelled transition system over finite-domain variables, and nothing else.

Everything that a deployment can do compiles to a `System`; every engine takes one. Its core is
three pure questions: the `initial` state, the events `enabled` in a state, and the `successor`
of a state by an event. Their order is deterministic, so a run replays from its events.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from ..names import VariableKey

Value = Hashable
State = tuple[int, ...]
"""One index into the domain of each variable, in the order of `System.variables`."""

Guard = Mapping[VariableKey, frozenset[Value]]
"""A conjunction: each variable named has one of the values allowed."""


Condition = tuple[Guard, ...]
"""A disjunction of guards; the empty one never holds."""


class EventKind(StrEnum):
    """Whose event it is: the rollout's, the pipeline's, the traffic's, the watched request's."""

    MOVE = "move"
    PIPELINE = "pipeline"
    WRITE = "write"
    HOP = "hop"


@dataclass(frozen=True, slots=True)
class Variable:
    """A finite-domain variable."""

    key: VariableKey
    domain: tuple[Value, ...]
    initial: Value


@dataclass(frozen=True, slots=True)
class Cut:
    """An event cuts the watched request off: it takes away the instance, of this version, that hop `born`
    called (0: that the request began at)."""

    born: int
    version: str


@dataclass(frozen=True, slots=True)
class Event:
    """A guarded assignment.

    `group` is the unit of weak fairness, one for each move and one for the pipeline: if from some moment on
    one of its events or another is always enabled, some event of the group happens at last. Traffic and hops
    have none.
    """

    kind: EventKind
    owner: str
    text: str
    guard: Guard
    effect: Mapping[VariableKey, Value]
    group: Hashable | None = None
    hop: int | None = None
    cut: Cut | None = None

    @property
    def fair(self) -> bool:
        return self.group is not None


def conjoin(*guards: Guard) -> Guard | None:
    """The conjunction of the guards, or None where no value of some variable is left."""
    joined: dict[VariableKey, frozenset[Value]] = {}
    for guard in guards:
        for key, allowed in guard.items():
            joined[key] = joined[key] & allowed if key in joined else allowed
            if not joined[key]:
                return None
    return joined


Test = tuple[tuple[int, int], ...]
"""A guard made fast: pairs of a variable's index and a bit mask over its domain's indices."""


@dataclass(frozen=True)
class System:
    """Variables, their initial values, and events, in a fixed order."""

    variables: tuple[Variable, ...]
    events: tuple[Event, ...]

    @cached_property
    def initial(self) -> State:
        return tuple(variable.domain.index(variable.initial) for variable in self.variables)

    def enabled(self, state: State) -> list[Event]:
        """The events whose guard holds, in the order of `events`."""
        return [event for event in self.events if self.holds(state, event.guard)]

    def successor(self, state: State, event: Event) -> State:
        """The state after the event; the guard is not asked again."""
        values = list(state)
        for key, value in event.effect.items():
            index = self._index[key]
            values[index] = self._rank[index][value]
        return tuple(values)

    def index(self, key: VariableKey) -> int:
        """Where the variable stands in each state. Raises `KeyError`."""
        return self._index[key]

    def has(self, event: Event) -> bool:
        """Whether the event is one of the system's."""
        return id(event) in self._own or event in self.events

    def changing(self, keys: Iterable[VariableKey]) -> list[Event]:
        """The events that change one of the variables, each once."""
        found = (event for key in keys for event in self._changing.get(key, ()))
        return list({id(event): event for event in found}.values())

    @cached_property
    def _changing(self) -> dict[VariableKey, list[Event]]:
        found: dict[VariableKey, list[Event]] = {}
        for event in self.events:
            for key in event.effect:
                found.setdefault(key, []).append(event)
        return found

    def holds(self, state: State, guard: Guard) -> bool:
        return all(self.value(state, key) in allowed for key, allowed in guard.items())

    def satisfies(self, state: State, condition: Condition) -> bool:
        return any(self.holds(state, guard) for guard in condition)

    def value(self, state: State, key: VariableKey) -> Value:
        """What the variable has in this state."""
        index = self._index[key]
        return self.variables[index].domain[state[index]]

    def successors(self, state: State) -> Iterator[tuple[Event, State]]:
        """Each enabled event with the state that it leads to; the same answer as the two
        questions above, by a table of the events that each value of each variable can enable."""
        for index, table in self._tables:
            for event, test, updates in table[state[index]]:
                if all(mask >> state[i] & 1 for i, mask in test):
                    values = list(state)
                    for i, rank in updates:
                        values[i] = rank
                    yield event, tuple(values)

    def test(self, guard: Guard) -> Test:
        """The guard as bit masks, for `passes`. Variables that it does not restrict fall away."""
        masks = []
        for key, allowed in guard.items():
            index = self._index[key]
            domain = self.variables[index].domain
            mask = sum(1 << rank for rank, value in enumerate(domain) if value in allowed)
            if mask != (1 << len(domain)) - 1:
                masks.append((index, mask))
        return tuple(sorted(masks, key=lambda pair: pair[1].bit_count()))

    @cached_property
    def _own(self) -> frozenset[int]:
        return frozenset(map(id, self.events))

    @cached_property
    def _index(self) -> dict[VariableKey, int]:
        return {variable.key: index for index, variable in enumerate(self.variables)}

    @cached_property
    def _rank(self) -> list[dict[Value, int]]:
        return [{value: rank for rank, value in enumerate(v.domain)} for v in self.variables]

    @cached_property
    def _tables(self) -> list[tuple[int, list[list[tuple[Event, Test, Test]]]]]:
        """Events filed under one variable of their guard, the one that leaves the fewest values."""
        tables: dict[int, list[list[tuple[Event, Test, Test]]]] = {}
        for event in self.events:
            test = self.test(event.guard)
            updates = tuple((self._index[k], self._rank[self._index[k]][v]) for k, v in event.effect.items())
            pivot, mask = min(test, key=self._share, default=(0, -1))
            rows = tables.setdefault(pivot, [[] for _ in self.variables[pivot].domain])
            rest = tuple(pair for pair in test if pair[0] != pivot)
            for rank, row in enumerate(rows):
                if mask >> rank & 1:
                    row.append((event, rest, updates))
        return sorted(tables.items())

    def _share(self, pair: tuple[int, int]) -> float:
        index, mask = pair
        return mask.bit_count() / len(self.variables[index].domain)


def passes(state: State, test: Test) -> bool:
    """Whether the guard that `System.test` made into `test` holds in the state."""
    return all(mask >> state[index] & 1 for index, mask in test)
