"""The one door to `oxidd`: binary decision diagrams with complement edges (Husung, Dubslaff, Hermanns, Köhl,
"OxiDD: A Safe, Concurrent, Modular, and Performant Decision Diagram Framework in Rust", TACAS 2024).

It was taken in place of CUDD under `dd` because it has wheels wherever Python has: Linux, macOS and Windows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any, TypeAlias

from ..protocol import EngineUnavailableError

if TYPE_CHECKING:
    from oxidd.bcdd import BCDDFunction

Bdd: TypeAlias = "BCDDFunction"
"""A set of states; `&`, `|`, `~` and `==` cost no more than they must."""

NODE_BYTES = 64
"""What a node may take with its place in the library's tables: some 40 were measured, and what is dead stays
until nine tenths of the nodes are there."""

MOST_NODES = 2**30
CACHED_OPERATIONS = 2**16
"""Entries in the cache of operations: it is filled with zeros at the start, in a millisecond."""

FIRST_TIDIED = 2**20
"""Dead nodes are kept, so that they can come alive again, until there are as many as this."""


class Diagrams:
    """Sets of assignments to bits, under one order of the bits.

    The order is ours: sifting costs more than it saves. An operation that finds more nodes than
    `max_memory_mib` has room for raises `MemoryError`.
    """

    def __init__(self, max_memory_mib: int | None = None) -> None:
        bcdd, operator = import_oxidd()
        room = MOST_NODES if max_memory_mib is None else max_memory_mib * 2**20 // NODE_BYTES
        self._manager = bcdd.BCDDManager(min(room, MOST_NODES), CACHED_OPERATIONS, 1)
        self._and = operator.AND
        self._level: dict[str, int] = {}
        self._names: list[str] = []
        self._forgotten: dict[frozenset[str], Bdd] = {}
        self._tidied_at, self._tidied = FIRST_TIDIED, 0
        self.false: Bdd = self._manager.false()
        self.true: Bdd = self._manager.true()

    def declare(self, *bits: str) -> None:
        """Adds bits, each below those that are there."""
        self._level.update(zip(bits, self._manager.add_vars(len(bits)), strict=True))
        self._names.extend(bits)

    def cube(self, bits: Mapping[str, bool]) -> Bdd:
        """All that has the bits as assigned."""
        upwards = sorted(bits, key=self._level.__getitem__, reverse=True)
        return reduce(and_, (self._literal(bit, bits[bit]) for bit in upwards), self.true)

    def given(self, bits: Mapping[str, bool], states: Bdd) -> Bdd:
        """The set as it is where the bits are as assigned; it says nothing of them any more."""
        return self.and_exists(states, self.cube(bits), frozenset(bits))

    def and_exists(self, some: Bdd, others: Bdd, bits: frozenset[str]) -> Bdd:
        """What both sets have, whatever the bits are.

        The library runs Python code to see which operator it is given; a limit that rings just there it takes
        for a wrong operator. The limit rings again.
        """
        forgotten = self._forgotten.get(bits)
        if forgotten is None:
            forgotten = self._forgotten[bits] = self.cube(dict.fromkeys(bits, True))
        try:
            return some.apply_exists(self._and, others, forgotten)
        except TypeError:
            return some.apply_exists(self._and, others, forgotten)

    def pick(self, states: Bdd, bits: Iterable[str]) -> dict[str, bool]:
        """The bits in some element of a set that has one; the same one each time."""
        picked = states.pick_cube()
        assert picked is not None, "the set is empty"
        return {bit: bool(picked[self._level[bit]]) for bit in bits}

    def top(self, states: Bdd) -> str:
        """The first bit that a set says something of; there is one unless it is `true` or `false`."""
        level = states.node_var()
        assert level is not None, "the set is all or nothing"
        return self._names[level]

    def count(self, states: Bdd, bits: int) -> int:
        """How many assignments to so many bits the set has (to the nearest float beyond 2**53)."""
        return int(states.sat_count_float(bits))

    @property
    def nodes(self) -> int:
        """How many nodes are kept, those included that no set needs any more."""
        return int(self._manager.approx_num_inner_nodes())

    @property
    def made(self) -> int:
        """How many nodes were made so far: the work that was done, whatever else the machine does."""
        return self._tidied + self.nodes

    def tidy(self) -> None:
        """Gives up dead nodes where they may be many: the library keeps them until its memory is full."""
        if self.nodes > self._tidied_at:
            self._tidied += self.nodes
            self._manager.gc()
            self._tidied -= self.nodes
            self._tidied_at = max(FIRST_TIDIED, 2 * self.nodes)

    def _literal(self, bit: str, value: bool) -> Bdd:
        level = self._level[bit]
        literal: Bdd = self._manager.var(level) if value else self._manager.not_var(level)
        return literal


def import_oxidd() -> Any:
    """The modules of diagrams and of operators. Raises `EngineUnavailableError` where they are missing."""
    try:
        from oxidd import bcdd
        from oxidd.util import BooleanOperator
    except ImportError as error:
        raise EngineUnavailableError(
            "the symbolic engine needs oxidd: pip install 'oxidd>=0.13'; the other engines go on without it"
        ) from error
    return bcdd, BooleanOperator
