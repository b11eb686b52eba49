"""Which of those who write and consume a slice keeps: a few stand for all (`stand_ins`)."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from ....model.names import Contract
from ....model.resources.limits import Limits
from .keep import Keep, SliceNames
from .plan import Party, SlicePlan
from .presence import GONE, Placed, PlacedPresences, Presence, Presences, Way
from .restrict import Restriction
from .stand_ins import Block, Deed, Offer, Offers, Writer, choose, spare


class Traffic(Struct, frozen=True):
    """Who writes and consumes some contracts: the parties of each component, all components as writers, and
    those that cannot be spared."""

    parties: Mapping[str, Sequence[Party]]
    writers: Sequence[Writer]
    entangled: Mapping[str, None]


class Writers(Struct, dict=True):
    """The writers and consumers of one deployment, and the choice among them."""

    plan: SlicePlan
    restriction: Restriction
    limits: Limits
    _traffic: dict[Hashable, Traffic] = field(default_factory=dict)
    _placed: dict[str, Placed] = field(default_factory=dict)
    _better: dict[Hashable, bool] = field(default_factory=dict)

    def add(
        self,
        keep: Keep,
        held: Container[str] = (),
        *,
        only_consumers: bool = False,
        everybody: bool = False,
    ) -> bool:
        """Adds who writes and consumes the kept contents: everybody, or as few as can stand for all. `held`
        are components on which the request stands.

        False: some of those must be kept themselves, and were added; then ask again.
        """
        keep.close(self.plan)
        if not keep.contents:
            return True
        shared = (contract for contract in keep.contents if self.plan.parties.get(contract))
        traffic = self._of(tuple(shared), only_consumers)
        known = set(keep.components)
        keep.components.update(dict.fromkeys(traffic.parties if everybody else ()))
        keep.components.update(traffic.entangled)
        choice = choose(list(spare(traffic.writers, keep.components)), held, self._is_better)
        keep.components.update(dict.fromkeys(choice.forced))
        if any(name in held for name in keep.components if name not in known) or keep.close(self.plan):
            return False
        for name in (*keep.components, *choice.chosen):
            keep.parties.update(dict.fromkeys(traffic.parties.get(name, ())))
        keep.components.update(dict.fromkeys(choice.chosen))
        keep.stand_ins.update(dict.fromkeys(choice.chosen))
        return True

    def complete(self, keep: Keep, *, only_consumers: bool = False) -> None:
        """Adds who writes and consumes until nobody is missing, where no request stands on anybody."""
        while not self.add(keep, only_consumers=only_consumers):
            pass

    def have_steady_consumer(self, contract: Contract) -> bool:
        """Whether somebody can use up messages there from each of its own states, in nobody else's jobs."""
        traffic = self._of((contract,), only_consumers=True)
        return any(
            offer.deed is Deed.USE_UP and not offer.roots and writer.placed.is_steady(presence)
            for writer in spare(traffic.writers, traffic.entangled)
            for presence, offers in writer.offers.items()
            for offer in offers
        )

    # --- who there is ---

    def _of(self, contracts: tuple[Contract, ...], only_consumers: bool) -> Traffic:
        found = self._traffic.get((contracts, only_consumers))
        if found is None:
            found = self._list(contracts, only_consumers)
            self._traffic[contracts, only_consumers] = found
        return found

    def _list(self, contracts: tuple[Contract, ...], only_consumers: bool) -> Traffic:
        parties: dict[str, list[Party]] = {}
        offers: dict[str, Offers] = {}
        for party, versions in self._parties(contracts):
            if not party.consumes and only_consumers:
                continue
            name = party.hand.component
            parties.setdefault(name, []).append(party)
            own = offers.setdefault(name, {})
            for presence, offer in self._offers_of(party, versions):
                own[presence] = own.get(presence, frozenset()) | {offer}
        every = (party for some in parties.values() for party in some)
        entangled = dict.fromkeys(_entangled(every))
        bound = [name for name, some in parties.items() if self._is_bound(name, some)]
        entangled.update(dict.fromkeys(bound))
        free = {name: own for name, own in offers.items() if name not in bound}
        return Traffic(parties, tuple(self._group(free)), entangled)

    def _is_bound(self, name: str, parties: Iterable[Party]) -> bool:
        """Whether others have a say in it, or look at more than that it is there or has gone: predicates,
        elections."""
        return self.plan.is_tied(name) or any(party.hand.leads for party in parties)

    def _parties(self, contracts: Sequence[Contract]) -> Iterator[tuple[Party, frozenset[str]]]:
        """Each party, with the versions that do what it does."""
        for contract in contracts:
            for party in self.plan.parties.get(contract, ()):
                yield party, self.plan.versions_of(party)

    def _offers_of(self, party: Party, versions: frozenset[str]) -> Iterator[tuple[Presence, Offer]]:
        """What it does, and in which presence. Who consumes uses up any form, whatever its version."""
        name, roots = party.hand.component, frozenset(party.hand.roots)
        way = _way(party, terminates=self.plan.deployment.components[name].terminates_later)
        deed = Deed.USE_UP if party.consumes else Deed.WRITE
        for some in (versions,) if party.consumes else (frozenset({version}) for version in sorted(versions)):
            yield Presence(some, way, name in roots), Offer(party.contract, deed, roots - {name})
        if party.consumes and party.contract in self.plan.deployment.redelivered:
            there = Presence(versions, Way.RUNS if party.hand.pulls else Way.WRITES)
            yield there, Offer(party.contract, Deed.ACKNOWLEDGE)
            yield GONE, Offer(party.contract, Deed.GIVE_BACK)

    def _group(self, offers: Mapping[str, Offers]) -> Iterator[Writer]:
        """Those that are alike together."""
        alike: dict[tuple[Placed, Hashable], list[str]] = {}
        for name, own in offers.items():
            alike.setdefault((self.placed(name), frozenset(own.items())), []).append(name)
        for (placed, _), names in alike.items():
            yield Writer(tuple(names), placed, offers[names[0]])

    def placed(self, name: str) -> Placed:
        """The presences of a component."""
        found = self._placed.get(name)
        if found is None:
            alone = self.restriction.build(Keep({name: None}), SliceNames())
            known, key = self.plan.present_alone, alone.key_of_parts
            if key not in known:
                known[key] = Presences(alone, self.limits)
            found = self._placed[name] = PlacedPresences(known[key], alone.stretches.stages)
        return found

    def _is_better(self, one: Writer, other: Writer, block: Block) -> bool:
        key = one.placed, other.placed, block, *map(frozenset, (one.offers.items(), other.offers.items()))
        found = self._better.get(key)
        if found is None:
            found = self._better[key] = one.is_as_good(other, block)
        return found


def _way(party: Party, *, terminates: bool) -> Way:
    """Where nobody terminates it is the same to write and to take messages."""
    if party.consumes and terminates:
        return Way.PULLS if party.hand.pulls else Way.TAKES
    return Way.RUNS if party.hand.pulls else Way.WRITES


def _entangled(parties: Iterable[Party]) -> Iterator[str]:
    """Workers in whose jobs others act, and who acts in jobs of its own and of others."""
    for party in parties:
        others = [root for root in party.hand.roots if root != party.hand.component]
        yield from others
        if others and len(others) < len(party.hand.roots):
            yield party.hand.component
