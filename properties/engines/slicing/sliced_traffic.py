"""What others than the request under watch do to a slice, as requests of its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from msgspec import Struct

from ....model.deployment import Hop, Kind, Request, Verb
from ....model.names import Contract
from .keep import QUEUE, STUB, UNCHANGED, Keep, SliceNames
from .plan import Party, SlicePlan


class SlicedTraffic(Struct, frozen=True):
    """The requests of others, for what is kept, in the slice's names."""

    plan: SlicePlan
    keep: Keep
    names: SliceNames

    def of_parties(self) -> Iterator[Request]:
        """A request for each kept party, so that the compiler sees what it does; and one for each queue whose
        messages can go at any time."""
        for party in self.keep.parties:
            yield from self._of_party(party)
        for contract in self.keep.contents:
            if self._is_queue(contract) and self.plan.consumers(contract) is None:
                yield self._by_client("u", Verb.CONSUMES, contract)

    def mentions(self, stores: tuple[Contract, ...], requests: tuple[Request, ...]) -> Iterator[Request]:
        """A contract exists for the compiler only where a hop meets it; an anonymous read does no harm."""
        met = {hop.contract for request in requests for hop in request.hops}
        for contract in stores:
            if self.names.store(contract) not in met:
                yield self._by_client("m", Verb.READS, contract)

    def mentions_of_leaders(self) -> Iterator[Request]:
        """The compiler knows a leader only where a hop speaks of one; a client's does no harm."""
        for name in self.keep.led:
            short = self.names.component(name)
            yield Request(f"l {short}", (Hop("client", Verb.CALLS, short, UNCHANGED, to_leader=True),))

    def _of_party(self, party: Party) -> Iterator[Request]:
        component, store = self.names.component(party.hand.component), self.names.store(party.contract)
        writes = Verb.PUBLISHES if self._is_queue(party.contract) else Verb.WRITES
        verb = Verb.CONSUMES if party.consumes else writes
        for since, until in self._spans(party):
            last = Hop(component, verb, *store, since=since, until=until, by_leader=party.hand.leads)
            for root in party.hand.roots or ("",):
                hand = root and self.names.component(root), party.hand.pulls, party.hand.leads
                told = component, store, *hand, since, until
                yield Request(" ".join(map(str, (verb, *told))), (self._coming(root, party), last))

    def _spans(self, party: Party) -> Iterator[tuple[str | None, str | None]]:
        """The versions that do what the party does, in rows; where all do, nothing need be said."""
        every, some = self.plan.deployment.versions, self.plan.versions_of(party)
        if len(some) == len(every):
            yield None, None
            return
        for is_in, row in groupby(every, some.__contains__):
            first, *more = row
            if is_in:
                yield first, (more or [first])[-1]

    def _coming(self, root: str, party: Party) -> Hop:
        """The hop before: the party pulls the job, begins it otherwise, or is called."""
        component = self.names.component(party.hand.component)
        if party.hand.pulls:
            return Hop(component, Verb.CONSUMES, QUEUE, UNCHANGED)
        if root == party.hand.component:
            return Hop(component, Verb.READS, STUB, UNCHANGED)
        return Hop(self.names.component(root) if root else "client", Verb.CALLS, component, UNCHANGED)

    def _by_client(self, name: str, verb: Verb, contract: Contract) -> Request:
        store = self.names.store(contract)
        return Request(f"{name} {store}", (Hop("client", verb, *store),))

    def _is_queue(self, contract: Contract) -> bool:
        return self.plan.deployment.components[contract.provider].kind is Kind.BROKER
