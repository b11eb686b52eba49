"""A request's course through the rollout: what the model lets happen next, and what it predicts.

The course runs on the deployment with *every* contract under watch, whether the file calls it changed
or not, so that the real thing can break where the file says nothing. What the file says is asked in
each state: it predicts, it does not steer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from ...model.compiler.causes import HopCause
from ...model.compiler.compile import Compiled, compile_deployment
from ...model.compiler.hops import HopWay, list_ways
from ...model.compiler.life_variables import Standing
from ...model.compiler.system import Event, EventKind, Guard, State, Test, Value, passes
from ...model.deployment import Aspect, Change, Deployment, Request
from ...model.names import REQUEST, Contract, VariableKey, content_of, schema_of, token_of
from ..lookups.listing import list_lookups
from ..lookups.lookup import HazardKind, Lookup
from .session import Meeting
from .views import ALIKE, Instance, Look, Outlook, Sights, StateOf, Views

_ORDER = {EventKind.HOP: 0, EventKind.PIPELINE: 1, EventKind.MOVE: 1, EventKind.WRITE: 2}
"""A hop that is passed over comes first, then the rollout's own events, then others' traffic."""

PlainGuard = Mapping[VariableKey, frozenset[Value]]
"""A guard without the memory of ended moves: variable -> values."""


class BrokenPair(NamedTuple):
    """A pair of versions that the file calls broken at a hop of the request (from 1).

    Who forwards to what is not there has no version. Of another kind it says that nobody is up there, or that
    the instance goes which the hop called. These are no pair, and have one side.
    """

    hop: int
    aspect: Aspect | None
    consumer: str | None
    provider: str | None
    kind: HazardKind = HazardKind.INCOMPATIBLE

    def __str__(self) -> str:
        if self.kind is HazardKind.INCOMPATIBLE:
            return f"{self.aspect} {self.consumer or 'who forwards'} -> {self.provider}"
        return str(self.kind)


class CourseState(NamedTuple):
    """How all stands, and what single instances see of flags that not all see alike.

    `seen` is what they saw when code of the request ran last; None before it begins.
    """

    kernel: State
    sights: Sights = ALIKE
    seen: Look | None = None


class Option(Struct, frozen=True):
    """One thing that can happen next; `meeting` for a hop of the request, None for anything else.

    `is_noticed`: of a flag that is thrown, the code that takes the next hop goes on only then, and sees it.
    """

    event: Event
    meeting: Meeting | None
    reached: CourseState
    is_noticed: bool = False


class Encounter(Struct, frozen=True):
    """All that a hop meets at once: who takes part, at which versions, with what in its hands.

    `views` is how caller and callee see the flag that guards the contract; None where none does.
    """

    hop: int
    caller: str | None
    callee: str | None
    found: str | None
    schema: str | None
    tokens: tuple[tuple[Contract, str | None], ...]
    kind: HazardKind = HazardKind.INCOMPATIBLE
    views: Views = (None, None)


def track_all_contracts(deployment: Deployment) -> Deployment:
    """The same deployment with every contract under watch: those that no change names break for none."""
    every = {contract: Change(contract) for contract in deployment.contracts}
    return replace(deployment, changes={**every, **deployment.changed})


class RequestCourse:
    """One request of a deployment over the rollout."""

    def __init__(self, deployment: Deployment, request: Request) -> None:
        self.request = request
        self.compiled: Compiled = compile_deployment(track_all_contracts(deployment), request)
        assert self.compiled.walker is not None
        self.walker = self.compiled.walker
        self.vocabulary, self.system = self.compiled.vocabulary, self.compiled.system
        self.outlook = Outlook(self.vocabulary, [request])
        numbers = range(1, len(request.hops) + 1)
        self._ways = {number: self._tested(number) for number in numbers}
        self._predictions: dict[int, list[tuple[Lookup, PlainGuard]]] = {number: [] for number in numbers}
        self._absences: dict[int, list[tuple[Lookup, PlainGuard]]] = {number: [] for number in numbers}
        for lookup in list_lookups(compile_deployment(deployment, request)):
            if lookup.is_broken and lookup.kind is HazardKind.INCOMPATIBLE:
                self._predictions[lookup.hop].append((lookup, _plain(lookup.guard)))
            elif lookup.kind is HazardKind.UNAVAILABLE:
                self._absences[lookup.hop].append((lookup, _plain(lookup.guard)))

    def _tested(self, number: int) -> list[tuple[HopWay, Test]]:
        return [(way, self.system.test(way.event.guard)) for way in list_ways(self.walker, number)]

    @cached_property
    def components(self) -> frozenset[str]:
        """Those that take part in the request."""
        return frozenset(name for hop in self.request.hops for name in (hop.consumer, hop.provider))

    def standings(self, state: CourseState) -> Iterator[tuple[VariableKey, str]]:
        """How each variable of the deployment stands."""
        return ((name, self._state_of(state, name)) for name in self.vocabulary.lives)

    @property
    def initial(self) -> CourseState:
        return CourseState(self.system.initial)

    @property
    def predicted(self) -> tuple[BrokenPair, ...]:
        """Every pair that the file calls broken, hop by hop, whether it can be met or not."""
        found = (lookup for some in self._predictions.values() for lookup, _ in some)
        return tuple(dict.fromkeys(map(pair_of, found)))

    @cached_property
    def depth(self) -> int:
        """About how many events a rollout has: those of one that always takes what comes first."""
        state, length, seen = self.initial, 0, {self.initial}
        while options := [o for o in self.options(state) if o.event.fair and o.reached not in seen]:
            state, length = options[0].reached, length + 1
            seen.add(state)
        return length

    # --- what can happen ---

    def options(self, state: CourseState) -> list[Option]:
        """What can happen in the state, in a fixed order: the request's hops first (last those that it passes
        over), then the rollout's own events, then others' traffic, then calls that nobody answers, then flags
        that are thrown before code goes on that heeds them."""
        others = [
            Option(event, None, self._reach(state, reached))
            for event, reached in self.system.successors(state.kernel)
            if not isinstance(event.cause, HopCause)
        ]
        others.sort(key=lambda option: _ORDER[option.event.kind])  # stable
        noticed = (self._notice(state, option) for option in others)
        return [*self._hops(state), *others, *self._unanswered(state), *filter(None, noticed)]

    def _notice(self, state: CourseState, option: Option) -> Option | None:
        """The event, if it throws a flag that the next hop heeds, and its code can see that before it comes
        there.

        Code that is called by one hop and takes the next has looked at both when it began.
        """
        number = self.next_hop(state)
        if state.seen is None or number > len(self.request.hops):
            return None
        hop, before = self.request.hops[number - 1], self.request.hops[number - 2]
        is_called_for_it = before.verb.is_call and before.provider == hop.consumer
        if is_called_for_it or hop.contract not in self.vocabulary.deployment.flag_of:
            return None
        caller = Instance(hop.consumer, self._caller_at(state, number))
        seen = self.outlook.look(option.reached.sights, self._states(option.reached))
        if self.outlook.view(seen, hop.contract, caller) == self.outlook.view(
            state.seen, hop.contract, caller
        ):
            return None
        return Option(option.event, None, option.reached._replace(seen=seen), is_noticed=True)

    def _unanswered(self, state: CourseState) -> Iterator[Option]:
        """The request's next call where nobody is up; the deployment stays as it is."""
        number = self.next_hop(state)
        for lookup, guard in self._absences.get(number, ()):
            if self._ways[number] and self._holds(state, guard):
                caller = lookup.instance if number == 1 else None
                yield Option(
                    self._ways[number][0][0].event, Meeting(None, None, caller, is_nobody=True), state
                )

    def _holds(self, state: CourseState, guard: PlainGuard) -> bool:
        return all(_bare(self.system.value(state.kernel, name)) in allowed for name, allowed in guard.items())

    def _hops(self, state: CourseState) -> Iterator[Option]:
        number = self.next_hop(state)
        for way, test in self._ways.get(number, ()):
            if passes(state.kernel, test):
                kernel = self.system.successor(state.kernel, way.event)
                for born in self._list_born(state, number, way):
                    caller = way.caller if number == 1 else None
                    for found in self._found(state, number, way):
                        meeting = Meeting(way.callee, found, caller, sees=born)
                        yield Option(way.event, meeting, self._reach(state, kernel, born))

    def _list_born(self, state: CourseState, number: int, way: HopWay) -> Iterator[Sights]:
        """What those can see that take part from this hop on, so that the hop goes this way."""
        hop = self.request.hops[number - 1]
        caller, callee = Instance(hop.consumer, way.caller), Instance(hop.provider, way.callee)
        taking_part = [*([caller] if number == 1 else []), *([callee] if hop.verb.is_call else [])]
        for born in self.outlook.list_born(self._states(state), taking_part):
            views = self._views(state, born, caller, callee, hop.contract)
            if way.view in (None, views[0]) and way.callee_view in (None, views[1]):
                yield born

    def _views(
        self, state: CourseState, born: Sights, caller: Instance, callee: Instance, contract: Contract
    ) -> Views:
        """How caller and callee see the flag that guards the contract."""
        now = self._look(state, born)
        return self.outlook.views(contract, caller, callee, state.seen or now, now)

    def _look(self, state: CourseState, born: Sights) -> Look:
        states = self._states(state)
        return self.outlook.look(self.outlook.after(state.sights, states, states, born), states)

    def _states(self, state: CourseState) -> StateOf:
        return lambda name: self._state_of(state, name)

    def _reach(self, before: CourseState, kernel: State, born: Sights | None = None) -> CourseState:
        """The state after an event; `born` is what is seen from then on at a hop of the request."""
        after = CourseState(kernel)
        sights = self.outlook.after(before.sights, self._states(before), self._states(after), born or ALIKE)
        seen = before.seen if born is None else self.outlook.look(sights, self._states(after))
        return CourseState(kernel, sights, seen)

    def _found(self, state: CourseState, number: int, way: HopWay) -> list[str | None]:
        """The forms that the hop can find; of what is not carried along the event leaves it open."""
        hop = self.request.hops[number - 1]
        if way.found or not (hop.verb.finds_content and self.vocabulary.has_content(hop.contract)):
            return [way.found]
        held = self.vocabulary.forms.held[self._state_of(state, content_of(hop.contract))]
        return [form for form in self.vocabulary.deployment.versions if form in held] or [None]

    def next_hop(self, state: CourseState) -> int:
        """The number of the hop that is next, from 1."""
        ran = self.system.value(state.kernel, REQUEST)
        assert isinstance(ran, int)
        return ran + 1

    def _state_of(self, state: CourseState, name: VariableKey) -> str:
        return str(_bare(self.system.value(state.kernel, name)))

    # --- what it means ---

    def broken(self, state: CourseState, meeting: Meeting) -> tuple[BrokenPair, ...]:
        """The pairs of the next hop that the file calls broken and that the meeting is."""
        number = self.next_hop(state)
        caller = self._caller(state, meeting)
        if meeting.is_nobody:
            return (BrokenPair(number, None, caller, None, HazardKind.UNAVAILABLE),)
        hop = self.request.hops[number - 1]
        own, other = Instance(hop.consumer, caller), Instance(hop.provider, meeting.callee)
        views = self._views(state, meeting.sees, own, other, hop.contract)
        found = [
            pair_of(lookup)
            for lookup, guard in self._predictions[number]
            if lookup.instance in (None, caller)
            and lookup.callee in (None, meeting.callee)
            and (lookup.aspect is not Aspect.CONTENT or lookup.provider_version == meeting.found)
            and self.outlook.is_looked_up(lookup, hop.contract, own, other, views)
            and self._holds(state, guard)
        ]
        return tuple(dict.fromkeys(found))

    def _caller(self, state: CourseState, meeting: Meeting) -> str | None:
        """The version of the consumer of the next hop."""
        return meeting.caller or self._caller_at(state, self.next_hop(state))

    def _caller_at(self, state: CourseState, number: int) -> str | None:
        callers = self.walker.callers(number)
        return next((version for version, guard in callers if self.system.holds(state.kernel, guard)), None)

    def encounter(self, state: CourseState, meeting: Meeting) -> Encounter:
        """Everything that the next hop meets in this state, by this meeting."""
        number = self.next_hop(state)
        contract = self.request.hops[number - 1].contract
        schema = self._state_of(state, schema_of(contract)) if self.vocabulary.has_schema(contract) else None
        tokens = tuple((source, self._token(state, source)) for source in self.walker.sources(number))
        kind = HazardKind.UNAVAILABLE if meeting.is_nobody else HazardKind.INCOMPATIBLE
        caller, hop = self._caller(state, meeting), self.request.hops[number - 1]
        own, other = Instance(hop.consumer, caller), Instance(hop.provider, meeting.callee)
        views = self._views(state, meeting.sees, own, other, contract)
        told = views[0] if caller else None, views[1] if meeting.callee else None
        return Encounter(number, caller, meeting.callee, meeting.found, schema, tokens, kind, told)

    def interruption(self, event: Event) -> tuple[Encounter, BrokenPair] | None:
        """What an event interrupts that takes the request's own instance away; None of any other."""
        pair = find_loss(event)
        if pair is None:
            return None
        return Encounter(pair.hop, pair.consumer, pair.provider, None, None, (), pair.kind), pair

    def _token(self, state: CourseState, source: Contract) -> str | None:
        form = self.system.value(state.kernel, token_of(source))
        return None if form is None else str(form)

    def changes(self, before: CourseState, after: CourseState) -> Iterator[tuple[VariableKey, str, str]]:
        """The deployment's variables that differ: key, state before, state after."""
        for name in self.vocabulary.lives:
            here, there = self._state_of(before, name), self._state_of(after, name)
            if here != there:
                yield name, here, there


def find_loss(event: Event) -> BrokenPair | None:
    """That an instance goes with the request on it, by the hop that called it; None of any other event."""
    if event.cut is None:
        return None
    own, called = (event.cut.version, None) if not event.cut.born else (None, event.cut.version)
    return BrokenPair(max(event.cut.born, 1), None, own, called, HazardKind.INTERRUPTED)


def pair_of(lookup: Lookup) -> BrokenPair:
    """The pair of a lookup that is incompatible."""
    aspect, consumer, provider = lookup.aspect, lookup.consumer_version, lookup.provider_version
    assert aspect is not None, "an incompatible pair has an aspect"
    assert provider is not None, "and a provider's version; who forwards may have none"
    return BrokenPair(lookup.hop, aspect, consumer, provider)


def _bare(value: Value) -> Value:
    return value.state if isinstance(value, Standing) else value


def _plain(guard: Guard) -> PlainGuard:
    return {name: frozenset(map(_bare, allowed)) for name, allowed in guard.items()}
