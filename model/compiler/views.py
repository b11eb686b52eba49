"""What an onlooker may see at each step, read off the space of the deployment."""

from __future__ import annotations

from collections.abc import Iterable

from ..deployment import Kind
from ..kernel.system import State
from .space import Space
from .stepview import ComponentView, StepView, Suspended
from .variables import PIPELINE, SUSPENDED, Vocabulary


def step_views(space: Space) -> tuple[StepView, ...]:
    """One view for `(before)`, each step, and `(after)`: the union over all interleavings."""
    vocabulary = space.compiled.vocabulary
    names = list(vocabulary.lives)
    pipeline = names.index(PIPELINE)
    by_step: dict[str, list[State]] = {position.step: [] for position in vocabulary.positions}
    for state in space.graph:
        by_step[vocabulary.positions[state[pipeline]].step].append(state)
    total = len(by_step) - 2
    return tuple(
        StepView(step, number, total, _components(vocabulary, names, states))
        for number, (step, states) in enumerate(by_step.items())
    )


def _components(vocabulary: Vocabulary, names: list[str], states: list[State]) -> dict[str, ComponentView]:
    seen = {name: _seen(vocabulary, name, index, states) for index, name in enumerate(names)}
    return {name: _component(vocabulary, name, seen) for name in vocabulary.deployment.components}


def _seen(vocabulary: Vocabulary, name: str, index: int, states: list[State]) -> frozenset[str]:
    """The machine states of one variable that occur."""
    domain = vocabulary.lives[name].domain
    return frozenset(domain[rank].state for rank in {state[index] for state in states})


def _component(vocabulary: Vocabulary, name: str, seen: dict[str, frozenset[str]]) -> ComponentView:
    if name in vocabulary.rollouts:
        serving = vocabulary.rollouts[name].serving
        found = _union(serving[state] for state in seen[f"up {name}"])
    else:
        own = [contract for contract in vocabulary.changed if contract.provider == name]
        schemas = _union(seen.get(f"schema {contract}", frozenset()) for contract in own)
        held = vocabulary.forms.held
        forms = _union(
            held[state] for contract in own for state in seen.get(f"content {contract}", frozenset())
        )
        found = schemas if vocabulary.deployment.components[name].kind is Kind.BROKER else schemas | forms
    versions = tuple(version for version in vocabulary.deployment.versions if version in found)
    return ComponentView(versions, _suspended(seen.get(f"jobs {name}", frozenset())))


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _suspended(seen: frozenset[str]) -> Suspended:
    if SUSPENDED not in seen:
        return Suspended.NEVER
    return Suspended.ALWAYS if seen == {SUSPENDED} else Suspended.MAYBE
