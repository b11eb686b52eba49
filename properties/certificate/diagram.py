"""Sets of states as multi-valued decision diagrams whose leaves are labels (Srinivasan, Kam, Malik, Brayton,
"Algorithms for Discrete Function Manipulation", 1990).

A diagram asks for its variables one after the other, always in the same order, and comes to the label of the
state, or to nothing: then the state is not in the set. Each question below is one walk from the first level
to the last that keeps which nodes, or pairs of nodes, can be reached. So it costs no more than the square of
the diagram's size, whatever the diagram is: nothing is searched, and nothing is cut into pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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
ANY = -1
"""All values, as bits."""


@dataclass(frozen=True)
class Diagram:
    """A set of states, as far as `variables` tell them apart, each with a label: a number from 0.

    `levels[i]` are the nodes that ask for `variables[i]`; every walk begins at `levels[0][0]`.
    """

    variables: tuple[Variable, ...]
    levels: tuple[tuple[Node, ...], ...]
    _masks: dict[Values, int] = field(default_factory=dict, repr=False, compare=False)
    _outside: dict[Values, frozenset[int]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def keys(self) -> frozenset[VariableKey]:
        return frozenset(variable.key for variable in self.variables)

    def labels_in(self, guard: Guard) -> frozenset[int]:
        """The labels of states in which the guard can hold, as far as the diagram knows its variables."""
        here = {0}
        for variable, nodes in zip(self.variables, self.levels, strict=True):
            allowed = self._mask(variable, guard)
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
        where = where or {}
        named = event.guard.keys() | where.keys() | event.effect.keys()
        first = next((at for at, v in enumerate(self.variables) if v.key in named), len(self.levels) - 1)
        unchanged = set(range(len(self.levels[first])))  # nodes that both states come to, so far
        pairs: set[Move] = set()
        for variable, nodes in zip(self.variables[first:], self.levels[first:], strict=True):
            allowed, reached = ANY, None
            if variable.key in named:
                allowed = self._mask(variable, event.guard) & self._mask(variable, where)
                if variable.key in event.effect:
                    reached = self._mask(variable, {variable.key: frozenset({event.effect[variable.key]})})
                    pairs |= {(node, node) for node in unchanged}
                    unchanged = set()
            unchanged = {child for node in unchanged for values, child in nodes[node] if values & allowed}
            pairs = {move for pair in pairs for move in _lead(nodes, pair, allowed, reached)}
        return pairs | {(label, label) for label in unchanged}

    def _labels_outside(self, variable: Variable, allowed: frozenset[Value]) -> frozenset[int]:
        """The labels of states in which the variable has none of these values."""
        asked = variable.key, allowed
        if asked not in self._outside:
            others = frozenset(variable.domain) - allowed
            self._outside[asked] = self.labels_in({variable.key: others}) if others else frozenset()
        return self._outside[asked]

    def _mask(self, variable: Variable, guard: Guard) -> int:
        """The values that the guard allows, as bits."""
        if variable.key not in guard:
            return ANY
        asked = variable.key, guard[variable.key]
        if asked not in self._masks:
            self._masks[asked] = sum(1 << at for at, one in enumerate(variable.domain) if one in asked[1])
        return self._masks[asked]


def _lead(nodes: Sequence[Node], pair: Move, allowed: int, reached: int | None) -> Iterator[Move]:
    """Where two nodes lead: the one by allowed values, the other by the same, or by what is reached; None if
    one of those leads it nowhere."""
    here, there = pair
    for values, child in nodes[here]:
        if values & allowed:
            left = values & allowed if reached is None else reached
            for own, after in () if there is None else nodes[there]:
                if own & left:
                    yield child, after
                    left &= ~own
            if left:
                yield child, None


NOT_LED_TO = "there is a node, or a label, to which no edge leads"


def find_flaw(levels: Sequence[Sequence[Node]], labels: int) -> str | None:
    """What keeps the levels from being a diagram with that many labels; None: nothing does."""
    if not levels or not levels[0]:
        return "there is no node to begin at"
    led_to = {0}
    for nodes, below in zip(levels, [*map(len, levels[1:]), labels], strict=True):
        if len(led_to) < len(nodes):
            return NOT_LED_TO
        for node in nodes:
            seen = 0
            for values, child in node:
                if not values or values & seen:
                    return "a value takes two edges of a node, or an edge is taken by none"
                if not 0 <= child < below:
                    return "an edge leads to a node that there is not"
                seen |= values
        led_to = {child for node in nodes for _, child in node}
    return NOT_LED_TO if len(led_to) < labels else None
