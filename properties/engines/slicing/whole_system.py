"""The compiled system of a whole request, of which only those events are made that a story asks for.

A thousand services with a hundred replicas each have hundreds of thousands of events; a story makes some
hundred of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from ....model.compiler.actions import build_events_of_move, find_held_up
from ....model.compiler.advances import Advance
from ....model.compiler.compile import Compiled
from ....model.compiler.completion import list_enabled_afterwards
from ....model.compiler.consequences import with_consequences
from ....model.compiler.departures import build_ending_events_of
from ....model.compiler.hops import build_events_past
from ....model.compiler.life_variables import Standing
from ....model.compiler.moves import Position
from ....model.compiler.pipeline import list_advances_from
from ....model.compiler.readiness import build_migration_events_of
from ....model.compiler.restarts import build_restart_events_of
from ....model.compiler.system import Event, Guard, System, Value
from ....model.compiler.traffic import build_traffic_events
from ....model.compiler.variables import Vocabulary
from ....model.compiler.walker import Walker
from ....model.deployment import Kind
from ....model.names import PIPELINE, VariableKey, VariableKind
from ...temporal.offers import find_offerer, is_offered
from .copies import is_same_copying

if TYPE_CHECKING:
    from .schedule import Schedule

Traffic = Mapping[VariableKey, list[Event]]
"""What others do, by the variable that it changes."""


def group_traffic(vocabulary: Vocabulary) -> Traffic:
    """The events of the traffic, and what is enabled after the end."""
    found: dict[VariableKey, list[Event]] = {}
    for event in (*build_traffic_events(vocabulary), *list_enabled_afterwards(vocabulary)):
        for name in event.effect:
            found.setdefault(name, []).append(event)
    return found


RunAlone = dict[int, list[Event]]
"""What a cluster does before the pipeline goes on to the first position of its way, the second, and so on."""


class RunsAlone(Struct):
    """What clusters do in which nobody else has a say: `found` by the leader of each, and by the length and
    the last position of the way, which tell ways apart. `asked` are the leaders of which it was asked."""

    found: dict[tuple[VariableKey, int, Value | None], RunAlone] = field(default_factory=dict)
    asked: set[VariableKey] = field(default_factory=set)


class LiftError(Exception):
    """A slice's run does not become a run of the whole: the slice was too small."""


