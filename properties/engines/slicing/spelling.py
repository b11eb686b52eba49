"""Parts that are alike but for their names: what one does not meet no other meets."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from msgspec import Struct

from ....model.compiler.advances import EventList
from ....model.compiler.compile import Compiled
from ....model.compiler.system import Effect, Guard, System
from ...lookups.listing import list_lookups
from ...lookups.lookup import MixedPair


class Spelling(Struct, frozen=True):
    """A system with its request, spelled by numbers: `key` is equal for those that differ in names alone, and
    `pairs` are, in the same order for all of these, the pairs of two versions that lookups meet."""

    key: Hashable
    pairs: tuple[MixedPair | None, ...]

    def translate(self, other: Spelling, met: Iterable[MixedPair]) -> frozenset[MixedPair]:
        """What is met here of what the other one, which is alike, meets."""
        known = frozenset(met)
        both = zip(other.pairs, self.pairs, strict=True)
        return frozenset(own for its, own in both if its in known and own is not None)


def spell(compiled: Compiled) -> Spelling:
    """The spelling of a system with a request under watch."""
    assert compiled.walker is not None
    hops, system = compiled.walker.request.hops, compiled.system
    contracts = {contract: number for number, contract in enumerate(dict.fromkeys(h.contract for h in hops))}
    lookups = list(list_lookups(compiled))
    pairs = tuple(one.mixed_at(hops[one.hop - 1].contract) for one in lookups)
    key = (
        *spell_system(system),
        tuple(contracts[hop.contract] for hop in hops),
        tuple(
            (*(one.hop, one.kind, one.aspect, one.consumer_version, one.provider_version, one.is_broken),
             system.test(one.guard), pair is None)
            for one, pair in zip(lookups, pairs, strict=True)
        ),
    )  # fmt: skip
    return Spelling(key, pairs)


def spell_system(system: System) -> tuple[Hashable, Hashable]:
    """A system by numbers: equal for those that differ in names alone."""
    variables = tuple((len(one.domain), one.domain.index(one.initial)) for one in system.variables)
    return variables, tuple(_spell_events(system))


def _spell_events(system: System) -> Iterable[Hashable]:
    groups: dict[Hashable, int] = {}
    rank = [{value: number for number, value in enumerate(one.domain)} for one in system.variables]

    def spell_outcome(guard: Guard, effect: Effect) -> tuple[Hashable, Hashable]:
        changed = tuple((at := system.index(key), rank[at][value]) for key, value in effect.items())
        return system.test(guard), changed

    def number(group: Hashable) -> int | None:
        return None if group is None else groups.setdefault(group, len(groups))

    events = system.events
    for event in events.single if isinstance(events, EventList) else events:
        yield event.kind, event.hop, *spell_outcome(event.guard, event.effect), number(event.group)
    for way in events.joint if isinstance(events, EventList) else ():
        choices = tuple(tuple(spell_outcome(*one) for one in choice) for choice in way.choices)
        yield *spell_outcome(way.guard, way.effect), choices, number(way.group)
