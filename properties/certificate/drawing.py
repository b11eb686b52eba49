"""Diagrams of states that were listed, and diagrams as JSON has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from msgspec import Struct

from ...model.compiler.system import State, Variable
from .diagram import Diagram, Edge, Node
from .reading import spell
from .rules import AwaitedState, Idle, InvariantState, Label, Rank

Spelled = dict[str, Any]


def draw(variables: Sequence[Variable], labels: Mapping[State, int]) -> Diagram:
    """The diagram in which the states have these labels, with as few nodes as its order allows."""
    levels: list[tuple[Node, ...]] = []
    below: dict[State, int] = dict(labels)
    for at in reversed(range(len(variables))):
        edges: dict[State, dict[int, int]] = {}
        for state, child in below.items():
            own = edges.setdefault(state[:at], {})
            own[child] = own.get(child, 0) | 1 << state[at]
        below, nodes = share(edges)
        levels.append(nodes)
    return Diagram(tuple(variables), tuple(reversed(levels)))


class RankVariable(Struct, frozen=True):
    """A variable that takes the place of another one: by the rank of each of that one's values, the values
    that this one may have instead, as bits by their ranks."""

    variable: Variable
    values: tuple[int, ...]


def redraw(diagram: Diagram, columns: Sequence[RankVariable | None]) -> Diagram:
    """The states that an unlabelled diagram stands for in other variables: all with label 0. Where there is
    no column the variable is forgotten."""
    rows, kept = [frozenset({0})], []
    steps: list[dict[frozenset[int], list[tuple[int, frozenset[int]]]]] = []
    for nodes, column in zip(diagram.levels, columns, strict=True):
        if column is None:
            onward = {row: [(0, frozenset(child for n in row for _, child in nodes[n]))] for row in rows}
        else:
            onward = {row: list(_split(nodes, row, column)) for row in rows}
            kept.append(column.variable)
        steps.append(onward)
        rows = list(dict.fromkeys(after for found in onward.values() for _, after in found))
    below = dict.fromkeys(rows, 0)
    levels = []
    for onward, column in zip(reversed(steps), reversed(columns), strict=True):
        if column is None:
            below = {row: below[found[0][1]] for row, found in onward.items()}
            continue
        edges: dict[frozenset[int], dict[int, int]] = {}
        for row, found in onward.items():
            own = edges.setdefault(row, {})
            for values, after in found:
                own[below[after]] = own.get(below[after], 0) | values
        below, nodes = share(edges)
        levels.append(nodes)
    return Diagram(tuple(kept), tuple(reversed(levels)))


def _split(
    nodes: Sequence[Node], row: frozenset[int], column: RankVariable
) -> Iterator[tuple[int, frozenset[int]]]:
    """Values of the column, and the nodes to which they lead from any of the row."""
    cells: list[tuple[int, frozenset[int]]] = []
    for ranks, child in (edge for node in sorted(row) for edge in nodes[node]):
        left = 0
        for rank, values in enumerate(column.values):
            if ranks >> rank & 1:
                left |= values
        parted = []
        for values, children in cells:
            parted.append((values & left, children | {child}))
            parted.append((values & ~left, children))
            left &= ~values
        cells = [cell for cell in (*parted, (left, frozenset({child}))) if cell[0]]
    yield from cells


def share(edges: Mapping[Any, Mapping[int, int]]) -> tuple[dict[Any, int], tuple[Node, ...]]:
    """One node for all that have the same edges."""
    numbers: dict[Node, int] = {}
    found = {}
    for name, own in edges.items():
        node = tuple(sorted((values, child) for child, values in own.items()))
        found[name] = numbers.setdefault(node, len(numbers))
    return found, tuple(numbers)


# --- as JSON has it ---------------------------------------------------------------------------


@dataclass
class Speller:
    """Spells diagrams; `values` is the table of all values that their edges name."""

    values: dict[str, dict[Any, int]] = field(default_factory=dict)

    def diagram(self, diagram: Diagram, labels: Iterable[Label]) -> Spelled:
        names = [str(variable.key) for variable in diagram.variables]
        rows = zip(diagram.variables, diagram.levels, strict=True)
        levels = [[[self._edge(v, edge) for edge in node] for node in nodes] for v, nodes in rows]
        return {"variables": names, "levels": levels, "labels": [_spell_label(label) for label in labels]}

    def table(self) -> dict[str, list[Any]]:
        return {name: [value for _, value in numbers] for name, numbers in self.values.items()}

    def _edge(self, variable: Variable, edge: Edge) -> list[Any]:
        """Its values by their numbers in the table; three or more that follow each other as the first and
        last."""
        table = self.values.setdefault(str(variable.key), {})
        ranks = (rank for rank in range(len(variable.domain)) if edge[0] >> rank & 1)
        spelled = (spell(variable.domain[rank]) for rank in ranks)
        numbers = sorted(table.setdefault((type(value), value), len(table)) for value in spelled)
        told: list[Any] = []
        for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
            row = [number for _, number in run]
            told += [[row[0], row[-1]]] if len(row) > 2 else row
        return [told, edge[1]]


def _spell_label(label: Label) -> list[Any]:
    match label:
        case InvariantState():
            return ["held"]
        case Idle():
            return ["idle"]
        case AwaitedState(number):
            return ["goal", number]
        case Rank(rank, event):
            return ["rank", rank, event]
