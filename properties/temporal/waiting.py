"""What a pipeline that has stalled waits for, and how it goes on to where it waits.

Told of one state, from which no complete one can be reached. That something stays false is shown in a part
of the deployment: the variables that it speaks of, and if need be all that has a say in them. A part can do
more than the whole, so what never holds there never does; where a part shows nothing, or is too large, less
is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from ...model.compiler.actions import build_over_condition, find_unwanted
from ...model.compiler.advances import Advance, EventList, split_events
from ...model.compiler.causes import PipelineCause
from ...model.compiler.compile import Compiled, Placement
from ...model.compiler.life_variables import Standing
from ...model.compiler.moves import ON_INSTANCES, Move, Position, list_awaited_moves
from ...model.compiler.predicate_guards import build_state_test, find_variables
from ...model.compiler.system import (
    Condition,
    Event,
    EventKind,
    Guard,
    State,
    System,
    Value,
    passes,
    search,
)
from ...model.compiler.variables import SUSPENDED, Vocabulary
from ...model.deployment import Instruction, Verb
from ...model.deployment.predicate import And, Predicate
from ...model.machines.rollouts import strip_number
from ...model.names import Contract, VariableKey, content_of, instances_of, jobs_of, pipeline_of
from ...model.resources.limits import Limits, StateLimitError
from .influence import Influence, restrict_to_known

MOST_STATES = 5_000
"""So many states of a part are looked at; a larger one shows nothing."""
MOST_EVENTS = 300
"""So many events are gone on to where the pipeline waits."""

Test = Callable[[State], bool]


class Obstacle(Struct, frozen=True):
    """Why a pipeline gets no further, in words, and the events that lead from where it stalls to there."""

    why: str
    onward: tuple[Event, ...] = ()


def find_wait(compiled: Compiled, stalled: State, furthest: Placement) -> Obstacle:
    """What holds up the pipelines that from the state `stalled` of the deployment alone get no further than
    there."""
    there = _Stalled(compiled, stalled, furthest)
    return Obstacle("; ".join(there.reasons()), there.onward())


def tell_where(vocabulary: Vocabulary, furthest: Placement) -> str:
    """Where the pipelines stand that get no further."""
    return "; ".join(map(tell_position, list_waiting(vocabulary, furthest)))


def list_waiting(vocabulary: Vocabulary, furthest: Placement) -> tuple[Position, ...]:
    """The positions of those that have not come to an end; if all have, where the first stands."""
    positions = tuple(vocabulary.positions[index] for index in furthest)
    return tuple(here for here in positions if not here.is_end and not here.is_stopped) or positions[:1]


def tell_position(position: Position) -> str:
    """Where a pipeline stands that gets no further."""
    if position.action is None:
        return "from here on the moves that were begun with `start` are never all over"
    who = "the pipeline" if position.pipeline is None else position.pipeline
    return f"from here on {who} gets no further than {position.step}: it waits for `{position.action}`"


class _Stalled(Struct, frozen=True, dict=True):
    compiled: Compiled
    state: State
    furthest: Placement
    _known_values: dict[VariableKey, frozenset[Value]] = field(default_factory=dict)

    def reasons(self) -> Iterator[str]:
        """Where it stands, then what of it stays as it is; of several pipelines those that have not ended."""
        for here in list_waiting(self.compiled.vocabulary, self.furthest):
            yield from self._reasons_of(here)

    @cached_property
    def _standing(self) -> Mapping[VariableKey, Position]:
        """Where each pipeline stands that gets no further."""
        positions = (self.compiled.vocabulary.positions[index] for index in self.furthest)
        return {pipeline_of(here.pipeline): here for here in positions}

    @cached_property
    def _passed(self) -> frozenset[int]:
        return frozenset().union(*(here.passed for here in self._standing.values()))

    def _reasons_of(self, here: Position) -> Iterator[str]:
        action, moving = here.action, self._open_moves_at(here)
        if action is None and moving:
            never = " and ".join(dict.fromkeys(f"`{move.action}`" for move in moving))
            yield f"from here on {never} {'is' if len(moving) == 1 else 'are'} never over"
        else:
            yield tell_position(here)
        if action is not None and action.when is not None and self._waits_itself(action.instruction):
            yield from self._stays_false(action.when, "")
        for move in moving:
            yield from self._of_move(move)

    def onward(self) -> tuple[Event, ...]:
        """The pipeline goes on as soon as it can, and what it waits for as long as it can; nothing, if that
        does not lead to where it waits."""
        system, state, events = self.compiled.system, self.state, list[Event]()
        seen = {state}
        while len(events) < MOST_EVENTS and (event := self._next(state)) is not None:
            state = system.successor(state, event)
            if state in seen:
                break
            seen.add(state)
            events.append(event)
        return tuple(events) if self._is_there(state) else ()

    def _next(self, state: State) -> Event | None:
        enabled = [event for event in self.compiled.system.enabled(state) if self._stays(event)]
        going_on = (event for event in enabled if event.kind is EventKind.PIPELINE)
        moving = (event for event in enabled if event.kind is EventKind.MOVE and event.fair)
        return next(going_on, None) or next(moving, None)

    def _is_there(self, state: State) -> bool:
        return self.compiled.place(state) == self.furthest

    # --- moves that are never over ---

    def _open_moves_at(self, here: Position) -> list[Move]:
        """What is waited for where a pipeline stands, and never over there."""
        moves = self.compiled.vocabulary.moves
        awaited = list_awaited_moves(here, moves)
        if here.is_end:
            awaited = tuple(move for move in moves if move.background)
        begun = (move for move in awaited if not move.background or move.position in self._passed)
        return [move for move in begun if self._is_never_over(move)]

    def _is_never_over(self, move: Move) -> bool:
        here = self._standing[pipeline_of(move.pipeline)]
        return self._never_holds(build_over_condition(self.compiled.vocabulary, move, here))

    def _of_move(self, move: Move) -> Iterator[str]:
        """What the move itself waits for."""
        if move.action.when is not None:
            told = f"`{move.action}` is held" if move.background else ""
            yield from self._stays_false(move.action.when, told)
        if move.instruction is Instruction.DRAIN and isinstance(move.subject, Contract):
            yield from self._not_used_up(move, move.subject)
        if move.instruction in ON_INSTANCES:
            for version, predicate in self._conditions(move):
                whose = f"an instance of {move.subject}" + (f" at {version}" if version else "")
                what = "is ready only" if version else "goes on only"
                yield from self._stays_false(predicate, f"{whose} {what} while `{predicate}`")

    def _conditions(self, move: Move) -> Iterator[tuple[str, Predicate]]:
        """What instances wait for: of the strategies to be ready, by version; of a user's own machine."""
        vocabulary = self.compiled.vocabulary
        component = vocabulary.deployment.components[move.target.name]
        goals = {vocabulary.find_goal(move, here) for here in vocabulary.places_of(move)}
        triggers = frozenset[str]().union(*map(vocabulary.rollouts[component.name].triggers, goals))
        words = set(map(strip_number, triggers))
        for version, predicate in component.readiness.when if component.readiness else ():
            if words & {f"ready {version}", f"ready canary {version}"}:
                yield version, predicate
        arrows = vocabulary.lives[instances_of(component.name)].life.transitions
        texts = dict.fromkeys(text for a in arrows if a.trigger in triggers for text in a.conditions)
        yield from (("", vocabulary.predicate(text)) for text in texts)

    def _not_used_up(self, move: Move, queue: Contract) -> Iterator[str]:
        """The messages that stay, and why nobody takes them."""
        old = find_unwanted(self.compiled.vocabulary, move)
        versions = self.compiled.vocabulary.deployment.versions
        stay = " and ".join(form for form in versions if form in old and self._stays_there(form, queue))
        if not stay:
            return
        idle = [worker for worker in self._consumers(queue) if self._stays_suspended(worker)]
        if idle:
            why = f"{' and '.join(idle)}, who would take them, {'is' if len(idle) == 1 else 'are'} suspended"
        else:
            why = "nobody is left to take them"
        yield f"messages of {stay} stay in {queue}: {why}"

    def _stays_there(self, form: str, queue: Contract) -> bool:
        held, life = self.compiled.vocabulary.forms.held, self.compiled.vocabulary.lives[content_of(queue)]
        return self._never_holds((life.where(lambda value: form not in held[value.state]),))

    def _consumers(self, queue: Contract) -> list[str]:
        hops = (hop for request in self.compiled.vocabulary.deployment.requests for hop in request.hops)
        return list(
            dict.fromkeys(h.consumer for h in hops if h.verb is Verb.CONSUMES and h.contract == queue)
        )

    def _stays_suspended(self, worker: str) -> bool:
        life = self.compiled.vocabulary.lives.get(jobs_of(worker))
        if life is None:
            return False
        return self._never_holds((life.where(lambda value: value.state != SUSPENDED),))

    # --- what stays false ---

    def _stays_false(self, predicate: Predicate, told: str) -> Iterator[str]:
        """That it does, and which part of it; nothing where that is not shown."""
        if not self._is_never(predicate):
            return
        parts = self._false_parts(predicate)
        if parts != [predicate]:
            names = " and ".join(f"`{part}`" for part in parts)
            false = f"{names} {'stays' if len(parts) == 1 else 'stay'} false"
        elif isinstance(predicate, And):
            false = f"{'its parts' if told else f'the parts of `{predicate}`'} never hold together"
        else:
            false = "that stays false" if told else f"`{predicate}` stays false"
        yield f"{told}, and {false}" if told else false

    def _false_parts(self, predicate: Predicate) -> list[Predicate]:
        """The least parts that are enough to keep it false."""
        if not isinstance(predicate, And):
            return [predicate]
        never = [part for part in predicate.operands if self._is_never(part)]
        return [least for part in never for least in self._false_parts(part)] or [predicate]

    def _is_never(self, predicate: Predicate) -> bool:
        vocabulary = self.compiled.vocabulary
        keys = find_variables(vocabulary, predicate)
        return self._never(keys, lambda system: build_state_test(system, vocabulary, predicate))

    def _never_holds(self, condition: Condition) -> bool:
        def build(system: System) -> Test:
            masks = [system.test(guard) for guard in condition]
            return lambda state: any(passes(state, mask) for mask in masks)

        return self._never((key for guard in condition for key in guard), build)

    def _never(self, keys: Iterable[VariableKey], build: Callable[[System], Test]) -> bool:
        """Whether the test fails wherever the pipelines get no further."""
        known = self._with_pipelines(keys)
        for names in dict.fromkeys((known, self._influence.cone(known))):
            try:
                reached = search(self._part(names), Limits(max_states=MOST_STATES))
            except StateLimitError:
                return False
            test, there = build(reached.system), reached.system.test(self._there(names))
            if not any(test(state) for state in reached.states if passes(state, there)):
                return True
        return False

    def _there(self, names: frozenset[VariableKey]) -> Guard:
        """Those of the pipelines that are among the names get no further."""
        own = {key: here for key, here in self._standing.items() if key in names}
        return {key: frozenset({Standing(here.name)}) for key, here in own.items()}

    def _with_pipelines(self, keys: Iterable[VariableKey]) -> frozenset[VariableKey]:
        """The variables, and the pipelines whose positions matter to them."""
        known = frozenset(keys)
        asked = split_events(self.compiled.system).asked_of(known)
        found = known | (asked & self._standing.keys())
        return found if not found.isdisjoint(self._standing) else found | {next(iter(self._standing))}

    @cached_property
    def _influence(self) -> Influence:
        return Influence(self.compiled)

    def _part(self, known: frozenset[VariableKey], *, alone: bool = False) -> System:
        """The variables from the state on, with all events that change them; unless `alone`, without those
        that need of another what it never is."""
        whole, every = self.compiled.system, split_events(self.compiled.system)
        variables = (v._replace(initial=whole.value(self.state, v.key)) for v in whole.variables)
        onward = (w for w in every.advances if self._stays(w) and not w.changes.isdisjoint(known))
        ways = (way if alone else self._narrow(way, known) for way in onward)
        others = (
            replace(
                event,
                guard=restrict_to_known(event.guard, known),
                effect=restrict_to_known(event.effect, known),
            )
            for event in every.changing(known)
            if alone or self._narrow_guard(event.guard, known) is not None
        )
        events = EventList((way for way in ways if way is not None), ()).within(known, others)
        return System(tuple(v for v in variables if v.key in known), events)

    def _narrow(self, way: Advance, known: frozenset[VariableKey]) -> Advance | None:
        """The way without what it would need of another that this never is; None where it is never open."""
        guard = self._narrow_guard(way.guard, known)
        choices = tuple(
            tuple(
                (asked, effect)
                for one, effect in choice
                if (asked := self._narrow_guard(one, known)) is not None
            )
            for choice in way.choices
        )
        return replace(way, guard=guard, choices=choices) if guard is not None and all(choices) else None

    def _narrow_guard(self, guard: Guard, known: frozenset[VariableKey]) -> Guard | None:
        """What is asked, of others than the known ones as far as they can ever be so; None if they cannot."""
        others = {key: self._values(key) & allowed for key, allowed in guard.items() if key not in known}
        return {**guard, **others} if all(others.values()) else None

    def _values(self, key: VariableKey) -> frozenset[Value]:
        """What a variable can be from the state on, as if it waited for pipelines alone."""
        if key not in self._known_values:
            system = self._part(self._with_pipelines([key]), alone=True)
            states = search(system, Limits(max_states=None)).states
            self._known_values[key] = frozenset(system.value(state, key) for state in states)
        return self._known_values[key]

    def _stays(self, event: Event | Advance) -> bool:
        """It does not lead a pipeline beyond where that gets, nor into a failure."""
        if not isinstance(event.cause, PipelineCause):
            return True
        there = event.cause.there
        return not there.is_stopped and there.index <= self._standing[pipeline_of(there.pipeline)].index

    def _waits_itself(self, instruction: Instruction) -> bool:
        return instruction in (Instruction.AWAIT, Instruction.DRAIN)
