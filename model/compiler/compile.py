"""A deployment becomes a `System`: the machines' transitions bound to pipeline, traffic, request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct

from ..deployment import Deployment, Request
from ..machines.rollouts import Rollout
from .actions import build_move_events
from .advances import EventList
from .completion import complete, list_enabled_afterwards
from .consequences import with_consequences
from .departures import build_ending_events, build_fault_events
from .hops import build_hop_events
from .moves import Course, Position
from .pipeline import list_advances
from .readiness import build_migration_events
from .restarts import build_restart_events
from .system import Condition, Event, EventKind, State, System, Test, passes
from .traffic import build_traffic_events
from .variables import Vocabulary
from .walker import Walker

Placement = tuple[int, ...]
"""Where the pipelines stand together: a position of each, by its index."""


class Compiled(Struct, frozen=True, dict=True):
    """A deployment's `System` with the vocabulary that speaks of its states.

    The deployment's own variables come first, in the same order with and without a request.
    """

    system: System
    vocabulary: Vocabulary
    walker: Walker | None

    @cached_property
    def own_variables(self) -> int:
        """How many variables are the deployment's own."""
        return sum(variable.key in self.vocabulary.lives for variable in self.system.variables)

    def complete(self) -> Condition:
        """Nothing is left to do, whatever a watched request holds up (`completion.complete`); in a part of a
        deployment as far as the part is known."""
        return self._complete

    @cached_property
    def _complete(self) -> Condition:
        known = {variable.key for variable in self.system.variables}
        whole = complete(self.vocabulary)
        if known >= self.vocabulary.lives.keys():
            return whole
        return tuple({key: allowed for key, allowed in guard.items() if key in known} for guard in whole)

    def is_complete(self, state: State) -> bool:
        """Whether the deployment is complete in the state."""
        return any(passes(state, test) for test in self._ends)

    def where(self, state: State) -> tuple[Position, ...]:
        """Where each pipeline stands: of the part of a deployment, those that are in the part."""
        return tuple(course[state[index]] for index, course in self._pipelines)

    def place(self, state: State) -> Placement:
        """The same, by the indices of the positions."""
        return tuple(position.index for position in self.where(state))

    def tell_together(self, places: Iterable[Placement]) -> frozenset[Placement]:
        """The places, where anybody asks which positions go together: of several pipelines, if the deployment
        accepts anything. Pipelines that can stand anywhere beside the others are left out."""
        deployment = self.vocabulary.deployment
        if not (deployment.pipelines and deployment.accept):
            return frozenset()
        told = frozenset(places)
        for course in self.vocabulary.courses.values():
            told = leave_out_free(frozenset(here.index for here in course), told)
        return told

    @cached_property
    def ways(self) -> dict[int, tuple[Event, ...]]:
        """The events by which the request under watch gets past each of its hops, by the hop's number."""
        found: dict[int, list[Event]] = {}
        for event in self.system.events:
            if event.kind is EventKind.HOP:
                found.setdefault(event.hop or 0, []).append(event)
        return {number: tuple(events) for number, events in found.items()}

    @cached_property
    def _pipelines(self) -> tuple[tuple[int, tuple[Position, ...]], ...]:
        """The index of each pipeline's variable, with its positions in the order of the values."""
        courses, variables = self.vocabulary.courses, enumerate(self.system.variables)
        return tuple((index, courses[one.key]) for index, one in variables if one.key in courses)

    @cached_property
    def _ends(self) -> tuple[Test, ...]:
        return tuple(self.system.test(guard) for guard in self.complete())


def leave_out_free(course: frozenset[int], places: frozenset[Placement]) -> frozenset[Placement]:
    """The places without the pipeline of these positions, if beside what they are without it it can stand at
    any of them; else as they are."""
    beside: dict[Placement, set[int]] = {}
    for place in places:
        own = course.intersection(place)
        beside.setdefault(tuple(index for index in place if index not in own), set()).update(own)
    return frozenset(beside) if all(own == course for own in beside.values()) else places


def compile_deployment(
    deployment: Deployment,
    request: Request | None = None,
    *,
    rollouts: Mapping[str, Rollout] | None = None,
    traffic: bool = True,
    course: Course | None = None,
) -> Compiled:
    """The labelled transition system of a deployment (DESIGN 3), with one request under watch.

    Without `request` it is the deployment alone; without `traffic` nobody writes, no message is used up,
    no instance restarts and nothing is enabled after the end, so that only the rollout's own moves are left.
    `rollouts` gives components a life of their own (`own_rollout`) in place of their strategy, `course` its
    pipeline and moves in place of what the deployment's own steps would make.
    """
    return compile_with(Vocabulary(deployment, rollouts, course), request, traffic=traffic)


def compile_with(vocabulary: Vocabulary, request: Request | None = None, *, traffic: bool = True) -> Compiled:
    """As `compile_deployment`, in a vocabulary that has been built: that of a large deployment costs more
    than its events."""
    walker = Walker(vocabulary, request) if request is not None else None
    variables = [life.variable for life in vocabulary.lives.values()]
    own = [*build_move_events(vocabulary, walker), *build_ending_events(vocabulary, walker)]
    events = [*with_consequences(vocabulary, own)]
    events += build_migration_events(vocabulary)
    if traffic:
        sudden = [*build_fault_events(vocabulary, walker), *build_restart_events(vocabulary, walker)]
        events += [*with_consequences(vocabulary, sudden), *_list_traffic(vocabulary)]
        events += list_enabled_afterwards(vocabulary)
    if walker is not None:
        variables += walker.variables()
        events += build_hop_events(walker)
    every = EventList(list_advances(vocabulary, walker), events)
    return Compiled(System(tuple(variables), every), vocabulary, walker)


def _list_traffic(vocabulary: Vocabulary) -> tuple[Event, ...]:
    return vocabulary.keep_events("traffic", lambda: build_traffic_events(vocabulary))
