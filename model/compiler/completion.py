"""When a deployment is complete, and what somebody may still do then (paragraphs 28, 72, 77 and 101 of
docs/semantics.md). What a watched request holds up is not asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from weakref import WeakKeyDictionary

from msgspec import Struct

from ..kernel.graph import find_reachable
from ..names import VariableKey, VariableKind, flag_of, instances_of, pipeline_of
from .actions import build_move_events, build_over_condition
from .advances import Advance
from .backwards import Backwards
from .causes import EnableCause
from .conditions import Algebra
from .consequences import with_consequences
from .departures import build_ending_events, build_fault_events
from .life_variables import find_variable
from .moves import Move, Position
from .pipeline import list_advances
from .predicate_guards import translate_predicate
from .readiness import build_migration_events
from .restarts import build_restart_events
from .system import Condition, Event, Guard, Value, conjoin
from .traffic import build_traffic_events
from .variables import OFF, ON, Vocabulary


def complete(vocabulary: Vocabulary) -> Condition:
    """The complete states: the pipeline is past its last step, and each background move is over or held for
    good, and no instance is terminating.

    A move is held where its `when` is false. For good: in every state that can be reached from there, by
    moves and traffic, it is held or over. A state is complete, too, once somebody has enabled a flag in a
    complete one. The condition says so of every state that can be reached, and may say anything of others.
    Raises `TooManyCasesError` where too many guards would be needed.
    """
    known = _KNOWN.get(vocabulary)
    if known is None:
        known = _KNOWN[vocabulary] = tuple(_Completion(vocabulary).guards())
    return known


def complete_in_part(vocabulary: Vocabulary, keys: Collection[VariableKey]) -> Condition:
    """As `complete`, of these variables and the moves on them alone: nothing is asked of any other, nor of
    others of several pipelines."""
    return tuple(_Completion(vocabulary, keys).guards())


_KNOWN: WeakKeyDictionary[Vocabulary, Condition] = WeakKeyDictionary()
"""For each vocabulary in use: it is asked for again for each part of a system."""


def list_enabled_afterwards(vocabulary: Vocabulary) -> Iterator[Event]:
    """The events by which somebody enables a flag that no action of the file enables, once the deployment is
    complete."""
    for flag in vocabulary.deployment.enabled_after:
        life = vocabulary.lives[flag_of(flag)]
        for value in (value for value in life.domain if value.state == OFF):
            for end in complete(vocabulary):
                guard = conjoin(end, {life.key: frozenset({value})})
                if guard is not None:
                    yield Event(EnableCause(flag), guard, {life.key: value._replace(state=ON)})


Course = tuple[Position, ...]
"""Positions of one pipeline."""


class _Moving(Struct, frozen=True):
    """What can happen in a deployment, whichever part of it is asked for: how pipelines go on, what else
    changes each variable; and, as far as it was found, what each can be where its pipeline stands."""

    going_on: tuple[Advance, ...]
    changing: Mapping[VariableKey, Sequence[Event]]
    possible: dict[VariableKey, Mapping[Value, frozenset[Value]]]


_MOVING: WeakKeyDictionary[Vocabulary, _Moving] = WeakKeyDictionary()
"""For each vocabulary in use, as above."""


def _find_moving(vocabulary: Vocabulary) -> _Moving:
    changing: dict[VariableKey, list[Event]] = {}
    moves = (*build_move_events(vocabulary, None), *build_fault_events(vocabulary, None))
    moves += (*build_ending_events(vocabulary, None), *build_restart_events(vocabulary, None))
    others = (*build_migration_events(vocabulary), *build_traffic_events(vocabulary))
    for event in (*with_consequences(vocabulary, moves), *others):
        for key in event.effect:
            changing.setdefault(key, []).append(event)
    return _Moving(tuple(list_advances(vocabulary, None)), changing, {})


class _Completion:
    def __init__(self, vocabulary: Vocabulary, keys: Collection[VariableKey] | None = None) -> None:
        self._vocabulary, self._algebra, self._keys = vocabulary, Algebra(vocabulary), keys

    def guards(self) -> Iterator[Guard]:
        """The states in which all is over or held, and those after something was enabled then."""
        vocabulary = self._vocabulary
        is_alone = len(vocabulary.courses) == 1
        courses = [course for key, course in vocabulary.courses.items() if is_alone or self._is_known(key)]
        is_asked = False
        for ends in product(*(self._list_ends(course) for course in courses)):
            begun = [move for _, some in ends for move in some]
            is_asked = is_asked or bool(begun)
            yield from self._at([end for end, _ in ends], begun)
        for flag in vocabulary.deployment.enabled_after if is_asked else ():
            if self._is_known(flag_of(flag)):
                yield {**self._at_ends(courses), **vocabulary.flag_is(flag, ON)}

    def _is_known(self, key: VariableKey) -> bool:
        return self._keys is None or key in self._keys

    def _list_ends(self, course: Course) -> list[tuple[Course, list[Move]]]:
        """The ends of a pipeline, those together at which nothing that it began is asked; with what is."""
        plain: list[Position] = []
        found: list[tuple[Course, list[Move]]] = []
        asked = list(filter(self._is_asked, self._vocabulary.moves))
        for end in (here for here in course if here.is_end):
            begun = [move for move in asked if move.position in end.passed]
            if begun:
                found.append(((end,), begun))
            else:
                plain.append(end)
        return [(tuple(plain), []), *found] if plain else found

    def _at_ends(self, courses: Iterable[Course]) -> Guard:
        ends = (self._vocabulary.at(here for here in course if here.is_end) for course in courses)
        return {key: places for guard in ends for key, places in guard.items()}

    def _is_asked(self, move: Move) -> bool:
        return move.background and self._is_known(find_variable(move))

    def _at(self, ends: list[Course], begun: list[Move]) -> Iterator[Guard]:
        """Where each pipeline stands at some of its ends; where something was begun there, at one."""
        there = (self._vocabulary.at(end) for end in ends)
        at = {key: places for guard in (*there, self._nobody_terminates()) for key, places in guard.items()}
        its = {end[0].pipeline: end[0] for end in ends}
        if any(move.action.when is not None for move in begun):
            held = self._algebra.all(self._over_or_held(move, its[move.pipeline], at) for move in begun)
            yield from (both for guard in held if (both := conjoin(at, guard)) is not None)
            return
        over = (build_over_condition(self._vocabulary, move, its[move.pipeline]) for move in begun)
        for chosen in product(*over):
            guard = conjoin(at, *chosen)
            if guard is not None:
                yield guard

    def _nobody_terminates(self) -> Guard:
        found: dict[VariableKey, frozenset[Value]] = {}
        for name, fleet in self._vocabulary.rollouts.items():
            if fleet.endings and (self._keys is None or instances_of(name) in self._keys):
                found |= self._vocabulary.none_terminating(name)
        return found

    # --- held for good ---

    def _over_or_held(self, move: Move, end: Position, at: Guard) -> Condition:
        """The move is over, or can never be awake from there: where its pipeline stands at that end, and all
        of them `at` theirs."""
        is_over = self._trimmed(build_over_condition(self._vocabulary, move, end), at)
        if move.action.when is None:
            return is_over
        algebra = self._algebra
        when = translate_predicate(self._vocabulary, move.action.when)
        awake = self._trimmed(algebra.all([when, algebra.negation(is_over)]), at)
        return self._trimmed((*is_over, *algebra.negation(self._leading_to(awake, at))), at)

    def _leading_to(self, goal: Condition, at: Guard) -> Condition:
        """The states from which moves and traffic lead to the goal while the pipelines stand `at` their ends;
        the goal included."""

        def can_be(key: VariableKey) -> tuple[Value, ...]:
            possible = self._possible_at(key, at)
            return tuple(value for value in self._vocabulary.lives[key].domain if value in possible)

        return Backwards(can_be, lambda key: self._moving.changing.get(key, ())).leading_to(goal)

    @cached_property
    def _moving(self) -> _Moving:
        found = _MOVING.get(self._vocabulary)
        if found is None:
            found = _MOVING[self._vocabulary] = _find_moving(self._vocabulary)
        return found

    # --- what can be at the end ---

    def _trimmed(self, condition: Iterable[Guard], at: Guard) -> Condition:
        """The condition of states with the pipelines `at` ends, as far as they differ in what they can have
        there: without the guards that never hold, and without what always does."""
        found = (self._trim(guard, at) for guard in condition)
        return self._algebra.simplified(guard for guard in found if guard is not None)

    def _trim(self, guard: Guard, at: Guard) -> Guard | None:
        left: dict[VariableKey, frozenset[Value]] = {}
        for key, allowed in guard.items():
            can_be = self._possible_at(key, at)
            if not allowed & can_be:
                return None
            if not can_be <= allowed:
                left[key] = allowed & can_be
        return left

    def _possible_at(self, key: VariableKey, at: Guard) -> frozenset[Value]:
        """What the variable can be with the pipelines there, and perhaps more."""
        if key.kind is VariableKind.PIPELINE:
            return at.get(key, self._vocabulary.lives[key].values)
        pipeline, values = self._pipeline_of(key), self._values(key)
        places = at.get(pipeline, self._vocabulary.lives[pipeline].values)
        return frozenset().union(*(values.get(here, frozenset()) for here in places))

    def _pipeline_of(self, key: VariableKey) -> VariableKey:
        """The pipeline that moves it; the first where none does."""
        return pipeline_of(self._vocabulary.course_of(key)[0].pipeline)

    def _values(self, key: VariableKey) -> Mapping[Value, frozenset[Value]]:
        """By where its pipeline stands, the values that the variable can have there, and perhaps others: as
        if the pipelines and the moves waited for nothing else."""
        possible = self._moving.possible
        if key not in possible:
            possible[key] = self._found_alone(key)
        return possible[key]

    def _found_alone(self, key: VariableKey) -> Mapping[Value, frozenset[Value]]:
        lives, pipeline = self._vocabulary.lives, self._pipeline_of(key)
        start = lives[pipeline].variable.initial, lives[key].variable.initial
        going_on = (way for way in self._moving.going_on if pipeline in way.effect)
        along = (event for way in going_on for event in way.within({pipeline, key}))
        events = (*along, *self._moving.changing.get(key, ()), *self._afterwards(key))
        at: dict[Value, list[Event]] = {}
        for event in events:
            for here in event.guard.get(pipeline, lives[pipeline].values):
                at.setdefault(here, []).append(event)

        def follow(pair: tuple[Value, Value]) -> Iterator[tuple[Value, Value]]:
            here, value = pair
            for event in at.get(here, ()):
                if value in event.guard.get(key, {value}):
                    yield event.effect.get(pipeline, here), event.effect.get(key, value)

        found: dict[Value, frozenset[Value]] = {}
        for place, value in find_reachable([start], follow):
            found[place] = found.get(place, frozenset()) | {value}
        return found

    def _afterwards(self, key: VariableKey) -> Iterator[Event]:
        """What is enabled after the end can be on there."""
        for flag in self._vocabulary.deployment.enabled_after:
            if key == flag_of(flag):
                ends = self._at_ends(self._vocabulary.courses.values())
                for value in self._vocabulary.lives[key].domain:
                    guard = {**ends, key: frozenset({value})}
                    yield Event(EnableCause(flag), guard, {key: value._replace(state=ON)})
