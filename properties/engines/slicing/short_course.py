"""The course of a slice: one line, with the moves of what is kept, and no more positions than that needs.

What a move aims at was settled in the whole (by what its release and, after a failure, the actions before it
do): moves are carried over with their goals, and nothing of that is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec import Struct

from ....model.compiler.moves import AFTER, BEFORE, Course, Move, Position
from ....model.deployment import Action
from ....model.deployment.predicate import Predicate
from ....model.names import Contract, Target, VariableKey, schema_of
from .keep import STORED
from .plan import SlicePlan
from .stretches import Stretches, shorten

Rename = Callable[[Predicate], Predicate]
NOBODY = Target("-")
"""Of whom no move is."""
Places = Mapping[int, Sequence[Target]]
"""The targets of the slice that the action at a place of the line has."""


class ShortCourse(Struct, frozen=True):
    """The course of a slice; `stretches` say which places of the line its positions are, `numbers[i]` what
    the whole's number of its move i is."""

    course: Course
    stretches: Stretches
    numbers: tuple[int, ...]


def shorten_course(
    plan: SlicePlan,
    targets: Mapping[VariableKey, Target],
    rename: Rename,
    resized: Mapping[str, str],
    turns: Collection[int] = (),
) -> ShortCourse:
    """The course of the slice that keeps these units, under these names; `rename` writes predicates in
    them. `resized` are those of its components of which the number wanted changes, with their names in the
    whole. The places that are `turns` remain."""
    busy: dict[int, list[Target]] = {}
    for unit, target in targets.items():
        for place in plan.targeted.get(unit, ()):
            busy.setdefault(place, []).append(target)
        for place in plan.actions.get(unit, ()):
            busy.setdefault(place, [])
    for name in resized.values():
        for place in plan.resized_at[name]:
            busy.setdefault(place, [])
    # A limit on the steps that begin while a request is in flight tells all positions apart.
    is_whole = plan.deployment.max_span is not None
    stretches = shorten(plan.begun, range(len(plan.positions)) if is_whole else busy, turns)
    positions = tuple(_positions(plan, stretches, busy, rename, counts_steps=is_whole))
    index_of = {plan.positions[place].index: index for index, place in enumerate(stretches.stages)}
    every = [(unit, move) for unit in targets for move in plan.moves_of.get(unit, ())]
    # Stable: what moves at once does so in the order of the slice's names, whatever the order in the file.
    kept = sorted(every, key=lambda pair: index_of[pair[1].position])
    moves = (_move(move, positions[index_of[move.position]], targets, unit) for unit, move in kept)
    last = len(positions) - 1
    course = Course(
        positions,
        tuple((index + 1,) if index < last else () for index in range(last + 1)),
        tuple(Move(number, *rest) for number, rest in enumerate(moves)),
        counts=tuple(_wanted(plan, place, resized) for place in stretches.stages),
    )
    return ShortCourse(course, stretches, tuple(move.number for _, move in kept))


def _positions(
    plan: SlicePlan, stretches: Stretches, busy: Places, rename: Rename, *, counts_steps: bool
) -> list[Position]:
    found = []
    for index, place in enumerate(stretches.stages):
        here = plan.positions[place]
        step = here.step if here.step in (BEFORE, AFTER) else "p"
        when = plan.settled.condition(place)
        action = _action(here.action, when, busy[place], rename) if here.action and place in busy else None
        passed = frozenset(range(index))
        enters = counts_steps and here.enters
        found.append(Position(index, step, action, enters, passed, here.is_stopped))
    return found


def _action(
    action: Action, when: Predicate | None, targets: Sequence[Target], rename: Rename
) -> Action | None:
    """What is left of an action: nothing, if all of its targets were cut and it waits for nothing kept."""
    if not targets and when is None:
        return None
    return Action(
        action.instruction,
        tuple(dict.fromkeys(targets)) or (NOBODY,),
        action.background,
        to=action.to,
        per_instance=action.per_instance,
        when=None if when is None else rename(when),
        count=action.count,
    )


def _wanted(plan: SlicePlan, place: int, resized: Mapping[str, str]) -> Mapping[str, int]:
    """How many instances are wanted at a place of the line."""
    return {short: plan.counts[place][name] for short, name in resized.items()}


def _move(
    move: Move, here: Position, targets: Mapping[VariableKey, Target], unit: VariableKey
) -> tuple[int, Action, Target, str | Contract, str | None, tuple[Contract, ...]]:
    """All of the move but its number. Each contract of a store has one of its own, the target."""
    assert here.action is not None
    target = targets[unit]
    is_of_contract = isinstance(move.subject, Contract)
    subject = Contract(target.name, target.subject or STORED) if is_of_contract else target.name
    kept = (schema_of(contract) for contract in move.migrates)
    along = (targets[schema] for schema in kept if schema in targets)
    migrates = tuple(Contract(store.name, STORED) for store in along)
    return here.index, here.action, target, subject, move.goal, migrates
