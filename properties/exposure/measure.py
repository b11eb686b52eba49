"""`exposure`: what a rollout costs in requests that fail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from .apart import TimedStay, Watched, find_pain, follow_stays, limit_spared
from .bounded import limit_failures
from .chain import Chain, NeverOverError, build_chain, expect_spared, expect_visits
from .law import POINTS, Law, follow
from .played import EndlessError, compute_estimate
from .quick import FAILS, QuickRequest
from .rates import Rates, find_rates
from .slow import Walks, expect_failures, follow_slow, follow_walks, measure_length
from .stays import NotApartError, Stays

TAIL = 3
"""The worst moment is looked for within so many times the expected length of the rollout."""


Number = Fraction | float
"""Exact, or found by integration."""

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
    second fail when all is over. `not_counted` says what is in no figure; with `shifts` that can
    make steps shorter or longer, and the figures bound nothing. `reason`: nothing is known, and
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
    shifts: bool = False
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
    known = structs.replace(known, not_counted=tuple(dict.fromkeys(not_counted)), shifts=rates.shifts)
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


class _Tally:
    """What fails, by request and hazard, and in all, step by step."""

    def __init__(self, steps: Iterable[str] = ()) -> None:
        self.spread: dict[tuple[str, str], dict[str, Number]] = {}
        self.total: dict[str, Number] = dict.fromkeys(steps, Fraction(0))

    def add(self, name: str, hazard: str, step: str, count: Number) -> None:
        by_step = self.total if hazard == FAILS else self.spread.setdefault((name, hazard), {})
        by_step[step] = by_step.get(step, Fraction(0)) + count

    @property
    def expected(self) -> Number:
        return sum(self.total.values(), Fraction(0))


class _Whole:
    """The chain of a whole deployment, and what is expected in it, in fractions."""

    def __init__(self, task: Task, rates: Rates) -> None:
        self._task, self._rates = task, rates
        self.chain = build_chain(task.alone, rates.timed, task.limits, task.alone.system.initial)
        visits = expect_visits(self.chain, {0: Fraction(1)})
        counted = list(zip(visits, self.chain.leaving, strict=True))
        self.times = [count / leaving if leaving else Fraction(0) for count, leaving in counted]
        self.ends = [count if leaving == 0 else Fraction(0) for count, leaving in counted]
        self.steps = [find_step(task.alone, state) for state in self.chain.states]
        self.until = float(sum(self.times)) * TAIL
        self.tally = _Tally(self.steps)

    def count_quick(self, watched: Sequence[Watched]) -> list[Fraction]:
        """How many quick requests a second fail in each state."""
        failing = [Fraction(0)] * len(self.chain.states)
        places = zip(self.chain.states, self.chain.leaving, self.times, self.steps, strict=True)
        for number, (state, leaving, time, step) in enumerate(places):
            for one in watched if leaving is not None else ():
                found = one.quick.in_state(state)
                failing[number] += one.rate * found.total
                for key, likely in {FAILS: found.total, **found.by_hazard}.items():
                    self.tally.add(one.quick.request.name, key, step, time * one.rate * likely)
        return failing

    def count_slow(self, one: Watched) -> tuple[Fraction, tuple[tuple[float, float], ...]]:
        """How many of a request that takes time go on failing for ever, and how many do moment by moment."""
        request = one.quick.request
        product = self._task.product(request)
        walks = follow_walks(self._task, request, self._rates.unknown, self.chain)
        one.quick.lookups.update(walks.lookups)
        coming = [one.rate * time for time in self.times]
        for key, by_step in expect_failures(product, walks, coming, walks.under_way, self.steps).items():
            for step, count in by_step.items():
                self.tally.add(request.name, key, step, count)
        after = expect_failures(product, walks, [one.rate * count for count in self.ends], {}, self.steps)
        for_ever = sum(after.get(FAILS, {}).values(), Fraction(0))
        return for_ever, _follow_request(self._task, one, walks, self.chain, self.until)


def _expose_whole(task: Task, known: Exposure, rates: Rates, watched: Sequence[Watched]) -> Exposure:
    """In the states of the whole deployment, in fractions."""
    whole = _Whole(task, rates)
    slow = [one for one in watched if one.is_slow]
    failing = whole.count_quick([one for one in watched if not one.is_slow])
    spared, seconds = expect_spared(whole.chain, failing), sum(whole.times, Fraction(0))
    at_risk = sum((time for time, rate in zip(whole.times, failing, strict=True) if rate), Fraction(0))
    for_ever = sum((count * rate for count, rate in zip(whole.ends, failing, strict=True)), Fraction(0))
    curve = list(follow(whole.chain, [float(one) for one in failing], whole.until))
    for one in slow:
        more_for_ever, slower = whole.count_slow(one)
        for_ever += more_for_ever
        curve = [(at, rate + more) for (at, rate), (_, more) in zip(curve, slower, strict=True)]
    expected = whole.tally.expected
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
        hazards=_list_hazards(watched, whole.tally.spread),
        by_step=whole.tally.total,
        states=len(whole.chain.states),
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
        one.quick.request.name: limit_failures(task, one.quick.request, one.rate, timed) for one in slow
    }
    by_name = {one.quick.request.name: float(one.rate) for one in watched}
    tally = _Tally(find_step(task.alone, one.stay.entry) for one in timed)
    for one in timed:
        step = find_step(task.alone, one.stay.entry)
        for (name, key), seconds in one.cost.failing.items():
            tally.add(name, key, step, by_name[name] * seconds)
    risks = [one.cost.at_risk for one in timed]
    whole = sum(one.cost.seconds for one in timed)
    expected = float(tally.expected)
    curve = tuple(follow_stays(timed, by_name, whole * TAIL))
    spared = limit_spared(task.alone, timed, task.limits)
    return structs.replace(
        known,
        seconds=whole,
        at_risk=Range(sum(least for least, _ in risks), sum(most for _, most in risks)),
        expected=expected,
        # of a number of failures that is Poisson given the run none is likelier than of its mean (Jensen)
        spared=Range(exp(-expected), max(spared, exp(-expected))),
        worst=_find_worst(curve),
        curve=curve,
        for_ever=find_pain(timed[-1], by_name),
        hazards=_list_hazards(watched, tally.spread),
        by_step=tally.total,
        states=sum(len(one.chain.states) for stay in stays for one in stay.clusters),
        is_exact=False,
        bounded=bounded,
    )


def _expose_played(task: Task, known: Exposure, rates: Rates, watched: Sequence[Watched]) -> Exposure:
    """From rollouts that are played: estimates."""
    quick = [one for one in watched if not one.is_slow]
    slow = [one.quick.request.name for one in watched if one.is_slow]
    found = compute_estimate(task.alone, rates, quick, task.limits)
    tally = _Tally()
    for (name, key, step), count in found.mean_by().items():
        tally.add(name, key, step, count)
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
        hazards=_list_hazards(quick, tally.spread),
        by_step=tally.total,
        not_counted=(*known.not_counted, *(f"{name}: {why}" for name in slow)),
        is_exact=False,
        played=len(found.runs),
        margin=found.margin,
    )


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
