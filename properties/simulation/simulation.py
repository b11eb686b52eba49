"""A deployment under way with several requests in flight, one event at a time.

The checker watches one request in each product; here as many walk as one likes. Each walker has
the `System` of its own request, and all of them share what is the deployment's own: an event of the
deployment happens only where each walker's system lets it (the drain of an instance that one of them
holds waits for it), and what a hop leaves behind all others find.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from msgspec import Struct, field

from ...model.compiler.causes import tell_hop_versions
from ...model.compiler.compile import Compiled, compile_deployment
from ...model.compiler.hops import HopWay, build_pass_events, list_ways
from ...model.compiler.space import find_step, show_value
from ...model.compiler.system import Event, State, Test, Value, passes
from ...model.deployment import Aspect, Deployment, Hop, Request
from ...model.machines.rollouts import Rollout
from ...model.names import REQUEST, VariableKey, instances_of
from ..lookups.listing import list_lookups
from ..lookups.lookup import Lookup


class Play:
    """A deployment and each of its requests, compiled once; simulations of it share one."""

    def __init__(self, deployment: Deployment, rollouts: Mapping[str, Rollout] | None = None) -> None:
        self.deployment = deployment
        self.own: Compiled = compile_deployment(deployment, rollouts=rollouts)
        self.watched: dict[str, Compiled] = {
            request.name: compile_deployment(deployment, request, rollouts=rollouts)
            for request in deployment.requests
        }

    @cached_property
    def pairs(self) -> dict[tuple[str, int], list[tuple[Lookup, Test]]]:
        """By request and hop (from 1), all that the hop looks up, with when."""
        found: dict[tuple[str, int], list[tuple[Lookup, Test]]] = {}
        for name, compiled in self.watched.items():
            for pair in list_lookups(compiled):
                if pair.event is None:
                    found.setdefault((name, pair.hop), []).append((pair, compiled.system.test(pair.guard)))
        return found

    @cached_property
    def interruptions(self) -> dict[str, list[Lookup]]:
        """By request, the retirements that can cut it off."""
        return {
            name: [pair for pair in list_lookups(compiled) if pair.event is not None]
            for name, compiled in self.watched.items()
        }

    @cached_property
    def passings(self) -> dict[tuple[str, int], list[tuple[Event, Test]]]:
        """By request and hop (from 1), the events by which a caller passes the hop over, with when."""
        found: dict[tuple[str, int], list[tuple[Event, Test]]] = {}
        for name, compiled in self.watched.items():
            assert compiled.walker is not None
            for number in range(1, len(compiled.walker.request.hops) + 1):
                events = build_pass_events(compiled.walker, number)
                found[name, number] = [(event, compiled.system.test(event.guard)) for event in events]
        return found

    @cached_property
    def ways(self) -> dict[tuple[str, int], list[tuple[HopWay, Test]]]:
        """By request and hop (from 1), every way in which it can go on, with when."""
        found: dict[tuple[str, int], list[tuple[HopWay, Test]]] = {}
        for name, compiled in self.watched.items():
            assert compiled.walker is not None
            for number in range(1, len(compiled.walker.request.hops) + 1):
                system, every = compiled.system, list_ways(compiled.walker, number)
                found[name, number] = [(way, system.test(way.event.guard)) for way in every]
        return found


class Happening(Struct, frozen=True):
    """An event of the deployment (a move, the pipeline, other traffic) that can happen now.

    `changes` says what it changes, by variable: (before, after) as a person reads
    them, `("3×V1", "3×V1 1×V2")`. `states` are the walkers' states after it; those in `cut` lose their
    instance by it and are over, each with the hazard that this is.
    """

    event: Event
    own: State
    states: Mapping[int, State]
    changes: Mapping[VariableKey, tuple[str, str]]
    cut: Mapping[int, Lookup] = field(default_factory=dict)

    def __str__(self) -> str:
        off = ", ".join(f"request {number}" for number in self.cut)
        return f"{self.event.text}; it cuts off {off}" if off else self.event.text


class HopRun(Struct, frozen=True):
    """A hop that a request runs, or attempts, now.

    `walker` tells the requests in flight apart (from 1, in the order in which they started), `number`
    counts the hop from 1. `caller` is the version of the consumer (None: an anonymous client), `callee`
    that of the instance that takes the call, `found` the form that is found in a content; each None
    where there is none. `waits`: an attempt, at which nothing happens (nobody is up, the queue is
    empty). `is_passed_over`: the caller is of a version that does not run the hop (or was never called);
    the request goes on without it. `pairs` is all that the hop looks up, as things stand just before it.
    `view` and `callee_view` are how caller and callee see the flag that guards the contract, where the hop
    depends on it.
    """

    walker: int
    request: Request
    number: int
    caller: str | None
    callee: str | None
    found: str | None
    waits: bool
    pairs: tuple[Lookup, ...]
    event: Event | None
    is_passed_over: bool = False
    view: str | None = None
    callee_view: str | None = None

    @property
    def hop(self) -> Hop:
        return self.request.hops[self.number - 1]

    @property
    def hazards(self) -> tuple[Lookup, ...]:
        """The pairs that break: what the model predicts to fail."""
        return tuple(pair for pair in self.pairs if pair.is_broken)

    def __str__(self) -> str:
        if self.is_passed_over and self.event is not None:
            return self.event.text
        text = tell_hop_versions(self.hop, self.caller, self.callee or self.found)
        return f"{text} (waits)" if self.waits else text


@dataclass(slots=True)
class InFlight:
    """A request that has run its first hop and not yet its last."""

    request: Request
    state: State


class Simulation:
    """One run of a deployment with its requests; `happenings` and `hops` say what can come next."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.own: State = play.own.system.initial
        self.in_flight: dict[int, InFlight] = {}
        self._started = 0

    # --- what holds now ---

    def value(self, key: VariableKey) -> Value:
        """What one of the deployment's own variables has."""
        return self.play.own.system.value(self.own, key)

    @property
    def step(self) -> str:
        """The step in which the pipeline stands."""
        return find_step(self.play.own, self.own)

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps in which the pipelines stand."""
        return tuple(position.step for position in self.play.own.where(self.own))

    @property
    def is_complete(self) -> bool:
        """The pipeline is past its last step, and all moves are over."""
        return self.play.own.is_complete(self.own)

    def up(self, component: str) -> frozenset[str]:
        """The versions of the component of which an instance is up."""
        vocabulary, system = self.play.own.vocabulary, self.play.own.system
        versions = self.play.deployment.versions
        return frozenset(v for v in versions if system.holds(self.own, vocabulary.up(component, v)))

    def counts(self, component: str) -> Mapping[str, int]:
        """How many instances of each version of the component take calls."""
        state = show_value(self.value(instances_of(component)))
        return self.play.own.vocabulary.rollouts[component].counts[state]

    # --- the deployment's own events ---

    def happenings(self) -> Iterator[Happening]:
        """Every event of the deployment that each request in flight lets happen now."""
        for event, own in self.play.own.system.successors(self.own):
            ways = [list(self._follow(walker, event, own)) for walker in self.in_flight.values()]
            for chosen in product(*ways):
                by_number = dict(zip(self.in_flight, chosen, strict=True))
                states = {number: state for number, (state, _) in by_number.items()}
                cut = {number: lost for number, (_, lost) in by_number.items() if lost is not None}
                yield Happening(event, own, states, self._changes(own), cut)

    def _follow(self, walker: InFlight, event: Event, own: State) -> Iterator[tuple[State, Lookup | None]]:
        """The walker's states after the event of the deployment, with how it is cut off if it is; none
        where the walker holds the event up."""
        compiled = self.play.watched[walker.request.name]
        for other, reached in compiled.system.successors(walker.state):
            if (other.kind, other.owner) == (event.kind, event.owner) and reached[: len(own)] == own:
                lost = (pair for pair in self.play.interruptions[walker.request.name] if pair.event is other)
                if other.cut is not None:
                    yield reached, next(lost)
                elif other.cause == event.cause:
                    yield reached, None

    def _changes(self, own: State) -> dict[VariableKey, tuple[str, str]]:
        variables = zip(self.play.own.system.variables, self.own, own, strict=True)
        return {v.key: (show_value(v.domain[a]), show_value(v.domain[b])) for v, a, b in variables if a != b}

    def fire(self, happening: Happening) -> None:
        """Lets the event happen."""
        self.own = happening.own
        for number, state in happening.states.items():
            self.in_flight[number].state = state
        self._forget_ended()

    # --- requests ---

    def starts(self, request: Request) -> Iterator[HopRun]:
        """Every way in which a new request of that kind can run its first hop now."""
        compiled = self.play.watched[request.name]
        state = self.own + compiled.system.initial[len(self.own) :]
        yield from self._runs(self._started + 1, InFlight(request, state))

    def hops(self, walker: int) -> Iterator[HopRun]:
        """Every way in which a request in flight can run its next hop now."""
        yield from self._runs(walker, self.in_flight[walker])

    def run(self, run: HopRun) -> None:
        """Runs the hop; an attempt changes nothing."""
        if run.event is None:
            return
        compiled = self.play.watched[run.request.name]
        if run.walker not in self.in_flight:
            state = self.own + compiled.system.initial[len(self.own) :]
            self.in_flight[run.walker] = InFlight(run.request, state)
            self._started = run.walker
        walker = self.in_flight[run.walker]
        walker.state = compiled.system.successor(walker.state, run.event)
        self.own = walker.state[: len(self.own)]
        for other in self.in_flight.values():
            other.state = self.own + other.state[len(self.own) :]
        self._forget_ended()

    def give_up(self, walker: int) -> None:
        """The request waits no longer, and is over before its last hop."""
        self.in_flight.pop(walker, None)

    def _forget_ended(self) -> None:
        ended = [number for number, walker in self.in_flight.items() if self._next(walker) is None]
        for number in ended:
            del self.in_flight[number]

    def _next(self, walker: InFlight) -> int | None:
        """The next hop (from 1); None once the last has run."""
        done = self.play.watched[walker.request.name].system.value(walker.state, REQUEST)
        assert isinstance(done, int)
        return done + 1 if done < len(walker.request.hops) else None

    def _runs(self, number: int, walker: InFlight) -> Iterator[HopRun]:
        hop = self._next(walker)
        assert hop is not None
        key = walker.request.name, hop
        held = [pair for pair, test in self.play.pairs.get(key, ()) if passes(walker.state, test)]
        ways = [way for way, test in self.play.ways[key] if passes(walker.state, test)]
        for way in ways:
            for found in self._found(walker.request.hops[hop - 1], way):
                pairs = tuple(pair for pair in held if _is_looked_up(pair, way, found))
                versions = way.caller, way.callee, found
                views = way.view, way.callee_view
                yield HopRun(number, walker.request, hop, *versions, False, pairs, way.event, False, *views)
        passings = [event for event, test in self.play.passings[key] if passes(walker.state, test)]
        for event in passings:
            nobody = None, None, None
            yield HopRun(number, walker.request, hop, *nobody, False, (), event, is_passed_over=True)
        if not (ways or passings) and (hop > 1 or held):  # a job that cannot start attempts nothing
            callers = dict.fromkeys(pair.instance for pair in held if pair.instance is not None)
            for caller in (*callers,) or (None,):
                own = tuple(pair for pair in held if pair.instance in (None, caller))
                yield HopRun(number, walker.request, hop, caller, None, None, True, own, None)

    def _found(self, hop: Hop, way: HopWay) -> list[str | None]:
        """The forms that the hop can find; of what is not carried along the event leaves it open."""
        vocabulary, system = self.play.own.vocabulary, self.play.own.system
        if way.found is not None or not (hop.verb.finds_content and vocabulary.has_content(hop.contract)):
            return [way.found]
        versions = self.play.deployment.versions
        forms = [v for v in versions if system.holds(self.own, vocabulary.holds(hop.contract, v))]
        return [*forms] or [None]


def _is_looked_up(pair: Lookup, way: HopWay, found: str | None) -> bool:
    """Whether a pair whose guard holds is one that the hop looks up if it goes this way."""
    if pair.aspect is Aspect.CONTENT and pair.provider_version != found:
        return False
    return pair.instance in (None, way.caller) and pair.callee in (None, way.callee)
