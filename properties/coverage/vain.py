"""The actions of a pipeline that do nothing: nothing is there to wait for, or to switch, or they are held for
ever (paragraph 97 of docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ...model.compiler.actions import SWITCHED, build_over_condition
from ...model.compiler.life_variables import find_variable
from ...model.compiler.moves import SWITCHES, Move, Position, list_awaited_moves
from ...model.compiler.system import passes
from ...model.deployment import Action, Instruction
from ...model.names import Target, pipeline_of
from ...model.resources.limits import StateLimitError
from ..verdict import VainAction
from .occurrences import Occurrences
from .standings import Standings

Found = tuple[int, VainAction]
"""What an action does not do, with the position of the pipeline at which it stands."""


class VainActions(Struct, frozen=True):
    """The actions that did nothing, in the order of the pipeline, and the units that a limit left open."""

    actions: tuple[VainAction, ...]
    left_open: tuple[str, ...]


def find_vain_actions(standings: Standings, occurrences: Occurrences) -> VainActions:
    """Those of the pipeline itself: what a rollback finds depends on what failed. Raises `LimitError`, but no
    `StateLimitError`."""
    found: list[Found] = list(_awaits(standings))
    left_open: list[str] = []
    for move in standings.vocabulary.moves:
        if move.position not in standings.passed:
            continue
        try:
            found += _judged(standings, occurrences, move)
        except StateLimitError:
            left_open.append(str(move.subject))
    actions = tuple(action for _, action in sorted(found, key=lambda one: one[0]))
    return VainActions(actions, tuple(dict.fromkeys(left_open)))


def _awaits(standings: Standings) -> Iterator[Found]:
    """Each `await` of what nothing has been started on, and that waits for no predicate either."""
    vocabulary = standings.vocabulary
    for position in vocabulary.positions:
        action = position.action
        awaits = position.index in standings.passed and action is not None
        if not awaits or action is None or action.instruction is not Instruction.AWAIT:
            continue
        if action.when is not None:  # it is left only while that holds
            continue
        awaited = list_awaited_moves(position, vocabulary.moves)
        nothing = [target for target in action.targets if not _is_awaited(target, awaited)]
        if nothing:
            names = ", ".join(map(str, nothing))
            why = f"`{action}` waits for nothing: no `start` before it begins anything that moves {names}"
            yield position.index, _vain(position, action, why)


def _is_awaited(target: Target, moves: tuple[Move, ...]) -> bool:
    return any(target_concerns(target, move) for move in moves)


def target_concerns(target: Target, move: Move) -> bool:
    """Whether the move is on what the target names."""
    if isinstance(move.subject, str):
        return move.subject == target.name
    return move.subject.provider == target.name and target.subject in (None, move.subject.subject)


def _judged(standings: Standings, occurrences: Occurrences, move: Move) -> Iterator[Found]:
    if move.instruction in SWITCHES and is_idle_switch(standings, occurrences, move):
        state = SWITCHED[move.instruction]
        why = f"`{move.action}` has nothing to do: {move.subject} is {state} whenever the pipeline gets there"
        yield _found(standings, move, why)
    if move.background and move.action.when is not None:
        always = is_held(standings, move)
        if always is not None:
            runs = "in every run" if always else "in some run"
            why = f"`{move.action}` is held for ever {runs}: from some moment on its predicate stays false"
            yield _found(standings, move, why)


def is_idle_switch(standings: Standings, occurrences: Occurrences, move: Move) -> bool:
    """Whether the switch stands as the move wants it in every state in which the pipeline stands there."""
    life, moves = standings.vocabulary.lives[find_variable(move)], standings.moves_on[find_variable(move)]
    if not occurrences.whole and not any(other.background for other in moves):
        earlier = [other for other in moves if other.position < move.position]
        before = SWITCHED[earlier[-1].instruction] if earlier else life.start
        return before == SWITCHED[move.instruction]  # the pipeline has waited for each of them
    standings.part([life.key])
    here = occurrences.positions(({life.key: frozenset(life.domain)},))
    other = occurrences.positions((life.where(lambda value: value.state != SWITCHED[move.instruction]),))
    return move.position in here and move.position not in other


def is_held(standings: Standings, move: Move) -> bool | None:
    """Whether the move is held for ever in every complete state; None: it is over in all of them."""
    key = find_variable(move)
    if key not in standings.vocabulary.lives:
        return None
    end = standings.vocabulary.own_ends[pipeline_of(move.pipeline)]
    over = build_over_condition(standings.vocabulary, move, end)
    asked = {name for guard in over for name in guard}  # also what it is copied from
    complete = standings.complete([key, *sorted(asked - {key})])
    tests = [complete.reached.system.test(guard) for guard in over]
    waits = [not any(passes(state, test) for test in tests) for state in complete.states]
    return all(waits) if any(waits) else None


def _found(standings: Standings, move: Move, why: str) -> Found:
    return move.position, _vain(standings.vocabulary.positions[move.position], move.action, why)


def _vain(position: Position, action: Action, why: str) -> VainAction:
    return VainAction(str(action), position.step, why, action.place)
