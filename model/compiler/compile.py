"""A deployment becomes a `System`: the machines' transitions bound to pipeline, traffic, request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from ..deployment import Deployment, Request
from ..machines.rollout_strategies import Rollout
from .actions import fault_events, move_events, over
from .hops import hop_events
from .moves import Position
from .pipeline import pipeline_events
from .system import Condition, Guard, State, System, Test, conjoin, passes
from .traffic import traffic_events
from .variables import Vocabulary
from .walker import Walker


@dataclass(frozen=True)
class Compiled:
    """A deployment's `System` with the vocabulary that speaks of its states.

    The deployment's own variables come first, in the same order with and without a request.
    """

    system: System
    vocabulary: Vocabulary
    walker: Walker | None

    @property
    def own_variables(self) -> int:
        """How many variables are the deployment's own."""
        return len(self.vocabulary.lives)

    def complete(self) -> Condition:
        """The pipeline is past its last step and every background move is over; what only the watched request
        holds up does not count (paragraphs 28 and 61 of docs/semantics.md)."""
        vocabulary = self.vocabulary
        ends = (position for position in vocabulary.positions if position.is_end)
        return tuple(guard for end in ends for guard in _all_over(vocabulary, end))

    def is_complete(self, state: State) -> bool:
        """Whether the deployment is complete in the state."""
        return any(passes(state, test) for test in self._ends)

    @cached_property
    def _ends(self) -> tuple[Test, ...]:
        return tuple(self.system.test(guard) for guard in self.complete())


def compile_deployment(
    deployment: Deployment,
    request: Request | None = None,
    *,
    rollouts: Mapping[str, Rollout] | None = None,
    traffic: bool = True,
) -> Compiled:
    """The labelled transition system of a deployment (DESIGN 3), with one request under watch.

    Without `request` it is the deployment alone; without `traffic` nobody writes and no message
    is used up, so that only the rollout's own moves are left. `rollouts` gives components a life
    of their own (`own_rollout`) in place of their strategy.
    """
    return compile_with(Vocabulary(deployment, rollouts), request, traffic=traffic)


def compile_with(vocabulary: Vocabulary, request: Request | None = None, *, traffic: bool = True) -> Compiled:
    """As `compile_deployment`, in a vocabulary that has been built: that of a large deployment costs more
    than its events."""
    walker = Walker(vocabulary, request) if request is not None else None
    variables = [life.variable for life in vocabulary.lives.values()]
    events = [*pipeline_events(vocabulary, walker), *move_events(vocabulary, walker)]
    if traffic:
        events += [*fault_events(vocabulary, walker), *traffic_events(vocabulary)]
    if walker is not None:
        variables += walker.variables()
        events += hop_events(walker)
    return Compiled(System(tuple(variables), tuple(events)), vocabulary, walker)


def _all_over(vocabulary: Vocabulary, end: Position) -> Iterator[Guard]:
    """The pipeline stands at that end, and each move that it began in the background is over."""
    begun = (move for move in vocabulary.moves if move.background and move.position in end.passed)
    for chosen in product(*(over(vocabulary, move, end) for move in begun)):
        guard = conjoin(vocabulary.at([end]), *chosen)
        if guard is not None:
            yield guard
