"""What is seen of a state where the space of a hazard is drawn, and ways to put states together by it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator
from functools import partial
from typing import NamedTuple

from ..model.compiler.compile import Compiled
from ..model.compiler.space import find_step, show_value
from ..model.compiler.system import State
from ..model.compiler.walker import find_sources
from ..model.deployment import Aspect, Deployment
from ..model.names import (
    VariableKey,
    VariableKind,
    content_of,
    flag_of,
    instances_of,
    is_pipeline,
    jobs_of,
    schema_of,
)
from ..properties.verdict import HopHazard
from .wording import find_failing_hop


class StateDescription(NamedTuple):
    """What a drawing says of a state, and what else holds it `apart`; states that are seen alike are put
    together."""

    facts: tuple[str, ...]
    apart: Hashable = None


Grouping = tuple[str, Callable[[State], StateDescription]]


class HazardView:
    """States as seen by someone to whom one hazard matters."""

    def __init__(
        self, compiled: Compiled, states: Collection[State], hazard: HopHazard, *, tells_all: bool = False
    ) -> None:
        """`tells_all`: of the hazard's two ends also what is the same in all of the states."""
        self._compiled, self._system, self._states = compiled, compiled.system, states
        self._lives = compiled.vocabulary.lives
        in_order = sorted(states, key=compiled.place)
        self.steps = list(dict.fromkeys(map(self.step, in_order)))
        ends = _ends(compiled.vocabulary.deployment, hazard, tuple(self._lives))
        self._ends = [name for name in ends if tells_all or self._changes(name)]

    def groupings(self) -> Iterator[Grouping]:
        """Ways to put states together with their names, the finest first; the last leaves one class."""
        yield "where the pipeline stands and what the hazard's two ends hold", self._at_position
        yield "the step and what the hazard's two ends hold", self._at_step
        yield "what the hazard's two ends hold", self._at_ends
        size = 1
        while size <= 2 * len(self.steps):
            said = "the step" if size == 1 else f"blocks of {size} steps"
            yield said, partial(self._in_block, size)
            size *= 2

    def whole(self, state: State) -> StateDescription:
        """Everything but the pipeline that is not as it was at the start."""
        moved = [
            f"{life.subject}: {show_value(value)}"
            for name, life in self._lives.items()
            if not is_pipeline(name) and (value := self._system.value(state, name)) != life.variable.initial
        ]
        return StateDescription(tuple(moved), state)

    def step(self, state: State) -> str:
        """Where the pipelines stand."""
        return find_step(self._compiled, state)

    def _changes(self, name: VariableKey) -> bool:
        """Whether the variable is not the same in all states."""
        initial = self._lives[name].variable.initial
        return any(self._system.value(state, name) != initial for state in self._states)

    def _at_position(self, state: State) -> StateDescription:
        return StateDescription(self.facts(state), self._compiled.place(state))

    def _at_step(self, state: State) -> StateDescription:
        return StateDescription(self.facts(state), self.step(state))

    def _at_ends(self, state: State) -> StateDescription:
        return StateDescription(self.facts(state))

    def _in_block(self, size: int, state: State) -> StateDescription:
        return StateDescription((), self.steps.index(self.step(state)) // size)

    def facts(self, state: State) -> tuple[str, ...]:
        """What the hazard's two ends hold."""
        return tuple(self._fact(name, show_value(self._system.value(state, name))) for name in self._ends)

    def _fact(self, key: VariableKey, value: str) -> str:
        if key.kind is VariableKind.JOBS:
            return f"{key.owner}'s jobs: {value}"
        if key.kind is not VariableKind.INSTANCES:
            return f"{key}: {value}"
        serving = self._compiled.vocabulary.rollouts[key.owner].serving[value]
        deployment = self._compiled.vocabulary.deployment
        up = [deployment.name_version(key.owner, v) for v in deployment.versions if v in serving]
        return f"{key.owner}: {' / '.join(up) or 'nobody up'}"


def _ends(deployment: Deployment, hazard: HopHazard, names: tuple[VariableKey, ...]) -> list[VariableKey]:
    """The variables that say how the hazard's consumer and provider, or its sources, stand: as far as the
    aspect that fails looks at them."""
    hop = find_failing_hop(deployment, hazard)
    request = next(one for one in deployment.requests if one.name == hazard.request)
    wanted = {instances_of(hop.consumer), instances_of(hop.provider), jobs_of(hop.consumer)}
    if hazard.aspect in (Aspect.SCHEMA, Aspect.TOKEN):
        wanted.add(schema_of(hop.contract))
    if hazard.aspect is Aspect.CONTENT:
        wanted.add(content_of(hop.contract))
    if hazard.aspect is Aspect.TOKEN:
        wanted |= {content_of(source) for source in find_sources(deployment, request.hops, hazard.hop)}
    wanted |= {flag_of(flag.name) for flag in deployment.flags if hop.contract in flag.guards}
    return [name for name in names if name in wanted]
