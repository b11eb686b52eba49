"""The request under watch: a walker inside the deployment, whose hops take time between them.

The walker's state is how many hops it has run, the version of each instance that it holds, and
the forms in which it obtained the subjects that a later hop is `using`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from ..deployment import Deployment, Hop, Request, Route, list_obtained
from ..names import REQUEST, SPAN, Contract, VariableKey, session_of, token_of
from .stack import Frame, build_stack
from .system import Guard, Value, Variable, conjoin
from .variables import Vocabulary


class Walker:
    """What one request of a deployment remembers, as variables and guards. Its events are in `hops`."""

    def __init__(self, vocabulary: Vocabulary, request: Request) -> None:
        self.vocabulary = vocabulary
        self.deployment: Deployment = vocabulary.deployment
        self.request = request
        self.stack = build_stack(request.hops)
        self._pulls = vocabulary.deployment.pulls(request)
        self.tokens = self._last_uses()
        self.sessions = self._last_calls()

    # --- what the walker remembers ---

    def variables(self) -> Iterator[Variable]:
        versions = (None, *self.deployment.versions)
        yield Variable(REQUEST, tuple(range(len(self.request.hops) + 1)), 0)
        keys = [frame.variable for frame in self._held]
        keys += [token_of(contract) for contract in self.tokens]
        keys += [session_of(component) for component in self.sessions]
        for key in keys:
            yield Variable(key, versions, None)
        if self.deployment.max_span is not None:
            yield Variable(SPAN, tuple(range(self.deployment.max_span + 1)), 0)

    @cached_property
    def _held(self) -> list[Frame]:
        return [f for f in self.stack.frames if f.is_held and f.component in self.vocabulary.rollouts]

    @cached_property
    def _held_until(self) -> dict[int, list[VariableKey]]:
        """The variables of the frames that have answered after each hop."""
        found: dict[int, list[VariableKey]] = {}
        for frame in self._held:
            found.setdefault(frame.until, []).append(frame.variable)
        return found

    @cached_property
    def called_at(self) -> dict[int, Frame]:
        return {frame.born: frame for frame in self.stack.frames}

    def _last_uses(self) -> dict[Contract, int]:
        """The contracts whose form is carried along, each with the last hop that is using it."""
        uses: dict[Contract, int] = {}
        for number in range(1, len(self.request.hops) + 1):
            uses.update(dict.fromkeys(self.sources(number), number))
        return uses

    def _last_calls(self) -> dict[str, int]:
        """The components to which the request keeps, each with the last hop that calls it."""
        calls: dict[str, list[int]] = {}
        for number, hop in enumerate(self.request.hops, start=1):
            if hop.verb.is_call and self._route(hop) is Route.SESSION:
                calls.setdefault(hop.provider, []).append(number)
        return {component: numbers[-1] for component, numbers in calls.items() if len(numbers) > 1}

    def _route(self, hop: Hop) -> Route:
        return self.deployment.components[hop.provider].route

    def sources(self, number: int) -> list[Contract]:
        """The changed contracts from which hop `number` (from 1) has what it is using."""
        return find_sources(self.deployment, self.request.hops, number)

    # --- guards ---

    def is_next(self, number: int) -> Guard:
        """Hop `number` is the next to run."""
        return {REQUEST: frozenset({number - 1})}

    def in_flight(self) -> Guard:
        return {REQUEST: frozenset(range(1, len(self.request.hops)))}

    def not_in_flight(self) -> Guard:
        return {REQUEST: frozenset({0, len(self.request.hops)})}

    def not_on(self, component: str) -> Guard:
        """The request holds no instance of the component."""
        return {frame.variable: frozenset({None}) for frame in self.held_at(component)}

    def held_at(self, component: str) -> list[Frame]:
        """The frames by which the request can hold an instance of the component."""
        return [frame for frame in self._held if frame.component == component]

    def is_pulled(self, frame: Frame) -> bool:
        """Whether it is the worker of a job that pulls: it may stand on an instance that is not ready."""
        return not frame.born and self._pulls

    def on(self, frame: Frame, version: str) -> Guard:
        """The frame is an instance of that version."""
        return {frame.variable: frozenset({version})}

    def not_of(self, frame: Frame, versions: Iterable[str]) -> Guard:
        """The frame is no instance of any of the versions."""
        others = frozenset(versions)
        return {frame.variable: frozenset({None, *self.deployment.versions}) - others} if others else {}

    def spared(self, component: str, source: str, target: str) -> Guard | None:
        """The request is on no version of which the component's instances, on the way from one state to
        another, lose the last; None where it must be."""
        fleet = self.vocabulary.rollouts[component]
        guards = []
        for frame in self.held_at(component):
            pulled = self.is_pulled(frame)
            lost = fleet.lost(source, target, pulled=pulled)
            gone = [version for version in lost if not fleet.remains(target, version, pulled=pulled)]
            guards.append(self.not_of(frame, gone))
        return conjoin(*guards)

    def not_carrying(self, contract: Contract, forms: frozenset[str]) -> Guard:
        """The request has obtained the contract's subject in none of the forms."""
        if contract not in self.tokens:
            return {}
        return {token_of(contract): frozenset({None, *self.deployment.versions}) - forms}

    def obtained(self, contract: Contract, form: str) -> Guard:
        return {token_of(contract): frozenset({form})}

    def callers(self, number: int) -> list[tuple[str | None, Guard]]:
        """The versions that the caller of hop `number` can have where it runs the hop, each with its guard.

        An anonymous client has none: [(None, {})]. The first hop of a job picks its worker.
        """
        hop = self.request.hops[number - 1]
        return [
            (version, guard)
            for version, guard in self.all_callers(number)
            if version is None or self.deployment.runs(version, hop)
        ]

    def runs(self, number: int) -> Guard:
        """The caller of hop `number`, not the first, runs it and does not pass it over."""
        hop, frame = self.request.hops[number - 1], self.caller(number)
        if number == 1 or not (hop.since or hop.until or self.may_be_missing(number)):
            return {}
        return {
            frame.variable: frozenset(v for v in self.deployment.versions if self.deployment.runs(v, hop))
        }

    def all_callers(self, number: int) -> list[tuple[str | None, Guard]]:
        frame = self.caller(number)
        if frame.component not in self.vocabulary.rollouts:
            return [(None, {})]
        return [(version, self._caller_is(number, frame, version)) for version in self.deployment.versions]

    def caller(self, number: int) -> Frame:
        return self.stack.frames[self.stack.callers[number - 1]]

    def _caller_is(self, number: int, frame: Frame, version: str) -> Guard:
        if number > 1:
            return {frame.variable: frozenset({version})}
        vocabulary, component = self.vocabulary, frame.component
        there = vocabulary.runs if self._pulls else vocabulary.up
        leads = vocabulary.leads(component, version) if self.request.hops[0].by_leader else {}
        return {**there(component, version), **vocabulary.running(component), **leads}  # three variables

    def picks(self, number: int, version: str) -> Iterator[Guard]:
        """When the call of hop `number` can go to an instance of the version: it takes calls, and the route
        leads there, or where the route leads nobody does; a call of the leader goes to that alone."""
        hop = self.request.hops[number - 1]
        up, free = self.vocabulary.up(hop.provider, version), dict[VariableKey, frozenset[Value]]()
        if hop.to_leader:  # no route leads past it
            yield {**up, **self.vocabulary.leads(hop.provider, version)}
            return
        for bound in self._bound(number, hop):
            yield {**up, **free, bound: frozenset({version})}
            for other in self.deployment.versions:
                gone = conjoin(up, self.vocabulary.not_up(hop.provider, other))
                if other != version and gone is not None:
                    yield {**gone, **free, bound: frozenset({other})}
            free[bound] = frozenset({None})
        yield {**up, **free}

    def _bound(self, number: int, hop: Hop) -> list[VariableKey]:
        """The variables that say to which version the call of the hop must go: the first that says one."""
        match self._route(hop):
            case Route.SESSION if hop.provider in self.sessions:
                return [session_of(hop.provider)]
            case Route.CARRIED:
                return [token_of(source) for source in self.sources(number)]
        return []

    # --- effects ---

    def over(self) -> dict[VariableKey, Value]:
        """The effect of an event that ends the request, wherever it is."""
        forgotten = [frame.variable for frame in self._held]
        forgotten += [token_of(contract) for contract in self.tokens]
        forgotten += [session_of(component) for component in self.sessions]
        return {REQUEST: len(self.request.hops), **dict.fromkeys(forgotten)}

    def may_be_missing(self, number: int) -> bool:
        """Whether the call of the hop's caller can have been passed over."""
        return self.stack.callers[number - 1] in self._missing

    @cached_property
    def _missing(self) -> frozenset[int]:
        """The frames whose call, or one above it, some versions pass over."""
        found: set[int] = set()
        for index, frame in enumerate(self.stack.frames):  # callers come first
            call = self.request.hops[frame.born - 1]
            if frame.born and (call.since or call.until or frame.parent in found):
                found.add(index)
        return frozenset(found)

    def is_carried(self, contract: Contract, number: int) -> bool:
        return self.tokens.get(contract, 0) > number

    def gone_on(self, number: int) -> dict[VariableKey, Value]:
        """Hop `number` is done. The frames that have answered, the forms that no later hop uses and the
        versions to which no later call keeps are forgotten."""
        forgotten = list(self._held_until.get(number, ()))
        forgotten += [token_of(contract) for contract, last in self.tokens.items() if last == number]
        forgotten += [session_of(component) for component, last in self.sessions.items() if last == number]
        return {REQUEST: number, **dict.fromkeys(forgotten)}


def find_sources(deployment: Deployment, hops: tuple[Hop, ...], number: int) -> list[Contract]:
    """The changed contracts from which hop `number` (from 1) has what it is using."""
    return [contract for contract in list_obtained(hops, number) if contract in deployment.changed]
