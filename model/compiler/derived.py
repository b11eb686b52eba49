"""Stores derived from others: a sync moves what its source has now (paragraph 54 of docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Iterator

from ..machines.machine import Transition
from ..names import Contract, content_of
from .life_variables import LifeVariable
from .moves import SYNCS, Move
from .system import Guard
from .variables import Vocabulary


def is_copy(vocabulary: Vocabulary, move: Move) -> bool:
    """Whether the move copies from another contract, one that the release changes."""
    return move.instruction in SYNCS and _source(vocabulary, move) is not None


def _source(vocabulary: Vocabulary, move: Move) -> Contract | None:
    changes = vocabulary.deployment.changed
    assert isinstance(move.subject, Contract)
    source = changes[move.subject].source
    if source is None or not (vocabulary.has_content(source) or vocabulary.has_schema(source)):
        return None
    return source


def list_readable_forms(vocabulary: Vocabulary, contract: Contract) -> Iterator[tuple[frozenset[str], Guard]]:
    """What can be read of the contract, each set of forms with its guard: its content, or its schema."""
    if vocabulary.has_content(contract):
        life = vocabulary.lives[content_of(contract)]
        for state, forms in vocabulary.forms.held.items():
            yield forms, life.in_states([state])
    elif vocabulary.has_schema(contract):
        for version in vocabulary.deployment.versions:
            yield frozenset({version}), vocabulary.schema_is(contract, version)


def list_copy_transitions(
    vocabulary: Vocabulary, move: Move, life: LifeVariable
) -> Iterator[tuple[Transition, Guard, bool]]:
    """The transitions of the copy, each with its guard, and whether it ends there: what is missing comes
    form by form, and then all else goes."""
    source, held = _source(vocabulary, move), vocabulary.forms.held
    assert source is not None
    for forms, guard in list_readable_forms(vocabulary, source):
        fills = {f"fill {form}" for form in forms}
        for arrow in life.life.transitions:
            keeps = arrow.trigger.startswith("keep ") and held[arrow.target] == forms
            if arrow.trigger in fills or keeps:
                yield arrow, guard, held[arrow.target] == forms


def list_copied_guards(vocabulary: Vocabulary, move: Move, life: LifeVariable) -> Iterator[Guard]:
    """The states in which the contract holds just what its source does, though the move has not ended."""
    source, held = _source(vocabulary, move), vocabulary.forms.held
    assert source is not None
    for forms, guard in list_readable_forms(vocabulary, source):
        states = {state for state, lying in held.items() if lying == forms}
        equal = (v for v in life.domain if v.state in states and move.number not in v.ended)
        yield {**guard, life.key: frozenset(equal)}
