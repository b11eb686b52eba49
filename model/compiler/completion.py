"""When a deployment is complete, and what somebody may still do then (paragraphs 28, 72 and 77 of
docs/semantics.md). What a watched request holds up is not asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import product
from weakref import WeakKeyDictionary

from ..kernel.graph import find_reachable
from ..names import PIPELINE, VariableKey, flag_of, instances_of
from .actions import build_move_events, build_over_condition
from .backwards import Backwards
from .causes import EnableCause
from .conditions import Algebra
from .consequences import with_consequences
from .departures import build_ending_events, build_fault_events
from .life_variables import find_variable
from .moves import Move, Position
from .pipeline import build_pipeline_events
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
    """As `complete`, of the moves on these variables alone: nothing is asked of any other."""
    return tuple(_Completion(vocabulary, keys).guards())


_KNOWN: WeakKeyDictionary[Vocabulary, Condition] = WeakKeyDictionary()
"""For each vocabulary in use: it is asked for again for each part of a system."""


def enabled_afterwards(vocabulary: Vocabulary) -> Iterator[Event]:
    """The events by which somebody enables a flag that no action of the file enables, once the deployment is
    complete."""
    for flag in vocabulary.deployment.enabled_after:
        life = vocabulary.lives[flag_of(flag)]
        for value in (value for value in life.domain if value.state == OFF):
            for end in complete(vocabulary):
                guard = conjoin(end, {life.key: frozenset({value})})
                if guard is not None:
                    yield Event(EnableCause(flag), guard, {life.key: value._replace(state=ON)})


class _Completion:
    def __init__(self, vocabulary: Vocabulary, keys: Collection[VariableKey] | None = None) -> None:
        self._vocabulary, self._algebra, self._keys = vocabulary, Algebra(vocabulary), keys
        self._possible: dict[VariableKey, Mapping[Value, frozenset[Value]]] = {}

    def guards(self) -> Iterator[Guard]:
        """The states in which all is over or held, and those after something was enabled then."""
        vocabulary = self._vocabulary
        ends = [position for position in vocabulary.positions if position.is_end]
        is_asked = False
        for end in ends:
            begun = [m for m in vocabulary.moves if self._is_asked(m) and m.position in end.passed]
            is_asked = is_asked or bool(begun)
            yield from self._at(end, begun)
        for flag in vocabulary.deployment.enabled_after if is_asked else ():
            if self._keys is None or flag_of(flag) in self._keys:
                yield {**vocabulary.at(ends), **vocabulary.flag_is(flag, ON)}

    def _is_asked(self, move: Move) -> bool:
        return move.background and (self._keys is None or find_variable(move) in self._keys)

    def _at(self, end: Position, begun: list[Move]) -> Iterator[Guard]:
        at = {**self._vocabulary.at([end]), **self._nobody_terminates()}
        if any(move.action.when is not None for move in begun):
            held = self._algebra.all(self._over_or_held(move, end) for move in begun)
            yield from (both for guard in held if (both := conjoin(at, guard)) is not None)
            return
        for chosen in product(*(build_over_condition(self._vocabulary, move, end) for move in begun)):
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

    def _over_or_held(self, move: Move, end: Position) -> Condition:
        """The move is over, or can never be awake from there."""
        is_over = self._trimmed(build_over_condition(self._vocabulary, move, end), end)
        if move.action.when is None:
            return is_over
        algebra = self._algebra
        when = translate_predicate(self._vocabulary, move.action.when)
        awake = self._trimmed(algebra.all([when, algebra.negation(is_over)]), end)
        return self._trimmed((*is_over, *algebra.negation(self._leading_to(awake, end))), end)

    def _leading_to(self, goal: Condition, end: Position) -> Condition:
        """The states from which moves and traffic lead to the goal while the pipeline stands at its end; the
        goal included."""
        (here,) = self._vocabulary.at([end])[PIPELINE]

        def can_be(key: VariableKey) -> tuple[Value, ...]:
            possible = {here} if key == PIPELINE else self._values(key).get(here, frozenset())
            return tuple(value for value in self._vocabulary.lives[key].domain if value in possible)

        return Backwards(can_be, lambda key: self._changing.get(key, ())).leading_to(goal)

    @cached_property
    def _changing(self) -> dict[VariableKey, list[Event]]:
        """Moves, faults and traffic, by what they change."""
        found: dict[VariableKey, list[Event]] = {}
        vocabulary = self._vocabulary
        moves = (*build_move_events(vocabulary, None), *build_fault_events(vocabulary, None))
        moves += (*build_ending_events(vocabulary, None), *build_restart_events(vocabulary, None))
        others = (*build_migration_events(vocabulary), *build_traffic_events(vocabulary))
        for event in (*with_consequences(vocabulary, moves), *others):
            for key in event.effect:
                found.setdefault(key, []).append(event)
        return found

    # --- what can be at the end ---

    def _trimmed(self, condition: Iterable[Guard], end: Position) -> Condition:
        """The condition of states with the pipeline at that end, as far as they differ in what they can have
        there: without the guards that never hold, and without what always does."""
        found = (self._trim(guard, end) for guard in condition)
        return self._algebra.simplified(guard for guard in found if guard is not None)

    def _trim(self, guard: Guard, end: Position) -> Guard | None:
        (here,) = self._vocabulary.at([end])[PIPELINE]
        if here not in guard.get(PIPELINE, {here}):
            return None
        left: dict[VariableKey, frozenset[Value]] = {}
        for key, allowed in guard.items():
            if key != PIPELINE:
                can_be = self._values(key).get(here, frozenset())
                if not allowed & can_be:
                    return None
                if not can_be <= allowed:
                    left[key] = allowed & can_be
        return left

    def _values(self, key: VariableKey) -> Mapping[Value, frozenset[Value]]:
        """By where the pipeline stands, the values that the variable can have there, and perhaps others: as
        if the pipeline and the moves waited for nothing else."""
        found = self._possible.get(key)
        if found is None:
            found = self._possible[key] = self._found_alone(key)
        return found

    def _found_alone(self, key: VariableKey) -> Mapping[Value, frozenset[Value]]:
        lives = self._vocabulary.lives
        start = lives[PIPELINE].variable.initial, lives[key].variable.initial
        events = [*self._going_on, *self._changing.get(key, ()), *self._afterwards(key)]

        def follow(pair: tuple[Value, Value]) -> Iterator[tuple[Value, Value]]:
            here, value = pair
            for event in events:
                if here in event.guard.get(PIPELINE, {here}) and value in event.guard.get(key, {value}):
                    yield event.effect.get(PIPELINE, here), event.effect.get(key, value)

        found: dict[Value, frozenset[Value]] = {}
        for place, value in find_reachable([start], follow):
            found[place] = found.get(place, frozenset()) | {value}
        return found

    @cached_property
    def _going_on(self) -> list[Event]:
        return list(build_pipeline_events(self._vocabulary, None))

    def _afterwards(self, key: VariableKey) -> Iterator[Event]:
        """What is enabled after the end can be on there."""
        for flag in self._vocabulary.deployment.enabled_after:
            if key == flag_of(flag):
                ends = self._vocabulary.at(p for p in self._vocabulary.positions if p.is_end)
                for value in self._vocabulary.lives[key].domain:
                    guard = {**ends, key: frozenset({value})}
                    yield Event(EnableCause(flag), guard, {key: value._replace(state=ON)})
