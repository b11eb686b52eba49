"""A rollout as stays of the pipeline at its positions, in each of which what moves is apart from the rest.

While the pipeline stands still, variables that no event joins move independently of each other: each such
cluster is a Markov chain of its own. If each of them comes to one state in which it rests, and the pipeline
goes on exactly when all rest, then all that is known at the end of a stay is where everything stands, and the
next one begins there, whatever came before. So the stays are independent, and each lasts as long as the
slowest of its clusters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property

from msgspec import Struct

from ...model.compiler.compile import Compiled
from ...model.compiler.system import EventKind, State, Test, passes
from ...model.names import PIPELINE
from ...model.resources.limits import Limits
from .chain import Chain, build_chain
from .rates import PlacedEvent, TimedEvent, locate_event


class NotApartError(Exception):
    """The stays are not independent of each other: why."""


class MovingCluster(Struct, frozen=True):
    """What moves together, as a chain that ends where it rests."""

    places: frozenset[int]
    timed: tuple[TimedEvent, ...]
    chain: Chain
    end: int


class PositionStay(Struct, frozen=True):
    """The pipeline stands at one position: the state of everything when it comes there, what moves then, the
    state when all of that rests, and the mean time for which it still stays then (seconds)."""

    entry: State
    clusters: tuple[MovingCluster, ...]
    end: State
    rests: Fraction


class Stays:
    """Those of a deployment with one pipeline."""

    def __init__(self, alone: Compiled, timed: Sequence[TimedEvent], limits: Limits) -> None:
        self._alone, self._timed, self._limits = alone, timed, limits

    def find(self) -> list[PositionStay]:
        """All of them, in their order. Raises `NotApartError` where they are not independent, and
        `LimitError`."""
        if PIPELINE not in self._alone.vocabulary.courses:
            raise NotApartError("several pipelines run at once")
        found = []
        here: State | None = self._alone.system.initial
        while here is not None:
            stay, here = self._stay_from(here)
            found.append(stay)
        return found

    def _stay_from(self, entry: State) -> tuple[PositionStay, State | None]:
        """The stay that begins in this state, and the state in which the next one does."""
        self._limits.check(0)
        if self._alone.is_complete(entry):
            return PositionStay(entry, (), entry, Fraction(0)), None
        clusters = tuple(self._build_clusters(entry))
        end = list(entry)
        for cluster in clusters:
            for place in cluster.places:
                end[place] = cluster.chain.states[cluster.end][place]
        ended = tuple(end)
        for test in (*(one.test for one in self._pipeline), *self._complete):
            if self._may_pass_early(test, entry, clusters):
                raise NotApartError("the pipeline goes on while something still moves")
        if self._alone.is_complete(ended):
            return PositionStay(entry, clusters, ended, Fraction(0)), None
        onward = {self._alone.system.successor(ended, one.timed.event): one for one in self._leaving(ended)}
        if len(onward) > 1:
            raise NotApartError("the pipeline can go on in more than one way")
        for there, one in onward.items():
            rests = Fraction(0) if one.timed.rate is None else 1 / one.timed.rate
            return PositionStay(entry, clusters, ended, rests), there
        return PositionStay(entry, clusters, ended, Fraction(0)), None

    def _leaving(self, state: State) -> Iterator[PlacedEvent]:
        return (one for one in self._pipeline if passes(state, one.test))

    @cached_property
    def _complete(self) -> list[Test]:
        return [self._alone.system.test(guard) for guard in self._alone.complete()]

    @cached_property
    def _placed(self) -> list[PlacedEvent]:
        return [locate_event(self._alone, one) for one in self._timed]

    @cached_property
    def _pipeline(self) -> list[PlacedEvent]:
        return [one for one in self._placed if one.timed.event.kind is EventKind.PIPELINE]

    @cached_property
    def _moves(self) -> list[PlacedEvent]:
        return [one for one in self._placed if one.timed.event.kind is not EventKind.PIPELINE]

    def _build_clusters(self, entry: State) -> Iterator[MovingCluster]:
        active, moving = self._find_active(entry)
        for places, events in _join(active, moving):
            timed = tuple(one.timed for one in events)
            chain = build_chain(self._alone, timed, self._limits, entry)
            ends = [number for number, row in enumerate(chain.onward) if not row]
            if len(ends) != 1:
                raise NotApartError("what stands when a step is over is left to chance")
            yield MovingCluster(places, timed, chain, ends[0])

    def _find_active(self, entry: State) -> tuple[list[PlacedEvent], frozenset[int]]:
        """The events that can happen while the pipeline stands still, as far as the values of single
        variables tell, and the places that move."""
        at = self._alone.system.index(PIPELINE)
        ranges = [1 << rank for rank in entry]
        waiting = [one for one in self._moves if all(p != at or m >> entry[at] & 1 for p, m in one.test)]
        active: list[PlacedEvent] = []
        while True:
            able = [one for one in waiting if all(mask & ranges[place] for place, mask in one.test)]
            if not able:
                break
            active += able
            for one in able:
                for place, rank in one.effect:
                    ranges[place] |= 1 << rank
            known = set(map(id, able))
            waiting = [one for one in waiting if id(one) not in known]
        moving = frozenset(place for place, mask in enumerate(ranges) if mask.bit_count() > 1)
        return [one for one in active if any(place in moving for place, _ in one.effect)], moving

    def _may_pass_early(self, test: Test, entry: State, clusters: Iterable[MovingCluster]) -> bool:
        """Whether the test can hold where something does not rest yet."""
        own = frozenset(place for cluster in clusters for place in cluster.places)
        if not passes(entry, tuple(pair for pair in test if pair[0] not in own)):
            return False
        early = False
        for cluster in clusters:
            asked = tuple(pair for pair in test if pair[0] in cluster.places)
            passing = [n for n, state in enumerate(cluster.chain.states) if passes(state, asked)]
            if not passing:
                return False
            early = early or passing != [cluster.end]
        return early


def _join(
    active: Sequence[PlacedEvent], moving: frozenset[int]
) -> Iterator[tuple[frozenset[int], list[PlacedEvent]]]:
    """The places that move, in sets that no event joins, each with its events."""
    owner = {place: {place} for place in moving}
    for one in active:
        first, *others = [owner[place] for place in one.places if place in moving]
        for other in others:
            if other is not first:
                first |= other
                owner.update(dict.fromkeys(other, first))
    events: dict[int, list[PlacedEvent]] = {}
    for one in active:
        place = next(place for place in one.places if place in moving)
        events.setdefault(id(owner[place]), []).append(one)
    for some in {id(some): some for some in owner.values()}.values():
        yield frozenset(some), events[id(some)]
