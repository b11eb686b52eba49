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
from functools import cached_property, reduce
from operator import and_

from ...model.compiler.system import Effect, Event, Guard, System, Value, Variable
from ...model.names import VariableKey

Edge = tuple[int, int]
"""The values by which it is taken, as bits by their ranks in the domain, and the node of the next level (on
the last level: the label) that it leads to."""
Node = tuple[Edge, ...]
"""Its edges; no value takes two of them."""
Move = tuple[int, int | None]
"""The labels of a state and of one that follows it, or nodes on the way there; None: that one is not in the
set."""
Pairs = frozenset[Move]
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
    _passed: dict[tuple[int, int, Pairs], Pairs] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _ranks(self) -> dict[VariableKey, dict[Value, int]]:
        return {v.key: {value: rank for rank, value in enumerate(v.domain)} for v in self.variables}

    @cached_property
    def _levels_of(self) -> dict[VariableKey, int]:
        return {variable.key: at for at, variable in enumerate(self.variables)}

    @property
    def keys(self) -> frozenset[VariableKey]:
        return frozenset(variable.key for variable in self.variables)

    def labels_in(self, guard: Guard) -> frozenset[int]:
        """The labels of states in which the guard can hold, as far as the diagram knows its variables."""
        return frozenset(here for here, _ in self._walk((guard,), {}))

    def label_at_start(self, system: System) -> int | None:
        """The label of the system's initial state; None: it is not in the set."""
        start = {variable.key: frozenset({variable.initial}) for variable in system.variables}
        return next(iter(self.labels_in(start)), None)

    def implies(self, label: int, guard: Guard) -> bool:
        """Whether the guard holds in each state of the label, as far as the diagram knows its variables."""
        return all(
            label not in self._labels_outside(v, guard[v.key]) for v in self.variables if v.key in guard
        )

    def moves(self, event: Event, where: Guard | None = None) -> Pairs:
        """From which label to which the event can lead, as far as the diagram knows its variables; `where`:
        in such states alone."""
        return self._walk((event.guard, where or {}), event.effect)

    def _walk(self, guards: Sequence[Guard], effect: Effect) -> Pairs:
        """From which label to which the effect leads where all guards hold."""
        at, pairs = 0, frozenset[Move]({(0, 0)})
        named = {key for guard in (*guards, effect) for key in guard if key in self._levels_of}
        for level in sorted(self._levels_of[key] for key in named):
            pairs = self._pass(at, level, pairs)
            variable = self.variables[level]
            asked = [self._mask(variable, guard[variable.key]) for guard in guards if variable.key in guard]
            allowed = reduce(and_, asked, self._mask(variable, None))
            is_set = variable.key in effect
            reached = self._mask(variable, frozenset({effect[variable.key]})) if is_set else None
            pairs = frozenset(self._lead(level, pairs, allowed, reached))
            at = level + 1
        return self._pass(at, len(self.levels), pairs)

    def _pass(self, at: int, until: int, pairs: Pairs) -> Pairs:
        """Where pairs of nodes of a level lead by variables that are neither asked for nor set. Most are
        neither, and many events come by the same pairs, so that it is kept."""
        asked = at, until, pairs
        if asked not in self._passed:
            for level in range(at, until):
                pairs = self._lead_by_any(level, pairs)
            self._passed[asked] = pairs
        return self._passed[asked]

    def _lead_by_any(self, level: int, pairs: Pairs) -> Pairs:
        asked = level, -1, pairs
        if asked not in self._passed:
            every = self._mask(self.variables[level], None)
            self._passed[asked] = frozenset(self._lead(level, pairs, every, None))
        return self._passed[asked]

    def _lead(self, at: int, pairs: Pairs, allowed: int, reached: int | None) -> Iterator[Move]:
        """Where pairs of nodes lead: one by an allowed value, the other by that, or by what is reached."""
        nodes = self.levels[at]
        for here, there in pairs:
            is_same = here == there and reached is None
            node = None if there is None else nodes[there]
            for values, child in nodes[here]:
                if not values & allowed:
                    continue
                if is_same:
                    yield child, child
                else:
                    follow = _follow(values & allowed if reached is None else reached, node)
                    yield from ((child, after) for after in follow)

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
