"""Of many who write a store, the few that can stand for all (several pipelines).

Let W be components that nothing keeps but what they offer to a store: each by itself with its pipeline, with
nobody who looks at it (`clusters`). What they offer is all that others see of them, and nobody sees who did
it. So a run of the whole stays one, with the same stores at the same moments, if one of W does what others
do, as long as it can be there whenever one of them was, and at no higher price (in the manner of cutoffs:
Emerson and Kahlon, "Reducing model checking of the many to the few", 2000). Who stands for others must be

* *fit*: while the pipeline stands at a place, one state, a hub, lets it offer all that it can ever offer
  there; runs through a hub of each place come to each place after as few events as any, and to each end in
  each state in which it has nothing left to do there; and what it offers at a place, with all that costs no
  more there, it can offer in one state at that price;
* *as good*: whatever the other offers at a place it offers there as well, and pays no more for it beyond the
  cheapest.

Then those for whom it stands, at their cheapest, and it, at the price of the dearest that they had, cost no
more than they did. What it does it could do in the whole too, where the others then offer nothing; so nothing
is added.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias, TypeVar

from msgspec import Struct

from ...model.compiler.system import Event, EventKind, Reached
from ...model.compiler.traffic import takes_away
from ...model.kernel.graph import find_cheapest
from ...model.names import VariableKey
from .influence import VariableSet

Offer: TypeAlias = tuple[frozenset[object], frozenset[object]]
"""What is asked of the store, and what is changed there."""
Place: TypeAlias = int
"""Where the pipeline stands, by its rank; 0 for all where there is none."""
Prices: TypeAlias = Mapping[tuple[Place, Offer], int]
"""What it costs beyond the cheapest to offer something at a place."""


def is_offered(event: Event) -> bool:
    """Whether others write what they may as well not write, wherever they can. Messages that they take are
    waited for."""
    return event.kind is EventKind.WRITE and event.group is None and not takes_away(event)


def find_offerer(event: Event) -> VariableKey | None:
    """The one variable, beside what it changes, at which something offered looks; None: several, or none."""
    asked = event.guard.keys() - event.effect.keys()
    return next(iter(asked)) if len(asked) == 1 else None


T = TypeVar("T")
Node: TypeAlias = tuple[int, bool]
"""A state, and whether there was a hub at its place before, or it is one."""


class Offerer(Struct, frozen=True, dict=True):
    """Somebody who offers: its own states with its pipeline, and what it offers in each."""

    key: VariableKey
    pipelines: VariableSet
    reached: Reached
    offered: Sequence[Mapping[Offer, VariableSet]]
    """For each state the offers, each with the variables that it changes."""
    ends: frozenset[Place]

    def priced(self, stores: VariableSet) -> Priced:
        """What it offers to these stores, at what price, and whether it is fit to stand for others."""
        asked = stores & self._every_store
        if asked not in self._priced:
            self._priced[asked] = self._price(asked)
        return self._priced[asked]

    @cached_property
    def _priced(self) -> dict[VariableSet, Priced]:
        return {}

    @cached_property
    def _every_store(self) -> VariableSet:
        return frozenset[VariableKey]().union(
            *(changed for some in self.offered for changed in some.values())
        )

    def _price(self, stores: VariableSet) -> Priced:
        offers = [{one for one, changed in some.items() if changed <= stores} for some in self.offered]
        cost = find_cheapest({0: 0}, self._steps).cost
        cheapest = _least((self._place(state), price) for state, price in cost.items())
        prices = _least(
            ((self._place(state), one), price) for state, price in cost.items() for one in offers[state]
        )
        every = {place: {one for at, one in prices if at == place} for place in cheapest}
        hubs = {state for state in cost if offers[state] >= every[self._place(state)]}
        more = {(place, one): price - cheapest[place] for (place, one), price in prices.items()}
        return Priced(self, more, self._passes_hubs(hubs, offers, cheapest, prices))

    def _passes_hubs(
        self,
        hubs: Collection[int],
        offers: Sequence[Collection[Offer]],
        cheapest: Mapping[Place, int],
        prices: Mapping[tuple[Place, Offer], int],
    ) -> bool:
        """Whether runs through a hub of each place are as good as any."""

        def steps(node: Node) -> Iterator[tuple[int, Event, Node]]:
            state, has_been = node
            for price, event, there in self._steps(state):
                if price:
                    yield price, event, (there, has_been or there in hubs)
                elif has_been:
                    yield price, event, (there, there in hubs)

        cost = find_cheapest({(0, 0 in hubs): 0}, steps).cost
        if _least((self._place(state), price) for (state, _), price in cost.items()) != cheapest:
            return False
        if not self._rest_at_ends() <= {state for state, has_been in cost if has_been}:
            return False
        for (place, _), price in prices.items():
            asked = {one for (at, one), other in prices.items() if at == place and other <= price}
            best = (
                spent
                for (state, _), spent in cost.items()
                if self._place(state) == place and asked <= set(offers[state])
            )
            if min(best, default=price + 1) > price:
                return False
        return True

    def _rest_at_ends(self) -> set[int]:
        """The states at the ends in which it has nothing left to do."""
        return {
            state
            for state, row in enumerate(self.reached.edges)
            if self._place(state) in self.ends and all(event.group is None for event, _ in row)
        }

    def _steps(self, state: int) -> Iterator[tuple[int, Event, int]]:
        """What the pipeline does costs nothing here: it is the same for all."""
        for event, there in self.reached.edges[state]:
            yield int(event.kind is not EventKind.PIPELINE), event, there

    def _place(self, state: int) -> Place:
        return self._places[state]

    @cached_property
    def _places(self) -> list[Place]:
        at = next((self.reached.system.index(key) for key in self.pipelines), None)
        return [0 if at is None else state[at] for state in self.reached.states]


def _least(priced: Iterable[tuple[T, int]]) -> dict[T, int]:
    found: dict[T, int] = {}
    for what, price in priced:
        found[what] = min(price, found.get(what, price))
    return found


class Priced(Struct, frozen=True):
    """What somebody offers, and what that costs beyond the cheapest."""

    offerer: Offerer
    prices: Prices
    is_fit: bool

    def can_stand_for(self, other: Priced) -> bool:
        """Whether it is fit, and as good."""
        if not self.is_fit or self.offerer.pipelines != other.offerer.pipelines:
            return False
        own = self.prices
        return all(asked in own and own[asked] <= price for asked, price in other.prices.items())


def choose_offerers(offerers: Iterable[Offerer], stores: VariableSet) -> list[VariableKey]:
    """Those that have to be kept, so that what all of them offer to these stores is offered."""
    kept: list[Priced] = []
    for one in (offerer.priced(stores) for offerer in offerers):
        if not any(other.can_stand_for(one) for other in kept):
            kept = [other for other in kept if not one.can_stand_for(other)]
            kept.append(one)
    return [one.offerer.key for one in kept]
