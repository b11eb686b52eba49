"""Irreversible actions: no rollback may follow one (paragraph 60 of docs/semantics.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec import Struct

from ...model.compiler.actions import find_unwanted
from ...model.compiler.moves import BACKWARD, Move, Position
from ...model.compiler.system import Condition, Guard, conjoin
from ...model.compiler.variables import OFF, Vocabulary
from ...model.deployment import Action, Instruction
from ...model.names import Contract, content_of, flag_of, instances_of, schema_of


class Setback(Struct, frozen=True):
    """The pipeline stands at an action that takes something back, after an irreversible one has had its
    effect; `condition` says in which states.

    `steps` are those of the two actions. Pairs may read alike: `occurrence` counts, for the irreversible
    action and the later one, the actions before it that read as it does.
    """

    irreversible: str
    later: str
    steps: tuple[str, str]
    occurrence: tuple[int, int]
    condition: Condition

    @property
    def text(self) -> str:
        return f"{self.later}, after {self.irreversible}"


Row = tuple[str, int]
"""Where an action stands: its step, and its number there. An action of the rollback stands in one place,
whatever failed."""


def find_setbacks(vocabulary: Vocabulary) -> tuple[Setback, ...]:
    """Every pair of an irreversible action and a later one that takes something back."""
    positions = vocabulary.positions  # what one pipeline does is taken back by its own actions alone
    rows = _rows(positions)
    found: dict[tuple[Row, Row], Condition] = {}
    for earlier in positions:
        if earlier.action is None or not earlier.action.irreversible or earlier.is_stopped:
            continue
        for later in positions:
            if earlier.index in later.passed and _takes_back(vocabulary, later, earlier.action):
                pair = rows[earlier.index], rows[later.index]
                found[pair] = (*found.get(pair, ()), *_standing(vocabulary, earlier, later))
    actions = {rows[p.index]: str(p.action) for p in positions if p.index in rows}
    occurrence = _occurrences(actions)
    return tuple(
        Setback(
            actions[one],
            actions[other],
            (one[0], other[0]),
            (occurrence[one], occurrence[other]),
            condition,
        )
        for (one, other), condition in found.items()
        if condition
    )


def _rows(positions: tuple[Position, ...]) -> dict[int, Row]:
    """Where the action of each position stands; stops are where the pipeline is, and have none."""
    rows: dict[int, Row] = {}
    number = 0
    for position in positions:
        if position.action is not None and not position.is_stopped:
            number = 0 if position.enters else number + 1
            rows[position.index] = position.step, number
    return rows


def _occurrences(actions: Mapping[Row, str]) -> dict[Row, int]:
    """For each action how many before it read alike."""
    count: Counter[str] = Counter()
    found = {}
    for row, text in actions.items():
        found[row] = count[text]
        count[text] += 1
    return found


def _takes_back(vocabulary: Vocabulary, later: Position, irreversible: Action) -> bool:
    action = later.action
    if action is None or later.is_stopped:
        return False
    if action.instruction is Instruction.DISABLE:
        taken = {target.name for target in action.targets} - later.unmoved
        is_enabled = irreversible.instruction is Instruction.ENABLE
        return is_enabled and any(target.name in taken for target in irreversible.targets)
    if action.instruction not in BACKWARD:
        return False
    return not later.unmoved or any(move.position == later.index for move in vocabulary.moves)


def _standing(vocabulary: Vocabulary, earlier: Position, later: Position) -> Iterator[Guard]:
    for move in vocabulary.moves:
        if move.position == earlier.index:
            for effect in (_has_effect(vocabulary, move), *_has_migrated(vocabulary, move)):
                guard = conjoin(vocabulary.at([later]), effect)
                if guard is not None:
                    yield guard


def _has_migrated(vocabulary: Vocabulary, move: Move) -> Iterator[Guard]:
    """What the instances that a deploy starts have migrated is as far."""
    versions = vocabulary.deployment.versions
    for contract in move.migrates:
        beyond = versions[versions.index(str(move.goal)) :]
        yield vocabulary.lives[schema_of(contract)].in_states(beyond)


def _has_effect(vocabulary: Vocabulary, move: Move) -> Guard:
    """The effect of the move holds now."""
    versions = vocabulary.deployment.versions
    if move.instruction is Instruction.ENABLE:
        life = vocabulary.lives[flag_of(move.subject)]
        return life.where(lambda value: value.state != OFF)
    goal = versions.index(str(move.goal))
    if move.instruction is Instruction.DEPLOY:
        present = vocabulary.rollouts[str(move.subject)].present
        newer = set(versions[goal:])
        states = (state for state, there in present.items() if newer & there.keys())
        return vocabulary.lives[instances_of(move.subject)].in_states(states)
    assert isinstance(move.subject, Contract)
    if move.instruction is Instruction.PURGE:
        old, held = find_unwanted(vocabulary, move), vocabulary.forms.held
        life = vocabulary.lives[content_of(move.subject)]
        return life.in_states(state for state, forms in held.items() if not forms & old)
    return vocabulary.lives[schema_of(move.subject)].in_states(versions[goal:])
