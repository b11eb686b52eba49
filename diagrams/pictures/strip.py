"""The pipeline as a strip: where it stands, and where a cause is open; other steps in a row are one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from ..lettering import break_text
from ..palette import ERROR, ERROR_PALE, ERROR_TEXT, GREY, INK, PALE, PAPER
from .canvas import LEADING, SMALL, WIDTH, Box
from .columns import title_steps

MOST_IN_A_ROW = 7
_MARGIN, _GAP = 16.0, 4.0


def draw_strip(
    steps: Sequence[str], window: Collection[str], now: str | None, y: float, *, whole: bool = False
) -> Iterator[Box]:
    """The steps from the left; red are those of the window, dark is the one at which the pipeline stands.
    `whole`: each step has a place of its own."""

    def look(step: str) -> tuple[object, ...]:
        return step == now, step in window, whole and step

    runs = [tuple(run) for _, run in groupby(steps, key=look)]
    for at in range(0, len(runs), MOST_IN_A_ROW):
        row = runs[at : at + MOST_IN_A_ROW]
        width = (WIDTH - 2 * _MARGIN + _GAP) / len(row) - _GAP
        texts = [break_text(title_steps(run), width - 6, SMALL, bold=True, most=4) for run in row]
        height = max(map(len, texts)) * SMALL * LEADING + 8
        for index, (run, lines) in enumerate(zip(row, texts, strict=True)):
            here, struck = now in run, run[0] in window
            fill, ink = (ERROR, PAPER) if here and struck else (INK, PAPER) if here else (PALE, GREY)
            if struck and not here:
                fill, ink = ERROR_PALE, ERROR_TEXT
            what = f"{'here' if here else 'open' if struck else 'quiet'}: {', '.join(run)}"
            x = _MARGIN + index * (width + _GAP)
            yield Box(x, y, width, height, lines, fill, ink, bold=here, what=what)
        y += height + _GAP
