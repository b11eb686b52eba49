"""What somebody who offers does by itself with its pipeline, and what that costs.

A *life* has states, each at a place of the pipeline and with what can be offered there, and steps: its own
cost one event each, the pipeline's nothing, for these are the same for all. The *extra* of a run is what it
costs beyond the cheapest to the place at which it ends.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeAlias, TypeVar

from msgspec import Struct

from ...model.kernel.graph import find_cheapest, find_reachable
from ...model.names import VariableKey
from .influence import VariableSet

Offer: TypeAlias = Hashable
"""What is asked of the store, and what is changed there; or a number."""
Offers: TypeAlias = tuple[tuple[Offer, VariableSet], ...]
"""Each with the variables that it changes."""
Place: TypeAlias = int
"""Where the pipeline stands, by its rank; 0 for all where there is none."""
Demands: TypeAlias = Mapping[Place, frozenset[Offer]]
"""What somebody is to offer at each of some places, all of it in one state."""
Step: TypeAlias = tuple[int, None, int]
"""What it costs, and to which state it leads."""
Node: TypeAlias = tuple[int, bool]
"""A state, and whether what is demanded at its place is offered there, or was before at that place."""
Asked: TypeAlias = tuple[Place, Place, Offer]
"""To what place a run leads, and what it offers at which on the way."""
Prices: TypeAlias = Mapping[Asked, int]
"""The least extra of such runs."""
T = TypeVar("T")


class WriterLife(Struct, frozen=True, dict=True):
    """A life, from its first state on; equal for all who live alike."""

    places: tuple[Place, ...]
    """That of each state."""
    steps: tuple[tuple[Step, ...], ...]
    offers: tuple[Offers, ...]
    rests: frozenset[int]
    """The states at the ends in which nothing is left to do."""

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.places, self.steps, self.offers, self.rests))

    def seen_by(self, stores: VariableSet) -> WriterLife:
        """The life with what is offered to these stores alone."""
        asked = stores & self._stores
        if asked not in self._seen:
            offers = (tuple(pair for pair in some if pair[1] <= asked) for some in self.offers)
            self._seen[asked] = WriterLife(self.places, self.steps, tuple(offers), self.rests)
        return self._seen[asked]

    @cached_property
    def _seen(self) -> dict[VariableSet, WriterLife]:
        return {}

    @cached_property
    def _stores(self) -> frozenset[VariableKey]:
        return frozenset(key for some in self.offers for _, changed in some for key in changed)

    @cached_property
    def offered(self) -> tuple[frozenset[Offer], ...]:
        """For each state what is offered in it."""
        return tuple(frozenset(offer for offer, _ in some) for some in self.offers)

    @cached_property
    def entered(self) -> Mapping[Place, frozenset[Place]]:
        """For each place those from which the pipeline comes to it."""
        found: dict[Place, set[Place]] = {place: set() for place in self.places}
        for place, row in zip(self.places, self.steps, strict=True):
            for _, _, there in row:
                found[self.places[there]].add(place)
        return {place: frozenset(others - {place}) for place, others in found.items()}

    @cached_property
    def cheapest(self) -> Mapping[Place, int]:
        """What it costs to come to each place."""
        return _find_least((self.places[state], price) for state, price in self._cost.items())

    @cached_property
    def _cost(self) -> Mapping[int, int]:
        return find_cheapest({0: 0}, self.steps.__getitem__).cost

    @cached_property
    def prices(self) -> Prices:
        """What it costs to have offered something on the way to a place."""
        starts: dict[tuple[Place, Offer], dict[int, int]] = {}
        for state, price in self._cost.items():
            for offer in self.offered[state]:
                starts.setdefault((self.places[state], offer), {})[state] = price
        return {
            (goal, place, offer): price - self.cheapest[goal]
            for (place, offer), some in starts.items()
            for goal, price in self._go_on(some).items()
        }

    def _go_on(self, starts: Mapping[int, int]) -> Mapping[Place, int]:
        cost = find_cheapest(starts, self.steps.__getitem__).cost
        return _find_least((self.places[state], price) for state, price in cost.items())

    def find_extra(self, goal: Place, demands: Demands) -> int | None:
        """The least extra of the runs to a place that meet the demands; None: there is none."""
        way = frozenset(find_reachable([goal], self.entered.__getitem__))
        cost = find_cheapest(
            self._begin(demands),
            lambda node: (step for step in self._meet(node, demands) if self.places[step[2][0]] in way),
        ).cost
        prices = [p for (state, is_met), p in cost.items() if is_met and self.places[state] == goal]
        return min(prices) - self.cheapest[goal] if prices else None

    def can_rest(self, demands: Demands) -> bool:
        """Whether runs that meet the demands lead to each state in which it rests."""
        cost = find_cheapest(self._begin(demands), lambda node: self._meet(node, demands)).cost
        return self.rests <= {state for state, is_met in cost if is_met}

    def _begin(self, demands: Demands) -> Mapping[Node, int]:
        return {(0, self._is_met(0, demands)): 0}

    def _is_met(self, state: int, demands: Demands) -> bool:
        return demands.get(self.places[state], frozenset()) <= self.offered[state]

    def _meet(self, node: Node, demands: Demands) -> Iterator[tuple[int, None, Node]]:
        """The steps that leave no place at which a demand has not been met."""
        state, is_met = node
        for price, _, there in self.steps[state]:
            stays = self.places[there] == self.places[state]
            if stays or is_met:
                yield price, None, (there, (stays and is_met) or self._is_met(there, demands))


def number_offers(lives: Iterable[WriterLife]) -> tuple[WriterLife, ...]:
    """The lives with their offers by numbers, so that those are equal that differ in names alone."""
    number: dict[Offer, int] = {}

    def count(some: Offers) -> Offers:
        return tuple((number.setdefault(offer, len(number)), frozenset()) for offer, _ in some)

    return tuple(
        WriterLife(life.places, life.steps, tuple(map(count, life.offers)), life.rests) for life in lives
    )


def _find_least(priced: Iterable[tuple[T, int]]) -> dict[T, int]:
    found: dict[T, int] = {}
    for what, price in priced:
        found[what] = min(price, found.get(what, price))
    return found
