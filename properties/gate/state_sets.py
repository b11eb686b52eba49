"""Sets of states of one system, listed or as diagrams: what a log leaves possible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from ...model.compiler.system import Event, Guard, State, System, Value, passes
from ...model.names import VariableKey
from ...model.resources.limits import CHECKED_EVERY, Limits, StateLimitError
from ..engines.symbolic.encoding import Encoding, Manager
from ..engines.symbolic.grades import compute_grades, sort_events
from ..engines.symbolic.library import Bdd
from ..engines.symbolic.limits import Watch
from ..engines.symbolic.order import order_variables
from ..engines.symbolic.steps import build_step, closure, image

S = TypeVar("S")


class Footprint(Struct, frozen=True):
    """What something asks of variables, and what it changes: an event, or that something was seen."""

    reads: frozenset[VariableKey]
    writes: frozenset[VariableKey] = frozenset()

    @staticmethod
    def of(event: Event) -> Footprint:
        return Footprint(frozenset(event.guard), frozenset(event.effect))


class StateSets(Protocol[S]):
    """What is asked of sets of states; `hidden` events happen unseen."""

    def start(self) -> S: ...

    def spread(self, states: S, touched: Sequence[Footprint] | None) -> S:
        """The states, and all that hidden events lead to from them. Raises `LimitError`. `touched` says how
        they were made of states that were spread: met, or by one of some events; None: they were not."""

    def meet(self, states: S, guard: Guard) -> S:
        """Those in which the guard holds."""

    def fire(self, states: S, events: Iterable[Event]) -> S:
        """Those after one of the events."""

    def is_empty(self, states: S) -> bool: ...

    def values(self, states: S, key: VariableKey) -> set[Value]:
        """What the variable has in some of them."""

    def enabled(self, states: S, events: Iterable[Event]) -> list[Event]:
        """Which of the events can happen in some of them."""


class Listed:
    """Sets of states as lists; of no more states than `most` in one set."""

    def __init__(self, system: System, hidden: Iterable[Event], limits: Limits, most: int) -> None:
        self._system, self._limits = system, limits
        self._hidden = System(system.variables, tuple(hidden))
        self._most = min(most, limits.listed_states)

    def start(self) -> frozenset[State]:
        return frozenset({self._system.initial})

    def spread(
        self,
        states: frozenset[State],
        touched: Sequence[Footprint] | None,  # noqa: ARG002 - they are few
    ) -> frozenset[State]:
        found, waiting = set(states), list(states)
        for number, state in enumerate(waiting):  # grows while it is walked
            if not number % CHECKED_EVERY:
                self._limits.check(len(found))
            for _, reached in self._hidden.successors(state):
                if reached not in found:
                    if len(found) >= self._most:
                        raise StateLimitError(self._most)
                    found.add(reached)
                    waiting.append(reached)
        return frozenset(found)

    def meet(self, states: frozenset[State], guard: Guard) -> frozenset[State]:
        test = self._system.test(guard)
        return frozenset(state for state in states if passes(state, test))

    def fire(self, states: frozenset[State], events: Iterable[Event]) -> frozenset[State]:
        tests = [(event, self._system.test(event.guard)) for event in events]
        return frozenset(
            self._system.successor(state, event)
            for state in states
            for event, test in tests
            if passes(state, test)
        )

    def is_empty(self, states: frozenset[State]) -> bool:
        return not states

    def values(self, states: frozenset[State], key: VariableKey) -> set[Value]:
        return {self._system.value(state, key) for state in states}

    def enabled(self, states: frozenset[State], events: Iterable[Event]) -> list[Event]:
        tests = [(event, self._system.test(event.guard)) for event in events]
        return [event for event, test in tests if any(passes(state, test) for state in states)]


class Drawn:
    """Sets of states as decision diagrams."""

    def __init__(self, system: System, hidden: Iterable[Event], limits: Limits) -> None:
        self._encoding = Encoding(system, Manager(order_variables([system]), limits.memory_left_mib()))
        self._watch = Watch(limits)
        known = frozenset(map(id, hidden))
        ordered = sort_events(system, compute_grades(system))
        self._hidden = [build_step(self._encoding, event) for event in ordered if id(event) in known]
        self._prints = [Footprint.of(step.event) for step in self._hidden]
        self._readers = _index_by_key(one.reads for one in self._prints)
        self._writers = _index_by_key(one.writes for one in self._prints)

    def start(self) -> Bdd:
        return self._encoding.state(self._encoding.system.initial)

    def spread(self, states: Bdd, touched: Sequence[Footprint] | None) -> Bdd:
        """Takes only the hidden events that can lead on. Two are neighbours where one changes what the other
        reads or changes; who are not, commute. What was spread holds all that a hidden event h leads to. So
        do the states that are made of it by what is no neighbour of h, and what other events lead to from
        these, if none is a neighbour: h can happen first. A neighbour of one that is taken is taken, too,
        unless it leads to nothing new from what was found (persistent sets: Godefroid, "Partial-Order Methods
        for the Verification of Concurrent Systems", 1996)."""
        taken = set(range(len(self._hidden))) if touched is None else self._neighbours(touched)
        found, more = states, taken
        while more:
            steps = [self._hidden[number] for number in sorted(taken)]
            found = closure(self._encoding, found, steps, self._watch)
            near = self._neighbours(self._prints[number] for number in taken) - taken
            more = {number for number in near if self._leads_on(found, number)}
            taken |= more
        return found

    def _neighbours(self, prints: Iterable[Footprint]) -> set[int]:
        """The hidden events, by number, that do not commute with some of these."""
        found: set[int] = set()
        for one in prints:
            for key in one.reads | one.writes:
                found |= self._writers.get(key, set())
            for key in one.writes:
                found |= self._readers.get(key, set())
        return found

    def _leads_on(self, states: Bdd, number: int) -> bool:
        return not self.is_empty(image(self._encoding, states, self._hidden[number]) & ~states)

    def meet(self, states: Bdd, guard: Guard) -> Bdd:
        return states & self._encoding.states(guard)

    def fire(self, states: Bdd, events: Iterable[Event]) -> Bdd:
        found = self._encoding.false
        for event in events:
            found |= image(self._encoding, states, build_step(self._encoding, event))
        return found

    def is_empty(self, states: Bdd) -> bool:
        return bool(states == self._encoding.false)

    def values(self, states: Bdd, key: VariableKey) -> set[Value]:
        ranks = self._encoding.ranks[key]
        return {v for v in ranks if not self.is_empty(states & self._encoding.among(key, frozenset({v})))}

    def enabled(self, states: Bdd, events: Iterable[Event]) -> list[Event]:
        return [one for one in events if not self.is_empty(states & self._encoding.states(one.guard))]


def _index_by_key(sets: Iterable[frozenset[VariableKey]]) -> dict[VariableKey, set[int]]:
    """The numbers of the sets that each variable is in."""
    found: dict[VariableKey, set[int]] = {}
    for number, keys in enumerate(sets):
        for key in keys:
            found.setdefault(key, set()).add(number)
    return found
