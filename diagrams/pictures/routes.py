"""The ways of arrows between boxes of one size that keep their places: past the others, never behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import hypot

from msgspec import Struct

from .canvas import Box, Point

Edge = tuple[str, str]
Segment = tuple[Point, Point]
Route = tuple[Point, ...]

_CLEAR, _BESIDE = 3.0, 5.0
"""So far a line stays from a box that it passes, and so far beside a column it turns."""
_SHIFTS = (0.0, 4.0, -4.0)
"""Lines that take the same gap are so far apart."""
_MARK = 12.0
"""So far a mark stands from another line."""


class Boxes(Struct, frozen=True):
    """Boxes by name, with their upper left corners and their one size. `in_rows`: they are read row by row,
    as text is, and not column by column."""

    corners: Mapping[str, Point]
    width: float
    height: float
    in_rows: bool

    def lines(self) -> list[float]:
        """Where the columns (or the rows) begin, in order."""
        return sorted({corner[self.in_rows] for corner in self.corners.values()})


def find_routes(boxes: Boxes, edges: Iterable[Edge]) -> dict[Edge, Route]:
    """For each edge between two boxes the points of its line, which ends at their sides."""
    taken: Counter[tuple[float, float]] = Counter()
    find = _by_rows if boxes.in_rows else _by_columns
    return {edge: find(boxes, edge, taken) for edge in edges}


def list_segments(route: Route) -> list[Segment]:
    """The straight parts, the longest first."""
    return sorted(pairwise(route), key=lambda part: -hypot(part[1][0] - part[0][0], part[1][1] - part[0][1]))


def find_free_point(route: Route, taken: Sequence[Box], others: Iterable[Route]) -> Point:
    """A point of the line, near the middle of a long part, at which a mark stands over no box, and over no
    other line if there is such a point."""
    parts = (0.5, 0.4, 0.6, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8)
    places = [
        (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part)
        for (x0, y0), (x1, y1) in list_segments(route)
        for part in parts
    ]
    free = [
        (x, y)
        for x, y in places
        if not any(b.x - 10 < x < b.x + b.width + 10 and b.y - 10 < y < b.y + b.height + 10 for b in taken)
    ]
    lines = [line for other in others for line in list_segments(other)]
    alone = [place for place in free if all(_distance(place, line) > _MARK for line in lines)]
    return next(iter([*alone, *free, *places]))


# --- column by column: from side to side ---


def _by_columns(boxes: Boxes, edge: Edge, taken: Counter[tuple[float, float]]) -> Route:
    start, end = _between(boxes, *(boxes.corners[name] for name in edge))
    if abs(boxes.corners[edge[0]][0] - boxes.corners[edge[1]][0]) < 1:
        return _within(boxes, edge, taken)
    left, right = sorted(boxes.corners[name][0] for name in edge)
    columns = [x for x in boxes.lines() if left < x < right]
    points, is_straight = [start], True
    for x in columns if start[0] < end[0] else reversed(columns):
        sides = [x - _BESIDE, x + boxes.width + _BESIDE]
        if start[0] > end[0]:
            sides.reverse()
        heights = [_height_at(points[-1], end, side) for side in sides]
        if _is_behind(boxes, x, heights):
            gap = min(_gaps(boxes, x), key=lambda y: abs(y - sum(heights) / 2))
            shift = _SHIFTS[taken[x, gap] % len(_SHIFTS)]
            taken[x, gap] += 1
            heights, is_straight = [gap + shift, gap + shift], False
        points += zip(sides, heights, strict=True)
    return (start, end) if is_straight else (*points, end)


def _between(boxes: Boxes, start: Point, end: Point) -> Segment:
    """From the side of one box to the nearest side of another."""
    (x0, y0), (x1, y1) = start, end
    if abs(x1 - x0) < 1:
        down = y1 > y0
        middle = x0 + boxes.width / 2
        return (middle, y0 + boxes.height * down), (middle, y1 + boxes.height * (not down))
    right = x1 > x0
    half = boxes.height / 2
    return (x0 + boxes.width * right, y0 + half), (x1 + boxes.width * (not right), y1 + half)


def _within(boxes: Boxes, edge: Edge, taken: Counter[tuple[float, float]]) -> Route:
    """Between two of one column: straight if they are neighbours, else round those that are between."""
    (x, above), (_, below) = sorted((boxes.corners[name] for name in edge), key=lambda corner: corner[1])
    if not any(above < top < below for top in _tops(boxes, x)):
        return _between(boxes, *(boxes.corners[name] for name in edge))
    side, half = x + boxes.width, boxes.height / 2
    out = side + _BESIDE + 4 * (taken[x, -1] % 4)
    taken[x, -1] += 1
    ends = [boxes.corners[name][1] + half + shift for name, shift in zip(edge, (8, -8), strict=True)]
    return (side, ends[0]), (out, ends[0]), (out, ends[1]), (side, ends[1])


def _height_at(start: Point, end: Point, x: float) -> float:
    return start[1] + (end[1] - start[1]) * (x - start[0]) / (end[0] - start[0])


def _tops(boxes: Boxes, x: float) -> list[float]:
    return sorted(corner[1] for corner in boxes.corners.values() if corner[0] == x)


def _is_behind(boxes: Boxes, x: float, heights: Sequence[float]) -> bool:
    """Whether a line that passes the column at these heights would pass behind one of its boxes."""
    upper, lower = min(heights) - _CLEAR, max(heights) + _CLEAR
    return any(upper < top + boxes.height and top < lower for top in _tops(boxes, x))


def _gaps(boxes: Boxes, x: float) -> Iterator[float]:
    """The heights at which a line passes the column between its boxes, above or below them."""
    tops = _tops(boxes, x)
    yield tops[0] - 2 * _BESIDE
    for above, below in pairwise(tops):
        yield (above + boxes.height + below) / 2
    yield tops[-1] + boxes.height + 2 * _BESIDE


# --- row by row: to the right within a row, else through the room between the rows ---


def _by_rows(boxes: Boxes, edge: Edge, taken: Counter[tuple[float, float]]) -> Route:
    start, end = (boxes.corners[name] for name in edge)
    columns = sorted({corner[0] for corner in boxes.corners.values()})
    if start[1] == end[1] and abs(columns.index(start[0]) - columns.index(end[0])) == 1:
        return _between(boxes, start, end)
    rows = boxes.lines()
    room = (rows[1] - rows[0] - boxes.height) / 2 if len(rows) > 1 else 2 * _BESIDE
    middles = start[0] + boxes.width / 2, end[0] + boxes.width / 2

    def lane(y: float) -> float:
        shift = _SHIFTS[taken[0, y] % len(_SHIFTS)]
        taken[0, y] += 1
        return y + shift

    out = lane(start[1] + boxes.height + room)
    if rows.index(end[1]) == rows.index(start[1]) + 1:
        return (
            (middles[0], start[1] + boxes.height),
            (middles[0], out),
            (middles[1], out),
            (middles[1], end[1]),
        )
    back, beside = lane(end[1] - room), end[0] - 2 * _BESIDE
    turns = [(middles[0], out), (beside, out), (beside, back), (middles[1], back)]
    return (middles[0], start[1] + boxes.height), *turns, (middles[1], end[1])


def _distance(point: Point, line: Segment) -> float:
    """From the point to the nearest of the line."""
    (x, y), ((x0, y0), (x1, y1)) = point, line
    dx, dy = x1 - x0, y1 - y0
    along = ((x - x0) * dx + (y - y0) * dy) / ((dx * dx + dy * dy) or 1.0)
    part = min(1.0, max(0.0, along))
    return hypot(x - x0 - part * dx, y - y0 - part * dy)
