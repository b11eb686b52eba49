"""What can be seen of a state of a deployment, in plain values: of one of the oracle's, and of one of the
compiler's. Two implementations with the same states and events show the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from skewproof.model.compiler.compile import Compiled
from skewproof.model.compiler.life_variables import Standing
from skewproof.model.compiler.moves import Position
from skewproof.model.compiler.system import State
from skewproof.model.compiler.variables import NO_LEADER, OFF, ON, SUSPENDED, Vocabulary
from skewproof.model.machines.rollouts import Rollout
from skewproof.model.names import VariableKey, VariableKind
from support.oracle_plan import Plan
from support.oracle_state import FLAG_OFF, FLAG_ON, Deployment, Instances

Seen = frozenset[tuple[str, Any]]
"""What is said of each part of a deployment, by its name."""


# The oracle's


def seen_by_the_oracle(plan: Plan, state: Deployment) -> Seen:
    """What a state of the oracle shows; of a pipeline the step, and whether it is stopped there. What has
    ended is not shown, nor who may have left messages behind: other events tell."""
    return frozenset((name, _frozen(value)) for name, value in _oracle(plan, state))


def _oracle(plan: Plan, state: Deployment) -> Iterator[tuple[str, Any]]:
    names = plan.versions
    for pipeline, number in enumerate(state.positions):
        here = plan.positions[number]
        yield f"pipeline {pipeline}", (here.step, here.is_stop)
    for name, instances in state.up:
        for what, versions in _counted(instances).items():
            yield f"{name} {what}", {(names[version], count) for version, count in versions if count}
    for contract, version in state.schema:
        yield f"{contract} schema", names[version]
    for contract, forms in state.content:
        yield f"{contract} content", {names[form] for form in forms}
    for contract, forms in state.unacknowledged:
        yield f"{contract} taken", {names[form] for form in forms}
    for flag, value in state.flags:
        yield f"flag {flag}", {FLAG_OFF: OFF, FLAG_ON: ON}.get(value, "partly")
    for name, leader in state.leaders:
        yield f"{name} leader", None if leader is None else names[leader]
    for name in state.suspended:
        yield f"{name} suspended", True


def _counted(instances: Instances) -> Mapping[str, Iterator[tuple[int, int]]]:
    return {
        "ready": iter(enumerate(instances.ready)),
        "there": iter(enumerate(instances.there)),
        "down": iter(enumerate(instances.down)),
        "calls": ((version, 1) for version in instances.taking_calls),
        "writes": ((version, 1) for version in instances.writing),
        "terminating": ((version, 1) for version in instances.terminating),
    }


# The compiler's


class Sight:
    """What the states of one compiled deployment show."""

    def __init__(self, compiled: Compiled) -> None:
        self._vocabulary: Vocabulary = compiled.vocabulary
        self._variables = compiled.system.variables
        self._positions: dict[str, Position] = {here.name: here for here in self._vocabulary.positions}
        self._pipelines = list(self._vocabulary.courses)

    def of(self, state: State) -> Seen:
        """What a state shows."""
        found: list[tuple[str, Any]] = []
        for variable, rank in zip(self._variables, state, strict=True):
            value = variable.domain[rank]
            assert isinstance(value, Standing)
            found += self._shown(variable.key, value.state)
        return frozenset((name, _frozen(value)) for name, value in found)

    def _shown(self, key: VariableKey, state: str) -> Iterator[tuple[str, Any]]:
        held, subject = self._vocabulary.forms.held, str(key.subject)
        match key.kind:
            case VariableKind.PIPELINE:
                here = self._positions[state]
                yield f"pipeline {self._pipelines.index(key)}", (here.step, here.is_stopped)
            case VariableKind.INSTANCES:
                yield from _instances(subject, self._vocabulary.rollouts[subject], state)
            case VariableKind.SCHEMA:
                yield f"{subject} schema", state
            case VariableKind.CONTENT:
                yield f"{subject} content", held[state]
            case VariableKind.UNACKNOWLEDGED:
                yield f"{subject} taken", held[state]
            case VariableKind.FLAG:
                yield f"flag {subject}", state if state in (OFF, ON) else "partly"
            case VariableKind.LEADER:
                yield f"{subject} leader", None if state == NO_LEADER else state
            case VariableKind.JOBS:
                yield from [(f"{subject} suspended", True)] if state == SUSPENDED else []
            case VariableKind.DEPARTED:
                pass
            case kind:
                raise AssertionError(f"{kind} is of a request")


def _instances(name: str, fleet: Rollout, state: str) -> Iterator[tuple[str, Any]]:
    yield f"{name} ready", set(fleet.present[state].items())
    yield f"{name} there", set(fleet.existing(state).items())
    yield f"{name} down", set(fleet.restarting.get(state, {}).items())
    yield f"{name} calls", {(version, 1) for version in fleet.serving[state]}
    yield f"{name} writes", {(version, 1) for version in fleet.writing[state]}
    yield f"{name} terminating", {(version, 1) for version in fleet.list_terminating(state)}


def _frozen(value: Any) -> Any:
    return frozenset(value) if isinstance(value, set) else value
