"""Where the components stand: one layout by Graphviz, read into boxes and curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache

from msgspec import Struct

from ..graphviz import build_digraph, draw_picture

NODE_HEIGHT = 78
_POINTS_PER_INCH = 72
_MARGIN = 14

Point = tuple[float, float]


class Direction(Enum):
    """Which way requests run: to the right on a wide screen, down on a tall one, where boxes are narrow."""

    WIDE = ("LR", 140, "0.55", "0.28")
    TALL = ("TB", 106, "0.5", "0.14")

    def __init__(self, rankdir: str, node_width: int, between_ranks: str, between_nodes: str) -> None:
        self.rankdir, self.node_width = rankdir, node_width
        self.gaps = {"ranksep": between_ranks, "nodesep": between_nodes}


class LayoutArrow(Struct, frozen=True):
    """An edge of a drawing, between nodes by number; `backwards` ranks its end before its start."""

    start: int
    end: int
    backwards: bool = False


class Layout(Struct, frozen=True):
    """Centres of the nodes and the curves of the arrows (cubic, from start to end), in pixels."""

    node_width: int
    width: float
    height: float
    centres: tuple[Point, ...]
    curves: tuple[tuple[Point, ...], ...]


@lru_cache(maxsize=256)
def lay_out(
    nodes: int, arrows: tuple[LayoutArrow, ...], direction: Direction, node_width: int | None = None
) -> Layout:
    """A layered layout of so many equal boxes, as wide as is usual in that direction or as is said.

    Cached: requests of one shape share a layout. Raises `DiagramError` where Graphviz cannot draw.
    """
    graph = build_digraph("", rankdir=direction.rankdir, **direction.gaps)
    width = node_width or direction.node_width
    inches = {"width": _inches(width), "height": _inches(NODE_HEIGHT)}
    graph.attr("node", shape="box", fixedsize="true", label="", **inches)
    graph.attr("edge", dir="none")
    for node in range(nodes):
        graph.node(f"n{node}")
    for arrow in arrows:
        ends = (arrow.end, arrow.start) if arrow.backwards else (arrow.start, arrow.end)
        graph.edge(*(f"n{end}" for end in ends))
    return _read(draw_picture(graph, "plain").decode(), nodes, arrows, width)


def _inches(pixels: int) -> str:
    return f"{pixels / _POINTS_PER_INCH:.4f}"


def _read(plain: str, nodes: int, arrows: Sequence[LayoutArrow], node_width: int) -> Layout:
    """Graphviz's `plain` format: inches, from the lower left corner."""
    lines = [line.split() for line in plain.splitlines()]
    width, height = (float(word) * _POINTS_PER_INCH for word in lines[0][2:4])
    centres: dict[str, Point] = {}
    curves: dict[tuple[str, str], list[tuple[Point, ...]]] = {}
    for kind, *words in lines[1:]:
        if kind == "node":
            centres[words[0]] = next(_points(words[1:3], height))
        elif kind == "edge":
            count = int(words[2])
            curve = tuple(_points(words[3 : 3 + 2 * count], height))
            curves.setdefault((words[0], words[1]), []).append(curve)
    return Layout(
        node_width,
        round(width + 2 * _MARGIN, 1),
        round(height + 2 * _MARGIN, 1),
        tuple(centres[f"n{node}"] for node in range(nodes)),
        tuple(_curve(arrow, curves) for arrow in arrows),
    )


def _points(words: Sequence[str], height: float) -> Iterator[Point]:
    for x, y in zip(words[::2], words[1::2], strict=True):
        across, down = float(x) * _POINTS_PER_INCH, height - float(y) * _POINTS_PER_INCH
        yield round(across + _MARGIN, 1), round(down + _MARGIN, 1)


def _curve(arrow: LayoutArrow, curves: dict[tuple[str, str], list[tuple[Point, ...]]]) -> tuple[Point, ...]:
    start, end = f"n{arrow.start}", f"n{arrow.end}"
    if arrow.backwards:
        return tuple(reversed(curves[end, start].pop(0)))
    return curves[start, end].pop(0)
