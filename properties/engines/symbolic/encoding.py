"""Finite-domain variables as bits of one manager of decision diagrams.

A variable of n values has ceil(log2 n) bits, the most significant first; a value's code is its
rank in the domain. Bits have neutral names, so nothing that a file contains reaches the library.
Codes beyond the last rank mean nothing. Sets of reached states hold none: the initial state has
none, and effects assign ranks. Guards and preimages may; they are met with reached states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import accumulate

from ....model.compiler.compile import Placement
from ....model.compiler.system import Condition, Event, Guard, State, System, Value
from ....model.names import VariableKey, VariableKind
from .library import Bdd, Diagrams

Bits = dict[str, bool]
"""An assignment to some bits, by name."""


class Manager:
    """The bits of every variable of the systems that share a manager.

    `sizes` maps variables to the size of their domain, in the order of the diagrams from the top.
    One operation on diagrams can take all the memory there is before anyone looks: the library stops
    at `max_memory_mib` itself (`limits.limit_memory`).
    """

    def __init__(self, sizes: Mapping[VariableKey, int], max_memory_mib: int | None = None) -> None:
        self.diagrams = Diagrams(max_memory_mib)
        self.bits: dict[VariableKey, tuple[str, ...]] = {}
        for number, (key, size) in enumerate(sizes.items()):
            self.bits[key] = tuple(f"v{number}b{bit}" for bit in range((size - 1).bit_length()))
            self.diagrams.declare(*self.bits[key])
        self._cubes: dict[tuple[VariableKey, int], Bdd] = {}

    def assignment(self, key: VariableKey, rank: int) -> Bits:
        """The bits that say: the variable has the value of this rank."""
        bits = self.bits[key]
        return {bit: bool(rank >> place & 1) for place, bit in enumerate(reversed(bits))}

    def cube(self, key: VariableKey, rank: int) -> Bdd:
        """The set of states in which the variable has the value of this rank."""
        known = self._cubes.get((key, rank))
        if known is None:
            known = self.diagrams.cube(self.assignment(key, rank))
            self._cubes[key, rank] = known
        return known

    def given(self, bits: Bits, states: Bdd) -> Bdd:
        """The set as it is where the bits are as assigned; it says nothing of them any more."""
        return self.diagrams.given(bits, states) if bits else states


class Encoding:
    """One system over the bits of a manager."""

    def __init__(self, system: System, manager: Manager) -> None:
        self.system, self.manager = system, manager
        self.ranks: dict[VariableKey, dict[Value, int]] = {
            v.key: {value: rank for rank, value in enumerate(v.domain)} for v in system.variables
        }
        self.bits = tuple(bit for v in system.variables for bit in manager.bits[v.key])
        self.false, self.true = manager.diagrams.false, manager.diagrams.true
        self._sets: dict[tuple[VariableKey, frozenset[Value]], Bdd] = {}

    def states(self, guard: Guard | None) -> Bdd:
        """The set of states in which the guard holds; None holds nowhere."""
        if guard is None:
            return self.false
        found = self.true
        for key, allowed in guard.items():
            found &= self.among(key, allowed)
        return found

    def satisfying(self, condition: Condition) -> Bdd:
        """The states in which one of the guards holds."""
        return self.any(self.states(guard) for guard in condition)

    def any(self, sets: Iterable[Bdd]) -> Bdd:
        """The states of all the sets."""
        found = self.false
        for states in sets:
            found |= states
        return found

    def all(self, sets: Iterable[Bdd]) -> Bdd:
        """The states that are in each of the sets."""
        found = self.true
        for states in sets:
            found &= states
        return found

    def among(self, key: VariableKey, allowed: frozenset[Value]) -> Bdd:
        """The states in which the variable has one of the values; true if that is all of them."""
        known = self._sets.get((key, allowed))
        if known is None:
            ranks = [rank for value, rank in self.ranks[key].items() if value in allowed]
            known = self.true if len(ranks) == len(self.ranks[key]) else self.of_ranks(key, ranks)
            self._sets[key, allowed] = known
        return known

    def of_ranks(self, key: VariableKey, ranks: Iterable[int]) -> Bdd:
        return self.any(self.manager.cube(key, rank) for rank in ranks)

    def effect(self, event: Event) -> Bits:
        """What the event assigns, bit by bit."""
        into: Bits = {}
        for key, value in event.effect.items():
            into |= self.manager.assignment(key, self.ranks[key][value])
        return into

    def assignment(self, state: State) -> Bits:
        bits: Bits = {}
        for variable, rank in zip(self.system.variables, state, strict=True):
            bits |= self.manager.assignment(variable.key, rank)
        return bits

    def state(self, state: State) -> Bdd:
        """The set that holds just this state."""
        return self.manager.diagrams.cube(self.assignment(state))

    def any_of(self, states: Bdd) -> State:
        """Some state of a set that has one; the same one each time."""
        picked = self.manager.diagrams.pick(states, self.bits)
        return tuple(
            sum(picked[bit] << place for place, bit in enumerate(reversed(self.manager.bits[v.key])))
            for v in self.system.variables
        )

    def positions(self, states: Bdd) -> frozenset[int]:
        """The positions (by index) at which some pipeline stands in some of the states."""
        return frozenset(
            first + rank
            for key, first in self._pipelines.items()
            for rank in self.ranks[key].values()
            if states & self.manager.cube(key, rank) != self.false
        )

    def places(self, states: Bdd) -> Iterator[Placement]:
        """Where the pipelines stand together in some of the states."""
        found: list[tuple[Placement, Bdd]] = [((), states)]
        for key, first in self._pipelines.items():
            found = [
                ((*place, first + rank), left)
                for place, some in found
                for rank in self.ranks[key].values()
                if (left := some & self.manager.cube(key, rank)) != self.false
            ]
        return (place for place, _ in found)

    @cached_property
    def _pipelines(self) -> dict[VariableKey, int]:
        """Each pipeline's variable, with the index of its first position."""
        keys = [key for key in self.ranks if key.kind is VariableKind.PIPELINE]
        firsts = accumulate((len(self.ranks[key]) for key in keys), initial=0)
        return dict(zip(keys, firsts, strict=False))

    def count(self, states: Bdd) -> int:
        """How many states the set has (to the nearest float beyond 2**53)."""
        return self.manager.diagrams.count(states, len(self.bits))
