"""How many states, transitions and interleavings one pipeline has, by product where its parts do not meet.

Let the positions of the pipeline follow each other in one line, and let the variables fall into parts: no
move or traffic speaks of two of them (where something is known it need not: `constant_guards`), and the ways
to leave a position differ in one part only. Then the states at a position are all combinations of the states
that the parts can have there. By induction: what
enters a position is each combination of what the parts enter it with (at the first, of one state each);
there each part goes its own way; and the pipeline goes on where each part lets it. So

* states are the sum over the positions of the product over the parts;
* transitions are, at each position, those of each part for each combination of the others, and for each event
  of the pipeline the combinations that let it happen;
* interleavings are the product over the positions of the ways to shuffle the paths of the parts there, if
  each part enters a position in one state, ends in one, and lets the pipeline go on only then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, reduce
from math import prod

from msgspec import Struct

from ....model.compiler.system import Event, EventKind, System, passes
from ....model.names import VariableKey
from ....model.resources.limits import Limits
from ...temporal.influence import restrict_to_known
from .constant_guards import drop_constant_guards
from .interleavings import MOST_BITS, STILL, Lengths, least_bits, shuffle
from .line_parts import LinePart, Position, find_parts, list_positions, search_part

WITHOUT_END = "without end: the graph has cycles"
BESIDE = "not counted: what moves in the background goes on beside what follows"
TOO_MANY = "not counted: there are more than 10^60,000"


class Size(Struct, frozen=True):
    """The size of a space; `paths` are its maximal paths by their lengths, or None, and `why`."""

    states: int
    transitions: int
    paths: Lengths | None
    why: str = ""


class Stay(Struct, frozen=True):
    """What a part does while the pipeline stands at one position: how many states and events of its own it
    has there; for each event of the pipeline in how many states the part lets it happen; and its paths by
    their lengths, or None and why they cannot be told."""

    states: int
    events: int
    lets_go: tuple[int, ...]
    paths: Lengths | None
    why: str = ""


def measure_line(system: System, pipeline: VariableKey, limits: Limits) -> Size | None:
    """The size by product; None where the pipeline can go more than one way. Raises `LimitError` where a
    limit is hit in one part."""
    line = list_positions(system, pipeline)
    if any(len({event.effect[pipeline] for event in ways}) > 1 for _, ways in line):
        return None
    system = drop_constant_guards(system, pipeline, limits)
    sets = find_parts(system, pipeline, line) or [frozenset()]  # nothing but the pipeline
    parts = (search_part(system, pipeline, names, line, limits) for names in sets)
    return _multiply([_Part(part, line).stays() for part in parts])


def _multiply(parts: Sequence[Sequence[Stay]]) -> Size:
    """The whole at each position to which every part lets it come."""
    states = transitions = 0
    here = [*zip(*parts, strict=False)]
    for stays in here:
        together = prod(stay.states for stay in stays)
        states += together
        transitions += sum(stay.events * (together // stay.states) for stay in stays)
        transitions += sum(prod(counts) for counts in zip(*(stay.lets_go for stay in stays), strict=True))
    return Size(states, transitions, *_count_paths(here))


def _count_paths(here: Sequence[Sequence[Stay]]) -> tuple[Lengths | None, str]:
    """The paths by their lengths; None and why they are not counted."""
    untold = [stay.why for stays in here for stay in stays if stay.paths is None]
    if untold:
        return None, WITHOUT_END if WITHOUT_END in untold else BESIDE
    total: Lengths | None = {len(here) - 1: 1}  # the pipeline itself goes on
    for stays in here:
        paths = shuffle_all([stay.paths for stay in stays if stay.paths is not None])
        if paths is None or total is None:
            return None, TOO_MANY
        total = _append(total, paths)
    return (None, TOO_MANY) if total is None else (total, "")


def shuffle_all(every: Iterable[Lengths]) -> Lengths | None:
    """All ways to shuffle a path of each; None where there are too many."""
    moving = [paths for paths in every if paths != STILL]
    if moving and least_bits(moving) > MOST_BITS:
        return None
    return reduce(shuffle, moving, STILL)


def count_paths(start: int, moves: Callable[[int], Sequence[int]], states: int) -> Lengths | None:
    """The paths from a state to where nothing moves, by their lengths; None where they go through more states
    than there are, so that there is a cycle."""
    total: Lengths = {}
    layer, length = {start: 1}, 0
    while layer:
        if length == states:
            return None
        onward: dict[int, int] = {}
        for here, count in layer.items():
            following = moves(here)
            if not following:
                total[length] = total.get(length, 0) + count
            for there in following:
                onward[there] = onward.get(there, 0) + count
        layer, length = onward, length + 1
    return total


def _append(some: Lengths, others: Lengths) -> Lengths | None:
    """One path after the other, by their lengths; None where there are too many."""
    found: Lengths = {}
    for length, ways in some.items():
        for more, of_others in others.items():
            found[length + more] = found.get(length + more, 0) + ways * of_others
    return found if sum(found.values()).bit_length() <= MOST_BITS else None


class _Part:
    """What one part does at each position of the line."""

    def __init__(self, part: LinePart, line: Sequence[Position]) -> None:
        self._line, self._names = line, part.names
        self.reached, self._at, self._here = part.reached, part.at, part.here

    def stays(self) -> list[Stay]:
        """At each position to which the part lets the pipeline come."""
        domain = self.reached.system.variables[self._at].domain
        found = []
        for here, events in self._line:
            states = self._here.get(domain.index(here), [])
            if not states:
                break
            found.append(self._stay(states, events))
        return found

    def _stay(self, states: Sequence[int], events: tuple[Event, ...]) -> Stay:
        tests = [self.reached.system.test(restrict_to_known(event.guard, self._names)) for event in events]
        passing = [{i for i in states if passes(self.reached.states[i], test)} for test in tests]
        own = sum(len(self._moves(index)) for index in states)
        lengths, why = self._paths(states, passing)
        return Stay(len(states), own, tuple(map(len, passing)), lengths, why)

    def _moves(self, index: int) -> list[int]:
        return [there for event, there in self.reached.edges[index] if event.kind is not EventKind.PIPELINE]

    def _paths(self, states: Sequence[int], passing: list[set[int]]) -> tuple[Lengths | None, str]:
        """The paths at a position by their lengths, if the part comes and goes in one state each."""
        if self._has_cycle(states):
            return None, WITHOUT_END
        entered = [index for index in states if index in self._entered]
        ends = {index for index in states if not self._moves(index)}
        if len(entered) > 1 or len(ends) > 1 or len(passing) > 1 or any(not some <= ends for some in passing):
            return None, BESIDE
        return count_paths(entered[0], self._moves, len(states)), ""

    @cached_property
    def _entered(self) -> frozenset[int]:
        """The states in which the part comes to a position."""
        onward = (pair for row in self.reached.edges for pair in row)
        return frozenset({0, *(there for event, there in onward if event.kind is EventKind.PIPELINE)})

    def _has_cycle(self, states: Sequence[int]) -> bool:
        waits = dict.fromkeys(states, 0)
        for index in states:
            for there in self._moves(index):
                waits[there] += 1
        free = [index for index, count in waits.items() if not count]
        for index in free:  # grows: Kahn, 1962
            for there in self._moves(index):
                waits[there] -= 1
                if not waits[there]:
                    free.append(there)
        return len(free) < len(states)
