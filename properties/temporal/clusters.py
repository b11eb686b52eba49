"""Clusters: what only the pipelines join, and what of it a question about the rest can leave out.

The variables of a deployment with several pipelines are parted so that all that an event other than the
pipelines' speaks of is in one cluster, and that what a pipeline asks together before it leaves a position
(`exits`) is in one cluster. What others write they *offer*: they need never write, and do not notice who
reads it. So a store is no cluster with those who write there; it needs them where it is asked for, and they
do not need it.
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
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from ...model.compiler.advances import split_events
from ...model.compiler.compile import Compiled
from ...model.compiler.predicate_guards import find_variables
from ...model.compiler.system import Event
from ...model.compiler.task import Task, allow_few
from ...model.deployment import Deployment
from ...model.deployment.predicate import Predicate
from ...model.kernel.graph import find_reachable
from ...model.names import VariableKey, is_pipeline, pipeline_of
from ...model.resources.limits import Limits, StateLimitError
from .exits import Exits, find_exits
from .influence import VariableSet, join_sets
from .lives import Offer, WriterLife
from .offers import Offerer, Teams, build_life, find_offerer, is_offered
from .stall import WaitedPart, Waits


class Surroundings(Struct, frozen=True):
    """Variables that are kept, and those of them (`bearing`) that bear on what is asked: not who is kept only
    because others may write what they write."""

    keys: VariableSet
    bearing: VariableSet


class Clusters(Struct, frozen=True, dict=True):
    """Those of a deployment with several pipelines, compiled without a request. A cluster with more states
    than the limits allow is not spared."""

    compiled: Compiled
    limits: Limits

    @classmethod
    def of(cls, task: Task) -> Clusters:
        """Those of a task; what is known of them is known to all who ask, each under limits of its own."""
        indexes, limits = task.compilation.indexes, allow_few(task.limits)
        known = indexes.get(cls)
        if known is None:
            found = cls(task.alone, limits)
        else:
            assert isinstance(known, Clusters)
            found = replace(known, limits=limits)
            found.__dict__.update(known.__dict__)
        indexes[cls] = found
        return found

    @cached_property
    def sets(self) -> tuple[VariableSet, ...]:
        """The variables, but the pipelines', parted."""
        keys = (key for key in self.compiled.vocabulary.lives if not is_pipeline(key))
        return tuple(join_sets(keys, self._together()))

    def _together(self) -> Iterator[Iterable[VariableKey]]:
        for event in split_events(self.compiled.system).others:
            yield event.effect.keys() if is_offered(event) else event.guard.keys() | event.effect.keys()
        for way in split_events(self.compiled.system).advances:
            if len(way.changes) > 1:
                yield {*way.names, *way.changes}
        for asked in self._exits.values():
            yield from asked.together

    @cached_property
    def _offered_to(self) -> Mapping[VariableKey, list[Event]]:
        """What is offered, by the variables that it changes."""
        found: dict[VariableKey, list[Event]] = {}
        for event in filter(is_offered, split_events(self.compiled.system).others):
            for key in event.effect:
                found.setdefault(key, []).append(event)
        return found

    @cached_property
    def _free(self) -> Mapping[VariableKey, Collection[VariableKey]]:
        """For each store those who offer something to it and at whom nothing else looks."""
        found: dict[VariableKey, dict[VariableKey, None]] = {}
        for key, events in self._offered_by.items():
            for event in events:
                for store in event.effect:
                    found.setdefault(store, {})[key] = None
        return found

    @cached_property
    def _offered_by(self) -> Mapping[VariableKey, list[Event]]:
        """What is offered by each of those at whom nothing else looks."""
        found: dict[VariableKey, list[Event]] = {}
        for event in filter(is_offered, split_events(self.compiled.system).others):
            key = find_offerer(event)
            if key is not None and frozenset({key}) in self.spared:
                found.setdefault(key, []).append(event)
        return found

    @cached_property
    def _exits(self) -> Exits:
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
        """What cannot be left out where these variables are asked for: what bears on them, and so many of
        those who write there as can stand for all."""
        return self.place(names).keys

    def place(self, names: Iterable[VariableKey]) -> Surroundings:
        """The same, with what of it bears on these variables: their clusters, the pipelines that these have
        to do with, those at which these look, and what of them cannot be spared."""
        asked = frozenset(names)
        if asked not in self._placed:
            self._placed[asked] = self._place(asked)
        return self._placed[asked]

    @cached_property
    def _placed(self) -> dict[VariableSet, Surroundings]:
        return {}

    def _place(self, names: VariableSet) -> Surroundings:
        known = self._closed(names)
        while True:
            found = (key for store in known for key in self._free.get(store, ()))
            free = dict.fromkeys(key for key in found if key not in known)
            if not free:
                return Surroundings(known, known)
            offerers = [self._offerer(key) for key in free]
            chosen = frozenset(self._teams.choose(offerers, known))
            wider = self._closed(known | chosen)
            if wider <= known | chosen:
                return Surroundings(wider, known)
            known = self._closed(wider - chosen)

    def _closed(self, names: Iterable[VariableKey]) -> VariableSet:
        """What bears on these variables."""
        asked = frozenset(names)
        clusters = (self._cluster_of[name] for name in asked if name in self._cluster_of)
        pipelines = (frozenset({name}) for name in asked if is_pipeline(name))
        return frozenset().union(*find_reachable((*clusters, *pipelines), self._needs))

    def _needs(self, some: VariableSet) -> Collection[VariableSet]:
        """What a cluster, or a pipeline, needs at once."""
        if some not in self._needed:
            self._needed[some] = tuple(self._find_needs(some))
        return self._needed[some]

    @cached_property
    def _needed(self) -> dict[VariableSet, tuple[VariableSet, ...]]:
        return {}

    def _find_needs(self, some: VariableSet) -> Iterator[VariableSet]:
        part = self.parts.get(some)
        if part is not None:
            yield from (frozenset({key}) for key in part.pipelines)
            yield from self._list_looked_at(some)
            return
        for pipeline in some:
            yield from self._needed_by[pipeline]

    @cached_property
    def _needed_by(self) -> Mapping[VariableKey, Collection[VariableSet]]:
        """What each pipeline needs at once: those that it waits for, or with, and what cannot be spared."""
        found: dict[VariableKey, dict[VariableSet, None]] = {
            key: {} for key in self.compiled.vocabulary.lives if is_pipeline(key)
        }
        for part in self._waits.parts:
            for pipeline in part.waiting:
                found[pipeline].update(dict.fromkeys(frozenset({key}) for key in part.pipelines))
        for one, part in self.parts.items():
            if one not in self.spared:
                for pipeline in part.pipelines:
                    found[pipeline][one] = None
        return found

    def _list_looked_at(self, some: VariableSet) -> Iterator[VariableSet]:
        """The clusters and pipelines at which what is offered to one looks, but for those who only offer."""
        offered = (event for key in some for event in self._offered_to.get(key, ()))
        strict = (event for event in offered if find_offerer(event) not in self._offered_by)
        looked_at = frozenset(key for event in strict for key in event.guard)
        yield from (frozenset({key}) if is_pipeline(key) else self._cluster_of[key] for key in looked_at)

    @cached_property
    def _cluster_of(self) -> Mapping[VariableKey, VariableSet]:
        return {key: some for some in self.sets for key in some}

    def _offerer(self, key: VariableKey) -> Offerer:
        found = self._offerers.get(key)
        if found is None:
            found = self._offerers[key] = self._build_offerer(key)
        return found

    def _build_offerer(self, key: VariableKey) -> Offerer:
        part = self.parts[frozenset({key})]
        reached = self._waits.explore_alone(part, self.limits)
        system = reached.system
        own = [(event.guard[key], _tell(event)) for event in self._offered_by[key]]
        offered = [
            tuple(dict(told for allowed, told in own if system.value(state, key) in allowed).items())
            for state in reached.states
        ]
        ends = frozenset(
            rank
            for pipeline in part.pipelines
            for rank, here in enumerate(self.compiled.vocabulary.courses[pipeline])
            if here.is_end
        )
        life = build_life(reached, part.pipelines, offered, ends or frozenset({0}))
        return Offerer(key, part.pipelines, self._lives.setdefault(life, life))

    @cached_property
    def _lives(self) -> dict[WriterLife, WriterLife]:
        return {}

    @cached_property
    def _teams(self) -> Teams:
        return Teams()

    @cached_property
    def _offerers(self) -> dict[VariableKey, Offerer]:
        return {}


def _tell(event: Event) -> tuple[Offer, VariableSet]:
    """What is offered, whoever does it, and to whom."""
    asked = ((key, allowed) for key, allowed in event.guard.items() if key in event.effect)
    return (frozenset(asked), frozenset(event.effect.items())), frozenset(event.effect)


def list_predicates(deployment: Deployment) -> Iterator[Predicate]:
    """Those that actions and instances wait for."""
    for step in (*deployment.pipeline, *(deployment.rollback or ())):
        yield from (action.when for action in step.actions if action.when is not None)
    for component in deployment.components.values():
        yield from (predicate for _, predicate in (component.readiness.when if component.readiness else ()))
