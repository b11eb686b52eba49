"""What is met from where a rollout stands: going on, or while one of its pipelines goes back.

Of several pipelines each has a turn: `Ahead` tells at which positions of *one* of them something is met, with
where the others stand as variables like all. What lies at hand is asked again with the others held: whether a
pipeline may go on while they wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from ...model.compiler.compile import Compiled, Placement
from ...model.compiler.life_variables import Standing
from ...model.compiler.moves import Position
from ...model.compiler.system import Condition, Event, EventKind, Guard, Value, conjoin
from ...model.compiler.variables import Vocabulary
from ...model.names import VariableKey, pipeline_of
from ...model.resources.limits import Limits
from .ahead import Ahead
from .answer import find_furthest
from .lifting import LiftedRun
from .parts import Whole
from .standing import Stand, list_positions


class WayBack(Struct, frozen=True):
    """A pipeline (None: the only one) fails where it stands, or at the next action that can fail, and goes
    back: `places` are its positions behind a failure. Where it is the `only` one that fails no other does."""

    pipeline: str | None
    places: tuple[Position, ...]
    only: bool


class MetAhead(Struct, frozen=True):
    """Where a condition is met (nowhere: it is not): the positions of all pipelines, those to which each can
    come while the others wait, and a run to each."""

    runs: dict[Value, LiftedRun]
    places: tuple[Position, ...]
    by_itself: tuple[Position, ...]

    @property
    def shortest(self) -> LiftedRun:
        return min(self.runs.values(), key=lambda run: len(run.events))


class FromHere(Struct, frozen=True, dict=True):
    """What one system meets from the stand on; on the `back` way only what is met behind a failure."""

    compiled: Compiled
    stand: Stand
    limits: Limits
    back: WayBack | None = None

    def find(self, condition: Condition) -> MetAhead:
        """Where the condition is met. Raises `LimitError`."""
        if self.back is not None:
            condition = _narrow(condition, self.compiled.vocabulary.at(self.back.places))
        runs: dict[Value, LiftedRun] = {}
        for ahead in self._aheads.values():
            found = ahead.find(condition).runs
            if not found:
                return MetAhead({}, (), ())
            runs |= found
        vocabulary = self.compiled.vocabulary
        places = list_positions(vocabulary, runs)
        if len(self._aheads) == 1 or self.back is not None:
            return MetAhead(runs, places, places)
        near = set[Value]()
        for pipeline, ahead in self._aheads.items():
            near |= ahead.find(_narrow(condition, self._others_wait(pipeline))).runs.keys()
        return MetAhead(runs, places, list_positions(vocabulary, near))

    @cached_property
    def _aheads(self) -> dict[VariableKey, Ahead]:
        system, seen = self.compiled.system, see_stand(self.compiled.vocabulary, self.stand)
        return {
            pipeline: Ahead(Whole(system, pipeline=pipeline), seen, self.limits, self.barred)
            for pipeline in self.compiled.vocabulary.courses
        }

    def _others_wait(self, pipeline: VariableKey) -> Guard:
        """No other pipeline is further than where it can stand now: none ever goes back to a position."""
        furthest = find_furthest(self.stand.places)
        return {
            key: frozenset(Standing(p.name) for p in course if p.index <= furthest[p.pipeline])
            for key, course in self.compiled.vocabulary.courses.items()
            if key != pipeline
        }

    @cached_property
    def barred(self) -> tuple[Event, ...]:
        """What does not happen from here on."""
        return tuple(self._list_barred())

    def _list_barred(self) -> Iterator[Event]:
        """On the way back: the pipeline does not go on from where it can fail, and no other one fails."""
        if self.back is None:
            return
        vocabulary, own = self.compiled.vocabulary, pipeline_of(self.back.pipeline)
        failing = {Standing(place.name) for place in vocabulary.positions if can_fail(vocabulary, place)}
        stops = {Standing(place.name) for place in vocabulary.positions if place.is_stopped}
        for event in self.compiled.system.events:
            if event.kind is not EventKind.PIPELINE:
                continue
            (pipeline,) = vocabulary.courses.keys() & event.effect.keys()
            fails = event.effect[pipeline] in stops
            goes_on = pipeline == own and not fails and event.guard[pipeline] <= failing
            if goes_on or (pipeline != own and fails and self.back.only):
                yield event


def can_fail(vocabulary: Vocabulary, place: Position) -> bool:
    """Whether the action at the position can fail."""
    return any(vocabulary.positions[index].is_stopped for index in vocabulary.course.onward[place.index])


def see_stand(vocabulary: Vocabulary, stand: Stand) -> Guard:
    """What was seen, with where each pipeline can stand then."""
    at = frozenset(Standing(place.name) for place in stand.places)
    return {**stand.seen, **{key: at & frozenset(vocabulary.lives[key].domain) for key in vocabulary.courses}}


def find_alone(stand: Stand, positions: Sequence[Position], together: Iterable[Placement]) -> frozenset[int]:
    """The positions of a pipeline, by index, in those places where the others are no further than where they
    can stand now."""
    furthest = find_furthest(stand.places)
    found = set[int]()
    for place in together:
        ahead = [index for index in place if index > furthest[positions[index].pipeline]]
        found |= set(place) if not ahead else set(ahead) if len(ahead) == 1 else set()
    return frozenset(found)


def _narrow(condition: Condition, guard: Guard) -> Condition:
    """The states in which the guard holds as well."""
    narrowed = (conjoin(one, guard) for one in condition)
    return tuple(one for one in narrowed if one is not None)
