"""Who stands where in every frame of a film, and the ways of the lines between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from ...model.deployment import Deployment
from ..report.layout import Direction, LayoutArrow, lay_out
from .canvas import WIDTH, Point
from .routes import Boxes, Edge, Route, find_routes

MOST_RANKS = 6
"""So many stand side by side."""
MARGIN, WIDE, TALL, TOP = 16.0, 112.0, 60.0, 78.0
_FARTHEST = 120.0
"""So far at most is it from one column to the next."""


class Stage(Struct, frozen=True):
    """Who stands where, in every frame, and the lines of the hops between them."""

    corners: Mapping[str, Point]
    routes: Mapping[Edge, Route]

    @property
    def bottom(self) -> float:
        return max((y for _, y in self.corners.values()), default=TOP) + TALL


def build_stage(deployment: Deployment, names: tuple[str, ...]) -> Stage:
    """Places by Graphviz's layers, stretched over the width; row by row where there are too many layers."""
    hops = (hop for request in deployment.requests for hop in request.hops)
    pairs = dict.fromkeys((hop.consumer, hop.provider) for hop in hops)
    edges = tuple(edge for edge in pairs if set(edge) <= set(names) and edge[0] != edge[1])
    arrows = tuple(LayoutArrow(names.index(one), names.index(other)) for one, other in edges)
    layout = lay_out(len(names), arrows, Direction.WIDE)
    ranks = sorted({round(x) for x, _ in layout.centres})
    if len(ranks) <= MOST_RANKS:
        columns = [
            sorted((y, name) for name, (x, y) in zip(names, layout.centres, strict=True) if round(x) == rank)
            for rank in ranks
        ]
        return _stand(dict(_in_columns(columns)), edges, in_rows=False)
    by_distance = _list_by_distance(names, edges)
    if len(by_distance) <= MOST_RANKS:
        tallest = max(map(len, by_distance)) * (TALL + 14)
        columns = [
            [(tallest * (place + 0.5) / len(column), name) for place, name in enumerate(column)]
            for column in by_distance
        ]
        return _stand(dict(_in_columns(columns)), edges, in_rows=False)
    return _stand(dict(_in_rows(names)), edges, in_rows=True)


def _in_columns(columns: Sequence[Sequence[tuple[float, str]]]) -> Iterator[tuple[str, Point]]:
    """Corners of columns of names with their heights; those that would touch move down."""
    room = (WIDTH - 2 * MARGIN - WIDE) / max(len(columns) - 1, 1)
    for index, column in enumerate(columns):
        last = -TALL - 14
        for y, name in column:
            last = max(last + TALL + 14, (y - TALL / 2) * 0.86)
            yield name, (MARGIN + min(room, WIDE + _FARTHEST) * index, TOP + last)


def _list_by_distance(names: Sequence[str], edges: Sequence[Edge]) -> list[list[str]]:
    """Names by how few hops they are from one that nobody calls, in each column below the first of their
    callers: fewer columns than layers, where many call each other."""
    called, calling = (Counter(edge[end] for edge in edges) for end in (1, 0))
    first = max(names, key=lambda name: calling[name] - called[name])
    columns = [[name for name in names if not called[name]] or [first]]
    seen = set(columns[0])
    while len(seen) < len(names):
        following = dict.fromkeys(
            provider
            for name in columns[-1]
            for consumer, provider in edges
            if consumer == name and provider not in seen
        )
        if not following:  # the others call each other in circles that nobody enters
            following = dict.fromkeys(name for name in names if name not in seen)
        columns.append(list(following))
        seen |= following.keys()
    return columns


def _stand(corners: Mapping[str, Point], edges: Sequence[Edge], *, in_rows: bool) -> Stage:
    return Stage(corners, find_routes(Boxes(corners, WIDE, TALL, in_rows), edges))


def _in_rows(names: Sequence[str]) -> Iterator[tuple[str, Point]]:
    step = (WIDTH - 2 * MARGIN - WIDE) / (MOST_RANKS - 1)
    for index, name in enumerate(names):
        row, place = divmod(index, MOST_RANKS)
        yield name, (MARGIN + place * step, TOP + 16 + row * (TALL + 30))  # lines pass above them, too
