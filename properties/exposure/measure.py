"""`exposure`: what a rollout costs in requests that fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import exp

from msgspec import Struct, structs

from ...model.compiler.space import find_step
from ...model.compiler.task import Task
from ...model.deployment import Deployment, Hop
from ...model.errors import InvalidDeploymentError
from ...model.machines.rollouts import Rollout
from ...model.resources.alarm import alarm
from ...model.resources.limits import LimitError, Limits, StateLimitError, as_limit
from ..lookups.lookup import Lookup
from .apart import TimedStay, Watched, bound_spared, find_pain, follow_stays
from .bounded import bound_failures
from .chain import Chain, NeverOverError, build_chain, expect_spared, expect_visits
from .law import POINTS, Law, follow
from .played import EndlessError, estimate
from .quick import FAILS, QuickRequest
from .rates import Rates, find_rates
from .slow import Walks, expect_failures, follow_slow, follow_walks, measure_length
from .stays import NotApartError, Stays

TAIL = 3
"""The worst moment is looked for within so many times the expected length of the rollout."""


Number = Fraction | float
"""Exact, or found by integration."""

Spread = dict[tuple[str, str], dict[str, Number]]
"""By request and hazard, how many fail in each step."""

WHOLE = 2_000
"""A rollout with no more states is taken as a whole, in fractions."""


LISTED = 20_000
"""So many states are listed sooner than any rollout is played."""


class Range(Struct, frozen=True):
    """From where to where a figure can be."""

    least: Number
    most: Number


class HazardExposure(Struct, frozen=True):
    """A hazard with the requests that are expected to fail at it, in all and by step."""

    id: str
    request: str
    hop: Hop
    lookup: Lookup
    expected: Number
    by_step: Mapping[str, Number]


class Exposure(Struct, frozen=True):
    """What a rollout costs. Times are seconds, `expected` are failed requests, `spared` is the probability
    that none fails, `worst` the moment at which most do and how many a second, `curve` how many do at each
    moment that was looked at. `for_ever` is how many a
    second fail when all is over. `not_counted` says what is in no figure. `reason`: nothing is known, and
    why. Of `states` are the chains that were looked at; with `is_exact` it was one, in fractions.
    `bounded` are requests that take time, in no figure, with how many fail of each at most.
    Where rollouts were `played` all figures are estimates, `expected` within `margin` at 95 %."""

    system: str
    seconds: Number = Fraction(0)
    at_risk: Range = Range(Fraction(0), Fraction(0))
    expected: Number = Fraction(0)
    spared: Range = Range(Fraction(1), Fraction(1))
    worst: tuple[float, float] = (0.0, 0.0)
    curve: tuple[tuple[float, float], ...] = ()
    for_ever: Number = Fraction(0)
    hazards: tuple[HazardExposure, ...] = ()
    by_step: Mapping[str, Number] = {}
    not_counted: tuple[str, ...] = ()
    states: int = 0
    is_exact: bool = True
    bounded: Mapping[str, float] = {}
    played: int = 0
    margin: float = 0.0
    reason: str = ""


def expose(
    deployment: Deployment,
    *,
    rollouts: Mapping[str, Rollout] | None = None,
    limits: Limits | None = None,
) -> Exposure:
    """What the rollout costs in requests that fail. Where a limit is hit nothing is known. Raises
    `InvalidDeploymentError` where nobody says how long a move takes."""
    limits = limits or Limits()
    known = Exposure(deployment.system)
    if deployment.changes is None:
        return structs.replace(known, reason="nothing was given to judge: the file says of no changes")
    try:
        with alarm(limits):
            return _expose(Task(deployment, rollouts, limits), known)
    except (LimitError, MemoryError) as ended:
        limit = as_limit(ended, limits)
        return structs.replace(known, reason=f"{limit} ({limit.option}); {limit.advice}")
    except (NeverOverError, EndlessError):
        return structs.replace(known, reason="the rollout can go round for ever, and is never over")


def find_exposure(deployment: Deployment, limits: Limits) -> Exposure:
    """The same for who can do without: where nobody says how long a move takes, that is the `reason`."""
    try:
        return expose(deployment, limits=limits)
    except InvalidDeploymentError as error:
        return Exposure(deployment.system, reason=error.problems[0].message)


def _expose(task: Task, known: Exposure) -> Exposure:
    rates = find_rates(task.alone)
    watched, not_counted = _find_watched(task, rates)
    known = structs.replace(known, not_counted=tuple(dict.fromkeys(not_counted)))
    few, some = (
        task.under(replace(task.limits, max_states=min(most, task.limits.listed_states)))
        for most in (WHOLE, LISTED)
    )
    for way, under in ((_expose_whole, few), (_expose_apart, some), (_expose_whole, some)):
        try:
            return way(under, known, rates, watched)
        except (StateLimitError, NotApartError):
            continue
    if task.limits.listed_states < LISTED:
        raise StateLimitError(task.limits.listed_states)
    return _expose_played(task, known, rates, watched)


def _find_watched(task: Task, rates: Rates) -> tuple[list[Watched], list[str]]:
    """The requests of which any can fail, and what is in no figure."""
    watched = []
    not_counted = [f"{name}: {why}" for name, why in rates.left_out.items()]
    for request in task.deployment.requests:
        rate = task.deployment.timing.traffic.get(request.name)
        if rate is None:
            not_counted.append(f"{request.name}: nobody says how often it comes (`traffic`)")
            continue
        is_slow = measure_length(task, request) > 0
        quick = QuickRequest(task.vocabulary, request, rates.unknown)
        unknown = sorted(quick.left_out)
        not_counted += [f"{request.name}: what it finds at {one} is not known" for one in unknown]
        if quick.length or is_slow:
            watched.append(Watched(quick, rate, is_slow))
    return watched, not_counted


def _expose_whole(task: Task, known: Exposure, rates: Rates, watched: Sequence[Watched]) -> Exposure:
    """In the states of the whole deployment, in fractions."""
    alone = task.alone
    chain = build_chain(alone, rates.timed, task.limits, alone.system.initial)
    visits = expect_visits(chain, {0: Fraction(1)})
    times = [
        count / leaving if leaving else Fraction(0)
        for count, leaving in zip(visits, chain.leaving, strict=True)
    ]
    ends = [
        count if leaving == 0 else Fraction(0) for count, leaving in zip(visits, chain.leaving, strict=True)
    ]
    steps = [find_step(alone, state) for state in chain.states]
    failing = [Fraction(0)] * len(chain.states)
    spread: Spread = {}
    for one in watched:
        for number, state in enumerate(chain.states):
            if one.is_slow or chain.leaving[number] is None:
                continue
            found = one.quick.in_state(state)
            failing[number] += one.rate * found.total
            for key, likely in found.by_hazard.items():
                _add(spread, one, key, steps[number], times[number] * one.rate * likely)
    total = {step: Fraction(0) for step in dict.fromkeys(steps)}
    for number, step in enumerate(steps):
        total[step] += times[number] * failing[number]
    seconds = sum(times, Fraction(0))
    at_risk = sum((time for time, rate in zip(times, failing, strict=True) if rate), Fraction(0))
    spared = expect_spared(chain, failing)
    curve = list(follow(chain, [float(one) for one in failing], float(seconds) * TAIL))
    for_ever = sum((count * rate for count, rate in zip(ends, failing, strict=True)), Fraction(0))
    slow = [one for one in watched if one.is_slow]
    for one in slow:
        walks = follow_walks(task, one.quick.request, rates.unknown, chain)
        one.quick.lookups.update(walks.lookups)
        product = task.product(one.quick.request)
        coming = [one.rate * time for time in times]
        for key, by_step in expect_failures(product, walks, coming, walks.under_way, steps).items():
            for step, count in by_step.items():
                if key == FAILS:
                    total[step] = total.get(step, Fraction(0)) + count
                else:
                    _add(spread, one, key, step, count)
        after = expect_failures(product, walks, [one.rate * count for count in ends], {}, steps)
        for_ever += sum(after.get(FAILS, {}).values(), Fraction(0))
        slower = _follow_request(task, one, walks, chain, float(seconds) * TAIL)
        curve = [(at, rate + more) for (at, rate), (_, more) in zip(curve, slower, strict=True)]
    expected = sum(total.values(), Fraction(0))
    return structs.replace(
        known,
        seconds=seconds,
        at_risk=Range(at_risk, seconds if slow else at_risk),
        expected=expected,
        # of a number of failures that is Poisson given the run none is likelier than of its mean (Jensen)
        spared=Range(min(float(spared), exp(-expected)), spared) if slow else Range(spared, spared),
        worst=_find_worst(curve),
        curve=tuple(curve),
        for_ever=for_ever,
        hazards=_list_hazards(watched, spread),
        by_step=total,
        states=len(chain.states),
    )


def _follow_request(
    task: Task, one: Watched, walks: Walks, chain: Chain, seconds: float
) -> tuple[tuple[float, float], ...]:
    """How many of a request that takes time fail moment by moment; where it is over between two of them it is
    taken for quick, for the steps of milliseconds would be very many."""
    if measure_length(task, one.quick.request) > seconds / POINTS:
        return follow_slow(chain, walks, one.rate, seconds)
    timed = zip(chain.states, chain.leaving, strict=True)
    rates = [0.0 if leaving is None else float(one.quick.in_state(state).total) for state, leaving in timed]
    return follow(chain, [float(one.rate) * rate for rate in rates], seconds)


def _expose_apart(task: Task, known: Exposure, rates: Rates, watched: Sequence[Watched]) -> Exposure:
    """In the clusters of each stay of the pipeline, by integration."""
    stays = Stays(task.alone, rates.timed, task.limits).find()
    laws: dict[object, Law] = {}
    slow, watched = [one for one in watched if one.is_slow], [one for one in watched if not one.is_slow]
    timed = [TimedStay(stay, watched, laws, task.limits) for stay in stays]
    bounded = {
        one.quick.request.name: bound_failures(task, one.quick.request, one.rate, timed) for one in slow
    }
    by_name = {one.quick.request.name: float(one.rate) for one in watched}
    spread: Spread = {}
    total: dict[str, Number] = {}
    at_least, at_most = 0.0, 0.0
    for one in timed:
        step = find_step(task.alone, one.stay.entry)
        total.setdefault(step, 0.0)
        for (name, key), seconds in one.cost.failing.items():
            by_step = total if key == FAILS else spread.setdefault((name, key), {})
            by_step[step] = by_step.get(step, 0.0) + by_name[name] * seconds
        at_least += one.cost.at_risk[0]
        at_most += one.cost.at_risk[1]
    whole = sum(one.cost.seconds for one in timed)
    expected = sum(total.values())
    curve = tuple(follow_stays(timed, by_name, whole * TAIL))
    spared = bound_spared(task.alone, timed, task.limits)
    return structs.replace(
        known,
        seconds=whole,
        at_risk=Range(at_least, at_most),
        expected=expected,
        # of a number of failures that is Poisson given the run none is likelier than of its mean (Jensen)
        spared=Range(exp(-expected), max(spared, exp(-expected))),
        worst=_find_worst(curve),
        curve=curve,
        for_ever=find_pain(timed[-1], by_name),
        hazards=_list_hazards(watched, spread),
        by_step=total,
        states=sum(len(one.chain.states) for stay in stays for one in stay.clusters),
        is_exact=False,
        bounded=bounded,
    )


def _expose_played(task: Task, known: Exposure, rates: Rates, watched: Sequence[Watched]) -> Exposure:
    """From rollouts that are played: estimates."""
    quick = [one for one in watched if not one.is_slow]
    slow = [one.quick.request.name for one in watched if one.is_slow]
    found = estimate(task.alone, rates, quick, task.limits)
    spread: Spread = {}
    total: dict[str, Number] = {}
    by_name = {one.quick.request.name: one for one in quick}
    for (name, key, step), count in found.mean_by().items():
        if key == FAILS:
            total[step] = total.get(step, 0.0) + count
        else:
            _add(spread, by_name[name], key, step, count)
    seconds, at_risk, spared = found.mean("seconds"), found.mean("at_risk"), found.mean("spared")
    curve = found.curve(seconds * TAIL)
    why = "it takes time, and the rollout is too large to be followed with it"
    return structs.replace(
        known,
        seconds=seconds,
        at_risk=Range(at_risk, at_risk),
        expected=found.mean("failures"),
        spared=Range(spared, spared),
        worst=_find_worst(curve),
        curve=tuple(curve),
        for_ever=found.mean("for_ever"),
        hazards=_list_hazards(quick, spread),
        by_step=total,
        not_counted=(*known.not_counted, *(f"{name}: {why}" for name in slow)),
        is_exact=False,
        played=len(found.runs),
        margin=found.margin,
    )


def _add(spread: Spread, one: Watched, key: str, step: str, count: Number) -> None:
    by_step = spread.setdefault((one.quick.request.name, key), {})
    by_step[step] = by_step.get(step, Fraction(0)) + count


def _find_worst(curve: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return max(curve, key=lambda moment: (moment[1], -moment[0]))


def _list_hazards(
    watched: Sequence[Watched], spread: Mapping[tuple[str, str], Mapping[str, Number]]
) -> tuple[HazardExposure, ...]:
    found = []
    quicks = {one.quick.request.name: one.quick for one in watched}
    for (name, key), by_step in spread.items():
        lookup, request = quicks[name].lookups[key], quicks[name].request
        hop, expected = request.hops[lookup.hop - 1], sum(by_step.values(), Fraction(0))
        if expected:
            found.append(HazardExposure(key, request.name, hop, lookup, expected, by_step))
    return tuple(sorted(found, key=lambda one: (-one.expected, one.id)))
