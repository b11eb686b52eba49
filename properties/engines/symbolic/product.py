"""What a request can meet in a deployment: the states of their product, as sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from ....model.compiler.causes import PipelineCause
from ....model.compiler.compile import Compiled
from ....model.compiler.system import EventKind
from ....model.names import REQUEST
from ...lookups.listing import list_lookups
from ...lookups.lookup import Lookup, MixedPair
from .encoding import Bits, Encoding, Manager
from .grades import compute_grades, sort_events
from .layers import list_layers
from .library import Bdd
from .limits import Watch
from .shortest import Rings
from .steps import SymbolicStep, backward_closure, build_step, closure, preimage

FEW_LAYERS = 16
"""A layer costs a look at every heavier event; with so many they are no cheap way to all states."""


class ReachableLookup(Struct, frozen=True):
    """A lookup with the reachable states in which it is made."""

    lookup: Lookup
    states: Bdd


class Product:
    """A deployment with one request under watch."""

    def __init__(self, compiled: Compiled, manager: Manager, watch: Watch) -> None:
        self.compiled = compiled
        self.encoding = Encoding(compiled.system, manager)
        self._watch = watch
        events = sort_events(compiled.system, compute_grades(compiled.system))
        self._steps = [build_step(self.encoding, event) for event in events]
        self._start = self.encoding.state(compiled.system.initial)

    @cached_property
    def rings(self) -> Rings:
        return Rings.of(self.encoding, self._watch)

    @cached_property
    def reached(self) -> Bdd:
        """All reachable states: by layers, which stories want later; if they are many, no further."""
        found, are_all = self.rings.first(FEW_LAYERS)
        return found if are_all else closure(self.encoding, found, self._steps, self._watch)

    @property
    def states(self) -> int:
        return self.encoding.count(self.reached)

    @property
    def transitions(self) -> int:
        return sum(self.encoding.count(self.reached & taken.guard) for taken in self._steps)

    @cached_property
    def met(self) -> list[ReachableLookup]:
        """The lookups of broken and of mixed pairs that are made in some reachable state."""
        told = [lookup for lookup in list_lookups(self.compiled) if lookup.is_broken or lookup.is_mixed]
        every = (
            ReachableLookup(lookup, self.reached & self.encoding.states(lookup.guard)) for lookup in told
        )
        return [met for met in every if met.states != self.encoding.false]

    @property
    def mixed(self) -> frozenset[MixedPair]:
        """The pairs of two different versions that are met."""
        assert self.compiled.walker is not None
        hops = self.compiled.walker.request.hops
        found = (met.lookup.mixed_at(hops[met.lookup.hop - 1].contract) for met in self.met)
        return frozenset(pair for pair in found if pair is not None)

    def spans(self, goals: Sequence[Bdd]) -> list[int]:
        """For each set of reachable states the fewest steps that begin while the request is in flight on
        the way to one of them."""
        unsettled, found = dict(enumerate(goals)), [0] * len(goals)
        false = self.encoding.false

        def settles_all(layer: Bdd) -> bool:
            return all(goal & layer != false for goal in unsettled.values())

        if goals:
            every = list_layers(self.encoding, self._start, list(self._begun()), self._watch, settles_all)
            for depth, layer in enumerate(every):
                for number in [n for n, goal in unsettled.items() if goal & layer != false]:
                    found[number] = depth
                    del unsettled[number]
                if not unsettled:
                    break
        return found

    def _begun(self) -> Iterator[SymbolicStep]:
        """The steps, those that begin a step of the pipeline while the request is in flight at weight 1."""
        last = max(self.encoding.ranks[REQUEST].values())
        in_flight = self.encoding.of_ranks(REQUEST, range(1, last))
        for taken in self._steps:
            event = taken.event
            if isinstance(event.cause, PipelineCause) and event.cause.there.enters:
                yield build_step(self.encoding, event, guard=taken.guard & ~in_flight)
                yield build_step(self.encoding, event, guard=taken.guard & in_flight, weight=1)
            else:
                yield taken

    def find_leading_to(self, goal: Bdd, within: Bdd) -> Bdd:
        """The states of `within` from which some run leads to `goal` without leaving it."""
        return backward_closure(self.encoding, goal, self._steps, within, self._watch)

    def hit(self, states: Bdd) -> Bdd:
        """The states of the deployment alone in which a request that comes just then and is served at
        once meets one of `states`; over the deployment's own variables."""
        hops = [taken for taken in reversed(self._steps) if taken.event.kind is EventKind.HOP]
        met, before = states, self.encoding.false
        while met != before:
            before = met
            for taken in hops:
                met |= preimage(self.encoding, met, taken)
        walkers = self.compiled.system.variables[self.compiled.own_variables :]
        at_rest: Bits = {}
        for variable in walkers:
            rank = self.encoding.ranks[variable.key][variable.initial]
            at_rest |= self.encoding.manager.assignment(variable.key, rank)
        return self.encoding.manager.given(at_rest, met)
