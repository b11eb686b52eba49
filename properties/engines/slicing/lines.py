"""The lines of a course: the ways on which the pipeline can go from its start to an end.

Without failures there is one. With them each failure ends the main line early and opens another: to the
action that fails, to the stop there, and through the rollback to its `(after)`. A run of the deployment is
on one of them, and on each line positions follow each other. So the whole is judged line by line, as if each
were a deployment of its own, in which the action that fails may be left at any time, and the answers are put
together:

* What can be met is met on some line, so a window is the union of the windows, span and story are the least,
  and a hazard breaks for ever if it does so on one line.
* A complete run is a complete run of one line. So a hazard is inevitable if it is so on each line (where no
  run of the line is complete, that says nothing), all hazards are avoidable if they are so on one line, and
  residue is left if one leaves it.
* A stop without a rollback is no line: nothing is complete there, and what the deployment does there it can
  do at the action that failed, from the same states. So whatever is met there is met here, and the other way
  round; failing costs an event, begins no step, and asks for nothing (`with_stops`).

Rollbacks that do the same are one in the course. What begins on no way to one of its stops can not be told
apart there, and has nothing to do: it has not begun, or is overtaken (`model.compiler.course`). So a line has
only those moves that begin on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from ....model.compiler.moves import Course, Move, Position
from ....model.kernel.graph import find_reachable


class PositionLine(Struct, frozen=True, dict=True):
    """The positions of the whole in the order in which the pipeline passes them, and the moves that begin at
    them. Places are numbers in this order, from 0."""

    positions: tuple[Position, ...]
    moves: tuple[Move, ...]

    @cached_property
    def place_of(self) -> dict[int, int]:
        """The place of each position, by its index in the whole."""
        return {position.index: place for place, position in enumerate(self.positions)}

    @cached_property
    def stop(self) -> int | None:
        """The place of the stop; None on the main line."""
        stops = (place for place, position in enumerate(self.positions) if position.is_stopped)
        return next(stops, None)

    def wholes(self, places: Iterable[int]) -> frozenset[int]:
        """The positions at these places, by their index in the whole."""
        return frozenset(self.positions[place].index for place in places)


def list_lines(course: Course, *, with_dead_ends: bool = False) -> Iterator[PositionLine]:
    """The main line, then one for each failure that a rollback follows; or for each failure."""
    main = _follow(course, 0)
    yield _line(course, main)
    for place, failed in enumerate(main):
        for index in course.onward[failed.index]:
            if course.positions[index].is_stopped and (with_dead_ends or course.onward[index]):
                yield _line(course, [*main[: place + 1], *_follow(course, index)])


def _follow(course: Course, start: int) -> list[Position]:
    """The positions from there on, none of which fails."""

    def onward(here: int) -> Iterator[int]:
        return (there for there in course.onward[here] if not course.positions[there].is_stopped)

    return [course.positions[index] for index in find_reachable([start], onward)]


def _line(course: Course, positions: list[Position]) -> PositionLine:
    begun = {position.index for position in positions}
    return PositionLine(tuple(positions), tuple(move for move in course.moves if move.position in begun))


def with_stops(course: Course, window: frozenset[int]) -> frozenset[int]:
    """The window, and the stops without a rollback after each of its positions."""
    onward = (there for here in window for there in course.onward[here])
    return window.union(
        there for there in onward if course.positions[there].is_stopped and not course.onward[there]
    )
