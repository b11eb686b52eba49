"""Shortest runs: a nearest state of a set, and a run to it, told backwards through the layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....model.compiler.system import Event, State
from .encoding import Encoding
from .grades import Grades, compute_grade, compute_grades, weigh_events
from .layers import list_layers
from .least import find_least
from .library import Bdd
from .limits import Watch
from .steps import SymbolicStep, preimage


class Rings:
    """The reachable states of a system, layer by layer, as far as they have been asked for."""

    def __init__(
        self, encoding: Encoding, ladders: Grades, steps: Sequence[SymbolicStep], watch: Watch
    ) -> None:
        self._encoding, self._grades, self._steps = encoding, ladders, steps
        start = encoding.state(encoding.system.initial)
        self._coming: Iterator[Bdd] = list_layers(encoding, start, self._steps, watch)
        self._layers: list[Bdd] = []

    @classmethod
    def of(cls, encoding: Encoding, watch: Watch) -> Rings:
        """The layers of the encoding's own system."""
        ladders = compute_grades(encoding.system)
        return cls(encoding, ladders, weigh_events(encoding, ladders), watch)

    def run(self, goal: Bdd) -> tuple[tuple[Event, ...], State]:
        """A shortest run to a state of `goal`, and that state. `goal` holds reachable states only, and at
        least one."""
        depth, end = self._nearest(goal)
        state = end
        events: list[Event] = []
        while (came := self._came(depth, state)) is not None:
            taken, state = came
            depth -= taken.weight
            events.append(taken.event)
        return tuple(reversed(events)), end

    def first(self, most: int) -> tuple[Bdd, bool]:
        """The states of the first `most` layers, and whether these are all there are."""
        are_all = False
        while len(self._layers) < most and not are_all:
            layer = next(self._coming, None)
            are_all = layer is None
            self._layers += [] if layer is None else [layer]
        found = self._encoding.false
        for layer in self._layers[:most]:
            found |= layer
        return found, are_all

    def _layer(self, depth: int) -> Bdd:
        while len(self._layers) <= depth:
            self._layers.append(next(self._coming))
        return self._layers[depth]

    def _nearest(self, goal: Bdd) -> tuple[int, State]:
        """A state to which the fewest events lead, with its layer.

        A state of layer d is d + its grade events away; so a later layer is worth a look only while
        the least grade in it can make up for its depth.
        """
        best: tuple[int, int, State] | None = None
        depth, rest = 0, goal
        while rest != self._encoding.false and (best is None or depth + self._least(rest)[0] < best[0]):
            here = rest & self._layer(depth)
            if here != self._encoding.false:
                least, state = self._least(here)
                if best is None or depth + least < best[0]:
                    best = depth + least, depth, state
                rest &= ~here
            depth += 1
        assert best is not None, "the goal is empty"
        return best[1:]

    def _least(self, states: Bdd) -> tuple[int, State]:
        state = find_least(self._encoding, self._grades, states)
        return compute_grade(self._encoding.system, self._grades, state), state

    def _came(self, depth: int, state: State) -> tuple[SymbolicStep, State] | None:
        """The last step of a lightest run to a state of layer `depth`; None at the initial state."""
        if state == self._encoding.system.initial:
            return None
        here = self._encoding.state(state)
        for taken in self._steps:
            if taken.weight <= depth and here & taken.effect != self._encoding.false:
                before = preimage(self._encoding, here, taken) & self._layer(depth - taken.weight)
                if before != self._encoding.false:
                    return taken, self._encoding.any_of(before)
        raise AssertionError("a state of a layer has no way to it")
