"""What the lines of a course look like to a part of the deployment.

To a set of units, closed under what ties them on any line (`JointPlan.clusters`), a line looks like this:
the positions that concern one of them, in their order, each with its action and what that waits for (but for
what is settled there, `settled`), with the moves of these units that begin there and their goals, and with
how many instances are wanted; and between two of them, before the first and behind the last, whether there
is none, one, or more than one other, and whether the first or the last of these is the stop. A position
concerns a unit if a move of it begins or is waited for there, if a predicate of the action names it, or if
another number of its instances is wanted than before.

All that slices of some of the units are made of is said of these positions and of their neighbours, in
their order (`short_course`, `settled`, `ties`, `copies`). So where two lines look the same the slices are
equal, but for the numbers of positions and moves in the whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from ....model.compiler.moves import Move, Position
from ....model.names import VariableKey, VariableKind
from .lines import PositionLine
from .stretches import list_stages

if TYPE_CHECKING:
    from .joint_plan import JointPlan

Units = frozenset[VariableKey]
FAR = 3
"""Positions that are so far apart have no neighbour in common."""


class Mark(NamedTuple):
    """That a position concerns a unit: how far it is behind the stop, the order in which moves begin there,
    and a number that is equal where it looks the same."""

    offset: int
    order: tuple[int, VariableKey]
    looks: int


class Tail(Struct, frozen=True, eq=False):
    """A line from its stop on: the marks of each unit, and how far its end is behind the stop."""

    marks: Mapping[VariableKey, Sequence[Mark]]
    last: int


class TailLook(NamedTuple):
    """The same as a set of units sees it: how far the positions that concern them are behind the stop, and a
    number that is equal where they look the same. The end always counts as one."""

    offsets: tuple[int, ...]
    looks: int


class LineLooks:
    """The looks of all lines of a course."""

    def __init__(self, joint: JointPlan, lines: Sequence[PositionLine]) -> None:
        self._joint, self._lines = joint, lines
        self._course = joint.whole.vocabulary.course
        self._numbered: dict[Hashable, int] = {}
        self._tails: dict[tuple[int, int | None], Tail] = {}
        self._tail_of: dict[int, Tail] = {}
        self._busy: dict[Units, list[int]] = {}
        self._back: dict[tuple[Units, int], TailLook] = {}

    def look(self, units: Units, number: int) -> Hashable:
        """Equal for lines that look the same to the units: as many positions concern them before the stop,
        the last of these is the action that fails, or is not, and what comes then looks the same. A limit on
        the steps that begin while a request is in flight tells all positions apart: then no line looks like
        another."""
        line = self._lines[number]
        if line.stop is None or self._joint.deployment.max_span is not None:
            return number
        failed, busy, back = line.stop - 1, self._busy_on_main(units), self._look_back(units, number)
        count = bisect_right(busy, failed)
        before = busy[count - 1] if count else 0
        return count, before == failed, back.looks

    def list_stages(self, units: Units, number: int) -> tuple[int, ...]:
        """The places of a line that concern the units, their neighbours, and the line's ends. They follow
        each other on all lines that look the same."""
        line, busy = self._lines[number], self._busy_on_main(units)
        last = len(line.positions) - 1
        if line.stop is None:
            return list_stages(last, busy)
        count = bisect_right(busy, line.stop - 1)
        back = (line.stop + offset for offset in self._look_back(units, number).offsets)
        return list_stages(last, [*busy[:count], *back])

    def concerning(self, units: Units) -> frozenset[int]:
        """The positions that concern the units, by their indices. Sets of units of which these are the same
        have the same stages on each line."""
        return frozenset[int]().union(*(self._concerned.get(unit, frozenset()) for unit in units))

    def _busy_on_main(self, units: Units) -> list[int]:
        """The places of the main line that concern the units, in their order."""
        found = self._busy.get(units)
        if found is None:
            place_of, every = self._lines[0].place_of, self.concerning(units)
            found = self._busy[units] = sorted(place_of[index] for index in every if index in place_of)
        return found

    # --- ways back ---

    def _look_back(self, units: Units, number: int) -> TailLook:
        tail = self._tail_of.get(number)
        if tail is None:
            tail = self._tail_of[number] = self._tail(number)
        found = self._back.get((units, id(tail)))
        if found is None:
            found = self._back[units, id(tail)] = self._see(units, tail)
        return found

    def _see(self, units: Units, tail: Tail) -> TailLook:
        few, many = (tail.marks, units) if len(tail.marks) < len(units) else (units, tail.marks)
        marks = sorted(mark for unit in few if unit in many for mark in tail.marks[unit])
        offsets = (*dict.fromkeys(mark.offset for mark in marks if mark.offset < tail.last), tail.last)
        rank_of = {offset: rank for rank, offset in enumerate(offsets)}
        gaps = tuple(min(there - here, FAR) for here, there in pairwise((0, *offsets)))
        said = tuple((rank_of[mark.offset], mark.looks) for mark in marks)
        return TailLook(offsets, self._number((gaps, said)))

    def _tail(self, number: int) -> Tail:
        """Lines that go back in the same way share it. What is settled on the way is another matter on each
        line, where anything waits for that."""
        line = self._lines[number]
        assert line.stop is not None, "only lines with a failure go back"
        behind = line.positions[line.stop :]
        waits = any(here.action is not None and here.action.when is not None for here in behind)
        is_own = waits or behind[0].index in self._concerning_units
        key = behind[1].index, number if is_own else None
        found = self._tails.get(key)
        if found is None:
            found = self._tails[key] = self._list_marks(line)
        return found

    def _list_marks(self, line: PositionLine) -> Tail:
        assert line.stop is not None, "only lines with a failure go back"
        marks: dict[VariableKey, list[Mark]] = {}
        for place in range(line.stop, len(line.positions)):
            here = line.positions[place]
            for unit in self._concerning_units.get(here.index, ()):
                moves = self._moves.get((here.index, unit), ())
                order = (moves[0].number if moves else -1), unit
                looks = self._number((self._look_of(line, place), self._look_of_unit(unit, here, moves)))
                marks.setdefault(unit, []).append(Mark(place - line.stop, order, looks))
        return Tail(marks, len(line.positions) - 1 - line.stop)

    def _look_of(self, line: PositionLine, place: int) -> Hashable:
        """What a position looks like to all whom it concerns."""
        here = line.positions[place]
        when = None
        if here.action is not None and here.action.when is not None:
            when = self._joint.on_line(line).settled.condition(place)
        return self._number_of_action[here.index], when, here.is_stopped, here.is_end

    def _look_of_unit(self, unit: VariableKey, here: Position, moves: Sequence[Move]) -> Hashable:
        """What it looks like to one of them."""
        is_resized = unit.kind is VariableKind.INSTANCES and unit.owner in self._joint.deployment.resized
        wanted = self._course.counts[here.index][unit.owner] if is_resized else None
        return unit, wanted, tuple(self._number_of_move[move.number] for move in moves)

    # --- what is said of positions and moves, as numbers: equal ones are compared again and again ---

    def _number(self, said: Hashable) -> int:
        """The same for what is equal."""
        return self._numbered.setdefault(said, len(self._numbered))

    @cached_property
    def _number_of_action(self) -> Sequence[int]:
        """Of the action at each position."""
        known: dict[int, int] = {}  # most are one object
        found = []
        for here in self._course.positions:
            if id(here.action) not in known:
                known[id(here.action)] = self._number(here.action)
            found.append(known[id(here.action)])
        return found

    @cached_property
    def _number_of_move(self) -> Mapping[int, int]:
        """Of all that is said of each move but its number and place."""
        moves = self._course.moves
        return {m.number: self._number((m.target, m.subject, m.goal, m.migrates)) for m in moves}

    @cached_property
    def _moves(self) -> Mapping[tuple[int, VariableKey], Sequence[Move]]:
        """Those of each unit that begin at each position."""
        found: dict[tuple[int, VariableKey], list[Move]] = {}
        for unit, moves in self._joint.moves_of.items():
            for move in moves:
                found.setdefault((move.position, unit), []).append(move)
        return found

    @cached_property
    def _concerned(self) -> Mapping[VariableKey, frozenset[int]]:
        """The positions that concern each unit, by their indices."""
        found: dict[VariableKey, set[int]] = {}
        for unit, index in self._list_concerned():
            found.setdefault(unit, set()).add(index)
        return {unit: frozenset(indices) for unit, indices in found.items()}

    @cached_property
    def _concerning_units(self) -> Mapping[int, Mapping[VariableKey, None]]:
        """The units that each position concerns; positions that concern nobody are missing."""
        found: dict[int, dict[VariableKey, None]] = {}
        for unit, index in self._list_concerned():
            found.setdefault(index, {})[unit] = None
        return found

    def _list_concerned(self) -> Iterator[tuple[VariableKey, int]]:
        joint = self._joint
        for places in (joint.targeted, joint.actions, joint.named_at, joint.resizing):
            for unit, indices in places.items():
                yield from ((unit, index) for index in indices)
