"""The events of the pipeline's moves: the machines' transitions, each when its action makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

from ..deployment import Drain, Instruction
from ..machines.machine import EMPTY, Transition
from ..machines.rollouts import strip_number
from ..names import Contract, content_of, unacknowledged_of
from .causes import MoveCause
from .deliveries import list_emptied
from .departures import Effect, lose_requests
from .derived import is_copy, list_copied_guards, list_copy_transitions
from .life_variables import LifeVariable, Standing, find_variable
from .moves import ON_INSTANCES, SCHEMAS, SYNCS, Move, Position, is_overtaken
from .predicate_guards import translate_predicate
from .readiness import find_when_ready
from .system import Condition, Event, Guard, conjoin
from .variables import OFF, ON, RUNNING, SUSPENDED, Vocabulary
from .walker import Walker

SWITCHED = {
    Instruction.SUSPEND: SUSPENDED,
    Instruction.RESUME: RUNNING,
    Instruction.ENABLE: ON,
    Instruction.DISABLE: OFF,
}
"""Where a switch has nothing to do."""


def build_over_condition(
    vocabulary: Vocabulary, move: Move, here: Position | None = None, walker: Walker | None = None
) -> Condition:
    """The states in which the move is over: it has ended, or has nothing (left) to do, or another has
    overtaken it where the pipeline stands. Of a worker that is suspended the last job must have ended, and
    nobody may still hold what expires."""
    if here is not None and is_overtaken(move, here, vocabulary.rivals[move.line]):
        return ({},)
    held = find_held_up(vocabulary, move, walker) if walker is not None else {}
    life = vocabulary.lives.get(find_variable(move))
    if life is None:
        return (held,)
    nothing_to_do = list_idle_states(vocabulary, move, here)
    if (taken := _expiring(vocabulary, move)) is not None:
        return tuple(
            {**held, **guard} for guard in _list_expired(vocabulary, move, life, taken, nothing_to_do)
        )
    done = life.where(lambda value: value.state in nothing_to_do or move.number in value.ended)
    equal = list_copied_guards(vocabulary, move, life) if is_copy(vocabulary, move) else ()
    return tuple({**held, **guard} for guard in (done, *equal))


def _list_expired(
    vocabulary: Vocabulary, move: Move, life: LifeVariable, taken: LifeVariable, idle: frozenset[str]
) -> tuple[Guard, Guard]:
    """It has ended; or it has not, and there is nothing to lose in the queue, nor of what was taken."""
    old = find_unwanted(vocabulary, move)
    clean = taken.where(lambda value: not vocabulary.forms.held[value.state] & old)
    ended = life.where(lambda value: move.number in value.ended)
    nothing_to_do = life.where(lambda value: move.number not in value.ended and value.state in idle)
    return ended, {**nothing_to_do, **clean}


def _expiring(vocabulary: Vocabulary, move: Move) -> LifeVariable | None:
    """What else expires: messages that were taken and not acknowledged."""
    is_both = move.instruction is Instruction.EXPIRE and isinstance(move.subject, Contract)
    return vocabulary.lives.get(unacknowledged_of(move.subject)) if is_both else None


def find_held_up(vocabulary: Vocabulary, move: Move, walker: Walker) -> Guard:
    """When the watched request does not hold the move up; nothing is asked where it never does."""
    if move.instruction is Instruction.SUSPEND:
        return walker.not_on(move.target.name)
    if move.instruction is Instruction.EXPIRE and isinstance(move.subject, Contract):
        return walker.not_carrying(move.subject, find_unwanted(vocabulary, move))
    return {}


def list_idle_states(vocabulary: Vocabulary, move: Move, here: Position | None = None) -> frozenset[str]:
    """The states in which the move has nothing (left) to do, whatever else holds; of instances what is wanted
    while the pipeline stands `here` (None: at the move's own position)."""
    if move.instruction in ON_INSTANCES:
        here = here or vocabulary.positions[move.position]
        fleet, goal = vocabulary.rollouts[move.target.name], vocabulary.find_goal(move, here)
        if goal in fleet.over:
            return fleet.over[goal]
        life, triggers = vocabulary.lives[find_variable(move)].life, fleet.triggers(goal)
        leaving = {arrow.source for arrow in life.transitions if arrow.trigger in triggers}
        return frozenset(life.states) - leaving
    if move.instruction in SCHEMAS:
        return frozenset({str(move.goal)})
    if move.instruction in SWITCHED:
        return frozenset({SWITCHED[move.instruction]})
    if is_copy(vocabulary, move):
        return frozenset()
    old, needed = find_unwanted(vocabulary, move), {move.goal} if move.instruction in SYNCS else set()
    held = vocabulary.forms.held
    return frozenset(state for state, forms in held.items() if needed <= forms and not forms & old)


def find_unwanted(vocabulary: Vocabulary, move: Move) -> frozenset[str]:
    """The forms that must go for the move to be over: those older than its goal; all others too where a
    cleaning names its goal (paragraph 81 of docs/semantics.md)."""
    versions = vocabulary.deployment.versions
    if _leaves_one(move):
        return frozenset(versions) - {move.goal}
    return frozenset(versions[: versions.index(str(move.goal))])


def _leaves_one(move: Move) -> bool:
    is_cleaning = move.instruction in (Instruction.PURGE, Instruction.DRAIN, Instruction.EXPIRE)
    return is_cleaning and move.action.to is not None


# --- events -----------------------------------------------------------------------------------


def build_move_events(vocabulary: Vocabulary, walker: Walker | None) -> Iterator[Event]:
    """Every effect of every move."""
    for move in vocabulary.moves:
        if walker is not None and move.instruction in ON_INSTANCES and walker.held_at(move.target.name):
            yield from build_events_of_move(vocabulary, walker, move)
        else:
            yield from vocabulary.keep_events(
                move.number, partial(build_events_of_move, vocabulary, None, move)
            )


def build_events_of_move(vocabulary: Vocabulary, walker: Walker | None, move: Move) -> Iterator[Event]:
    """Every effect of one move."""
    life = vocabulary.lives.get(find_variable(move))
    if life is None:
        return
    values: dict[str, list[Standing]] = {}
    for value in life.domain:
        if move.number not in value.ended:
            values.setdefault(value.state, []).append(value)
    for places in _places(vocabulary, move):
        when = vocabulary.at(places)
        for effect in _effects(vocabulary, move, life, places[0] if places else None):
            for allowed in _restrict_to_allowed(vocabulary, move, effect):
                for drained in _wait_for_requests(vocabulary, walker, move, allowed):
                    standings = values.get(effect.arrow.source, [])
                    yield from _events(vocabulary, move, life, drained, when, standings)


def _places(vocabulary: Vocabulary, move: Move) -> list[list[Position]]:
    """The positions at which the move can take effect, those where as many instances are wanted together."""
    found: dict[int | None, list[Position]] = {}
    for here in vocabulary.places_of(move):
        found.setdefault(vocabulary.wanted(move.target.name, here), []).append(here)
    return list(found.values()) or [[]]


def _events(
    vocabulary: Vocabulary,
    move: Move,
    life: LifeVariable,
    effect: Effect,
    when: Guard,
    standings: list[Standing],
) -> Iterator[Event]:
    """The effect as events: one for each memory of ended moves, at the move's positions."""
    cause = _cause(vocabulary, move, life, effect)
    for value in standings:
        ended = value.ended | {move.number} if effect.ends and life.is_tracked else value.ended
        reached = Standing(effect.arrow.target, ended)
        guard = conjoin(when, *effect.guards, {life.key: frozenset({value})})
        if guard is not None and reached in life.values:
            changes = {**effect.also, life.key: reached}
            yield Event(cause, guard, changes, move.number)


def _cause(vocabulary: Vocabulary, move: Move, life: LifeVariable, effect: Effect) -> MoveCause:
    component = vocabulary.deployment.components.get(move.target.name)
    store = component.kind if component is not None and move.instruction in SCHEMAS else None
    arrow, key = effect.arrow, life.key
    if effect.beside is not None:
        key, arrow = effect.beside
    return MoveCause(key, move.instruction, arrow.trigger, arrow.source, arrow.target, store, effect.cut)


def _effects(
    vocabulary: Vocabulary, move: Move, life: LifeVariable, here: Position | None
) -> Iterator[Effect]:
    """The machine's transitions that the move makes while the pipeline stands there."""
    if is_copy(vocabulary, move):
        for arrow, guard, ends in list_copy_transitions(vocabulary, move, life):
            yield Effect(arrow, ends, (guard,))
        return
    if (taken := _expiring(vocabulary, move)) is not None:
        yield from _list_expirations(vocabulary, move, life, taken)
        return
    nothing_to_do, makes = list_idle_states(vocabulary, move, here), _find_maker(vocabulary, move, here)
    for arrow in life.life.transitions:
        if arrow.source not in nothing_to_do and makes(arrow):
            effect = Effect(arrow, arrow.target in nothing_to_do)
            yield from (
                _empty_if_removed(vocabulary, move, effect) if move.instruction in SCHEMAS else [effect]
            )


def _find_maker(vocabulary: Vocabulary, move: Move, here: Position | None) -> Callable[[Transition], bool]:
    """Which transitions of its machine the move makes."""
    if move.instruction in ON_INSTANCES:
        goal = vocabulary.find_goal(move, here or vocabulary.positions[move.position])
        triggers = vocabulary.rollouts[move.target.name].triggers(goal)
        return lambda arrow: arrow.trigger in triggers
    if move.instruction in SCHEMAS:
        rank = vocabulary.deployment.versions.index
        aim = rank(str(move.goal))
        return lambda arrow: (arrow.trigger == "advance") == (rank(arrow.source) < aim)
    named = _triggers(move)
    return lambda arrow: arrow.trigger in named


def _triggers(move: Move) -> frozenset[str]:
    match move.instruction:
        case Instruction.SYNC | Instruction.BACKFILL:
            return frozenset({f"fill {move.goal}", f"clear before {move.goal}"})
        case Instruction.PURGE | Instruction.EXPIRE:
            return frozenset({f"purge {'but' if _leaves_one(move) else 'before'} {move.goal}"})
        case Instruction.DRAIN:
            return frozenset()
        case instruction if move.action.per_instance:
            return frozenset({f"{instruction} first", f"{instruction} last"})
        case instruction:
            return frozenset({str(instruction)})


def _empty_if_removed(vocabulary: Vocabulary, move: Move, effect: Effect) -> Iterator[Effect]:
    """A queue or table that is not there in the new version takes what it holds with it."""
    assert isinstance(move.subject, Contract)
    content = vocabulary.lives.get(content_of(move.subject))
    if content is None or vocabulary.exists(move.subject, effect.arrow.target):
        yield effect
        return
    for value in content.domain:
        gone = effect.given({content.key: frozenset({value})}, {content.key: value._replace(state=EMPTY)})
        for _, (guard, emptied) in list_emptied(vocabulary, move.subject, vocabulary.deployment.versions):
            yield gone.given(guard, emptied)


def _list_expirations(
    vocabulary: Vocabulary, move: Move, life: LifeVariable, taken: LifeVariable
) -> Iterator[Effect]:
    """What lies in the queue and what was taken from it expire together. Where the one has nothing to lose
    the event is told of the other."""
    assert isinstance(move.subject, Contract)
    forms, old, (trigger,) = vocabulary.forms, find_unwanted(vocabulary, move), _triggers(move)
    for state in life.life.states:
        left = forms.named(forms.held[state] - old)
        for was, (guard, emptied) in list_emptied(vocabulary, move.subject, old):
            if left != state:
                yield Effect(Transition(trigger, state, left), True, (guard,), emptied)
            elif was & old:
                beside = Transition(trigger, forms.named(was), forms.named(was - old))
                here = Transition(trigger, state, state)
                yield Effect(here, True, (guard,), emptied, beside=(taken.key, beside))


def _restrict_to_allowed(vocabulary: Vocabulary, move: Move, effect: Effect) -> Iterator[Effect]:
    """While the predicates that the action and the new instance wait for hold."""
    conditions = [
        translate_predicate(vocabulary, vocabulary.predicate(text)) for text in effect.arrow.conditions
    ]
    if move.action.when is not None:
        conditions.append(translate_predicate(vocabulary, move.action.when, place=move.action.place))
    if move.instruction in ON_INSTANCES:
        trigger = strip_number(effect.arrow.trigger)
        conditions += [
            find_when_ready(vocabulary, move.target.name, version)
            for version in vocabulary.deployment.versions
            if trigger in (f"ready {version}", f"ready canary {version}")
        ]
    for chosen in product(*conditions):
        guard = conjoin(*chosen)
        if guard is not None:
            yield effect.given(guard)


def _wait_for_requests(
    vocabulary: Vocabulary, walker: Walker | None, move: Move, effect: Effect
) -> Iterator[Effect]:
    """The last instance of a version waits for the request that is on it; or, with `drain: abrupt`, any
    instance that goes may be the request's own, which cuts it off (DESIGN 3.3)."""
    if walker is None or move.instruction not in ON_INSTANCES:
        yield effect
        return
    component = vocabulary.deployment.components[move.target.name]
    is_abrupt = component.drain is Drain.ABRUPT
    yield from lose_requests(
        walker, vocabulary.rollouts[component.name], component.name, effect, is_abrupt=is_abrupt
    )
