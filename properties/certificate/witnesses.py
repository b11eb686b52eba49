"""What runs of a deployment show of its states: who stood where, so that what is declared could have been
met."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct

from ...model.compiler.compile import Compiled
from ...model.compiler.system import Condition, Guard, State, Value
from ...model.compiler.variables import Vocabulary
from ...model.names import VariableKey
from .rules import CertificateRefusedError

Run = Sequence[int]
"""Events, by their numbers in the system, one after the other from the initial state."""


class Witnesses(Struct, frozen=True, dict=True):
    """The states of some runs of the deployment alone; answers as `coverage.occurrences.Placing` asks.

    What no run shows is taken never to be. That errs on the safe side: a cell of a declaration of which a
    side is taken to be missing is held apart if it is there after all, and counts for no less then.
    """

    compiled: Compiled
    states: tuple[State, ...]

    @property
    def vocabulary(self) -> Vocabulary:
        return self.compiled.vocabulary

    def positions(self, condition: Condition) -> frozenset[int]:
        """The positions of the pipelines at which the condition holds in a state of a run."""
        found = 0
        for guard in condition:
            found |= self.where(guard)
        places = {self.compiled.place(self.states[number]) for number in _list_bits(found)}
        return frozenset().union(*places)

    def can_both_hold(self, first: Condition, second: Condition) -> bool:
        """Whether both hold in a state of a run."""
        return any(self.where(one) & self.where(other) for one in first for other in second)

    def where(self, guard: Guard) -> int:
        """The states in which the guard holds, as bits by their numbers."""
        found = (1 << len(self.states)) - 1
        for key, allowed in guard.items():
            having = self._having[key]
            found &= sum(numbers for value, numbers in having.items() if value in allowed)
        return found

    @cached_property
    def _having(self) -> dict[VariableKey, dict[Value, int]]:
        """For each variable and each value that it has in some state: in which, as bits."""
        found: dict[VariableKey, dict[Value, int]] = {}
        for at, variable in enumerate(self.compiled.system.variables):
            ranks: dict[int, int] = {}
            for number, state in enumerate(self.states):
                ranks[state[at]] = ranks.get(state[at], 0) | 1 << number
            found[variable.key] = {variable.domain[rank]: bits for rank, bits in ranks.items()}
        return found


def replay(compiled: Compiled, runs: Sequence[Run]) -> Witnesses:
    """The states of the runs. Raises `CertificateRefusedError` if one of them is none."""
    system = compiled.system
    states = {system.initial: None}
    for run in runs:
        if not run:
            raise CertificateRefusedError("a run of no events shows nothing")
        state = system.initial
        for number in run:
            if not 0 <= number < len(system.events):
                raise CertificateRefusedError(f"a run: there is no event {number}")
            event = system.events[number]
            if not system.holds(state, event.guard):
                raise CertificateRefusedError(f"a run: `{event.text}` cannot happen")
            state = system.successor(state, event)
            states[state] = None
    return Witnesses(compiled, tuple(states))


def _list_bits(number: int) -> list[int]:
    return [at for at, bit in enumerate(reversed(f"{number:b}")) if bit == "1"]
