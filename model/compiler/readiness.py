"""What a starting instance waits for, and what it does meanwhile (paragraphs 43 and 90)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

from ..machines.machine import EMPTY
from ..names import Contract, VariableKey, content_of, instances_of, schema_of
from .causes import MoveCause
from .life_variables import Standing
from .predicate_guards import translate_predicate
from .system import Condition, Event, Guard, Value, conjoin
from .variables import Vocabulary


def ready_when(vocabulary: Vocabulary, name: str, version: str) -> Condition:
    """When an instance of the version becomes ready: its predicate holds, and what it migrates is done."""
    component = vocabulary.deployment.components[name]
    waits = component.readiness.when if component.readiness is not None else ()
    conditions = [
        translate_predicate(vocabulary, predicate, place=component.place)
        for waiting, predicate in waits
        if waiting == version
    ]
    versions = vocabulary.deployment.versions
    beyond = versions[versions.index(version) :]
    migrated = [vocabulary.lives[schema_of(c)].in_states(beyond) for c in _migrated_by(vocabulary, name)]
    found = (conjoin(*chosen, *migrated) for chosen in product(*conditions))
    return tuple(guard for guard in found if guard is not None)


def build_migration_events(vocabulary: Vocabulary) -> Iterator[Event]:
    """A starting instance takes each schema that is older than itself one version on; this is fair."""
    for name in vocabulary.rollouts:
        for contract in _migrated_by(vocabulary, name):
            yield from build_migration_events_of(vocabulary, name, contract)


def build_migration_events_of(vocabulary: Vocabulary, name: str, contract: Contract) -> Iterator[Event]:
    """Those of one component's instances at one contract."""
    versions, fleet = vocabulary.deployment.versions, vocabulary.rollouts[name]
    life, schema = vocabulary.lives[instances_of(name)], vocabulary.lives[schema_of(contract)]
    kind = vocabulary.deployment.components[contract.provider].kind
    for old, new in pairwise(versions):
        newer = set(versions[versions.index(new) :])
        starts = life.in_states(state for state, there in fleet.starting.items() if newer & there)
        cause = MoveCause(schema.key, None, f"{name} as it starts", old, new, kind)
        if starts[life.key]:
            when: Guard = {**starts, **schema.in_states([old])}
            for guard, effect in _with_content(vocabulary, contract, new):
                both = {**effect, schema.key: Standing(new)}
                yield Event(cause, {**when, **guard}, both, (life.key, schema.key))


def _with_content(
    vocabulary: Vocabulary, contract: Contract, version: str
) -> Iterator[tuple[Guard, dict[VariableKey, Value]]]:
    """A table that is not there in the new version takes its rows with it (paragraph 55)."""
    content = vocabulary.lives.get(content_of(contract))
    if content is None or vocabulary.exists(contract, version):
        yield {}, {}
        return
    for value in content.domain:
        yield {content.key: frozenset({value})}, {content.key: value._replace(state=EMPTY)}


def _migrated_by(vocabulary: Vocabulary, name: str) -> list[Contract]:
    return [contract for contract, who in vocabulary.deployment.migrators.items() if name in who]
