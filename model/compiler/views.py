"""What an onlooker may see at each step, read off the space of the deployment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..names import VariableKey, content_of, instances_of, jobs_of, schema_of
from .space import Space
from .stepview import ComponentView, StepView, Suspension
from .system import State
from .variables import SUSPENDED, Vocabulary


def list_step_views(space: Space) -> tuple[StepView, ...]:
    """One view for `(before)`, each step, and `(after)`, of one pipeline after the other: the union over all
    interleavings."""
    vocabulary = space.compiled.vocabulary
    keys = list(vocabulary.lives)
    by_step: dict[str, list[State]] = {step: [] for step in vocabulary.step_names}
    for state in space.graph:
        for position in space.compiled.where(state):
            by_step[position.step].append(state)
    return number_views(
        vocabulary, {step: _components(vocabulary, keys, states) for step, states in by_step.items()}
    )


def number_views(
    vocabulary: Vocabulary, seen: Mapping[str, Mapping[str, ComponentView]]
) -> tuple[StepView, ...]:
    """A view for each step, numbered within its pipeline: `(before)` is 0."""
    found: list[StepView] = []
    for course in vocabulary.courses.values():
        name, steps = course[0].pipeline, list(dict.fromkeys(position.step for position in course))
        total = len(steps) - 2
        found += (StepView(step, number, total, seen[step], name) for number, step in enumerate(steps))
    return tuple(found)


def _components(
    vocabulary: Vocabulary, keys: list[VariableKey], states: list[State]
) -> dict[str, ComponentView]:
    seen = {key: _list_seen(vocabulary, key, index, states) for index, key in enumerate(keys)}
    return {name: _component(vocabulary, name, seen) for name in vocabulary.deployment.components}


def _list_seen(vocabulary: Vocabulary, key: VariableKey, index: int, states: list[State]) -> frozenset[str]:
    """The machine states of one variable that occur."""
    domain = vocabulary.lives[key].domain
    return frozenset(domain[rank].state for rank in {state[index] for state in states})


def _component(vocabulary: Vocabulary, name: str, seen: dict[VariableKey, frozenset[str]]) -> ComponentView:
    if name in vocabulary.rollouts:
        found = _union(vocabulary.rollouts[name].list_met(state) for state in seen[instances_of(name)])
    else:
        own = [contract for contract in vocabulary.changed if contract.provider == name]
        schemas = _union(seen.get(schema_of(contract), frozenset()) for contract in own)
        contents = (state for contract in own for state in seen.get(content_of(contract), ()))
        forms = _union(vocabulary.forms.held[state] for state in contents)
        found = schemas | forms
    versions = tuple(version for version in vocabulary.deployment.versions if version in found)
    return ComponentView(versions, _suspended(seen.get(jobs_of(name), frozenset())))


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _suspended(seen: frozenset[str]) -> Suspension:
    if SUSPENDED not in seen:
        return Suspension.NEVER
    return Suspension.ALWAYS if seen == {SUSPENDED} else Suspension.MAYBE
