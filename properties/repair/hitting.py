"""The door to python-sat: a cheapest set of remedies that keeps to what has been learnt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from ...model.errors import SkewproofError

Clause = tuple[int, ...]
"""Remedies by number from 1, negative: not that one; at least one of them must hold."""


class RepairUnavailableError(SkewproofError):
    """python-sat is not installed; the message says what to do."""


class CheapestSets:
    """Cheapest sets of remedies under clauses that grow in number: weighted partial maximum satisfiability
    (Morgado, Dodaro, Marques-Silva, "Core-Guided MaxSAT with Soft Cardinality Constraints", 2014; RC2).

    `prices` are those of the remedies, `groups` the remedies of each kind; kinds are numbered behind them.
    Raises `RepairUnavailableError`.
    """

    def __init__(self, prices: Iterable[int], groups: Mapping[str, Iterable[int]]) -> None:
        try:
            formula: Any = import_module("pysat.formula").WCNF()
            solver: Any = import_module("pysat.examples.rc2").RC2
        except ImportError as error:
            raise RepairUnavailableError(
                "`skewproof fix` needs python-sat: pip install 'skewproof[fix]'"
            ) from error
        self._size = 0
        for self._size, price in enumerate(prices, start=1):
            formula.append([-self._size], weight=price)
        self._kinds = {name: self._size + number for number, name in enumerate(groups, start=1)}
        for name, remedies in groups.items():
            for remedy in remedies:
                formula.append([-remedy, self._kinds[name]])
        self._next = self._size + len(self._kinds) + 1
        self._solver = solver(formula)
        self._is_empty = False

    def stand_for(self, remedies: Iterable[int]) -> int:
        """A number that holds only where all of the remedies do."""
        number, self._next = self._next, self._next + 1
        for remedy in remedies:
            self.add([-number, remedy])
        return number

    def add(self, clause: Iterable[int]) -> None:
        """Something more that every set must keep to. An empty clause leaves no set."""
        said = list(clause)
        self._is_empty = self._is_empty or not said
        if said:
            self._solver.add_clause(said)

    def forbid_kinds(self, kinds: Iterable[str]) -> None:
        """No set has remedies of all these kinds any more."""
        self.add([-self._kinds[kind] for kind in kinds])

    def find(self) -> frozenset[int] | None:
        """A cheapest set; None where there is none at all."""
        model = None if self._is_empty else self._solver.compute()
        self._is_empty = model is None
        return None if model is None else frozenset(one for one in model if 0 < one <= self._size)

    def close(self) -> None:
        self._solver.delete()
