"""The events of the pipeline: going on to the next action or step, failing, rolling back."""

from __future__ import annotations

from collections.abc import Iterator

from ..deployment import Deployment, Instruction
from ..names import PIPELINE, SPAN, VariableKey, pipeline_of
from .actions import build_over_condition, list_idle_states
from .advances import Advance, Outcome
from .causes import PipelineCause
from .life_variables import Standing, find_variable
from .moves import SWITCHES, Move, Position
from .predicate_guards import translate_predicate
from .system import Guard, Value
from .variables import Vocabulary
from .walker import Walker


def list_advances(vocabulary: Vocabulary, walker: Walker | None) -> Iterator[Advance]:
    """Every way on from every position."""
    for here in vocabulary.positions:
        yield from list_advances_from(vocabulary, walker, here)


def list_advances_from(vocabulary: Vocabulary, walker: Walker | None, here: Position) -> Iterator[Advance]:
    """Every way on from one position."""
    for index in vocabulary.course.onward[here.index]:
        yield _build_advance(vocabulary, walker, here, vocabulary.positions[index])


def _build_advance(vocabulary: Vocabulary, walker: Walker | None, here: Position, there: Position) -> Advance:
    by_itself = not (here.is_stopped or there.is_stopped)
    choices = [
        list(_count_spans(vocabulary.deployment, there, walker)),
        *_idle_switches(vocabulary, here, there),
    ]
    if by_itself:  # without a way to be over at the same time for two moves, the pipeline stalls here
        choices += [*_list_over_guards(vocabulary, walker, here), _allowed(vocabulary, here)]
    return Advance(
        PipelineCause(here, there),
        vocabulary.at([here]),
        {pipeline_of(there.pipeline): Standing(there.name)},
        tuple(map(tuple, choices)),
        PIPELINE if by_itself else None,  # several are one unit: one of them goes on
    )


def _list_over_guards(
    vocabulary: Vocabulary, walker: Walker | None, here: Position
) -> Iterator[list[Outcome]]:
    """What the pipeline waits for where it stands."""
    for move in vocabulary.awaited_at(here):
        if move.pipeline == here.pipeline:
            yield [(guard, {}) for guard in build_over_condition(vocabulary, move, here, walker)]
        else:
            yield [(guard, {}) for guard in _list_over_elsewhere(vocabulary, walker, move)]


def _list_over_elsewhere(vocabulary: Vocabulary, walker: Walker | None, move: Move) -> Iterator[Guard]:
    """The move of another pipeline has not begun, or is over where that one stands."""
    course = vocabulary.courses[pipeline_of(move.pipeline)]
    yield vocabulary.at(there for there in course if move.position not in there.passed)
    over: dict[tuple[tuple[VariableKey, frozenset[Value]], ...], list[Position]] = {}
    for there in course:
        for guard in build_over_condition(vocabulary, move, there, walker):
            if move.position in there.passed:
                over.setdefault(tuple(guard.items()), []).append(there)
    for told, places in over.items():
        yield {**dict(told), **vocabulary.at(places)}


def _allowed(vocabulary: Vocabulary, here: Position) -> list[Outcome]:
    """An action that only waits, and not in the background, is left only while what it waits for holds."""
    action = here.action
    if action is None or action.when is None or not here.waits:
        return [({}, {})]
    if action.instruction not in (Instruction.AWAIT, Instruction.DRAIN):
        return [({}, {})]
    return [(guard, {}) for guard in translate_predicate(vocabulary, action.when, place=action.place)]


def _idle_switches(vocabulary: Vocabulary, here: Position, there: Position) -> Iterator[list[Outcome]]:
    """A switch that has nothing to do when it begins is over at once, and does not take effect when
    something else throws it back later. One list of outcomes for each variable concerned."""
    begun = [
        *(move for move in vocabulary.moves_at.get(here.index, ()) if move.background),
        *(move for move in vocabulary.moves_at.get(there.index, ()) if not move.background),
    ]
    begun.sort(key=lambda move: move.number)
    switched: dict[VariableKey, list[Move]] = {}
    for move in begun:
        if move.instruction in SWITCHES:
            switched.setdefault(find_variable(move), []).append(move)
    for key, on_it in switched.items():
        life = vocabulary.lives[key]
        if not life.is_tracked:  # nothing else ever throws it
            continue
        outcomes: list[Outcome] = []
        for value in life.domain:
            over_now = {move.number for move in on_it if value.state in list_idle_states(vocabulary, move)}
            reached = value._replace(ended=value.ended | over_now)
            if reached in life.domain:
                outcomes.append(({key: frozenset({value})}, {key: reached} if reached != value else {}))
        yield outcomes


def _count_spans(deployment: Deployment, there: Position, walker: Walker | None) -> Iterator[Outcome]:
    """A step that begins while the request is in flight counts, up to `max_span`."""
    limit = deployment.max_span
    if walker is None or limit is None or not there.enters:
        yield {}, {}
        return
    yield walker.not_in_flight(), {}
    for seen in range(limit):
        yield {**walker.in_flight(), SPAN: frozenset({seen})}, {SPAN: seen + 1}
