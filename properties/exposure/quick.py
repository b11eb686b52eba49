"""A quick request in one state of the deployment: how likely it fails, and at what."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from functools import cached_property

from msgspec import Struct, structs

from ...model.compiler.causes import HopCause
from ...model.compiler.hops import build_events_past
from ...model.compiler.life_variables import Standing
from ...model.compiler.system import Event, State, System, Test, Value, passes
from ...model.compiler.variables import Vocabulary
from ...model.compiler.walker import Walker
from ...model.deployment import Aspect, Request, Verb
from ...model.deployment.requests import list_obtained
from ...model.machines.rollouts import Rollout
from ...model.names import REQUEST, Contract, VariableKey, content_of, instances_of
from ..lookups.listing import list_hop_lookups
from ..lookups.lookup import HazardKind, Lookup, identify_lookup


class Failing(Struct, frozen=True):
    """The probability that a request fails, and that it meets each hazard, by id, at the hop at which it
    fails."""

    total: Fraction
    by_hazard: dict[str, Fraction]


FAILS = ""
"""Under this name stands that a request fails, at whatever hazard."""

_FINE = Failing(Fraction(0), {})


Update = tuple[tuple[int, int], ...]
"""Places of a state with the ranks that they get."""


class HopTaken(Struct, frozen=True):
    """How a hop turns out: what fails at it, and what is different behind it else, with the probability of
    each."""

    failing: Failing
    onward: tuple[tuple[Fraction, Update], ...]


class QuickRequest:
    """One request of a deployment; what depends on the same values is computed once. Lookups of what lies at
    a contract of `unknown` are left out, and told in `left_out`.

    The moves of the deployment are of no interest here: only the request's own hops are compiled. With
    `every_hop` nothing is forgotten on the way, for who moves the deployment between the hops."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        request: Request,
        unknown: Collection[Contract],
        *,
        every_hop: bool = False,
    ) -> None:
        self._every_hop = every_hop
        self._walker = Walker(vocabulary, request)
        self.request, self._vocabulary = request, vocabulary
        own = tuple(life.variable for life in vocabulary.lives.values())
        self._variables = (*own, *self._walker.variables())
        self._whole = System(self._variables, ())
        self._at = self._whole.index(REQUEST)
        self.rest: State = self._whole.initial[len(own) :]
        """What the request remembers before its first hop."""
        self.lookups: dict[str, Lookup] = {}
        self.left_out: set[Contract] = set()
        self._unknown = frozenset(unknown)
        self._tests = [list(self._list_broken(number)) for number in range(1, len(request.hops) + 1)]
        failing = (number for number, tests in enumerate(self._tests, 1) if tests)
        self.length = len(request.hops) if every_hop else max(failing, default=0)
        """So many hops are of interest: none fails behind them."""
        self._known: dict[tuple[int, ...], Failing] = {}
        self._taken: dict[tuple[int, tuple[int, ...]], HopTaken] = {}

    def _list_broken(self, number: int) -> Iterator[tuple[str, Lookup, Test]]:
        for lookup in list_hop_lookups(self._vocabulary, self._walker, number):
            if not lookup.is_broken:
                continue
            if unsure := self._unknown.intersection(self._list_contents(lookup)):
                self.left_out |= unsure
                continue
            key = identify_lookup(self.request.name, self.request.hops, lookup)
            self.lookups.setdefault(key, lookup)
            yield key, lookup, self._whole.test(lookup.guard)

    @cached_property
    def _hops(self) -> list[System]:
        """The events of each hop that is of interest, for each caller that makes a difference."""
        return [System(self._variables, self._list_ways(number)) for number in range(self.length)]

    def _list_ways(self, number: int) -> tuple[Event, ...]:
        events = list(build_events_past(self._walker, number + 1))
        if number and not self._every_hop:  # at the first hop the caller is picked
            tested = {key for _, lookup, _ in self._tests[number] for key in lookup.guard}
            for key in self._remembered - tested - {REQUEST}:
                events = _forget(events, key)
        return tuple(events)

    @cached_property
    def _remembered(self) -> frozenset[VariableKey]:
        return frozenset(variable.key for variable in self._walker.variables())

    @cached_property
    def needs(self) -> list[frozenset[int]]:
        """The places at which each hop looks, of the deployment and of the request, weights included; none
        where nothing can fail and nothing that it does is of interest to a later one."""
        return [needed for needed, _ in self._looks][:-1]

    @cached_property
    def later(self) -> list[frozenset[int]]:
        """For each hop the places at which it, or one behind it, looks; behind the last one nothing."""
        return [later for _, later in self._looks]

    @cached_property
    def _looks(self) -> list[tuple[frozenset[int], frozenset[int]]]:
        found = [(frozenset[int](), frozenset[int]())]
        for number in reversed(range(self.length)):
            behind = found[-1][1]
            needed = self._list_needed(number) if self._matters(number, behind) else frozenset[int]()
            found.append((needed, behind | needed))
        return found[::-1]

    def _matters(self, number: int, behind: frozenset[int]) -> bool:
        """Whether a hop (from 0) can fail or wait, or changes what is looked at behind it."""
        if self._every_hop or self._tests[number] or self.request.hops[number].verb is Verb.CONSUMES:
            return True
        changed = {key for event in self._hops[number].events for key in event.effect} - {REQUEST}
        return not behind.isdisjoint(map(self._whole.index, changed))

    def _list_needed(self, number: int) -> frozenset[int]:
        asked = {key for event in self._hops[number].events for key in event.guard}
        asked |= {key for _, lookup, _ in self._tests[number] for key in lookup.guard}
        hop = self.request.hops[number]
        asked |= {instances_of(hop.provider)} if hop.verb.is_call else set()
        if not number and self.request.root in self._vocabulary.rollouts:
            asked.add(instances_of(self.request.root))
        return frozenset(map(self._whole.index, asked))

    def _list_contents(self, lookup: Lookup) -> Iterator[Contract]:
        """The contracts on whose content the lookup depends."""
        if lookup.aspect is Aspect.CONTENT:
            yield self.request.hops[lookup.hop - 1].contract
        elif lookup.aspect is Aspect.TOKEN:
            yield from list_obtained(self.request.hops, lookup.hop)

    def stand(self, number: int, state: State, update: Update) -> State:
        """The state in which it has run so many hops, the last of them with this update."""
        values = list(state)
        for place, rank in ((self._at, number), *update):
            values[place] = rank
        return tuple(values)

    def count_hops(self, state: State) -> int:
        """How many hops it has run."""
        return state[self._at]

    def in_state(self, state: State) -> Failing:
        """How likely a request that comes in this state of the deployment fails."""
        same = tuple(state[place] for place in self._seen if place < len(state))
        known = self._known.get(same)
        if known is None:
            known = self._known[same] = self._walk((*state, *self.rest))
        return known

    @cached_property
    def _seen(self) -> list[int]:
        return sorted(self.later[0])

    def _walk(self, first: State) -> Failing:
        total, by_hazard = Fraction(0), dict[str, Fraction]()
        standing = {first: Fraction(1)}
        for number in range(self.length):
            onward: dict[State, Fraction] = {}
            for state, mass in standing.items():
                taken = self.take_hop(number, state)
                total += mass * taken.failing.total
                for key, likely in taken.failing.by_hazard.items():
                    by_hazard[key] = by_hazard.get(key, Fraction(0)) + mass * likely
                for share, update in taken.onward:
                    there = self.move_on(number, state, update, first)
                    onward[there] = onward.get(there, Fraction(0)) + mass * share
            standing = onward
        return Failing(total, by_hazard)

    def move_on(self, number: int, state: State, update: Update, first: State) -> State:
        """The state behind hop `number` (from 0); what no hop looks at any more is as it was at first."""
        values = list(first)
        for place in self.later[number + 1]:
            values[place] = state[place]
        for place, rank in update:
            if place in self.later[number + 1]:
                values[place] = rank
        return tuple(values)

    def take_hop(self, number: int, state: State) -> HopTaken:
        """Hop `number` (from 0), one of those of interest, in a state of the deployment and the request."""
        same = number, tuple(state[place] for place in self._looked_at[number])
        known = self._taken.get(same)
        if known is None:
            known = self._taken[same] = self._find_taken(number, state)
        return known

    @cached_property
    def _looked_at(self) -> list[list[int]]:
        return [sorted(needed - {self._at}) for needed in self.needs]

    def _find_taken(self, number: int, state: State) -> HopTaken:
        if not self.needs[number]:
            return HopTaken(_FINE, ((Fraction(1), ()),))
        here = (*state[: self._at], number, *state[self._at + 1 :])
        met = [(key, lookup) for key, lookup, test in self._tests[number] if passes(here, test)]
        if nobody := {key for key, lookup in met if lookup.kind is HazardKind.UNAVAILABLE}:
            return HopTaken(Failing(Fraction(1), dict.fromkeys(nobody, Fraction(1))), ())
        ways = [(event, self._weigh(here, event)) for event, _ in self._hops[number].successors(here)]
        whole = sum((weight for _, weight in ways), Fraction(0))
        total, by_hazard = Fraction(0), dict[str, Fraction]()
        onward: dict[Update, Fraction] = {}
        for event, weight in ways:
            if not weight:
                continue
            share = weight / whole
            chances = self._list_chances(here, event, met)
            lost = min(Fraction(1), sum(chances.values(), Fraction(0)))
            for keys, chance in chances.items():
                for key in keys:
                    by_hazard[key] = by_hazard.get(key, Fraction(0)) + share * chance
            total += share * lost
            if lost < 1:
                update = self._list_updates(event)
                onward[update] = onward.get(update, Fraction(0)) + share * (1 - lost)
        return HopTaken(Failing(total, by_hazard), tuple((share, update) for update, share in onward.items()))

    def _list_chances(
        self, state: State, event: Event, met: Sequence[tuple[str, Lookup]]
    ) -> dict[frozenset[str], Fraction]:
        """At which hazards the hop fails together, if it goes on by this event, and how likely: surely, or
        (of a read that leaves open what it finds) by each of the forms that lie there alike."""
        surely = frozenset(key for key, lookup in met if _is_met(lookup, event))
        if surely:
            return {surely: Fraction(1)}
        cause = event.cause
        if not isinstance(cause, HopCause) or cause.hop.verb.is_call or cause.provider is not None:
            return {}
        by_form: dict[str | None, set[str]] = {}
        for key, lookup in met:
            if lookup.aspect is Aspect.CONTENT and lookup.instance in (None, cause.consumer):
                by_form.setdefault(lookup.provider_version, set()).add(key)
        if not by_form:
            return {}
        lying = self._count_forms(state, cause.hop.contract)
        chances: dict[frozenset[str], Fraction] = {}
        for keys in map(frozenset, by_form.values()):
            chances[keys] = chances.get(keys, Fraction(0)) + Fraction(1, lying)
        return chances

    def _count_forms(self, state: State, contract: Contract) -> int:
        value = self._whole.value(state, content_of(contract))
        assert isinstance(value, Standing)
        return len(self._vocabulary.forms.held[value.state])

    def _list_updates(self, event: Event) -> Update:
        changed = ((self._whole.index(key), value) for key, value in event.effect.items())
        ranks = ((place, self._variables[place].domain.index(value)) for place, value in changed)
        return tuple(sorted(pair for pair in ranks if pair[0] != self._at))

    def _weigh(self, state: State, event: Event) -> Fraction:
        """How many instances there are of what the hop picks; forms that lie there count alike."""
        cause = event.cause
        if not isinstance(cause, HopCause):
            return Fraction(1)
        weight = Fraction(1)
        if cause.hop.verb.is_call and cause.provider is not None and not cause.hop.to_leader:
            counts = self._fleet(cause.hop.provider).counts[self._name(state, cause.hop.provider)]
            weight *= counts.get(cause.provider, 0)
        root = self.request.root
        if cause.number == 1 and cause.consumer is not None and not cause.hop.by_leader:
            pulls = self._vocabulary.deployment.pulls(self.request)
            there = self._fleet(root).there(self._name(state, root), pulled=pulls)
            weight *= there.get(cause.consumer, 0)
        return weight

    def _fleet(self, name: str) -> Rollout:
        return self._vocabulary.rollouts[name]

    def _name(self, state: State, name: str) -> str:
        value = self._whole.value(state, instances_of(name))
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


def _forget(events: Sequence[Event], key: VariableKey) -> list[Event]:
    """The events without the variable, if there are the same for each of its values that any asks for."""
    ways: dict[Value, dict[object, Event]] = {}
    values = {value for event in events for value in event.guard.get(key, ())}
    for event in events:
        guard = {other: allowed for other, allowed in event.guard.items() if other is not key}
        provider = event.cause.provider if isinstance(event.cause, HopCause) else None
        same = frozenset(guard.items()), frozenset(event.effect.items()), type(event.cause), provider
        for value in event.guard.get(key, values):
            ways.setdefault(value, {})[same] = structs.replace(event, guard=guard)
    kinds = {frozenset(one) for one in ways.values()}
    return list(next(iter(ways.values())).values()) if len(kinds) == 1 else list(events)
