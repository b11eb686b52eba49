"""Irreversible actions: no rollback may follow one (paragraph 60 of docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...model.compiler.actions import unwanted
from ...model.compiler.moves import BACKWARD, Move, Position
from ...model.compiler.system import Condition, Guard, conjoin
from ...model.compiler.variables import OFF, Vocabulary
from ...model.deployment import Action, Instruction
from ...model.names import Contract, content_of, flag_of, instances_of, schema_of


@dataclass(frozen=True, slots=True)
class Setback:
    """The pipeline stands at an action that takes something back, after an irreversible one has had its
    effect; `condition` says in which states."""

    irreversible: str
    later: str
    condition: Condition

    @property
    def text(self) -> str:
        return f"{self.later}, after {self.irreversible}"


def setbacks(vocabulary: Vocabulary) -> tuple[Setback, ...]:
    """Every pair of an irreversible action and a later one that takes something back."""
    found: dict[tuple[str, str], Condition] = {}
    for earlier in vocabulary.positions:
        if earlier.action is None or not earlier.action.irreversible or earlier.is_stopped:
            continue
        for later in vocabulary.positions:
            if earlier.index in later.passed and _takes_back(later, earlier.action):
                pair = str(earlier.action), str(later.action)
                found[pair] = (*found.get(pair, ()), *_standing(vocabulary, earlier, later))
    return tuple(Setback(*pair, condition) for pair, condition in found.items() if condition)


def _takes_back(later: Position, irreversible: Action) -> bool:
    action = later.action
    if action is None or later.is_stopped:
        return False
    if action.instruction is Instruction.DISABLE:
        return irreversible.instruction is Instruction.ENABLE and bool(
            set(action.targets) & set(irreversible.targets)
        )
    return action.instruction in BACKWARD


def _standing(vocabulary: Vocabulary, earlier: Position, later: Position) -> Iterator[Guard]:
    for move in vocabulary.moves:
        if move.position == earlier.index:
            guard = conjoin(vocabulary.at([later]), _has_effect(vocabulary, move))
            if guard is not None:
                yield guard


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
        old, held = unwanted(vocabulary, move), vocabulary.forms.held
        life = vocabulary.lives[content_of(move.subject)]
        return life.in_states(state for state, forms in held.items() if not forms & old)
    return vocabulary.lives[schema_of(move.subject)].in_states(versions[goal:])
