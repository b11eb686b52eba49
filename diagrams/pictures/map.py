"""The map of interleavings of a hop: the consumer's rollout against the provider's."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.deployment import Deployment
from ..lettering import break_text
from ..palette import ERROR, ERROR_PALE, ERROR_TEXT, GOOD_PALE, GOOD_TEXT, GREY, INK, PALE, PAPER
from .canvas import PLAIN, SMALL, TITLE, WIDTH, Box, Canvas, Polyline, write
from .progress import Cell, ProgressGrid

_MARGIN, _LABELS, _GAP, _ROW = 16.0, 130.0, 3.0, 40.0
_TALLEST = 92.0


def draw_map(deployment: Deployment, found: ProgressGrid) -> Canvas:
    """Right: the consumer's rollout goes on; up: the provider's. Red cells are those in which a quick request
    can meet a pair that breaks, dark where this pipeline comes to them; the green line is an order of the two
    that passes none, for this contract alone."""
    head = list(_title(deployment, found))
    top = head[-1].y + head[-1].height + 14
    grid = _Grid(found, top)
    boxes = [*head, *_cells(grid), *_labels(grid)]
    bottom = max(box.y + box.height for box in boxes)
    legend = list(_legend(found, bottom + 12))
    height = max(box.y + box.height for box in legend) + 12
    return Canvas(height, (*boxes, *legend), tuple(_line(grid)), tuple(_ends(grid)))


class _Grid:
    """Where the cells stand."""

    def __init__(self, found: ProgressGrid, top: float) -> None:
        self.found, self.top = found, top
        room = WIDTH - 2 * _MARGIN - _LABELS
        self.width = min(_TALLEST, room / len(found.across))

    def corner(self, cell: Cell) -> tuple[float, float]:
        x, y = cell
        return _MARGIN + _LABELS + x * self.width, self.top + (len(self.found.up) - 1 - y) * _ROW

    def centre(self, cell: Cell) -> tuple[float, float]:
        """The middle of the cell, or of its upper part where its sign stands below."""
        x, y = self.corner(cell)
        return x + (self.width - _GAP) / 2, y + (9 if cell in self.found.broken else (_ROW - _GAP) / 2)

    @property
    def bottom(self) -> float:
        return self.top + len(self.found.up) * _ROW


def _title(deployment: Deployment, found: ProgressGrid) -> Iterator[Box]:
    hop, room = found.hop, WIDTH - 2 * _MARGIN
    first = write(
        f"{hop.consumer} {hop.verb.written} {hop.provider}: {hop.subject}",
        _MARGIN,
        14,
        room,
        TITLE,
        bold=True,
    )
    yield first
    release = f", release {deployment.release}" if deployment.release else ""
    said = f"{deployment.system}{release} · right: {hop.consumer} goes on; up: {hop.provider} does; "
    said += "each order of the two is a staircase from the lower left to the upper right"
    second = write(said, _MARGIN, first.y + first.height + 3, room, PLAIN, ink=GREY, most=3)
    yield second
    text, ink = _verdict(found)
    yield write(text, _MARGIN, second.y + second.height + 6, room, PLAIN, bold=True, ink=ink, most=3)


def _verdict(found: ProgressGrid) -> tuple[str, str]:
    """Whether some order is safe for this contract, and which."""
    if found.order is None:
        return "No order of the two helps: take expand/contract, or a flag.", ERROR_TEXT
    if not found.broken:
        return "Nothing breaks in any order.", GOOD_TEXT
    hop, middle = found.hop, set(found.order)
    corner_up, corner_right = (0, len(found.up) - 1), (len(found.across) - 1, 0)
    if corner_up in middle:
        return (
            f"Safe for quick requests at this contract: {hop.provider} first, then {hop.consumer}.",
            GOOD_TEXT,
        )
    if corner_right in middle:
        return (
            f"Safe for quick requests at this contract: {hop.consumer} first, then {hop.provider}.",
            GOOD_TEXT,
        )
    return "Safe for quick requests at this contract: the two in turns, along the green line.", GOOD_TEXT


def _cells(grid: _Grid) -> Iterator[Box]:
    found = grid.found
    marked = {(0, 0), (len(found.across) - 1, len(found.up) - 1)}
    for x in range(len(found.across)):
        for y in range(len(found.up)):
            left, top = grid.corner((x, y))
            fill, ink, sign, what = _look(found, (x, y))
            yield Box(left, top, grid.width - _GAP, _ROW - _GAP, fill=fill, what=what)
            if sign:
                below = 17 if (x, y) in marked else 10
                yield Box(left, top + below, grid.width - _GAP, 16, (sign,), ink=ink, bold=True)


def _look(found: ProgressGrid, cell: Cell) -> tuple[str, str, str, str]:
    """Fill, ink and sign of a cell, and what it says."""
    number = found.broken.get(cell, 0)
    met = found.met is None or cell in found.met
    name = f"{found.across[cell[0]].label} with {found.up[cell[1]].label}"
    if number:
        struck = cell in found.struck
        fill, ink = (ERROR, PAPER) if struck else (ERROR_PALE, ERROR_TEXT)
        return fill, ink, "×" * number, f"breaks{'' if struck else ', not met'}: {name}"
    return (GOOD_PALE if met else PALE), GOOD_TEXT, "", f"fine{'' if met else ', not met'}: {name}"


def _labels(grid: _Grid) -> Iterator[Box]:
    found = grid.found
    for y, stop in enumerate(found.up):
        left, top = _MARGIN, grid.corner((0, y))[1]
        lines = break_text(stop.label, _LABELS - 10, SMALL, most=2)
        yield Box(left, top, _LABELS - 8, _ROW - _GAP, lines)
    for x, stop in enumerate(found.across):
        lines = break_text(stop.label, grid.width - 6, SMALL, most=4)
        yield Box(grid.corner((x, 0))[0], grid.bottom + 3, grid.width - _GAP, len(lines) * 13.75, lines)
    under = max((len(break_text(s.label, grid.width - 6, SMALL, most=4)) for s in found.across), default=1)
    *above, last = break_text(found.hop.provider, _LABELS - 26, PLAIN, bold=True, most=2)
    y_axis = (*above, f"{last} ↑")
    height = len(y_axis) * PLAIN * 1.25
    yield Box(_MARGIN, grid.bottom + 3, _LABELS - 8, height, y_axis, size=PLAIN, bold=True)
    text = f"{found.hop.consumer} →"
    yield write(text, _MARGIN + _LABELS, grid.bottom + 6 + under * 13.75, 400, PLAIN, bold=True, most=2)


def _line(grid: _Grid) -> Iterator[Polyline]:
    if grid.found.order and grid.found.broken:
        yield Polyline(tuple(map(grid.centre, _turns(grid.found.order))), GOOD_TEXT, 4, what="a safe order")


def _turns(path: tuple[Cell, ...]) -> Iterator[Cell]:
    """The cells of a staircase at which it begins, turns or ends."""
    for index, cell in enumerate(path):
        around = path[index - 1 : index + 2] if index else ()
        if len(around) < 3 or not any(len({one[axis] for one in around}) == 1 for axis in (0, 1)):
            yield cell


def _ends(grid: _Grid) -> Iterator[Box]:
    found = grid.found
    for cell, fill in (((0, 0), PAPER), ((len(found.across) - 1, len(found.up) - 1), INK)):
        x, y = grid.centre(cell)
        yield Box(
            x - 7,
            y - 7,
            14,
            14,
            fill=fill,
            border=INK,
            pen=2,
            round=True,
            what="start" if cell == (0, 0) else "end",
        )


def _legend(found: ProgressGrid, y: float) -> Iterator[Box]:
    room, x = WIDTH - 2 * _MARGIN, _MARGIN
    for fill, ink, sign, text in _chips(found):
        yield Box(x, y, 26, 16, (sign,) if sign else (), fill, ink, bold=True)
        box = write(text, x + 32, y + 1, 340, most=2)
        yield box
        x += 400
        if x > WIDTH - 400:
            x, y = _MARGIN, y + 32
    if x > _MARGIN:
        y += 32
    yield write(_counted(found), _MARGIN, y, room, ink=GREY, most=3)


def _chips(found: ProgressGrid) -> Iterator[tuple[str, str, str, str]]:
    known = found.met is not None
    where = "this pipeline comes here, and " if known else ""
    yield ERROR, PAPER, "×", f"{where}a quick request meets what breaks; ×× in both directions"
    yield ERROR_PALE, ERROR_TEXT, "×", "would break, and no quick request meets it in this pipeline"
    yield GOOD_PALE, GOOD_TEXT, "", f"{'this pipeline comes here; ' if known else ''}nothing breaks"
    if known:
        yield PALE, INK, "", "nothing would break, and this pipeline never comes here"


def _counted(found: ProgressGrid) -> str:
    cells = len(found.across) * len(found.up)
    told = f"{len(found.broken)} of {cells} states of the two break"
    if found.met is None:
        return f"{told}; to which of them the pipeline comes is not known here"
    hit = f"a quick request meets what breaks in {len(found.struck)}"
    return f"{told}; this pipeline comes to {len(found.met)} of the {cells}, and {hit}"
