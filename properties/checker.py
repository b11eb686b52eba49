"""The checker: a deployment in, an `Answer` out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from msgspec import structs

from ..model.compiler.task import Task
from ..model.deployment import Acceptance, Deployment, Hop
from ..model.machines.rollouts import Rollout
from ..model.resources.alarm import alarm
from ..model.resources.figures import write_figure
from ..model.resources.limits import LimitError, Limits, as_limit
from .acceptance import judge_entries, split_hazards
from .coverage.occurrences import Occurrences
from .coverage.placing import find_placing_in_parts
from .engines.choice import settle
from .engines.protocol import Engine, HopFinding, Judgement
from .engines.registry import AUTO
from .engines.registry import engine as engine_of
from .lookups.lookup import identify_lookup
from .telling import (
    find_end_within,
    find_residue_breaks,
    list_compatible,
    list_forgiven,
    list_met_cells,
    with_end,
)
from .temporal.answers import Answers
from .temporal.questions import list_properties, list_questions
from .temporal.way_back import (
    KnownBack,
    WaysBack,
    find_stops_alone,
    find_ways_back,
    list_steps_with_rollback,
)
from .verdict import (
    AcceptedHazard,
    Answer,
    Beside,
    Covered,
    CoveredDeclaration,
    Hazard,
    HopHazard,
    LeftOpen,
    Safe,
    Statistics,
    Unknown,
    Unsafe,
    Verdict,
    list_hop_hazards,
)
from .verdict.assumptions import find_assumptions, is_nothing_judged

if TYPE_CHECKING:
    from .coverage.judge import Coverage, MetCell

MOST_NAMED = 5
"""Contracts in a sentence."""


def check(
    deployment: Deployment,
    *,
    rollouts: Mapping[str, Rollout] | None = None,
    limits: Limits | None = None,
    engine: Engine | str = AUTO,
    failures: bool = False,
    today: date | None = None,
) -> Answer:
    """The verdict on a deployment, with all that is told beside it.

    `rollouts` gives components a life of their own (`skewproof.model.own_rollout`). Where one of the
    `limits` is hit what is known stays known: hazards that were found are told, and what was not judged is
    named; without any the verdict is `Unknown`, never `Safe`. `engine` finds, an `Engine` or the name of one
    (`properties.engines.registry`). With `failures` every awaited action may fail. What is accepted until a
    day before `today` (None: the day that it is, in UTC) is not accepted any more. Raises `ReplayError`, a
    fault of skewproof, if a story does not replay, `UnknownEngineError`, and `EngineRefusesError`.
    """
    chosen = engine_of(engine) if isinstance(engine, str) else engine
    if deployment.changes is None:
        none = replace(deployment, changes={})
        answer = check(none, rollouts=rollouts, limits=limits, engine=chosen, failures=failures, today=today)
        return answer if isinstance(answer.verdict, Unsafe) else _nothing_given(deployment)
    living = deployment.on(today)
    void = tuple(entry for entry in deployment.accept if entry not in living.accept)
    deployment = replace(living, failures=failures or deployment.failures)
    return _judge(chosen, Task(deployment, rollouts, limits or Limits()), void)


def _judge(chosen: Engine, task: Task, void: tuple[Acceptance, ...]) -> Answer:
    """The verdict on a task; the entries of `accept` that are `void` today are told as such."""
    deployment = task.deployment
    try:
        with alarm(task.limits):
            judgement = chosen.judge(task)
            found = _told(judgement.found)
    except (LimitError, MemoryError) as ended:
        return _bare(deployment, _stopped(as_limit(ended, task.limits), task))
    answers, violated = _answers(chosen, task)
    hazards, accepted = split_hazards(deployment, (*found, *violated))
    if answers.limit is not None and not hazards:
        left_open = tuple(_open_properties(deployment, answers))
        bare = _bare(deployment, _half_judged(answers.limit, task))
        return structs.replace(bare, left_open=left_open, accepted=accepted)
    occurrences = Occurrences(task, whole=judgement.engine == "reference")
    covered, stopped = None, judgement.ended
    if stopped is None:
        covered, stopped = _coverage(chosen, task, occurrences, found, can_stall=answers.can_stall)
    answer = _answer(task, judgement, (*found, *violated), answers)
    if covered is not None:
        answer = structs.replace(answer, coverage=covered.declarations, assumptions=covered.assumptions)
    if answers.limit is None and judgement.ended is None:
        judged = judge_entries(deployment, void, (*found, *violated))
        answer = structs.replace(answer, accept=tuple(judged))
    answer = with_end(answer, find_end_within(task, occurrences, answers, violated))
    return _conclude(answer, hazards, stopped, task)


def _conclude(answer: Answer, hazards: Sequence[Hazard], stopped: LimitError | None, task: Task) -> Answer:
    """The answer with `unknown` for its verdict where nothing that was found is sure to break, or nothing was
    found and what is declared could not be met, or was not held against it (`stopped`)."""
    if stopped is not None:
        answer = structs.replace(answer, left_open=(*answer.left_open, _open_coverage(stopped)))
    unsure = tuple(one for one in list_hop_hazards(hazards) if one.if_it_breaks)
    if hazards and len(unsure) == len(hazards):
        return structs.replace(answer, verdict=_if_they_break(unsure), avoidable=None)
    if hazards:
        return answer
    if stopped is not None:
        unknown = _stopped(stopped, task)
    elif answer.idle:
        unknown = _idle(answer.idle)
    elif is_nothing_judged(task.deployment):
        unknown = _nothing_judged(answer)
    else:
        return answer
    return structs.replace(answer, verdict=unknown, avoidable=None)


def _nothing_given(deployment: Deployment) -> Answer:
    """No verdict: what needs no change to go wrong does not (paragraph 102 of docs/semantics.md)."""
    advice = "say what the release changes (`changes:` in the file, or --changes FILE), or give --pessimistic"
    return _bare(deployment, Unknown("nothing was given to judge", advice))


def _answers(chosen: Engine, task: Task) -> tuple[Answers, tuple[Hazard, ...]]:
    """What is asked of the deployment alone, and what is violated; time may be up before it is."""
    questions = list_questions(task.vocabulary)
    try:
        with alarm(task.limits):
            answers = settle(chosen, task, questions)
            return answers, _told_alone(task, answers)
    except (LimitError, MemoryError) as ended:
        return Answers(left_open=questions, limit=as_limit(ended, task.limits)), ()


def _told(found: tuple[HopFinding, ...]) -> tuple[HopHazard, ...]:
    """The hazards; what tells them is imported where there are any."""
    if not found:
        return ()
    from .telling import tell_hops

    return tuple(tell_hops(found))


def _told_alone(task: Task, answers: Answers) -> tuple[Hazard, ...]:
    if not answers.found:
        return ()
    from .telling import tell_formula

    return tuple(tell_formula(task.alone, found) for found in answers.found)


def _coverage(
    chosen: Engine, task: Task, occurrences: Occurrences, found: Iterable[HopHazard], *, can_stall: bool
) -> tuple[Coverage | None, LimitError | None]:
    """What became of each declaration, where there are any; and the limit that kept it from being known."""
    if not task.deployment.declarations:
        return None, None
    from .coverage.judge import cover

    try:
        with alarm(task.limits):
            placing = find_placing_in_parts(task, occurrences, can_stall=can_stall)
            return cover(
                placing, list_met_cells(task.deployment, found), _met_without_span(chosen, task)
            ), None
    except (LimitError, MemoryError) as ended:
        return None, as_limit(ended, task.limits)


def _met_without_span(chosen: Engine, task: Task) -> list[MetCell]:
    """The pairs that are hazards if requests are as slow as they like."""
    if task.deployment.max_span is None:
        return []
    slow = Task(replace(task.deployment, max_span=None), task.rollouts, task.limits)
    judgement = chosen.judge(slow)
    if judgement.ended is not None:
        raise judgement.ended
    return [
        (
            hop.contract,
            found.lookup.aspect,
            found.lookup.consumer_version,
            found.lookup.provider_version,
            hop.verb.written,
        )
        for found in judgement.found
        if found.lookup.aspect is not None
        and found.lookup.provider_version is not None
        and (hop := _hop_of(found)) is not None
    ]


def _hop_of(found: HopFinding) -> Hop | None:
    walker = found.compiled.walker
    return None if walker is None else walker.request.hops[found.lookup.hop - 1]


def _open_coverage(limit: LimitError) -> LeftOpen:
    return LeftOpen(Beside.COVERAGE, str(limit), limit.option)


def _nothing_judged(answer: Answer) -> Unknown:
    """No verdict: no two versions could be held against each other (paragraph 32 of docs/semantics.md)."""
    names = ", ".join(map(str, answer.unjudged[:MOST_NAMED]))
    more = len(answer.unjudged) - MOST_NAMED
    reason = f"nothing was judged: only clients without a version use {names}"
    advice = "write under `requests` who calls whom, or give clients versions of their own (`kind: client`)"
    return Unknown(reason + (f" and {more} more" if more > 0 else ""), advice)


def _idle(idle: tuple[CoveredDeclaration, ...]) -> Unknown:
    """No verdict: nothing in the pipeline could meet what was declared to break."""
    first = idle[0]
    why = first.cells[0].why if first.cells else "every contract that it names has an entry of its own"
    others = f", and so with {len(idle) - 1} more" if len(idle) > 1 else ""
    reason = f"nothing could ever meet what {first.entry} says of `{first.says}`: {why}{others}"
    advice = (
        "add the action that brings what is missing, correct the declaration or take it out, or write under "
        "`assume: {never: [...]}` that it cannot be met"
    )
    return Unknown(reason, advice)


def _if_they_break(hazards: tuple[HopHazard, ...]) -> Unknown:
    """No verdict: whatever can be met rests on pairs of which nobody knows whether they break."""
    cells = dict.fromkeys(
        f"{one.contract} {one.aspect} {one.consumer_version} -> {one.provider_version}" for one in hazards
    )
    reason = f"whether it is safe rests on what nobody knows: {', '.join(cells)}"
    advice = "find out whether these pairs break, and write it under `changes` in place of `unknown`"
    return Unknown(reason, advice, hazards=tuple(hazards))


def _ways_back(
    task: Task, judgement: Judgement, answers: Answers, accepted: Iterable[AcceptedHazard]
) -> WaysBack:
    lived_with = frozenset(one.hazard.id for one in accepted)
    known = KnownBack(
        judgement.met_going_back,
        find_stops_alone(task.vocabulary, answers, lived_with),
        lambda request, lookup: identify_lookup(request.name, request.hops, lookup) not in lived_with,
        lived_with,
    )
    try:
        with alarm(task.limits):
            return find_ways_back(task, known)
    except (LimitError, MemoryError) as ended:
        steps = tuple((step, None) for step in list_steps_with_rollback(task.deployment))
        return WaysBack(steps, as_limit(ended, task.limits))


def _stopped(limit: LimitError, task: Task) -> Unknown:
    """No verdict: which limit was hit, and what had been covered by then."""
    progress, requests = task.limits.progress, len(task.deployment.requests)
    covered = Covered(limit.option, progress.states, progress.done)
    explored = (
        f"explored {write_figure(covered.states)} states, judged {covered.requests} of {requests} requests"
    )
    reason = f"{limit} ({limit.option}): {explored}"
    return Unknown(reason, limit.advice, covered)


def _half_judged(limit: LimitError, task: Task) -> Unknown:
    """No verdict, though no hop has a hazard: what must hold besides was not judged."""
    stopped = _stopped(limit, task)
    return structs.replace(
        stopped, reason=f"no request meets a hazard, but not all was judged: {stopped.reason}"
    )


def _answer(task: Task, judgement: Judgement, hazards: tuple[Hazard, ...], answers: Answers) -> Answer:
    deployment = task.deployment
    counting, accepted = split_hazards(deployment, hazards)
    back = _ways_back(task, judgement, answers, accepted)
    compatible = list_compatible(deployment, judgement, hazards)
    return structs.replace(
        _bare(deployment, Unsafe(counting) if counting else Safe()),
        accepted=accepted,
        avoidable=judgement.avoidable,
        residue=judgement.residue,
        residue_breaks=find_residue_breaks(deployment, judgement.residue, hazards),
        compatible=compatible,
        forgiven=list_forgiven(deployment, compatible),
        statistics=_statistics(deployment, judgement, hazards, answers),
        ways_back=back.steps,
        left_open=(
            *_open_requests(judgement),
            *_open_properties(deployment, answers),
            *judgement.left_open,
            *_open_ways_back(back),
        ),
    )


def _open_requests(judgement: Judgement) -> Iterator[LeftOpen]:
    if (limit := judgement.ended) is not None:
        yield LeftOpen(Beside.REQUESTS, str(limit), limit.option, judgement.unjudged)


def _open_properties(deployment: Deployment, answers: Answers) -> Iterator[LeftOpen]:
    if answers.limit is not None:
        names = answers.left_open.names
        places = {one.name: one.place for one in deployment.properties if one.place and one.name in names}
        yield LeftOpen(Beside.PROPERTIES, str(answers.limit), answers.limit.option, names, places)


def _open_ways_back(back: WaysBack) -> Iterator[LeftOpen]:
    names = tuple(step for step, has_way_back in back.steps if has_way_back is None)
    if back.limit is not None and names:
        yield LeftOpen(Beside.WAYS_BACK, str(back.limit), back.limit.option, names)


def _statistics(
    deployment: Deployment, judgement: Judgement, hazards: tuple[Hazard, ...], answers: Answers
) -> Statistics:
    unproven = {(hazard.request, hazard.hop) for hazard in list_hop_hazards(hazards)}
    for request in deployment.requests:
        if request.name in judgement.unjudged:
            unproven.update((request.name, number) for number in range(1, len(request.hops) + 1))
    hops = sum(len(request.hops) for request in deployment.requests)
    named = (c for c in deployment.contracts if c in deployment.changed and not deployment.changed[c].implied)
    mixed = {pair.contract for pair in judgement.mixed}
    never = () if judgement.ended else tuple(contract for contract in named if contract not in mixed)
    return Statistics(
        engine=judgement.engine,
        requests=len(deployment.requests),
        hops=hops,
        hops_proven=hops - len(unproven),
        states=judgement.states,
        transitions=judgement.transitions,
        interleavings=judgement.interleavings,
        never_mixed=never,
        choice=judgement.choice,
        properties=len(list_properties(deployment)) - len(answers.left_open.stated),
        in_slices=answers.in_slices,
    )


def _bare(deployment: Deployment, verdict: Verdict) -> Answer:
    """An answer with what is known without any search."""
    assumed = find_assumptions(deployment)
    return Answer(
        system=deployment.system,
        release=deployment.release,
        verdict=verdict,
        avoidable=None,
        unchanged=assumed.unchanged,
        unjudged=assumed.unjudged,
        max_span=assumed.max_span,
        residue=(),
        statistics=None,
        images=_images(deployment),
        version_names=deployment.version_names,
        enabled_after=assumed.enabled_after,
        overridden=assumed.overridden,
        granted=assumed.granted,
        failures=assumed.failures,
    )


def _images(deployment: Deployment) -> dict[str, str]:
    return {name: c.image for name, c in deployment.components.items() if c.image is not None}
