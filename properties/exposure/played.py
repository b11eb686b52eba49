"""What a rollout costs that is too large to list and cannot be taken apart: an estimate, from rollouts that
are played.

Chance decides only what happens next. How long it is expected to take, how many requests fail in that time
and how likely none does is known in each state, and added up along the way (conditional Monte Carlo:
Asmussen, Glynn, "Stochastic Simulation", 2007, V.4). The same file has the same figures in every run.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt

from msgspec import Struct, field

from ...model.compiler.compile import Compiled
from ...model.compiler.space import find_step
from ...model.compiler.system import EventKind, State, passes
from ...model.resources.limits import CHECKED_EVERY, Limits
from .apart import Watched
from .law import POINTS
from .quick import FAILS
from .rates import PlacedEvent, Rates, locate_event

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
    """Plays a rollout. What an event does not change is not looked at again: neither which others can happen,
    nor how likely requests fail."""

    def __init__(self, alone: Compiled, rates: Rates, watched: Sequence[Watched], limits: Limits) -> None:
        self._alone, self._watched, self._limits = alone, watched, limits
        self._events = [locate_event(alone, one) for one in rates.timed]
        self._onward = _Onward(alone, self._events)
        own = len(alone.system.variables)
        self._views = [sorted(place for place in one.quick.later[0] if place < own) for one in watched]
        self._seen_by = _index(self._views)
        self._known: dict[tuple[int, ...], Mapping[str, float]] = {}

    def play(self, draw: random.Random) -> PlayedRun:
        run, state, time = PlayedRun(), self._alone.system.initial, 0.0
        onward = self._onward
        onward.begin(state)
        tally = _Tally(run, [one.quick.request.name for one in self._watched])
        for number in range(len(self._watched)):
            tally.fail(number, self._fail(number, state))
        tally.step = find_step(self._alone, state)
        for count in range(MOST_EVENTS):
            if not count % CHECKED_EVERY:
                self._limits.check(0)
            if self._alone.is_complete(state) or not (onward.at_once or onward.going):
                run.for_ever = tally.pain
                run.moments.append((time, tally.pain))
                tally.close()
                return run
            if onward.at_once:
                clock = draw.choice([*onward.at_once])
            else:
                leaving = sum(onward.going.values())
                run.moments.append((time, tally.pain))
                tally.stay(1 / leaving)
                time += draw.expovariate(leaving)
                (clock,) = draw.choices([*onward.going], [*onward.going.values()])
            event = onward.event_of(clock)
            changed, there = event.change(state)
            onward.go_on(state, there, changed)
            state = there
            for other in {one for place in changed for one in self._seen_by.get(place, ())}:
                tally.fail(other, self._fail(other, state))
            if event.timed.event.kind is EventKind.PIPELINE:
                tally.enter(find_step(self._alone, state))
        raise EndlessError

    def _fail(self, number: int, state: State) -> Mapping[str, float]:
        """How many of a request fail a second, at each hazard and at any."""
        seen = (number, *[state[place] for place in self._views[number]])
        known = self._known.get(seen)
        if known is None:
            one = self._watched[number]
            found, rate = one.quick.in_state(state), float(one.rate)
            failing = {FAILS: found.total, **found.by_hazard} if found.total else {}
            known = {key: rate * float(likely) for key, likely in failing.items()}
            self._known[seen] = known
        return known


class _Onward:
    """What can happen where a rollout stands, by its clock: `at_once`, or at these rates."""

    def __init__(self, alone: Compiled, events: Sequence[PlacedEvent]) -> None:
        self._alone, self._events = alone, events
        self._views = [sorted(one.places) for one in events]
        self._looking_at = _index(self._views)
        self._known: dict[tuple[int, ...], float | None] = {}
        self._asking: dict[tuple[int, int, int], list[int]] = {}
        self.at_once: dict[int, None] = {}
        self.going: dict[int, float] = {}
        self._able: dict[int, dict[int, float | None]] = {}

    def begin(self, state: State) -> None:
        """In the state in which a rollout begins."""
        self.at_once, self.going, self._able = {}, {}, {}
        self._look(state, range(len(self._events)))

    def go_on(self, before: State, state: State, changed: Iterable[int]) -> None:
        """In the state after another, in which these places have changed."""
        self._look(state, {one for at in changed for one in self._list_asking(at, before[at], state[at])})

    def event_of(self, clock: int) -> PlacedEvent:
        """What happens by this clock: of events that do the same, any that can."""
        return self._events[next(iter(self._able[clock]))]

    def _list_asking(self, place: int, before: int, after: int) -> list[int]:
        """The events that may be able to happen where the place has one of these ranks, and not, or not as
        often, where it has the other."""
        found = self._asking.get((place, before, after))
        if found is None:
            looking = self._looking_at.get(place, ())
            found = [number for number in looking if self._events[number].depends_on(place, before, after)]
            self._asking[place, before, after] = found
        return found

    def _look(self, state: State, numbers: Iterable[int]) -> None:
        """Finds out anew whether these can happen."""
        for number in sorted(numbers):
            seen = (number, *[state[place] for place in self._views[number]])
            if seen not in self._known:
                self._known[seen] = self._find_rate(number, state)
            self._set(number, self._events[number].timed.clock, self._known[seen])

    def _set(self, number: int, clock: int, rate: float | None) -> None:
        """From now on the event can happen at this rate."""
        able = self._able.setdefault(clock, {})
        if able.get(number, 0.0) == rate:
            return
        able.pop(number, None)
        if rate != 0:
            able[number] = rate
        self.at_once.pop(clock, None)
        self.going.pop(clock, None)
        for same in list(able.values())[:1]:  # each happens at the same rate
            if same is None:
                self.at_once[clock] = None
            else:
                self.going[clock] = same

    def _find_rate(self, number: int, state: State) -> float | None:
        """At which rate it happens, None at once; 0 where it cannot, or would change nothing."""
        one = self._events[number]
        if not passes(state, one.test) or not one.changes(state):
            return 0.0
        return None if one.timed.rate is None else float(one.timed.rate_in(self._alone, state))


class _Tally:
    """What fails on a run. Of a request it is added up when how likely it fails changes, or the step does."""

    def __init__(self, run: PlayedRun, names: Sequence[str]) -> None:
        self._run, self._names = run, names
        self._failing: list[Mapping[str, float]] = [{}] * len(names)
        self._pains, self._since = [0.0] * len(names), [0.0] * len(names)
        self.step = ""

    @property
    def pain(self) -> float:
        """How many requests fail a second."""
        return sum(self._pains)

    def stay(self, seconds: float) -> None:
        """So long it is expected to stay as it is."""
        self._run.seconds += seconds
        if pain := self.pain:
            self._run.at_risk += seconds
            self._run.failures += seconds * pain
            self._run.spared /= 1 + seconds * pain

    def fail(self, number: int, failing: Mapping[str, float]) -> None:
        """From now on so many of a request do."""
        if failing is not self._failing[number]:
            self._add(number)
            self._failing[number], self._pains[number] = failing, failing.get(FAILS, 0.0)

    def enter(self, step: str) -> None:
        """From now on the pipeline stands in another step."""
        self.close()
        self.step = step

    def close(self) -> None:
        """Adds up what is left."""
        for number in range(len(self._names)):
            self._add(number)

    def _add(self, number: int) -> None:
        seconds = self._run.seconds - self._since[number]
        self._since[number] = self._run.seconds
        for key, rate in self._failing[number].items() if seconds else ():
            told = self._names[number], key, self.step
            self._run.by[told] = self._run.by.get(told, 0.0) + seconds * rate


def _index(asked: Iterable[Iterable[int]]) -> dict[int, list[int]]:
    """By place the numbers of those that ask for it."""
    found: dict[int, list[int]] = {}
    for number, places in enumerate(asked):
        for place in places:
            found.setdefault(place, []).append(number)
    return found
