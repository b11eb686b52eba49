"""A quick request in a stay: how likely it fails, where clusters stand somewhere independently of each other.

The request is walked hop by hop. Where a cluster stands is asked when the first hop looks at it, and
forgotten behind the last one that does: variable elimination (Zhang, Poole, "A Simple Approach to Bayesian
Network Computations", 1994), with the hops as its order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod

from msgspec import Struct, field

from ...model.compiler.system import State
from ...model.resources.limits import CHECKED_EVERY, Limits, StateLimitError
from .law import Law
from .quick import QuickRequest, Update
from .stays import PositionStay

Standing = tuple[int, tuple[int, ...]]
"""A cluster, and places in the law of its chain that the request cannot tell apart."""


_View = tuple[Standing, Update]
"""Where a cluster stands, as a request sees it, with what that is by places and ranks."""


class _Way(Struct, frozen=True):
    """What comes of a hop where clusters stand somewhere."""

    where: tuple[Standing, ...]
    total: float
    by_hazard: tuple[tuple[str, float], ...]
    onward: tuple[tuple[float, int], ...]


class Paths(Struct, frozen=True):
    """For each hop, for each of what the request can remember before it, the ways past it."""

    levels: list[list[list[_Way]]] = field(default_factory=list)

    @property
    def can_fail(self) -> bool:
        return any(way.total for level in self.levels for node in level for way in node)

    def list_standings(self) -> frozenset[Standing]:
        """All that is asked of clusters."""
        return frozenset(one for level in self.levels for node in level for way in node for one in way.where)

    def evaluate(self, likely: Mapping[Standing, float]) -> dict[str, float]:
        """The probability of each hazard; under the empty name, that the request fails."""
        found: dict[str, float] = {"": 0.0}
        masses = {0: 1.0}
        for level in self.levels:
            onward: dict[int, float] = {}
            for number, mass in masses.items():
                for way in level[number]:
                    share = mass
                    for one in way.where:
                        share *= likely[one]
                    if not share:
                        continue
                    found[""] += share * way.total
                    for key, likelihood in way.by_hazard:
                        found[key] = found.get(key, 0.0) + share * likelihood
                    for chance, there in way.onward:
                        onward[there] = onward.get(there, 0.0) + share * chance
            masses = onward
        return found


def find_paths(quick: QuickRequest, stay: PositionStay, laws: Sequence[Law], limits: Limits) -> Paths:
    """Of a request in a stay, whose clusters have these laws. Raises `LimitError`."""
    first: State = (*stay.entry, *quick.rest)
    owner = {place: number for number, one in enumerate(stay.clusters) for place in one.places}
    asked: set[int] = set()
    paths = Paths()
    nodes: dict[State, int] = {first: 0}
    count = 0
    for hop in range(quick.length):
        fresh = sorted({owner[place] for place in quick.needs[hop] if place in owner} - asked)
        asked.update(fresh)
        views = [list(_group(quick, stay, laws, number, hop)) for number in fresh]
        onward: dict[State, int] = {}
        level: list[list[_Way]] = []
        for state in nodes:
            ways = []
            for seen in product(*views):
                count += 1
                if count > limits.listed_states:
                    raise StateLimitError(limits.listed_states)
                ways.append(_pass_hop(quick, hop, first, state, seen, onward))
            level.append(ways)
        limits.check(count)
        paths.levels.append(level)
        nodes = onward
    return paths


def _pass_hop(
    quick: QuickRequest, hop: int, first: State, state: State, seen: Sequence[_View], onward: dict[State, int]
) -> _Way:
    """What comes of a hop from one state, where clusters are seen to stand so; new states behind it get the
    next numbers in `onward`."""
    values = list(state)
    for _, update in seen:
        for place, rank in update:
            values[place] = rank
    here = tuple(values)
    taken = quick.take_hop(hop, here)
    behind = ((share, quick.move_on(hop, here, update, first)) for share, update in taken.onward)
    there = tuple((float(share), onward.setdefault(state, len(onward))) for share, state in behind)
    by_hazard = tuple((key, float(one)) for key, one in taken.failing.by_hazard.items())
    return _Way(tuple(standing for standing, _ in seen), float(taken.failing.total), by_hazard, there)


MOST_TOGETHER = 4_000
"""Where the clusters that a request looks at can stand together in no more ways, each is looked at."""

Risk = frozenset[tuple[Standing, ...]]
"""How clusters stand together when a request can fail."""


def find_risk(quick: QuickRequest, stay: PositionStay, laws: Sequence[Law], limits: Limits) -> Risk | None:
    """When a request can fail at all; None where that is too much to tell."""
    seen = [number for number, one in enumerate(stay.clusters) if not one.places.isdisjoint(quick.later[0])]
    views = [list(_group(quick, stay, laws, number, 0)) for number in seen]
    if prod(map(len, views)) > MOST_TOGETHER:
        return None
    found = set()
    for count, together in enumerate(product(*views)):
        if not count % CHECKED_EVERY:
            limits.check(count)
        state = list(stay.entry)
        for _, update in together:
            for place, rank in update:
                state[place] = rank
        if quick.in_state(tuple(state)).total:
            found.add(tuple(standing for standing, _ in together))
    return frozenset(found)


def _group(
    quick: QuickRequest, stay: PositionStay, laws: Sequence[Law], number: int, hop: int
) -> Iterator[_View]:
    """The states of a cluster, those together that look alike to this hop and all behind it."""
    cluster, law = stay.clusters[number], laws[number]
    seen = sorted(quick.later[hop] & cluster.places)
    alike: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for at, state in enumerate(law.timed):
        values = tuple((place, cluster.chain.states[state][place]) for place in seen)
        alike.setdefault(values, []).append(at)
    for values, members in alike.items():
        yield (number, tuple(members)), values
