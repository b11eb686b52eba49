"""What a rollout costs whose stays are independent (`stays`): integrals over time, in floating point.

At a time after the beginning of a stay each cluster is somewhere with a probability of its own, and so a
request fails with the probability that `paths` computes from these. When all clusters rest, the stay is over.
So the expected time of a stay in which a request would fail is the integral of that probability, without what
it is at rest, times the probability that all rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from math import exp, prod
from operator import mul

from msgspec import Struct, structs

from ...model.compiler.compile import Compiled
from ...model.resources.limits import Limits, StateLimitError
from .chain import Chain, build_chain, expect_spared
from .law import POINTS, Law
from .paths import Paths, Risk, Standing, find_paths, find_risk
from .quadrature import Piece, compute_integrals
from .quick import FAILS, QuickRequest
from .stays import PositionStay

WITHIN = 1e-9
"""How exactly the mean of what is integrated is found on each piece of time."""

OVER = 1e-10
"""A stay is followed until it is over but for this probability."""

SMALL = 2_000
"""States of what one request looks at, of which it is computed how likely none of its like fails."""

FINER = 4
"""So much closer are the moments by which it is followed when a stay begins."""


class Watched(Struct, frozen=True):
    """A request with how many of it come a second."""

    quick: QuickRequest
    rate: Fraction
    is_slow: bool = False


class StayCost(Struct, frozen=True):
    """How long a stay is expected to last; by request and hazard (`FAILS` for any), in how much of that time
    a request fails that comes then; and at least and at most so long some request can fail."""

    seconds: float
    failing: Mapping[tuple[str, str], float]
    at_risk: tuple[float, float]


class TimedStay:
    """A stay with the laws of its clusters, and the paths of the requests that can fail in it."""

    def __init__(
        self, stay: PositionStay, watched: Sequence[Watched], known: dict[object, Law], limits: Limits
    ) -> None:
        self.stay, self._limits = stay, limits
        self._laws = [_find_law(cluster.chain, known) for cluster in stay.clusters]
        self._own_laws = {id(law): law for law in self._laws}
        self._ends = [
            law.timed.index(cluster.end) for law, cluster in zip(self._laws, stay.clusters, strict=True)
        ]
        self.paths: list[tuple[Watched, Paths]] = []
        self.at_rest: dict[tuple[str, str], float] = {}
        risks: list[Risk | None] = []
        for one in watched:
            found = find_paths(one.quick, stay, self._laws, limits)
            if found.can_fail:
                self.paths.append((one, found))
                rest = one.quick.in_state(stay.end)
                self.at_rest |= {(one.quick.request.name, key): float(p) for key, p in rest.by_hazard.items()}
                self.at_rest[one.quick.request.name, FAILS] = float(rest.total)
                risks.append(find_risk(one.quick, stay, self._laws, limits))
        self._risks = list(dict.fromkeys(one for one in risks if one is not None))
        self._all_risks_known = None not in risks
        self._asked = frozenset(s for _, paths in self.paths for s in paths.list_standings())
        self._asked |= {s for risk in self._risks for together in risk for s in together}

    def is_over_by(self, seconds: float) -> float:
        """The probability that all clusters rest."""
        return self._is_over(self._find_shares(seconds))

    def _find_shares(self, seconds: float) -> dict[int, list[float]]:
        return {number: law.at(seconds) for number, law in self._own_laws.items()}

    def _is_over(self, shares: Mapping[int, Sequence[float]]) -> float:
        return prod(shares[id(law)][end] for law, end in zip(self._laws, self._ends, strict=True))

    def _find_failing(self, over: float, likely: Mapping[Standing, float]) -> dict[tuple[str, str], float]:
        failing = {key: -over * rest for key, rest in self.at_rest.items()}
        for one, paths in self.paths:
            for hazard, chance in paths.evaluate(likely).items():
                key = one.quick.request.name, hazard
                failing[key] = failing.get(key, 0.0) + chance
        return failing

    def _find_likely(self, seconds: float) -> tuple[float, dict[Standing, float]]:
        """The probability that all is over, and that each cluster stands where it is asked for."""
        self._limits.check(0)
        shares = self._find_shares(seconds)
        sums: dict[tuple[int, tuple[int, ...]], float] = {}
        likely: dict[Standing, float] = {}
        for number, members in self._asked:
            law = id(self._laws[number])
            if (law, members) not in sums:
                sums[law, members] = sum(shares[law][member] for member in members)
            likely[number, members] = sums[law, members]
        return self._is_over(shares), likely

    def split(self, window: Iterable[tuple[int, frozenset[int]]]) -> list[tuple[int, list[int]]] | None:
        """Ranks that places may have, as places in the law of each cluster; None where what does not move has
        others."""
        asked = dict(window)
        found = []
        for number, (law, cluster) in enumerate(zip(self._laws, self.stay.clusters, strict=True)):
            mine = {place: ranks for place, ranks in asked.items() if place in cluster.places}
            if mine:
                states = [cluster.chain.states[state] for state in law.timed]
                members = [n for n, state in enumerate(states) if all(state[p] in r for p, r in mine.items())]
                found.append((number, members))
        moving = {place for cluster in self.stay.clusters for place in cluster.places}
        fits = all(self.stay.entry[place] in ranks for place, ranks in asked.items() if place not in moving)
        return found if fits else None

    def look_at_parts(self, seconds: float) -> tuple[list[list[float]], float]:
        """How likely each cluster is in each state of its law, and that all rest."""
        shares = self._find_shares(seconds)
        return [shares[id(law)] for law in self._laws], self._is_over(shares)

    def _look_at_risks(self, over: float, likely: Mapping[Standing, float]) -> Iterator[float]:
        """The probability of each risk while the stay is not over."""
        for risk, at_rest in zip(self._risks, self._risks_at_rest, strict=True):
            met = sum(prod(likely[one] for one in together) for together in risk)
            yield met - over * at_rest

    @cached_property
    def _risks_at_rest(self) -> list[int]:
        def rests(together: tuple[Standing, ...]) -> bool:
            return all(self._ends[number] in members for number, members in together)

        return [int(any(map(rests, risk))) for risk in self._risks]

    @cached_property
    def until(self) -> float:
        """When it is as good as over (seconds)."""
        if not (slowest := min((law.fastest for law in self._laws if law.fastest), default=0.0)):
            return 0.0
        time = 1 / slowest
        while 1 - self.is_over_by(time) > OVER:
            time *= 2
        return time

    @cached_property
    def cost(self) -> StayCost:
        moving, *times = self._integrated[0]
        rests, keys = float(self.stay.rests), self._keys
        failing = {
            key: time + rests * self.at_rest.get(key, 0.0) for key, time in zip(keys, times, strict=False)
        }
        risks = [
            time + rests * rest for time, rest in zip(times[len(keys) :], self._risks_at_rest, strict=True)
        ]
        seconds = moving + rests
        least = max((*risks, *failing.values()), default=0.0)
        return StayCost(
            seconds, failing, (least, min(seconds, sum(risks)) if self._all_risks_known else seconds)
        )

    @cached_property
    def _integrated(self) -> tuple[list[float], list[Piece]]:
        """How long it is not over, of that how long there is each kind of failure and each risk; and what of
        it was looked at."""
        if not self.until:
            return [0.0] * (1 + len(self._keys) + len(self._risks)), []

        def look(seconds: float) -> list[float]:
            over, likely = self._find_likely(seconds)
            found = self._find_failing(over, likely)
            failing = (found.get(key, 0.0) for key in self._keys)
            return [1 - over, *failing, *self._look_at_risks(over, likely)]

        pieces = [0.0, *(self.until / 2**halved for halved in range(6, -1, -1))]
        return compute_integrals(look, pieces, WITHIN)

    @cached_property
    def _keys(self) -> list[tuple[str, str]]:
        names = (
            (one.quick.request.name, hazard)
            for one, _ in self.paths
            for hazard in (FAILS, *one.quick.lookups)
        )
        return list(dict.fromkeys((*names, *self.at_rest)))

    def sample(self, step: float) -> Iterator[tuple[float, float]]:
        """At the beginning, so many seconds after it, twice, three times …: the probability that it is over,
        and how many requests a second fail, as long as it can last."""
        rates = {one.quick.request.name: float(one.rate) for one, _ in self.paths}
        asked = [rates.get(name, 0.0) * (hazard == FAILS) for name, hazard in self._keys]
        number = 0
        for piece in self._integrated[1]:
            moments = tuple((going, sum(map(mul, asked, failing))) for going, *failing in piece.values)
            told = structs.replace(piece, values=moments)
            while number * step < piece.high:
                going, pain = told.at(number * step)
                yield 1 - going, pain
                number += 1
        yield 1.0, 0.0


def _find_law(chain: Chain, known: dict[object, Law]) -> Law:
    """Its law; chains that are alike share one."""
    alike = (tuple(chain.leaving), tuple(tuple(row.items()) for row in chain.onward))
    if alike not in known:
        known[alike] = Law(chain)
    return known[alike]


def follow_stays(
    stays: Sequence[TimedStay], rates: Mapping[str, float], seconds: float
) -> list[tuple[float, float]]:
    """How many requests a second are expected to fail at each of the `POINTS` moments within this time. When
    a stay begins is held as shares of these moments; between two of them it is put on both alike."""
    points = POINTS * FINER
    step = seconds / points
    curve = [0.0] * (points + 1)
    begins = [1.0] + [0.0] * points
    for one in stays:
        if one.until:
            begins = _pass_on(begins, list(one.sample(step)), curve)
        if rests := float(one.stay.rests):
            pain = find_pain(one, rates)
            left = [exp(-number * step / rests) for number in range(points + 1)]
            begins = _pass_on(begins, [(1 - share, pain * share) for share in left], curve)
    after_all = find_pain(stays[-1], rates)
    curve = [rate + after_all * over for rate, over in zip(curve, accumulate(begins), strict=True)]
    return [(number * step, rate) for number, rate in enumerate(curve)][::FINER]


def find_pain(stay: TimedStay, rates: Mapping[str, float]) -> float:
    """How many requests a second fail when all rests at the end of a stay."""
    return sum(rates[name] * p for (name, hazard), p in stay.at_rest.items() if hazard == FAILS)


def _pass_on(
    begins: Sequence[float], samples: Sequence[tuple[float, float]], curve: list[float]
) -> list[float]:
    """Adds to the curve what fails in a stay that begins so, and says when it ends."""
    over = [share for share, _ in samples]
    ends = [b - a for a, b in pairwise(over)]
    spread = [(a + b) / 2 for a, b in zip([*ends, 0.0], [0.0, *ends], strict=True)]
    spread[0] += over[0]
    after = [0.0] * len(begins)
    for at, share in enumerate(begins):
        if share > OVER:
            for number, ((_, rate), chance) in enumerate(zip(samples, spread, strict=True), at):
                if number < len(after):
                    curve[number] += share * rate
                    after[number] += share * chance
    return after


def limit_spared(alone: Compiled, stays: Sequence[TimedStay], limits: Limits) -> float:
    """At most so likely no request fails: none of the one request, in each stay, that looks at little and
    fails most. The stays are independent, and more requests can only fail more."""
    most = 1.0
    for one in stays:
        for watched, _ in sorted(one.paths, key=lambda pair: -_fail_in(one, pair[0]))[:3]:
            if (chain := _build_small(alone, one.stay, watched.quick, limits)) is None:
                continue
            failing = [watched.rate * watched.quick.in_state(state).total for state in chain.states]
            most *= float(expect_spared(chain, failing))
            break
    return most


def _fail_in(one: TimedStay, watched: Watched) -> float:
    return float(watched.rate) * one.cost.failing[watched.quick.request.name, FAILS]


def _build_small(alone: Compiled, stay: PositionStay, quick: QuickRequest, limits: Limits) -> Chain | None:
    """The stay as far as the request looks at it, with no cluster but those; None if it is too large."""
    seen = (one for one in stay.clusters if not one.places.isdisjoint(quick.later[0]))
    timed = [event for one in seen for event in one.timed]
    few = replace(limits, max_states=min(limits.listed_states, SMALL))
    try:
        return build_chain(alone, timed, few, stay.entry)
    except StateLimitError:
        return None
