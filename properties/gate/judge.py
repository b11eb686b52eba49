"""`gate`: where a rollout stands, and what it can meet from there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from msgspec import structs

from ...model.compiler.compile import Compiled
from ...model.compiler.system import Condition
from ...model.compiler.task import Task
from ...model.deployment import Deployment, Request
from ...model.machines.rollouts import Rollout
from ...model.names import VariableKey, pipeline_of
from ...model.observed.sightings import Observation
from ...model.resources.alarm import alarm
from ...model.resources.limits import LimitError, Limits, as_limit
from ..acceptance import split_hazards
from ..checker import check
from ..engines.protocol import HopFinding
from ..lookups.listing import list_lookups
from ..lookups.lookup import HazardKey, Lookup
from ..telling import tell_formula, tell_hop
from ..temporal.finding import FormulaFinding, Question
from ..temporal.irreversible import find_setbacks
from ..temporal.questions import STALLS, find_violating, identify_property, identify_setback, list_properties
from ..verdict import Answer, Beside, Hazard, HopHazard, PropertyHazard, PropertyKind, Unknown
from .answer import GateAnswer, HazardAhead
from .answer import WhatIsAhead as WhatIsAhead
from .from_here import FromHere, MetAhead, WayBack, can_fail, find_alone, see_stand
from .liveness import LivenessFromHere
from .sightings import join_guards
from .standing import Finder, Stand


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
    return structs.replace(answer, onward=onward, rollbacks=_judge_rollbacks(task, observation, stand))


def _judge_rollbacks(task: Task, observation: Observation, stand: Stand) -> dict[str | None, WhatIsAhead]:
    """What a failure of the action at which a pipeline stands, or of the next one that can fail, leads to,
    by pipeline."""
    deployment = task.deployment
    if deployment.rollback is None:
        return {}
    names: Iterable[str | None] = dict.fromkeys(step.pipeline for step in deployment.rollback)
    going_back = _GoingBack(task, observation, stand)
    found = ((name, going_back.judge(name)) for name in (names if deployment.pipelines else (None,)))
    return {name: ahead for name, ahead in found if ahead is not None}


@dataclass
class _GoingBack:
    """The ways back of a deployment from where it stands."""

    task: Task
    observation: Observation
    stand: Stand

    @cached_property
    def failing(self) -> Task:
        """The same, in which actions can fail; forward the positions are the same."""
        deployment = replace(self.task.deployment, failures=True)
        return Task(deployment, self.task.rollouts, self.task.limits)

    @cached_property
    def whole(self) -> Answer:
        return check(self.failing.deployment, rollouts=self.task.rollouts, limits=self.task.limits)

    @cached_property
    def _forward(self) -> Mapping[VariableKey, int]:
        """How many of the positions of each pipeline lie on its way forward: its first ones."""
        task = Task(replace(self.task.deployment, failures=False), self.task.rollouts)
        return {key: len(course) for key, course in task.vocabulary.courses.items()}

    def judge(self, pipeline: str | None) -> WhatIsAhead | None:
        """What is met on the way back of the pipeline; None where nothing ahead of it can fail."""
        key, limits, vocabulary = pipeline_of(pipeline), self.task.limits, self.failing.vocabulary
        forward, course = self._forward[key], vocabulary.courses[key]
        at = {one: self._stands(one) for one in vocabulary.courses}
        at[key] = [number for number in at[key] if number < forward]
        if not any(can_fail(vocabulary, place) for one in at[key] for place in course[one:forward]):
            return None
        places = (vocabulary.at(vocabulary.courses[one][n] for n in some) for one, some in at.items())
        try:
            with alarm(limits):
                within = join_guards(places)
                begun = Finder(self.failing.alone, limits).find(self.observation.sightings, within=within)
        except (LimitError, MemoryError) as ended:
            return WhatIsAhead(open=(_told(as_limit(ended, limits)),))
        back = WayBack(pipeline, course[forward:], only=not self.task.deployment.failures)
        return _Judge(self.failing, begun, self.whole, back).ahead()

    def _stands(self, key: VariableKey) -> list[int]:
        """Where the pipeline can stand: the numbers of its positions, from 0."""
        places = set(self.stand.places)
        course = self.task.vocabulary.courses[key]
        return [number for number, place in enumerate(course) if place in places]


def _told(limit: LimitError) -> str:
    return f"{limit} ({limit.option}); {limit.advice}"


@dataclass
class _Judge:
    """What is ahead of one stand; on the `back` way only what is met behind a failure."""

    task: Task
    stand: Stand
    whole: Answer
    back: WayBack | None = None

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

    def _wanted(self) -> tuple[dict[str, frozenset[HazardKey]], frozenset[str]]:
        """The hazards of the whole rollout by request, and the requests of which not all are known."""
        verdict = self.whole.verdict
        more = verdict.hazards if isinstance(verdict, Unknown) else ()
        every: list[Hazard] = [*self.whole.hazards, *(one.hazard for one in self.whole.accepted), *more]
        wanted: dict[str, set[HazardKey]] = {}
        for hazard in every:
            if isinstance(hazard, HopHazard):
                wanted.setdefault(hazard.request, set()).add(hazard.key)
        unjudged = {name for one in self.whole.left_open if one.what is Beside.REQUESTS for name in one.names}
        if isinstance(verdict, Unknown) and verdict.covered is not None and not more:
            unjudged |= {request.name for request in self.task.deployment.requests}
        return {name: frozenset(keys) for name, keys in wanted.items()}, frozenset(unjudged)

    def _request(self, request: Request, keys: frozenset[HazardKey] | None) -> Iterator[HazardAhead]:
        product = self.task.product(request)
        ahead = FromHere(product, self.stand, self.task.limits, self.back)
        by_key: dict[HazardKey, list[Lookup]] = {}
        for lookup in list_lookups(product):
            if lookup.is_broken and (keys is None or lookup.key in keys):
                by_key.setdefault(lookup.key, []).append(lookup)
        for lookups in by_key.values():
            met = ahead.find(tuple(one.guard for one in lookups))
            if met.runs:
                yield self._hop(product, lookups, met)

    def _hop(self, product: Compiled, lookups: list[Lookup], met: MetAhead) -> HazardAhead:
        run = met.shortest
        end = product.system.initial
        for event in run.events:
            end = product.system.successor(end, event)
        lookup = next(one for one in lookups if product.system.holds(end, one.guard))
        window = frozenset(place.index for place in met.places)
        found = HopFinding(product, lookup, run.events, window, span=0, inevitable=False, for_ever=False)
        return HazardAhead(tell_hop(found), run.seen_at, met.places, met.by_itself)

    # --- properties ---

    def _properties(self, left_open: list[str]) -> Iterator[HazardAhead]:
        """What must hold in every state is asked of those from here on, what must come of the runs."""
        every: list[Hazard] = [*self.whole.hazards, *(one.hazard for one in self.whole.accepted)]
        unjudged = (one for one in self.whole.left_open if one.what is Beside.PROPERTIES)
        left_open += [f"{', '.join(one.names)}: {one.reason}" for one in unjudged]
        ahead = FromHere(self.task.alone, self.stand, self.task.limits, self.back)
        for hazard in every:
            if not isinstance(hazard, PropertyHazard):
                continue
            asked = self._violating(hazard)
            if asked is None:
                try:
                    yield from self._liveness(hazard)
                except LimitError as ended:
                    limit = _told(as_limit(ended, self.task.limits))
                    what = STALLS if hazard.kind is PropertyKind.STALL else hazard.property
                    left_open.append(f"`{what}` is violated on some run; whether {self._when}: {limit}")
                continue
            question, condition = asked
            met = ahead.find(condition)
            if met.runs:
                yield self._property(hazard, question, met)

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

    def _property(self, hazard: PropertyHazard, question: Question, met: MetAhead) -> HazardAhead:
        run, window = met.shortest, frozenset(place.index for place in met.places)
        found = FormulaFinding(question, hazard.explanation, run.events, window, inevitable=False)
        return HazardAhead(tell_formula(self.task.alone, found), run.seen_at, met.places, met.by_itself)

    def _liveness(self, hazard: PropertyHazard) -> Iterator[HazardAhead]:
        """What must come, asked of all runs through a state that agrees with what was seen."""
        if hazard.kind is PropertyKind.STALL:
            found = self._live.stall()
        else:
            stated = (one for one in list_properties(self.task.deployment))
            found = self._live.property(next(one for one in stated if identify_property(one) == hazard.id))
        if found is not None:
            positions = self.task.vocabulary.positions
            places = tuple(positions[index] for index in sorted(found.told.window))
            near = find_alone(self.stand, positions, found.together)
            by_itself = tuple(place for place in places if self.back or place.index in near)
            yield HazardAhead(tell_formula(self.task.alone, found.told), found.seen_at, places, by_itself)

    @property
    def _when(self) -> str:
        return "from here on" if self.back is None else "on the way back"

    @cached_property
    def _live(self) -> LivenessFromHere:
        ahead = FromHere(self.task.alone, self.stand, self.task.limits, self.back)
        seen = see_stand(self.task.vocabulary, self.stand)
        places = None if self.back is None else frozenset(place.index for place in self.back.places)
        return LivenessFromHere(self.task.alone, seen, self.task.limits, ahead.barred, places)
