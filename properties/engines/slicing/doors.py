"""Whether a request can be kept from what is inevitable by components that are down before it comes there.

A hop that calls a component which may be down is a door. A slice takes the doors before its hop as open, but
for those of components that it keeps: whatever a request meets, it can meet when they are (`cone`). But a run
of the deployment that wants to avoid a hazard may have one of them shut whenever the hazard could strike. It
needs no more than one door for that, which can be shut at all positions at which the hazard strikes; so the
question is asked again in a slice with that one. What it writes on other runs is of no interest: where
contents are plain nobody need write to avoid anything. Who consumes is not spared like that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from msgspec import Struct

from .avoidable import Solved
from .cone import Cone
from .cut import cut
from .presence import DOWN, PlacedPresences
from .profile import Profiles
from .request_walk import Walk
from .slice import Slice
from .solve import HazardPair, SliceHazard
from .solver import Solver

FEW = 2
"""So many doors are tried before all: what can be avoided with them can be avoided. Of components that
restart one can be shut while the other has to be open, because it rolls."""


class Door(Struct, frozen=True):
    """A hop that calls a component, and the positions in question at which that can be down. `is_free`:
    nothing else depends on it."""

    hop: int
    placed: PlacedPresences
    places: frozenset[int]
    is_free: bool


class Doors(Struct, dict=True):
    """Asks for one deployment."""

    profiles: Profiles
    solver: Solver

    def are_in_vain(self, walk: Walk, number: int, part: Slice, key: HazardPair, seen: SliceHazard) -> bool:
        """Whether the hazard, inevitable where all doors before hop `number` are open, is so all the same.
        Raises `LimitError`."""
        struck = [place for stage in seen.struck for place in part.stretches.covers(stage)]
        doors = self._doors(walk, number, struck)
        tried = (frozenset(sorted(doors)[:FEW]), doors) if len(doors) > FEW else (doors,)
        return not doors or all(self._is_in_vain(walk, number, some, key) for some in tried)

    def _is_in_vain(self, walk: Walk, number: int, doors: frozenset[int], key: HazardPair) -> bool:
        """Whether it is inevitable though these doors can be shut."""
        _, solution = self._solve(walk, number, doors)
        again = solution.seen.get(key)
        return not solution.can_complete if again is None else again.inevitable

    def keep_harmless(self, walk: Walk, number: int, most: int | None = None) -> Solved | None:
        """The slice of what a request that is served at once meets at the hop, in which it may find those
        doors shut that are down without a hazard, for all their instances can restart; None where none is
        spared. With `most` it is no more than so many of them. Raises `LimitError`."""
        shut = walk.plan.deployment.can_be_shut
        spared = Cone(walk, number).close().spared()
        doors = [hop for hop in spared if walk.hop(hop).provider in shut]
        return self._solve(walk, number, frozenset(sorted(doors)[:most])) if doors else None

    def _solve(self, walk: Walk, number: int, doors: frozenset[int]) -> Solved:
        part = cut(Cone(walk, number, doors=doors).close(), self.profiles)
        with closing(self.solver.solutions([part])) as solutions:
            return part, next(solutions)

    def _doors(self, walk: Walk, number: int, struck: list[int]) -> frozenset[int]:
        """One that can be shut wherever any can; all, if there is none, or one may be shut while the pipeline
        goes on."""
        found = list(self._that_shut(walk, number, struck))
        where = frozenset().union(*(door.places for door in found))
        if all(door.placed.presences.is_down_in_between for door in found):
            for door in found:
                if door.places == where and door.is_free and door.placed.presences.is_fit(frozenset({DOWN})):
                    return frozenset({door.hop})
        return frozenset(door.hop for door in found)

    def _that_shut(self, walk: Walk, number: int, struck: list[int]) -> Iterator[Door]:
        if not walk.waits or walk.waits[0] >= number:
            return
        cone, plan = Cone(walk, number).close(), walk.plan
        parties = (party for contract in cone.keep.contents for party in plan.parties.get(contract, ()))
        busy = (party for party in parties if party.consumes or not plan.is_plain(party.contract))
        names = {name for party in busy for name in party.components}
        for hop in cone.spared():
            provider = walk.hop(hop).provider
            placed = walk.profiles.writers.placed(provider)
            assert isinstance(placed, PlacedPresences), "doors are asked for line by line"
            places = placed.down_at(struck)
            if places:
                is_free = provider not in names and not walk.is_conditional(hop)
                yield Door(hop, placed, places, is_free)
