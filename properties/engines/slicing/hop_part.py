"""The part of a deployment with several pipelines that a hop depends on: some clusters, their pipelines, and
the request as far as that hop (`temporal.clusters`). All of its states are listed or, if they are too many,
are a set of diagrams.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from ....model.compiler.advances import Advance, EventList, split_events
from ....model.compiler.compile import Compiled
from ....model.compiler.space import explore
from ....model.compiler.system import Event, State, System
from ....model.compiler.task import allow_few
from ....model.compiler.walker import Walker
from ....model.deployment import Request
from ....model.names import VariableKey, is_pipeline, pipeline_of
from ....model.resources.limits import Limits, StateLimitError
from ...lookups.lookup import HazardKind, Lookup
from ...temporal.clusters import Surroundings
from ...temporal.influence import VariableSet, restrict_to_known
from ...temporal.offers import is_offered
from ..protocol import HopFinding, RequestJudgement
from .spelling import Spelling, spell, spell_ends, spell_loosely
from .whole_system import WholeSystem

if TYPE_CHECKING:
    from .. import reference


class HopPart(Struct, frozen=True, dict=True, eq=False):
    """These variables of the deployment, pipelines among them, and what of a request is asked (`asked`)."""

    alone: Compiled
    """The whole deployment, without a request."""
    around: Surroundings
    request: Request
    shared: WholeSystem
    """The same, event by event: what no request has a say in is made there, once for all parts."""
    limits: Limits
    harmless: dict[Hashable, tuple[Spelling, RequestJudgement]]
    """Parts in which no hazard is met, by what they have in common with those that are alike."""
    met: dict[Hashable, HopPart]
    """The first part of those in which a hazard is met that are alike, by what they have in common."""
    large: set[Hashable]
    """The sizes of parts of which one has had more states than are listed."""
    runs: dict[Hashable, tuple[int, ...]]
    """Of a first part shortest runs, by the numbers of their events, for what they depend on beside it."""

    @property
    def keys(self) -> VariableSet:
        return self.around.keys

    @cached_property
    def small(self) -> Compiled:
        """The part without the request."""
        return cut_out(self.alone, self.keys)

    @cached_property
    def product(self) -> Compiled:
        """The part with the request under watch."""
        vocabulary = self.alone.vocabulary
        walker = Walker(vocabulary, self.request)
        whole = WholeSystem(vocabulary, walker, self.shared.traffic, self.shared)
        keys = self.keys | {variable.key for variable in walker.variables()}
        events = EventList(self._list_ways(whole), self._list_others(whole))
        return cut_out(Compiled(System(whole.system.variables, events), vocabulary, walker), keys)

    def _list_ways(self, whole: WholeSystem) -> Iterator[Advance]:
        for here in whole.vocabulary.positions:
            if pipeline_of(here.pipeline) in self.keys:
                yield from whole.leaving(here)

    def _list_others(self, whole: WholeSystem) -> Iterator[Event]:
        own = (key for key in whole.vocabulary.lives if key in self.keys and not is_pipeline(key))
        found = (event for key in own for event in whole.changing_within(key, self.keys))
        yield from {id(event): event for event in found}.values()
        for number in range(1, len(self.request.hops) + 1):
            yield from whole.hop(number)

    @cached_property
    def judgement(self) -> RequestJudgement:
        """What the hops meet, as the cheapest engine finds it. Raises `LimitError`."""
        spelling = spell_loosely(self.product)
        if spelling.key in self.harmless:
            other, known = self.harmless[spelling.key]
            return replace(known, mixed=spelling.translate(other, known.mixed))
        first = self.first
        if first is not self and (told := self._translate(first)) is not None:
            return told
        found = self._judge()
        if not found.found:
            self.harmless[spelling.key] = spelling, found
        return found

    @cached_property
    def spelling(self) -> Spelling:
        return spell(self.product)

    @cached_property
    def first(self) -> HopPart:
        """The first part that was asked for of those that are the same up to names: with the same pipelines,
        at whose positions both meet what they meet, and complete at the same time."""
        pipelines = tuple(one.key for one in self.product.system.variables if is_pipeline(one.key))
        return self.met.setdefault((self.spelling.key, pipelines, spell_ends(self.product)), self)

    @property
    def events(self) -> Sequence[Event] | None:
        """Its events, whose numbers are those of all parts alike; None where some are made as they are asked
        for."""
        events = self.product.system.events
        return None if isinstance(events, EventList) else events

    def _translate(self, first: HopPart) -> RequestJudgement | None:
        """What was found of the first, told of this one; None where an event has no number."""
        known, its, own = first.judgement, first.events, self.events
        if its is None or own is None:
            return None
        event_of = {id(one): mine for one, mine in zip(its, own, strict=True)}
        if not all(id(event) in event_of for finding in known.found for event in finding.story):
            return None
        lookups = first.spelling.lookups
        found = (
            replace(
                one,
                compiled=self.product,
                lookup=self.spelling.lookups[lookups.index(one.lookup)],
                story=tuple(event_of[id(event)] for event in one.story),
            )
            for one in known.found
        )
        mixed = self.spelling.translate(first.spelling, known.mixed)
        return replace(known, found=tuple(found), mixed=mixed)

    def _judge(self) -> RequestJudgement:
        size = tuple(sorted(len(variable.domain) for variable in self.small.system.variables))
        if size not in self.large:
            try:
                return self._judge_listed()
            except StateLimitError:
                self.large.add(size)
        from ..symbolic.engine import judge_request

        return judge_request(self.small, self.product, self.limits)

    def _judge_listed(self) -> RequestJudgement:
        from .. import reference

        few = allow_few(self.limits)
        known = reference.judge_request(self.product, few)
        space = explore(self.small, few) if known.found else None
        found = tuple(reference.list_found(space, self.product, known)) if space is not None else ()
        return RequestJudgement(found, known.mixed, known.states, known.transitions)

    def find_hit(self, lookups: Iterable[Lookup]) -> tuple[tuple[VariableKey, ...], Mapping[State, bool]]:
        """Whether a state without the request hits one of the hazards of these lookups, by what its variables
        have that bear on them, with these variables. Raises `LimitError`."""
        known = self.first.hazards if self.events is not None else self.hazards
        own = (known.by_key[one.key] for one in lookups)
        bits = sum(one.bit for one in own if one.lookup.kind is not HazardKind.INTERRUPTED)
        keys = tuple(v.key for v in self.small.system.variables if v.key in self.around.bearing)
        places = [self.small.system.index(key) for key in keys]
        hit = {tuple(s[place] for place in places): bool(met & bits) for s, met in known.hit.items()}
        return keys, hit

    @cached_property
    def hazards(self) -> reference.Findings:
        """Each hazard of the part with the states that hit it. Raises `LimitError`."""
        from .. import reference

        return reference.find_hazards(self.product, allow_few(self.limits))


class PlacedHop(Struct, frozen=True):
    """Hop `hop` of the part's request, which is hop `number` of the one that is asked about; with
    `is_at_once` as of a request that comes just then."""

    part: HopPart
    hop: int
    number: int
    is_at_once: bool = False

    @property
    def found(self) -> tuple[HopFinding, ...]:
        """Its hazards, told of the part. Raises `LimitError`."""
        return tuple(one for one in self.part.judgement.found if one.lookup.hop == self.hop)


def cut_out(compiled: Compiled, keys: VariableSet) -> Compiled:
    """The system of these variables, in which nothing is asked of others, and these offer nothing. Events of
    a pipeline that the others alone tell apart are one."""
    every = split_events(compiled.system)
    variables = tuple(variable for variable in compiled.system.variables if variable.key in keys)
    others = (
        replace(
            event, guard=restrict_to_known(event.guard, keys), effect=restrict_to_known(event.effect, keys)
        )
        for event in every.changing(variable.key for variable in variables)
        if not is_offered(event) or event.guard.keys() <= keys
    )
    return replace(compiled, system=System(variables, every.within(keys, others)))
