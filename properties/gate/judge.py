"""`gate`: where a rollout stands, and what it can meet from there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from msgspec import structs

from ...model.compiler.compile import Compiled
from ...model.compiler.life_variables import Standing
from ...model.compiler.moves import Position
from ...model.compiler.system import Condition, Event, EventKind, Guard, Value
from ...model.compiler.task import Task
from ...model.compiler.variables import Vocabulary
from ...model.deployment import Aspect, Deployment, Request
from ...model.machines.rollouts import Rollout
from ...model.names import PIPELINE
from ...model.observed.sightings import Observation
from ...model.resources.alarm import alarm
from ...model.resources.limits import LimitError, Limits, as_limit
from ..acceptance import split_hazards
from ..checker import check
from ..engines.protocol import HopFinding
from ..lookups.listing import list_lookups
from ..lookups.lookup import HazardKind, Lookup
from ..telling import tell_formula, tell_hop
from ..temporal.finding import FormulaFinding, Question
from ..temporal.irreversible import find_setbacks
from ..temporal.questions import STALLS, find_violating, identify_property, identify_setback, list_properties
from ..verdict import Answer, Beside, Hazard, HopHazard, PropertyHazard, PropertyKind, Unknown
from .ahead import Ahead
from .answer import Ahead as WhatIsAhead
from .answer import GateAnswer, HazardAhead
from .lifting import Run
from .liveness import LivenessFromHere
from .parts import Whole
from .standing import Finder, Stand

Key = tuple[int, HazardKind, Aspect | None, str | None, str | None]
"""What makes a hazard of one request: hop, kind, aspect, and the pair of versions."""


def judge_from_here(
    deployment: Deployment,
    observation: Observation,
    *,
    rollouts: Mapping[str, Rollout] | None = None,
    limits: Limits | None = None,
    failures: bool = False,
) -> GateAnswer:
    """What a rollout can meet that was seen to stand so, going on and going back.

    First the whole rollout is judged (`check`): what it cannot meet anywhere it cannot meet from here. Of
    each of its hazards it is asked whether, and where, it can be met from a state that agrees with what was
    seen. Where a limit is hit what is known stays known. With `failures` awaited actions may fail from here
    on as well. Raises as `check` does.
    """
    deployment = replace(deployment.on(None), failures=failures or deployment.failures)
    limits = limits or Limits()
    answer = GateAnswer(deployment.system, observation.sightings, observation.left_out)
    if deployment.pipelines:
        return structs.replace(answer, reason="`gate` does not know several pipelines that run at once")
    if deployment.changes is None:
        return structs.replace(answer, reason="nothing was given to judge: the file says of no changes")
    task = Task(deployment, rollouts, limits)
    try:
        with alarm(limits):
            stand = Finder(task.alone, limits).find(observation.sightings)
    except (LimitError, MemoryError) as ended:
        return structs.replace(answer, reason=_told(as_limit(ended, limits)))
    answer = structs.replace(answer, places=stand.places, unseen=stand.unseen, doubts=stand.doubts)
    if not stand.places:
        return structs.replace(answer, reason="no state that the rollout can come to is as it was seen")
    whole = check(deployment, rollouts=rollouts, limits=limits)
    onward = _Judge(task, stand, whole).ahead()
    return structs.replace(answer, onward=onward, rollback=_judge_rollback(task, observation, stand))


def _judge_rollback(task: Task, observation: Observation, stand: Stand) -> WhatIsAhead | None:
    """What a failure of the action at which the pipeline stands, or of the next one that can fail, leads
    to."""
    deployment, limits = task.deployment, task.limits
    if deployment.rollback is None:
        return None
    forward = len(Task(replace(deployment, failures=False), task.rollouts).vocabulary.positions)
    failing = Task(replace(deployment, failures=True), task.rollouts, limits)
    within = [place for place in failing.vocabulary.positions if place.index < forward]
    at = [place for place in within if place.index in {one.index for one in stand.places}]
    if not any(_can_fail(failing.vocabulary, place) for one in at for place in within[one.index :]):
        return None
    try:
        with alarm(limits):
            begun = Finder(failing.alone, limits).find(observation.sightings, within=at)
    except (LimitError, MemoryError) as ended:
        return WhatIsAhead(open=(_told(as_limit(ended, limits)),))
    whole = check(failing.deployment, rollouts=task.rollouts, limits=limits)
    return _Judge(failing, begun, whole, going_back_from=forward).ahead()


def _can_fail(vocabulary: Vocabulary, place: Position) -> bool:
    return any(vocabulary.positions[index].is_stopped for index in vocabulary.course.onward[place.index])


def _told(limit: LimitError) -> str:
    return f"{limit} ({limit.option}); {limit.advice}"


@dataclass
class _Judge:
    """What is ahead of one stand. Going back, only what is met behind a failure, at positions from
    `going_back_from` on, is asked for; and the pipeline does not go on where it can fail."""

    task: Task
    stand: Stand
    whole: Answer
    going_back_from: int | None = None

    def ahead(self) -> WhatIsAhead:
        """The hazards, as far as the limits go."""
        found: list[HazardAhead] = []
        left_open: list[str] = []
        for questions in (self._hops(left_open), self._properties(left_open)):
            try:
                with alarm(self.task.limits):
                    found.extend(questions)
            except (LimitError, MemoryError) as ended:
                left_open.append(_told(as_limit(ended, self.task.limits)))
        counting, accepted = split_hazards(self.task.deployment, [one.hazard for one in found])
        ids = {one.id for one in counting}
        kept = tuple(one for one in found if one.hazard.id in ids)
        return WhatIsAhead(kept, accepted, tuple(dict.fromkeys(left_open)))

    # --- hops ---

    def _hops(self, left_open: list[str]) -> Iterator[HazardAhead]:
        wanted, all_of = self._wanted()
        verdict = self.whole.verdict
        if isinstance(verdict, Unknown) and verdict.covered is None and not verdict.hazards:
            left_open.append(
                verdict.reason
            )  # what was declared can never be met: some part of the file is wrong
        for request in self.task.deployment.requests:
            keys = None if request.name in all_of else wanted.get(request.name, frozenset())
            if keys is None or keys:
                yield from self._request(request, keys)

    def _wanted(self) -> tuple[dict[str, frozenset[Key]], frozenset[str]]:
        """The hazards of the whole rollout by request, and the requests of which not all are known."""
        verdict = self.whole.verdict
        more = verdict.hazards if isinstance(verdict, Unknown) else ()
        every: list[Hazard] = [*self.whole.hazards, *(one.hazard for one in self.whole.accepted), *more]
        wanted: dict[str, set[Key]] = {}
        for hazard in every:
            if isinstance(hazard, HopHazard):
                pair = hazard.consumer_version, hazard.provider_version
                wanted.setdefault(hazard.request, set()).add((hazard.hop, hazard.kind, hazard.aspect, *pair))
        unjudged = {name for one in self.whole.left_open if one.what is Beside.REQUESTS for name in one.names}
        if isinstance(verdict, Unknown) and verdict.covered is not None and not more:
            unjudged |= {request.name for request in self.task.deployment.requests}
        return {name: frozenset(keys) for name, keys in wanted.items()}, frozenset(unjudged)

    def _request(self, request: Request, keys: frozenset[Key] | None) -> Iterator[HazardAhead]:
        product = self.task.product(request)
        ahead = self._from_here(product)
        by_key: dict[Key, list[Lookup]] = {}
        for lookup in list_lookups(product):
            if lookup.is_broken and (keys is None or _key(lookup) in keys):
                by_key.setdefault(_key(lookup), []).append(lookup)
        for lookups in by_key.values():
            met = ahead.find(tuple(one.guard for one in lookups), self._places(product.vocabulary))
            if met.runs:
                yield self._hop(product, lookups, met.runs)

    def _hop(self, product: Compiled, lookups: list[Lookup], runs: Mapping[Value, Run]) -> HazardAhead:
        run = min(runs.values(), key=lambda one: len(one.events))
        end = product.system.initial
        for event in run.events:
            end = product.system.successor(end, event)
        lookup = next(one for one in lookups if product.system.holds(end, one.guard))
        places = _positions(product.vocabulary, runs)
        window = frozenset(place.index for place in places)
        found = HopFinding(product, lookup, run.events, window, span=0, inevitable=False, for_ever=False)
        return HazardAhead(tell_hop(found), run.seen_at, places)

    # --- properties ---

    def _properties(self, left_open: list[str]) -> Iterator[HazardAhead]:
        """What must hold in every state is asked of those from here on; what must come is not."""
        every: list[Hazard] = [*self.whole.hazards, *(one.hazard for one in self.whole.accepted)]
        unjudged = (one for one in self.whole.left_open if one.what is Beside.PROPERTIES)
        left_open += [f"{', '.join(one.names)}: {one.reason}" for one in unjudged]
        ahead: Ahead | None = None
        for hazard in every:
            if not isinstance(hazard, PropertyHazard):
                continue
            asked = self._violating(hazard)
            if asked is None and self.going_back_from is not None:
                what = STALLS if hazard.kind is PropertyKind.STALL else hazard.property
                left_open.append(f"`{what}` is violated on some run; whether on the way back is not judged")
                continue
            if asked is None:
                try:
                    yield from self._liveness(hazard)
                except LimitError as ended:
                    limit = _told(as_limit(ended, self.task.limits))
                    what = STALLS if hazard.kind is PropertyKind.STALL else hazard.property
                    left_open.append(f"`{what}` is violated on some run; whether from here on: {limit}")
                continue
            ahead = ahead or self._from_here(self.task.alone)
            question, condition = asked
            met = ahead.find(condition, self._places(self.task.vocabulary))
            if met.runs:
                yield self._property(hazard, question, met.runs)

    def _violating(self, hazard: PropertyHazard) -> tuple[Question, Condition] | None:
        """The question whose hazard it is, with the states that violate it; None if it is of no states."""
        for pair in find_setbacks(self.task.vocabulary):
            if identify_setback(pair) == hazard.id:
                return pair, pair.condition
        for stated in list_properties(self.task.deployment):
            if identify_property(stated) == hazard.id:
                condition = find_violating(self.task.vocabulary, stated.formula)
                return None if condition is None else (stated, condition)
        return None

    def _property(self, hazard: PropertyHazard, question: Question, runs: Mapping[Value, Run]) -> HazardAhead:
        run = min(runs.values(), key=lambda one: len(one.events))
        places = _positions(self.task.vocabulary, runs)
        window = frozenset(place.index for place in places)
        found = FormulaFinding(question, hazard.explanation, run.events, window, inevitable=False)
        return HazardAhead(tell_formula(self.task.alone, found), run.seen_at, places)

    def _liveness(self, hazard: PropertyHazard) -> Iterator[HazardAhead]:
        """What must come, asked of all runs through a state that agrees with what was seen."""
        if hazard.kind is PropertyKind.STALL:
            found = self._live.stall()
        else:
            stated = (one for one in list_properties(self.task.deployment))
            found = self._live.property(next(one for one in stated if identify_property(one) == hazard.id))
        if found is not None:
            told, seen_at = found
            vocabulary = self.task.vocabulary
            places = tuple(vocabulary.positions[index] for index in sorted(told.window))
            yield HazardAhead(tell_formula(self.task.alone, told), seen_at, places)

    @cached_property
    def _live(self) -> LivenessFromHere:
        return LivenessFromHere(self.task.alone, self._seen(), self.task.limits)

    # --- from here ---

    def _seen(self) -> Guard:
        """What was seen, with where the pipeline can stand then."""
        return {**self.stand.seen, PIPELINE: frozenset(Standing(one.name) for one in self.stand.places)}

    def _from_here(self, compiled: Compiled) -> Ahead:
        barred: tuple[Event, ...] = ()
        if self.going_back_from is not None:
            barred = tuple(_list_going_on(compiled))
        return Ahead(Whole(compiled.system), self._seen(), self.task.limits, barred)

    def _places(self, vocabulary: Vocabulary) -> list[Standing] | None:
        if self.going_back_from is None:
            return None
        return [Standing(place.name) for place in vocabulary.positions[self.going_back_from :]]


def _list_going_on(compiled: Compiled) -> Iterator[Event]:
    """The pipeline's events by which it goes on from where it can fail as well."""
    vocabulary = compiled.vocabulary
    failing = {Standing(place.name) for place in vocabulary.positions if _can_fail(vocabulary, place)}
    stops = {Standing(place.name) for place in vocabulary.positions if place.is_stopped}
    for event in compiled.system.events:
        goes_on = event.kind is EventKind.PIPELINE and event.effect[PIPELINE] not in stops
        if goes_on and event.guard[PIPELINE] <= failing:
            yield event


def _positions(vocabulary: Vocabulary, values: Iterable[object]) -> tuple[Position, ...]:
    known = set(values)
    return tuple(place for place in vocabulary.positions if Standing(place.name) in known)


def _key(lookup: Lookup) -> Key:
    pair = lookup.consumer_version, lookup.provider_version
    return lookup.hop, lookup.kind, lookup.aspect, *pair
