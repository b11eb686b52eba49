"""What a rollout costs that is too large to list and cannot be taken apart: an estimate, from rollouts that
are played.

Chance decides only what happens next. How long it is expected to take, how many requests fail in that time
and how likely none does is known in each state, and added up along the way (conditional Monte Carlo:
Asmussen, Glynn, "Stochastic Simulation", 2007, V.4). The same file has the same figures in every run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt

from msgspec import Struct, field

from ...model.compiler.compile import Compiled
from ...model.compiler.space import find_step
from ...model.compiler.system import State, System
from ...model.resources.limits import Limits
from .apart import Watched
from .law import POINTS
from .quick import FAILS
from .rates import Rates

FEWEST, MOST = 40, 400
"""So many rollouts are played at least, and at most."""

CLOSE = 0.03
"""It is enough if the mean is known up to this share of it, either way, with a confidence of 95 %."""

NORMAL_95 = 1.96

MOST_EVENTS = 100_000
"""A rollout with more events than this goes round for ever, as far as anybody can wait."""


class EndlessError(Exception):
    """A rollout that was played did not end."""


class PlayedRun(Struct):
    """One rollout: expected seconds, seconds at risk and failures on its way, the chance that none fails, how
    many a second fail at its end; failures by request, hazard and step; and when how many fail a second."""

    seconds: float = 0.0
    at_risk: float = 0.0
    failures: float = 0.0
    spared: float = 1.0
    for_ever: float = 0.0
    by: dict[tuple[str, str, str], float] = field(default_factory=dict)
    moments: list[tuple[float, float]] = field(default_factory=list)


class Estimate(Struct, frozen=True):
    """The runs, and how far the true mean number of failures may be from theirs, at 95 %."""

    runs: Sequence[PlayedRun]
    margin: float

    def mean(self, name: str) -> float:
        """Of one of the figures of a run."""
        return float(sum(getattr(run, name) for run in self.runs)) / len(self.runs)

    def mean_by(self) -> Mapping[tuple[str, str, str], float]:
        """Of failures, by request, hazard and step."""
        found: dict[tuple[str, str, str], float] = {}
        for run in self.runs:
            for key, count in run.by.items():
                found[key] = found.get(key, 0.0) + count / len(self.runs)
        return found

    def curve(self, until: float) -> list[tuple[float, float]]:
        """How many requests a second fail at each of the `POINTS` moments up to then."""
        times = [until * number / POINTS for number in range(POINTS + 1)]
        rates = [0.0] * len(times)
        for run in self.runs:
            at = 0
            for number, time in enumerate(times):
                while at + 1 < len(run.moments) and run.moments[at + 1][0] <= time:
                    at += 1
                rates[number] += run.moments[at][1] / len(self.runs)
        return list(zip(times, rates, strict=True))


def compute_estimate(alone: Compiled, rates: Rates, watched: Sequence[Watched], limits: Limits) -> Estimate:
    """Plays until the mean is known well enough. Raises `LimitError` where time is up before, and
    `EndlessError`."""
    player = _Player(alone, rates, watched, limits)
    draw = random.Random(0)  # noqa: S311 - chance that can be repeated, no secret
    runs: list[PlayedRun] = []
    while True:
        runs.append(player.play(draw))
        if len(runs) >= FEWEST:
            mean = sum(run.failures for run in runs) / len(runs)
            variance = sum((run.failures - mean) ** 2 for run in runs) / (len(runs) - 1)
            margin = NORMAL_95 * sqrt(variance / len(runs))
            if margin <= CLOSE * mean or len(runs) >= MOST:
                return Estimate(runs, margin)


class _Player:
    def __init__(self, alone: Compiled, rates: Rates, watched: Sequence[Watched], limits: Limits) -> None:
        self._alone, self._watched, self._limits = alone, watched, limits
        self._timed = {id(one.event): one for one in rates.timed}
        self._system = System(alone.system.variables, tuple(one.event for one in rates.timed))
        self._seen_by: dict[int, list[int]] = {}
        for number, one in enumerate(watched):
            for place in one.quick.later[0]:
                self._seen_by.setdefault(place, []).append(number)

    def play(self, draw: random.Random) -> PlayedRun:
        run, state, time = PlayedRun(), self._alone.system.initial, 0.0
        known = {number: self._fail(number, state) for number in range(len(self._watched))}
        for _ in range(MOST_EVENTS):
            self._limits.check(0)
            going = [] if self._alone.is_complete(state) else list(self._list_onward(state))
            pain = sum(found.get(FAILS, 0.0) for found in known.values())
            at_once = [there for there, rate in going if rate is None]
            if not going:
                run.for_ever = pain
                run.moments.append((time, pain))
                return run
            if at_once:
                there = draw.choice(at_once)
            else:
                weights = [rate or 0.0 for _, rate in going]
                leaving = sum(weights)
                self._add(run, state, known, 1 / leaving, pain)
                run.moments.append((time, pain))
                time += draw.expovariate(leaving)
                (there, _) = draw.choices(going, weights)[0]
            changed = (place for place, (a, b) in enumerate(zip(state, there, strict=True)) if a != b)
            for number in {number for place in changed for number in self._seen_by.get(place, ())}:
                known[number] = self._fail(number, there)
            state = there
        raise EndlessError

    def _list_onward(self, state: State) -> Iterator[tuple[State, float | None]]:
        for event, there in self._system.successors(state):
            if there != state:
                one = self._timed[id(event)]
                rate = None if one.rate is None else float(one.rate_in(self._alone, state))
                if rate != 0:
                    yield there, rate

    def _fail(self, number: int, state: State) -> dict[str, float]:
        """How many of a request fail a second, at each hazard and at any."""
        one = self._watched[number]
        found = one.quick.in_state(state)
        if not found.total:
            return {}
        rate = float(one.rate)
        return {FAILS: rate * float(found.total)} | {
            key: rate * float(likely) for key, likely in found.by_hazard.items()
        }

    def _add(
        self,
        run: PlayedRun,
        state: State,
        known: Mapping[int, Mapping[str, float]],
        seconds: float,
        pain: float,
    ) -> None:
        run.seconds += seconds
        if not pain:
            return
        run.at_risk += seconds
        run.failures += seconds * pain
        run.spared /= 1 + seconds * pain
        step = find_step(self._alone, state)
        for number, found in known.items():
            for key, rate in found.items():
                told = self._watched[number].quick.request.name, key, step
                run.by[told] = run.by.get(told, 0.0) + seconds * rate
