"""A quick request in one state of the deployment: how likely it fails, and at what."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction

from msgspec import Struct

from ...model.compiler.causes import HopCause
from ...model.compiler.compile import Compiled
from ...model.compiler.life_variables import Standing
from ...model.compiler.system import Event, EventKind, State, System, passes
from ...model.deployment import Aspect
from ...model.deployment.requests import list_obtained
from ...model.machines.rollouts import Rollout
from ...model.names import REQUEST, Contract, instances_of
from ..lookups.listing import list_lookups
from ..lookups.lookup import HazardKind, Lookup, identify_lookup


class Failing(Struct, frozen=True):
    """The probability that a request fails, and that it meets each hazard, by id, at the hop at which it
    fails."""

    total: Fraction
    by_hazard: dict[str, Fraction]


_FINE = Failing(Fraction(0), {})


class QuickRequest:
    """One request of a deployment; what depends on the same values is computed once. Lookups of what lies at
    a contract of `unknown` are left out, and told in `left_out`."""

    def __init__(self, product: Compiled, unknown: Collection[Contract]) -> None:
        walker = product.walker
        assert walker is not None
        self._product, self._request = product, walker.request
        hops = tuple(event for event in product.system.events if event.kind is EventKind.HOP)
        self._hops = System(product.system.variables, hops)
        self._at = product.system.index(REQUEST)
        self._rest = product.system.initial[product.own_variables :]
        self.lookups: dict[str, Lookup] = {}
        self.left_out: set[Contract] = set()
        self._tests: list[tuple[str, Lookup, tuple[tuple[int, int], ...]]] = []
        for lookup in list_lookups(product):
            if not lookup.is_broken or lookup.kind is HazardKind.INTERRUPTED:
                continue
            unsure = set(self._list_contents(lookup)) & set(unknown)
            self.left_out |= unsure
            if not unsure:
                key = identify_lookup(self._request.name, self._request.hops, lookup)
                self.lookups.setdefault(key, lookup)
                self._tests.append((key, lookup, product.system.test(lookup.guard)))
        asked = {key for event in hops for key in event.guard}
        asked |= {key for _, lookup, _ in self._tests for key in lookup.guard}
        own = product.system.variables[: product.own_variables]
        self._places = [place for place, variable in enumerate(own) if variable.key in asked]
        self._known: dict[tuple[int, ...], Failing] = {}

    def _list_contents(self, lookup: Lookup) -> Iterator[Contract]:
        """The contracts on whose content the lookup depends."""
        if lookup.aspect is Aspect.CONTENT:
            yield self._request.hops[lookup.hop - 1].contract
        elif lookup.aspect is Aspect.TOKEN:
            yield from list_obtained(self._request.hops, lookup.hop)

    def in_state(self, state: State) -> Failing:
        """How likely a request that comes in this state of the deployment fails."""
        same = tuple(state[place] for place in self._places)
        known = self._known.get(same)
        if known is None:
            known = self._known[same] = self._walk((*state, *self._rest))
        return known

    def _walk(self, state: State) -> Failing:
        if state[self._at] == len(self._request.hops):
            return _FINE
        met = [(key, lookup) for key, lookup, test in self._tests if passes(state, test)]
        onward = list(self._hops.successors(state))
        if nobody := {key for key, lookup in met if lookup.kind is HazardKind.UNAVAILABLE}:
            return Failing(Fraction(1), dict.fromkeys(nobody, Fraction(1)))
        weights = [self._weigh(state, event) for event, _ in onward]
        whole = sum(weights, Fraction(0))
        total, by_hazard = Fraction(0), dict[str, Fraction]()
        for (event, there), weight in zip(onward, weights, strict=True):
            share = weight / whole if whole else Fraction(0)
            broken = {key for key, lookup in met if _is_met(lookup, event)}
            if not share:
                continue
            after = Failing(Fraction(1), dict.fromkeys(broken, Fraction(1))) if broken else self._walk(there)
            total += share * after.total
            for key, likely in after.by_hazard.items():
                by_hazard[key] = by_hazard.get(key, Fraction(0)) + share * likely
        return Failing(total, by_hazard)

    def _weigh(self, state: State, event: Event) -> Fraction:
        """How many instances there are of what the hop picks; forms that lie there count alike."""
        cause = event.cause
        if not isinstance(cause, HopCause):
            return Fraction(1)
        weight = Fraction(1)
        if cause.hop.verb.is_call and cause.provider is not None and not cause.hop.to_leader:
            counts = self._fleet(cause.hop.provider).counts[self._name(state, cause.hop.provider)]
            weight *= counts.get(cause.provider, 0)
        root = self._request.root
        if cause.number == 1 and cause.consumer is not None and not cause.hop.by_leader:
            pulls = self._product.vocabulary.deployment.pulls(self._request)
            there = self._fleet(root).there(self._name(state, root), pulled=pulls)
            weight *= there.get(cause.consumer, 0)
        return weight

    def _fleet(self, name: str) -> Rollout:
        return self._product.vocabulary.rollouts[name]

    def _name(self, state: State, name: str) -> str:
        value = self._product.system.value(state, instances_of(name))
        assert isinstance(value, Standing)
        return value.state


def _is_met(lookup: Lookup, event: Event) -> bool:
    """Whether the hop, as it goes on by this event, makes the lookup."""
    cause = event.cause
    if not isinstance(cause, HopCause):
        return False
    if lookup.aspect is Aspect.CONTENT and cause.provider != lookup.provider_version:
        return False
    is_callee = lookup.callee is None or cause.provider == lookup.callee
    return is_callee and (None in (lookup.instance, cause.consumer) or lookup.instance == cause.consumer)
