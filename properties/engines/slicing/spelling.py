"""Parts that are alike but for their names: what one does not meet no other meets, and what one meets each
meets, in the same words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from ....model.compiler.advances import EventList, split_events
from ....model.compiler.compile import Compiled
from ....model.compiler.system import Effect, Guard, System
from ...lookups.listing import list_lookups
from ...lookups.lookup import Lookup, MixedPair


class Spelling(Struct, frozen=True):
    """A system with its request, spelled by numbers: `key` is equal for those that differ in names alone, and
    `pairs` are, in the same order for all of these, the pairs of two versions that lookups meet."""

    key: Hashable
    pairs: tuple[MixedPair | None, ...]
    lookups: tuple[Lookup, ...]
    """In the same order."""

    def translate(self, other: Spelling, met: Iterable[MixedPair]) -> frozenset[MixedPair]:
        """What is met here of what the other one, which is alike, meets."""
        known = frozenset(met)
        both = zip(other.pairs, self.pairs, strict=True)
        return frozenset(own for its, own in both if its in known and own is not None)


def spell(compiled: Compiled) -> Spelling:
    """The spelling of a system with a request under watch."""
    return _spell(compiled, *spell_system(compiled.system))


def spell_loosely(compiled: Compiled) -> Spelling:
    """One that is equal also for those that have their variables and events in another order, and other units
    of fairness: enough where nothing but what can be met is asked. First come the variables of hops."""
    every = split_events(compiled.system)
    named = dict.fromkeys(key for event in every.others if event.hop for key in (*event.guard, *event.effect))
    variables = {variable.key: variable for variable in compiled.system.variables}
    ordered = System(tuple(variables[key] for key in {**named, **variables}), compiled.system.events)
    events = Counter(_spell_events(ordered, lambda _: None))
    return _spell(replace(compiled, system=ordered), _spell_variables(ordered), frozenset(events.items()))


def _spell(compiled: Compiled, *spelled: Hashable) -> Spelling:
    assert compiled.walker is not None
    hops, system = compiled.walker.request.hops, compiled.system
    contracts = {contract: number for number, contract in enumerate(dict.fromkeys(h.contract for h in hops))}
    lookups = tuple(list_lookups(compiled))
    pairs = tuple(one.mixed_at(hops[one.hop - 1].contract) for one in lookups)
    key = (
        *spelled,
        tuple(contracts[hop.contract] for hop in hops),
        tuple(
            (*(one.hop, one.kind, one.aspect, one.consumer_version, one.provider_version, one.is_broken),
             tuple(sorted(system.test(one.guard))), pair is None)
            for one, pair in zip(lookups, pairs, strict=True)
        ),
    )  # fmt: skip
    return Spelling(key, pairs, lookups)


def spell_ends(compiled: Compiled) -> Hashable:
    """When the deployment is complete, by the same numbers as a system."""
    return frozenset(frozenset(compiled.system.test(end)) for end in compiled.complete())


def spell_system(system: System) -> tuple[Hashable, Hashable]:
    """A system by numbers: equal for those that differ in names alone."""
    groups: dict[Hashable, int] = {}
    events = _spell_events(system, lambda group: groups.setdefault(group, len(groups)))
    return _spell_variables(system), tuple(events)


def _spell_variables(system: System) -> Hashable:
    return tuple((len(one.domain), one.domain.index(one.initial)) for one in system.variables)


def _spell_events(system: System, number: Callable[[Hashable], int | None]) -> Iterator[Hashable]:
    """The events; `number` tells the units of fairness."""
    rank = [{value: number for number, value in enumerate(one.domain)} for one in system.variables]

    def spell_outcome(guard: Guard, effect: Effect) -> tuple[Hashable, Hashable]:
        changed = sorted((at := system.index(key), rank[at][value]) for key, value in effect.items())
        return tuple(sorted(system.test(guard))), tuple(changed)

    def spell_group(group: Hashable) -> int | None:
        return None if group is None else number(group)

    events = system.events
    for event in events.single if isinstance(events, EventList) else events:
        yield event.kind, event.hop, *spell_outcome(event.guard, event.effect), spell_group(event.group)
    for way in events.joint if isinstance(events, EventList) else ():
        choices = tuple(tuple(spell_outcome(*one) for one in choice) for choice in way.choices)
        yield *spell_outcome(way.guard, way.effect), choices, spell_group(way.group)
