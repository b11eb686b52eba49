"""What a picture is made of: boxes with text, and lines; in points from the upper left corner."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from ..graphviz import FONT, escape_plain, new_plain_digraph
from ..lettering import break_text, measure
from ..palette import ERROR, INK, PAPER

if TYPE_CHECKING:
    from graphviz import Digraph

WIDTH = 830.0
"""As wide as the column of a page on a code host; a point of the picture is a pixel there."""
SMALL, PLAIN, TITLE = 11.0, 12.0, 17.0
"""The sizes of text; none is smaller than 11 pixels."""
LEADING = 1.25
"""From line to line, in sizes of the text."""

Point = tuple[float, float]


class Box(Struct, frozen=True):
    """A rectangle (or a circle) with lines of text, which are centred or begin at its left side.

    `what` says what the box stands for, to whoever reads the picture back. No `fill`: only its text is seen.
    """

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...] = ()
    fill: str = ""
    ink: str = INK
    border: str = ""
    pen: float = 1.0
    size: float = SMALL
    bold: bool = False
    left: bool = False
    round: bool = False
    dashed: bool = False
    what: str = ""

    @property
    def text_width(self) -> float:
        return max((measure(line, self.size, self.bold) for line in self.lines), default=0.0)

    @property
    def text_height(self) -> float:
        return len(self.lines) * self.size * LEADING


class Line(Struct, frozen=True):
    """A line through points, with an arrow at its end or without."""

    points: tuple[Point, ...]
    colour: str = INK
    pen: float = 1.2
    arrow: bool = False
    dashed: bool = False
    what: str = ""


class Canvas(Struct, frozen=True):
    """A picture: how large it is, and what is drawn in which order, lines last but for boxes `above` them."""

    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...] = ()
    above: tuple[Box, ...] = ()
    width: float = WIDTH

    @property
    def marks(self) -> int:
        """How many red marks there are."""
        return sum(box.round and box.fill == ERROR for box in self.all_boxes)

    @property
    def all_boxes(self) -> tuple[Box, ...]:
        return (*self.boxes, *self.above)

    def draw(self) -> Digraph:
        """The picture for Graphviz, which puts everything where it is said to."""
        graph = new_plain_digraph(self.width, self.height)
        for index, box in enumerate(self.boxes):
            self._draw_box(graph, f"b{index}", box)
        for end in ("from", "to") if self.lines else ():  # lines are drawn where their first end is named
            graph.node(end, label="", pos="0,0", width="0", height="0", style="invis")
        for line in self.lines:
            self._draw_line(graph, line)
        for index, box in enumerate(self.above):
            self._draw_box(graph, f"t{index}", box)
        return graph

    def _draw_box(self, graph: Digraph, name: str, box: Box) -> None:
        end = "\\l" if box.left else "\\n"
        graph.node(
            name,
            label="".join(escape_plain(line) + end for line in box.lines) if box.lines else "",
            pos=f"{box.x + box.width / 2:.2f},{self.height - box.y - box.height / 2:.2f}",
            width=f"{box.width / 72:.4f}",
            height=f"{box.height / 72:.4f}",
            shape="ellipse" if box.round else "box",
            style=",".join(filter(None, ["filled" if box.fill else "", "dashed" if box.dashed else ""])),
            fillcolor=box.fill or PAPER,
            color=box.border or box.fill or "transparent",
            penwidth=f"{box.pen if box.border else 0:g}",
            fontcolor=box.ink,
            fontsize=f"{box.size:g}",
            fontname=f"{FONT}-Bold" if box.bold else FONT,
            tooltip=box.what or " ",
        )

    def _draw_line(self, graph: Digraph, line: Line) -> None:
        points = [(x, self.height - y) for x, y in line.points]
        head = ""
        if line.arrow:
            (x0, y0), (x1, y1) = points[-2:]
            far = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1.0
            head = f"e,{x1:.2f},{y1:.2f} "
            points[-1] = (x1 - (x1 - x0) / far * _HEAD, y1 - (y1 - y0) / far * _HEAD)
        graph.edge(
            "from",
            "to",
            pos=head + " ".join(f"{x:.2f},{y:.2f}" for x, y in _spline(points)),
            color=line.colour,
            penwidth=f"{line.pen:g}",
            dir="forward" if line.arrow else "none",
            arrowsize=f"{_HEAD / 10:g}",
            style="dashed" if line.dashed else "solid",
            tooltip=line.what or " ",
        )


_HEAD = 8.0


def _spline(points: list[Point]) -> list[Point]:
    """A polyline as Graphviz wants it: cubic curves, here straight ones."""
    curve = [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        thirds = [(x0 + (x1 - x0) * part / 3, y0 + (y1 - y0) * part / 3) for part in (1, 2)]
        curve += [*thirds, (x1, y1)]
    return curve


# --- parts that several pictures have ---


def write(
    text: str,
    x: float,
    y: float,
    width: float,
    size: float = SMALL,
    *,
    bold: bool = False,
    ink: str = INK,
    most: int = 4,
) -> Box:
    """Text from the left, as high as its lines need."""
    lines = break_text(text, width, size, bold=bold, most=most)
    return Box(x, y, width, len(lines) * size * LEADING, lines, ink=ink, size=size, bold=bold, left=True)


def number_mark(number: int, x: float, y: float, what: str = "") -> Box:
    """A red dot with a number, by its centre."""
    return Box(x - 9, y - 9, 18, 18, (str(number),), ERROR, PAPER, bold=True, round=True, what=what)
