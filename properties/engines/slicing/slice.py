"""What a slice is: a smaller deployment, and what its variables are called in the whole."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field

from ....model.compiler.compile import Compiled, compile_deployment
from ....model.compiler.moves import Course
from ....model.deployment import Deployment
from ....model.machines.rollouts import Rollout
from ....model.names import VariableKey, departed_of, instances_of, jobs_of, leader_of
from .holdings import Holding
from .plan import Party
from .quotient import Quotient
from .search import Weights
from .stretches import Stretches
from .ties import Cluster

BESIDE_INSTANCES = (leader_of, departed_of)
"""What is remembered of a component beside its instances, where the slice asks for it."""
Renaming = Mapping[VariableKey, VariableKey]
"""For variables of a slice those of the whole."""


class Slice(Struct, frozen=True, dict=True):
    """A part of a deployment as a deployment of its own, with the names that it had in the whole.

    Where the content of a store is kept and its schema is not, the compiler gives it one all the same; it
    is no unit of the slice, stays as it is, and nobody looks at it. `course` is the line that the slice was
    cut from, `moves[i]` the number in the whole of its move i. `lives`, `frames`, `tokens` and `sessions` map
    the slice's variables to those of the whole. `hops[i]` is the hop of the whole request (from 1) that hop
    i + 1 of the slice's is; `stretches` say which positions of the whole the slice's are. With `is_at_once`
    only a request that is served at once is of interest. Whether a hazard is met does not depend on the
    `stand_ins` (components, by their names in the whole). `key` is equal for slices that are equal up to
    names and the lengths of their stretches, `key_of_parts` also where it matters when a request is served.
    """

    deployment: Deployment
    course: Course
    moves: tuple[int, ...]
    quotients: Mapping[str, Quotient]
    units: tuple[VariableKey, ...]
    lives: Renaming
    stretches: Stretches
    parties: tuple[Party, ...] = ()
    hops: tuple[int, ...] = ()
    frames: Renaming = field(default_factory=dict)
    tokens: Renaming = field(default_factory=dict)
    sessions: Renaming = field(default_factory=dict)
    is_at_once: bool = False
    cut_off: int | None = None
    """The hop that calls who may be cut off (0: who started the request); None: hops are judged."""
    holdings: tuple[Holding, ...] = ()
    """How far what was cut lets the pipeline come while the request stands there."""
    stand_ins: tuple[str, ...] = ()
    alike: Mapping[VariableKey, Cluster] = field(default_factory=dict)
    """For schemas and copies of the slice all those of the whole for which one stands."""
    key: Hashable = None
    key_of_parts: Hashable = None

    @property
    def rollouts(self) -> dict[str, Rollout]:
        return {name: reduced.rollout for name, reduced in self.quotients.items()}

    def compile(self) -> Compiled:
        """The slice with no request under watch."""
        return compile_deployment(self.deployment, rollouts=self.rollouts, course=self.course)

    @property
    def bearing(self) -> frozenset[VariableKey]:
        """The slice's variables on which it can depend whether a hazard is met."""
        return frozenset(short for short, name in self.lives.items() if name not in self._beside)

    @property
    def bearing_units(self) -> Iterator[VariableKey]:
        """The units on which it can depend whether a hazard is met."""
        return (unit for unit in self.units if unit not in self._beside)

    @cached_property
    def _beside(self) -> frozenset[VariableKey]:
        kinds = (instances_of, jobs_of, *BESIDE_INSTANCES)
        return frozenset(of(name) for name in self.stand_ins for of in kinds).union(
            self.lives[short] for short in self.alike
        )

    @property
    def weights(self) -> Weights:
        found = {instances_of(name): reduced.weights for name, reduced in self.quotients.items()}
        return found | {short: len(units) for short, units in self.alike.items()}


def key_of_course(course: Course) -> Iterator[Hashable]:
    yield course.positions
    yield course.moves
    yield tuple(tuple(counts.items()) for counts in course.counts)


def key_of_deployment(small: Deployment, quotients: Mapping[str, Quotient]) -> tuple[Hashable, ...]:
    """Equal for slices that are equal up to names; the names in a slice are given in a fixed order."""
    changes = tuple(
        (
            c,
            change.rows_kept,
            change.expires,
            tuple(sorted(change.starts or ())),
            *(change.exists and tuple(sorted(change.exists)), change.source),
            tuple(sorted((a, tuple(sorted(pairs))) for a, pairs in change.breaks.items())),
        )
        for c, change in small.changed.items()
    )
    components = tuple(
        (
            *(c.name, c.kind, c.replicas, c.restarts, c.terminates_later, c.migrates, c.redelivers),
            *(c.readiness, c.pulls_when_ready, c.route, c.drain),
        )
        for c in small.components.values()
    )
    reduced = tuple((name, id(q)) for name, q in quotients.items())
    return (
        components,
        reduced,
        small.requests,
        changes,
        small.flags,
        small.enabled_after,
        small.max_span,
    )
