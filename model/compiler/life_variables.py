"""A machine as a variable: its state and, where a move on it can end and be undone, the moves that ended.

An `await` is over when the moves have ended, whatever writers did since (DESIGN 2). Both stand in one
variable because "ended, or nothing to do" must be one conjunct.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, cached_property
from typing import NamedTuple, assert_never

from msgspec import Struct

from ..deployment import Instruction
from ..machines import machine as machines
from ..machines.machine import Life, Machine
from ..names import VariableKey, VariableKind
from .moves import Move
from .system import Guard, Variable


class Standing(NamedTuple):
    """A value: the state of a machine, and the numbers of the moves on it that have ended."""

    state: str
    ended: frozenset[int] = frozenset()


class LifeVariable(Struct, frozen=True, dict=True):
    """A variable with its machine. `subject` is what a story calls it."""

    key: VariableKey
    subject: str
    machine: Machine
    life: Life
    domain: tuple[Standing, ...]
    start: str

    def in_states(self, states: Iterable[str]) -> Guard:
        """The guard that the machine is in one of the states."""
        wanted = frozenset(states)
        return {self.key: frozenset(value for value in self.domain if value.state in wanted)}

    def out_of_states(self, states: Iterable[str]) -> Guard:
        """The guard that the machine is in none of the states."""
        left = frozenset(states)
        return {self.key: frozenset(value for value in self.domain if value.state not in left)}

    def where(self, holds: Callable[[Standing], bool]) -> Guard:
        return {self.key: frozenset(filter(holds, self.domain))}

    @cached_property
    def values(self) -> frozenset[Standing]:
        """The domain, to look a value up in: a roll-out of many instances has many."""
        return frozenset(self.domain)

    @property
    def is_tracked(self) -> bool:
        """Whether it is remembered which moves on it have ended."""
        return any(value.ended for value in self.domain)

    @cached_property
    def variable(self) -> Variable:
        return Variable(self.key, self.domain, Standing(self.start))


@cache
def list_standings(machine: Machine, ended: tuple[frozenset[int], ...]) -> tuple[Standing, ...]:
    """Each state with each of the sets of moves that can have ended.

    Shared by the components that live alike: a thousand of them may have hundreds of states each.
    """
    return tuple(Standing(state, numbers) for state in machines.read(machine).states for numbers in ended)


def find_variable(move: Move) -> VariableKey:
    """The variable that the move is on, if the deployment has it."""
    return VariableKey(_kind_of(move.instruction), move.subject)


def _kind_of(instruction: Instruction) -> VariableKind:
    match instruction:
        case Instruction.DEPLOY | Instruction.ROLLBACK | Instruction.PROMOTE | Instruction.SCALE:
            return VariableKind.INSTANCES
        case Instruction.MIGRATE | Instruction.RECONFIGURE | Instruction.REVERT:
            return VariableKind.SCHEMA
        case Instruction.SUSPEND | Instruction.RESUME:
            return VariableKind.JOBS
        case Instruction.ENABLE | Instruction.DISABLE:
            return VariableKind.FLAG
        case Instruction.SYNC | Instruction.BACKFILL | Instruction.PURGE | Instruction.DRAIN:
            return VariableKind.CONTENT
        case Instruction.EXPIRE:
            return VariableKind.CONTENT
        case Instruction.AWAIT:
            raise AssertionError("an await moves nothing")
        case _:
            assert_never(instruction)
