"""Sets of states as multi-valued decision diagrams whose leaves are labels (Srinivasan, Kam, Malik, Brayton,
"Algorithms for Discrete Function Manipulation", 1990).

A diagram asks for its variables one after the other, always in the same order, and comes to the label of the
state, or to nothing: then the state is not in the set. Each question below is one walk from the first level
to the last that keeps which nodes, or pairs of nodes, can be reached. So it costs no more than the square of
the diagram's size, whatever the diagram is: nothing is searched, and nothing is cut into pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ...model.compiler.system import Event, Guard, System, Value, Variable
from ...model.names import VariableKey

Edge = tuple[int, int]
"""The values by which it is taken, as bits by their ranks in the domain, and the node of the next level (on
the last level: the label) that it leads to."""
Node = tuple[Edge, ...]
"""Its edges; no value takes two of them."""
Move = tuple[int, int | None]
"""The labels of a state and of one that follows it; None: that one is not in the set."""
Values = tuple[VariableKey, frozenset[Value]]


@dataclass(frozen=True)
class Diagram:
    """A set of states, as far as `variables` tell them apart, each with a label: a number from 0.

    `levels[i]` are the nodes that ask for `variables[i]`; every walk begins at `levels[0][0]`.
    """

    variables: tuple[Variable, ...]
    levels: tuple[tuple[Node, ...], ...]
    _masks: dict[Values, int] = field(default_factory=dict, repr=False, compare=False)
    _outside: dict[Values, frozenset[int]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _ranks(self) -> dict[VariableKey, dict[Value, int]]:
        return {v.key: {value: rank for rank, value in enumerate(v.domain)} for v in self.variables}

    @property
    def keys(self) -> frozenset[VariableKey]:
        return frozenset(variable.key for variable in self.variables)

    def labels_in(self, guard: Guard) -> frozenset[int]:
        """The labels of states in which the guard can hold, as far as the diagram knows its variables."""
        here = {0}
        for variable, nodes in zip(self.variables, self.levels, strict=True):
            allowed = self._mask(variable, guard.get(variable.key))
            here = {child for node in here for values, child in nodes[node] if values & allowed}
        return frozenset(here)

    def label_at_start(self, system: System) -> int | None:
        """The label of the system's initial state; None: it is not in the set."""
        start = {variable.key: frozenset({variable.initial}) for variable in system.variables}
        return next(iter(self.labels_in(start)), None)

    def implies(self, label: int, guard: Guard) -> bool:
        """Whether the guard holds in each state of the label, as far as the diagram knows its variables."""
        return all(
            label not in self._labels_outside(v, guard[v.key]) for v in self.variables if v.key in guard
        )

    def moves(self, event: Event, where: Guard | None = None) -> set[Move]:
        """From which label to which the event can lead, as far as the diagram knows its variables; `where`:
        in such states alone."""
        pairs: set[Move] = {(0, 0)}
        for variable, nodes in zip(self.variables, self.levels, strict=True):
            allowed = self._mask(variable, event.guard.get(variable.key))
            if where and variable.key in where:
                allowed &= self._mask(variable, where[variable.key])
            reached = None
            if variable.key in event.effect:
                reached = self._mask(variable, frozenset({event.effect[variable.key]}))
            pairs = {
                (child, after)
                for here, there in pairs
                for values, child in nodes[here]
                if values & allowed
                for after in _follow(
                    values & allowed if reached is None else reached, None if there is None else nodes[there]
                )
            }
        return pairs

    def _labels_outside(self, variable: Variable, allowed: frozenset[Value]) -> frozenset[int]:
        """The labels of states in which the variable has none of these values."""
        asked = variable.key, allowed
        if asked not in self._outside:
            others = frozenset(variable.domain) - allowed
            self._outside[asked] = self.labels_in({variable.key: others}) if others else frozenset()
        return self._outside[asked]

    def _mask(self, variable: Variable, allowed: frozenset[Value] | None) -> int:
        if allowed is None:
            return (1 << len(variable.domain)) - 1
        asked = variable.key, allowed
        if asked not in self._masks:
            ranks = self._ranks[variable.key]
            self._masks[asked] = sum(1 << ranks[value] for value in allowed if value in ranks)
        return self._masks[asked]


def _follow(values: int, node: Node | None) -> list[int | None]:
    """Where the values lead from a node; None, nowhere, is among it if one of them does."""
    if node is None:
        return [None]
    found: list[int | None] = []
    for own, child in node:
        if own & values:
            found.append(child)
            values &= ~own
    return [*found, None] if values else found


NOT_LED_TO = "there is a node, or a label, to which no edge leads"


def find_flaw(levels: Sequence[Sequence[Node]], labels: int) -> str | None:
    """What keeps the levels from being a diagram with that many labels; None: nothing does."""
    if not levels or not levels[0]:
        return "there is no node to begin at"
    if len(levels[0]) > 1:
        return NOT_LED_TO
    for nodes, below in zip(levels, [*map(len, levels[1:]), labels], strict=True):
        for node in nodes:
            seen = 0
            for values, child in node:
                if not values or values & seen:
                    return "a value takes two edges of a node, or an edge is taken by none"
                if not 0 <= child < below:
                    return "an edge leads to a node that there is not"
                seen |= values
        if len({child for node in nodes for _, child in node}) < below:
            return NOT_LED_TO
    return None
