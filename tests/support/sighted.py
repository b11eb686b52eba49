"""Random sightings of a deployment: as a reachable state has it, and now and then as none has."""

from __future__ import annotations

import random
from collections.abc import Iterator

from skewproof.model.compiler.compile import Compiled
from skewproof.model.compiler.life_variables import Standing
from skewproof.model.compiler.system import State, search
from skewproof.model.compiler.variables import SUSPENDED
from skewproof.model.names import VariableKey, VariableKind, is_pipeline
from skewproof.model.observed.sightings import (
    ContentSeen,
    FlagSeen,
    InstancesSeen,
    JobsSeen,
    SchemaSeen,
    Sighting,
    StepSeen,
    count_by_version,
)


def draw_sightings(draw: random.Random, alone: Compiled) -> list[Sighting]:
    """About half of what can be seen."""
    states = search(alone.system).states
    base = draw.choice(states)
    seen: list[Sighting] = []
    for key in alone.vocabulary.lives:
        if draw.random() < 0.5:
            seen += sighted(alone, key, draw.choice(states) if draw.random() < 0.2 else base)
    return seen


def sighted(alone: Compiled, key: VariableKey, state: State) -> Iterator[Sighting]:
    """A variable as the state has it."""
    value = alone.system.value(state, key)
    assert isinstance(value, Standing)
    name = value.state
    if is_pipeline(key):
        place = next(place for place in alone.vocabulary.positions if place.name == name)
        action = None if place.action is None else str(place.action)
        yield StepSeen(place.step, "test", action, place.is_stopped)
        return
    match key.kind:
        case VariableKind.INSTANCES:
            ready = dict(alone.vocabulary.rollouts[key.owner].present[name])
            yield InstancesSeen(key.owner, frozenset({count_by_version(ready)}), "test")
        case VariableKind.FLAG:
            yield FlagSeen(key.owner, name, "test")
        case VariableKind.SCHEMA:
            yield SchemaSeen(key.contract, name, "test")
        case VariableKind.CONTENT:
            yield ContentSeen(key.contract, frozenset(alone.vocabulary.forms.held[name]), "test")
        case VariableKind.JOBS:
            yield JobsSeen(key.owner, name == SUSPENDED, "test")
        case _:
            return
