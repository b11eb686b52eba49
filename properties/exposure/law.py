"""Where a chain is at a moment: the law of its states over time, by uniformisation, in floating point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp, lgamma, log

from .chain import Chain

POINTS = 200
"""Moments that are looked at between the beginning and a time at which it is nearly over."""

_NOTHING = 1e-15


class Law:
    """How likely a chain is in each of its states that take time, after so many seconds.

    As many steps as come at random at the rate of the fastest state, each to the next state or to none
    (Jensen, 1953); the shares after each number of steps are computed once. It begins in the first state, or
    with these shares; where states bring forth others shares are expected numbers, and need not sum to one.
    """

    def __init__(self, chain: Chain, begins: Mapping[int, float] | None = None) -> None:
        self.timed = [number for number, leaving in enumerate(chain.leaving) if leaving is not None]
        self._place = {number: at for at, number in enumerate(self.timed)}
        leaving = [float(chain.leaving[number] or 0) for number in self.timed]
        self.fastest = max(leaving, default=0.0)
        scale = self.fastest or 1.0
        self._jumps = [
            [*self._find_jumps(chain, number, scale), (at, 1 - gone / scale)]
            for at, (number, gone) in enumerate(zip(self.timed, leaving, strict=True))
        ]
        first = [0.0] * len(self.timed)
        for there, share in _settle(chain, begins or {0: 1.0}).items():
            first[self._place[there]] += share
        self._first = first
        self._coming = self.list_steps()
        self._after = [next(self._coming)]

    def _find_jumps(self, chain: Chain, number: int, scale: float) -> list[tuple[int, float]]:
        row = {there: float(rate) / scale for there, rate in chain.onward[number].items()}
        return [(self._place[there], share) for there, share in _settle(chain, row).items()]

    def list_steps(self) -> Iterator[list[float]]:
        """The shares, in the order of `timed`, after no step, one, two, and so on for ever."""
        now = self._first
        while True:
            yield now
            after = [0.0] * len(now)
            for share, jumps in zip(now, self._jumps, strict=True):
                if share > _NOTHING:
                    for there, chance in jumps:
                        after[there] += share * chance
            now = after

    def _after_steps(self, count: int) -> list[float]:
        while len(self._after) <= count:
            self._after.append(next(self._coming))
        return self._after[count]

    def at(self, seconds: float) -> list[float]:
        """The shares, in the order of `timed`, after so many seconds."""
        found = [0.0] * len(self.timed)
        for count, weight in list_poisson(self.fastest * seconds):
            for at, share in enumerate(self._after_steps(count)):
                found[at] += weight * share
        return found


def follow(
    chain: Chain, failing: Sequence[float], seconds: float, begins: Mapping[int, float] | None = None
) -> tuple[tuple[float, float], ...]:
    """How many requests a second are expected to fail at each of the `POINTS` moments (in seconds) that are
    looked at within this time, where they fail at these rates in each state."""
    law = Law(chain, begins)
    pain = [failing[number] for number in law.timed]
    steps = law.list_steps()  # not kept: there can be many states
    by_step: list[float] = []

    def hurt(count: int) -> float:
        while len(by_step) <= count:
            by_step.append(sum(share * bad for share, bad in zip(next(steps), pain, strict=True)))
        return by_step[count]

    moments = (seconds * number / POINTS for number in range(POINTS + 1))
    return tuple((t, sum(w * hurt(k) for k, w in list_poisson(law.fastest * t))) for t in moments)


def _settle(chain: Chain, row: Mapping[int, float]) -> dict[int, float]:
    """The weights, handed on through states that take no time."""
    settled: dict[int, float] = {}
    waiting = dict(row)
    while waiting:
        number, weight = waiting.popitem()
        if chain.leaving[number] is not None:
            settled[number] = settled.get(number, 0.0) + weight
        else:
            for there, share in chain.onward[number].items():
                waiting[there] = waiting.get(there, 0.0) + weight * float(share)
    return settled


def list_poisson(mean: float) -> list[tuple[int, float]]:
    """The probabilities of so many events, those that count."""
    if mean == 0:
        return [(0, 1.0)]
    reach = int(8 * mean**0.5) + 20
    span = range(max(0, int(mean) - reach), int(mean) + reach)
    return [(k, exp(-mean + k * log(mean) - lgamma(k + 1))) for k in span]
