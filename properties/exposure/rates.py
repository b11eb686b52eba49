"""How fast each event happens: by its word, and, of a write, by the requests that make it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from msgspec import Struct, structs

from ...model.compiler.causes import HopCause, LossCause, MoveCause, PassCause, PipelineCause, WriteCause
from ...model.compiler.compile import Compiled
from ...model.compiler.life_variables import Standing
from ...model.compiler.system import Event, State, Test
from ...model.deployment.timing import CONSUME, GONE, STEP
from ...model.errors import InvalidDeploymentError, Problem
from ...model.names import Contract, VariableKind, instances_of

AT_ONCE = None
"""In the place of a rate: the event takes no time."""


class TimedEvent(Struct, frozen=True):
    """An event with its rate (a second), or `AT_ONCE`; of a write by an instance the rate is that of the
    requests, of which so many as instances of `version` are of `component` write. Events of one `clock` are
    one that can happen for several reasons, as the last message of a queue that many empty: where some of
    them can, it happens at their rate, and no faster where more can."""

    event: Event
    rate: Fraction | None
    component: str | None = None
    version: str | None = None
    clock: int = 0

    def rate_in(self, alone: Compiled, state: State) -> Fraction:
        """The rate in a state of the deployment, of an event that takes time."""
        assert self.rate is not None
        if self.component is None or self.version is None:
            return self.rate
        return self.rate * share_of(alone, state, self.component, self.version)


class PlacedEvent(Struct, frozen=True):
    """A timed event with what it asks for and does, by places and ranks of a state; `weighed` are the places
    on which its rate depends, `places` all of these."""

    timed: TimedEvent
    test: Test
    effect: tuple[tuple[int, int], ...]
    weighed: frozenset[int]

    @property
    def places(self) -> frozenset[int]:
        return self.weighed.union(place for place, _ in (*self.test, *self.effect))

    def depends_on(self, place: int, before: int, after: int) -> bool:
        """Whether and how often it can happen may depend on which of two ranks the place has."""
        if place in self.weighed or any(at == place and rank in (before, after) for at, rank in self.effect):
            return True
        return any(mask >> before & 1 != mask >> after & 1 for at, mask in self.test if at == place)

    def changes(self, state: State) -> bool:
        """Whether anything is otherwise after it."""
        return any(state[place] != rank for place, rank in self.effect)

    def change(self, state: State) -> tuple[list[int], State]:
        """The places that are otherwise after it, and the state then."""
        values = list(state)
        for place, rank in self.effect:
            values[place] = rank
        return [place for place, rank in self.effect if state[place] != rank], tuple(values)


def locate_event(alone: Compiled, timed: TimedEvent) -> PlacedEvent:
    """The event, for who asks of many states whether it can happen."""
    system, event = alone.system, timed.event
    effect = tuple(
        (place, system.variables[place].domain.index(value))
        for place, value in ((system.index(key), value) for key, value in event.effect.items())
    )
    weighed = (instances_of(one) for one in (timed.component,) if one is not None)
    return PlacedEvent(timed, system.test(event.guard), effect, frozenset(map(system.index, weighed)))


class Rates(Struct, frozen=True):
    """The events that happen; `left_out` says, by contract or component, which do not for want of a rate."""

    timed: tuple[TimedEvent, ...]
    left_out: Mapping[str, str]
    unknown: frozenset[Contract]
    """Contracts of which the content is not known, for the same want."""
    shifts: bool = False
    """Whether what is left out changes what moves depend on: they may take shorter or longer then."""


def find_rates(alone: Compiled) -> Rates:
    """The rate of each event of the deployment. Raises `InvalidDeploymentError` for moves of which nobody
    said how long they take."""
    timing = alone.vocabulary.deployment.timing
    timed: list[TimedEvent] = []
    missing: dict[str, str] = {}
    left_out: dict[str, str] = {}
    unknown: set[Contract] = set()
    for event in alone.system.events:
        match event.cause:
            case HopCause() | PassCause():
                continue  # the request's own: `slow` says when they happen
            case PipelineCause():
                timed.append(TimedEvent(event, _rate(timing.seconds("", STEP))))
            case MoveCause(instruction=instruction) if instruction is not None:
                word = word_of(event.cause)
                seconds = timing.seconds(event.owner.partition("/")[0], word)
                if seconds is None:
                    missing.setdefault(word, event.text)
                else:
                    timed.append(TimedEvent(event, _rate(seconds)))
            case WriteCause(contract, component, version):
                rate = _writes(alone, contract, component)
                if rate is None:
                    left_out[str(contract)] = (
                        f"nobody says how often {component} writes {contract} (`traffic`)"
                    )
                    unknown.add(contract)
                elif rate:
                    timed.append(TimedEvent(event, rate, component, version))
            case LossCause(contract=contract):
                seconds = timing.seconds(contract.provider, CONSUME)
                if seconds:
                    timed.append(TimedEvent(event, 1 / seconds))
                else:
                    left_out[str(contract)] = (
                        f"nobody says when what lies at {contract} is used up (`durations: consume`)"
                    )
                    unknown.add(contract)
            case _:
                left_out[event.owner] = f"{event.text}: events of this kind have no rate"
                unknown |= {c for c in alone.vocabulary.changed if str(c) == event.owner}
    if missing:
        raise InvalidDeploymentError([_missing(word, text) for word, text in missing.items()])
    counted = {id(one.event) for one in timed}
    others = (one for one in alone.system.events if not isinstance(one.cause, HopCause | PassCause))
    changed = {key for one in others if id(one) not in counted for key in one.effect}
    asked = {key for one in timed for key in (*one.event.guard, *one.event.effect)}
    return Rates(tuple(_wind(timed)), left_out, frozenset(unknown), bool(changed & asked and left_out))


def _wind(timed: Iterable[TimedEvent]) -> Iterator[TimedEvent]:
    """Each with its clock: that of others that happen for one cause and do the same."""
    clocks: dict[object, int] = {}
    for one in timed:
        same = one.event.cause, frozenset(one.event.effect.items())
        yield structs.replace(one, clock=clocks.setdefault(same, len(clocks)))


def list_once(going: Iterable[tuple[TimedEvent, State]]) -> list[tuple[TimedEvent, State]]:
    """Of events that can happen in a state, with what is then, one for each clock."""
    return list({one.clock: (one, there) for one, there in going}.values())


def _missing(word: str, text: str) -> Problem:
    message = f"nobody says how long `{word}` takes, as in: {text}"
    return Problem("missing-key", message, fix=f"write `durations: {{{word}: 20s}}`")


def word_of(cause: MoveCause) -> str:
    """The word by which `durations` speaks of a move's event."""
    if cause.variable.kind is not VariableKind.INSTANCES:
        return str(cause.instruction)
    return GONE if cause.trigger.endswith("is gone") else cause.trigger.split(" ")[0]


def _rate(seconds: Fraction | None) -> Fraction | None:
    return 1 / seconds if seconds else AT_ONCE


def _writes(alone: Compiled, contract: Contract, component: str) -> Fraction | None:
    """How often a second all instances of the component write there together; None if nobody says so of some
    request."""
    deployment = alone.vocabulary.deployment
    total = Fraction(0)
    for request, number in deployment.hops_at.get(contract, ()):
        hop = request.hops[number - 1]
        if hop.consumer == component and hop.verb.leaves_content:
            if request.name not in deployment.timing.traffic:
                return None
            total += deployment.timing.traffic[request.name]
    return total


def share_of(alone: Compiled, state: State, component: str, version: str) -> Fraction:
    """The share of the instances that take calls which are of the version."""
    value = alone.system.value(state, instances_of(component))
    assert isinstance(value, Standing)
    counts = alone.vocabulary.rollouts[component].counts[value.state]
    total = sum(counts.values())
    return Fraction(counts.get(version, 0), total) if total else Fraction(0)
