"""Clusters: what only the pipelines join, and what of it a question about the rest can leave out.

The variables of a deployment with several pipelines are parted so that all that an event other than the
pipelines' speaks of is in one cluster, and that the ways to leave one position for another differ in one
cluster alone. What others write they *offer*: they need never write, and do not notice who reads it. So a
store is no cluster with those who write there; it needs them where it is asked for, and they do not need it.
A cluster can be *spared* if it has to do with one pipeline at most, which comes to each of its positions in
one way, if no predicate names it, and if its own events, while the pipeline stands still, always lead to
where the pipeline can be left and, at its end, to where the cluster is over (`stall.Waits.always_end`), at a
price that no writes of others would lower (`stall.Waits.is_helped`). Then nobody but this pipeline looks at
it, and only to await what always comes.

So each run of the whole is one of the deployment without the cluster, if its events are left out. And
wherever a run of that comes, events of the cluster alone, which nobody else sees, let the pipeline go on; so,
with these put in, it is a run of the whole. What can be reached at which positions, and whether some run is
complete without coming to it, is the same for both: cones of influence (Clarke, Grumberg, Peled, "Model
Checking", 1999, section 13.1), with the waits of the pipelines left out where they always end. The same holds
of a pipeline with all that it alone has to do with, if nothing that is asked about looks at where it stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from ...model.compiler.advances import split_events
from ...model.compiler.compile import Compiled
from ...model.compiler.predicate_guards import find_variables
from ...model.compiler.system import Event, EventKind
from ...model.compiler.traffic import takes_away
from ...model.deployment import Deployment
from ...model.deployment.predicate import Predicate
from ...model.kernel.graph import find_reachable
from ...model.names import VariableKey, is_pipeline, pipeline_of
from ...model.resources.limits import Limits, StateLimitError
from .influence import VariableSet, find_differing, join_sets
from .stall import WaitedPart, Waits, find_exits


class Clusters(Struct, frozen=True, dict=True):
    """Those of a deployment with several pipelines, compiled without a request. A cluster with more states
    than the limits allow is not spared."""

    compiled: Compiled
    limits: Limits

    @cached_property
    def sets(self) -> tuple[VariableSet, ...]:
        """The variables, but the pipelines', parted."""
        keys = (key for key in self.compiled.vocabulary.lives if not is_pipeline(key))
        return tuple(join_sets(keys, self._together()))

    def _together(self) -> Iterator[Iterable[VariableKey]]:
        for event in split_events(self.compiled.system).others:
            yield event.effect.keys() if _is_offered(event) else event.guard.keys() | event.effect.keys()
        for way in split_events(self.compiled.system).advances:
            if len(way.changes) > 1:
                yield {*way.names, *way.changes}
        for ways in self._exits.values():
            yield find_differing(ways)

    @cached_property
    def _offered_by(self) -> Mapping[VariableKey, VariableSet]:
        """For each variable those at which what is offered to it looks."""
        found: dict[VariableKey, set[VariableKey]] = {}
        for event in split_events(self.compiled.system).others:
            if _is_offered(event):
                for key in event.effect:
                    found.setdefault(key, set()).update(event.guard)
        return {key: frozenset(names) for key, names in found.items()}

    @cached_property
    def _exits(self) -> Mapping[object, tuple[Mapping[VariableKey, frozenset[object]], ...]]:
        return find_exits(self.compiled) or {}

    @cached_property
    def parts(self) -> Mapping[VariableSet, WaitedPart]:
        """Each cluster with those who wait for it, and the pipelines that it has to do with."""
        return {some: self._waits.part_of(some) for some in self.sets}

    @cached_property
    def _waits(self) -> Waits:
        return Waits(self.compiled, self._exits)

    @cached_property
    def spared(self) -> frozenset[VariableSet]:
        """Those that can be spared."""
        return frozenset(some for some in self.sets if self._can_be_spared(some))

    def _can_be_spared(self, some: VariableSet) -> bool:
        part = self.parts[some]
        if len(part.pipelines) > 1 or not some.isdisjoint(self._named) or part.waiting & self._joining:
            return False
        try:
            return self._waits.always_end(part, self.limits) and not self._waits.is_helped(part, self.limits)
        except StateLimitError:
            return False

    @cached_property
    def _joining(self) -> frozenset[VariableKey]:
        """The pipelines that come to some position in several ways, as to a rollback that several failures
        lead to: what it costs to let one of them get there is not known of the position alone."""
        course = self.compiled.vocabulary.course
        count = Counter(there for row in course.onward for there in row)
        positions = self.compiled.vocabulary.positions
        return frozenset(pipeline_of(positions[index].pipeline) for index, ways in count.items() if ways > 1)

    @cached_property
    def _named(self) -> frozenset[VariableKey]:
        """What predicates speak of."""
        vocabulary, complete = self.compiled.vocabulary, self.compiled.complete()
        stated = list_predicates(vocabulary.deployment)
        return frozenset().union(*(find_variables(vocabulary, one, complete) for one in stated))

    def around(self, names: Iterable[VariableKey]) -> VariableSet:
        """What cannot be left out where these variables are asked for: their clusters, the pipelines that
        these have to do with, those at which these look, and what of them cannot be spared."""
        asked = frozenset(names)
        clusters = (some for some in self.sets if not some.isdisjoint(asked))
        pipelines = (frozenset({name}) for name in asked if is_pipeline(name))
        return frozenset().union(*find_reachable((*clusters, *pipelines), self._needs))

    def _needs(self, some: VariableSet) -> Iterator[VariableSet]:
        """What a cluster, or a pipeline, needs at once."""
        part = self.parts.get(some)
        if part is not None:
            yield from (frozenset({key}) for key in part.pipelines)
            looked_at = frozenset().union(*(self._offered_by.get(key, frozenset()) for key in some))
            yield from (frozenset({key}) for key in looked_at if is_pipeline(key))
            yield from (one for one in self.sets if not one.isdisjoint(looked_at))
            return
        for part in self._waits.parts:
            if not part.waiting.isdisjoint(some):
                yield from (frozenset({key}) for key in part.pipelines)
        for one, part in self.parts.items():
            if one not in self.spared and not part.pipelines.isdisjoint(some):
                yield one


def _is_offered(event: Event) -> bool:
    """Whether others write what they may as well not write, wherever they can. Messages that they take are
    waited for."""
    return event.kind is EventKind.WRITE and event.group is None and not takes_away(event)


def list_predicates(deployment: Deployment) -> Iterator[Predicate]:
    """Those that actions and instances wait for."""
    for step in (*deployment.pipeline, *(deployment.rollback or ())):
        yield from (action.when for action in step.actions if action.when is not None)
    for component in deployment.components.values():
        yield from (predicate for _, predicate in (component.readiness.when if component.readiness else ()))