class WholeSystem(Struct, frozen=True, dict=True):
    """The whole deployment with one request under watch, or with none. Events are made by the compiler's own
    parts when they are asked for, and are the same ones when they are asked for again."""

    vocabulary: Vocabulary
    walker: Walker | None
    traffic: Traffic
    """Requests can share it."""
    alone: WholeSystem | None = None
    """The same with no request, if there is one: what a request has no say in is made there, once for all."""
    _changing: dict[VariableKey, list[Event]] = field(default_factory=dict)
    _by_offerer: dict[VariableKey, dict[VariableKey | None, list[tuple[int, Event]]]] = field(
        default_factory=dict
    )
    """What changes a variable, by who alone offers it, with its place among them."""
    _leaving: dict[str, list[Advance]] = field(default_factory=dict)
    _taken: dict[object, Event] = field(default_factory=dict)
    """The pipelines' events that were asked for, each by what it is."""
    _hops: dict[int, list[Event]] = field(default_factory=dict)

    @cached_property
    def system(self) -> System:
        """All variables, and no events: for what holds in a state, and what follows."""
        if self.alone is not None and self.walker is not None:
            return self.alone.system.extended(self.walker.variables(), ())
        lives = (life.variable for life in self.vocabulary.lives.values())
        return System((*lives, *(self.walker.variables() if self.walker else ())), ())

    def compiled(self) -> Compiled:
        """The part of the compiled system that has been asked for: enough for the stories told from it."""
        made = (self._taken.values(), *self._changing.values(), *self._hops.values())
        once = {id(event): event for some in made for event in some}
        return Compiled(self.system.extended((), once.values()), self.vocabulary, self.walker)

    @cached_property
    def _positions(self) -> dict[str, Position]:
        return {position.name: position for position in self.vocabulary.positions}

    def changing(self, name: VariableKey) -> list[Event]:
        """The moves and the traffic that change a variable."""
        found = self._changing.get(name)
        if found is None and self.alone is not None and self.leaves_alone(name):
            found = self._changing[name] = self.alone.changing(name)
        if found is None:
            vocabulary, walker = self.vocabulary, self.walker
            moves = vocabulary.moves_on.get(name, ())
            made = [event for move in moves for event in build_events_of_move(vocabulary, walker, move)]
            if name.kind is VariableKind.INSTANCES:
                made += build_ending_events_of(vocabulary, walker, name.owner)
                made += build_restart_events_of(vocabulary, walker, name.owner)
                made = list(with_consequences(vocabulary, made))
            if name.kind is VariableKind.SCHEMA:
                for component in vocabulary.deployment.migrators.get(name.contract, ()):
                    made += build_migration_events_of(vocabulary, component, name.contract)
            made += self.traffic.get(name, ())
            found = self._changing[name] = made
        return found

    def changing_within(self, name: VariableKey, known: Iterable[VariableKey]) -> Iterator[Event]:
        """The same without what others than these variables offer."""
        if self.alone is not None and self.leaves_alone(name):
            return self.alone.changing_within(name, known)
        if name not in self._by_offerer:
            found: dict[VariableKey | None, list[tuple[int, Event]]] = {}
            for number, event in enumerate(self.changing(name)):
                offerer = find_offerer(event) if is_offered(event) else None
                found.setdefault(offerer, []).append((number, event))
            self._by_offerer[name] = found
        offered = self._by_offerer[name]
        own = sorted(chain(*(offered.get(key, ()) for key in (None, *known))), key=itemgetter(0))
        return (event for _, event in own)

    @cached_property
    def runs(self) -> RunsAlone:
        """What clusters do on the pipeline's ways. It is found once."""
        return RunsAlone()

    @cached_property
    def schedules(self) -> dict[Hashable, Schedule]:
        """What clusters do on which the request may stand, by all that they take notice of."""
        return {}

    def is_closed(self, variables: tuple[VariableKey, ...]) -> bool:
        """Whether what changes these variables looks at them and at the pipeline alone."""
        found = self._closed.get(variables)
        if found is None:
            known = {PIPELINE, *variables}
            moving = (event for name in variables for event in self.changing(name))
            found = self._closed[variables] = all(known >= event.guard.keys() for event in moving)
        return found

    @cached_property
    def _closed(self) -> dict[tuple[VariableKey, ...], bool]:
        return {}

    def leaves_alone(self, name: VariableKey) -> bool:
        """Whether the request has no say in what changes the variable: only an instance that it may stand on
        waits for it, or takes it along."""
        return name.kind is not VariableKind.INSTANCES or name.owner not in self._stood_on

    def _may_hold_up(self, here: Position) -> bool:
        """Whether the pipeline may wait here for the request, for jobs that run and what it carries, or
        counts what begins while it is in flight."""
        walker, deployment = self.walker, self.vocabulary.deployment
        assert walker is not None
        if deployment.max_span is not None:
            return True
        jobs = any(deployment.components[name].kind is Kind.WORKER for name in self._stood_on)
        if not jobs and not walker.tokens:
            return False
        return any(find_held_up(self.vocabulary, move, walker) for move in self.vocabulary.awaited_at(here))

    @cached_property
    def _stood_on(self) -> frozenset[str]:
        if self.walker is None:
            return frozenset()
        held = (frame.component for frame in self.walker.stack.frames if frame.is_held)
        return frozenset(name for name in held if name in self.vocabulary.rollouts)

    def alike(self, event: Event, other: VariableKey) -> Event:
        """The event by which happens to another what happens to one in that event: the pods that migrate its
        schema do the same, or the same action copies the same."""
        wanted = replace(event.cause, variable=other)
        for choice in self.changing(other):
            if choice.cause == wanted and (
                other.kind is VariableKind.SCHEMA or is_same_copying(self.vocabulary, event, choice)
            ):
                return choice
        raise LiftError(f"`{event.text}` has no counterpart at {other.subject}")

    def advancing(self, here: Value, there: Value) -> list[Advance]:
        """A pipeline's ways from one position to another."""
        assert isinstance(here, Standing)
        ways = self.leaving(self._positions[here.state])
        return [way for way in ways if there in way.effect.values()]

    def leaving(self, here: Position) -> list[Advance]:
        """A pipeline's ways from a position."""
        found = self._leaving.get(here.name)
        if found is None and self.alone is not None and not self._may_hold_up(here):
            found = self._leaving[here.name] = self.alone.leaving(here)
        if found is None:
            found = self._leaving[here.name] = list(list_advances_from(self.vocabulary, self.walker, here))
        return found

    def take(self, holds: Callable[[Guard], bool], ways: Iterable[Advance]) -> Event | None:
        """The event by which a pipeline goes the first of the ways that is open where these guards hold."""
        event = next((event for way in ways if (event := way.taken(holds)) is not None), None)
        if event is None:
            return None
        same = event.cause, frozenset(event.guard.items()), frozenset(event.effect.items())
        return self._taken.setdefault(same, event)

    def hop(self, number: int) -> list[Event]:
        """The ways past hop `number`."""
        found = self._hops.get(number)
        if found is None:
            assert self.walker is not None
            found = self._hops[number] = list(build_events_past(self.walker, number))
        return found
