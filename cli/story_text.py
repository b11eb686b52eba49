"""The story of a hazard as a table: number in the whole trace, step, who, what."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from ..diagrams.condense import NO_WAY_BACK, ToldEvent, condense, list_left_out, split_event, tell_left_out
from ..properties.verdict import Hazard
from .page import Page
from .styled import Text

_STEP_CELLS, _WHO_CELLS = 28, 24


def render_story(page: Page, hazard: Hazard) -> None:
    """The shortest story, in columns: number in the whole trace, step, who, what. No name of a step is cut:
    where they do not fit into a column each stands on a line above its events."""
    told = condense(hazard.whole_story)
    rows = [_row(page, row) for row in told]
    columns = _Columns(page, rows)
    for index, (row, (step, who, what)) in enumerate(zip(told, rows, strict=True)):
        if row.begins_loop(hazard.loop):
            page.paragraph(Text("from here on, for ever:", "dim"), 7)
        if row.begins_loop(hazard.turn):
            page.paragraph(Text(NO_WAY_BACK, "dim"), 7)
        if not columns.steps and (index == 0 or rows[index - 1][0] != step):
            page.paragraph(Text(f"in {step}:", "dim"), 7)
        fails = hazard.ends and row is told[-1]
        who, what = columns.place(who, what)
        start = Text(f"{row.number:>5}  {columns.write(step, who)} ")
        start.append(page.glyphs.unsafe if fails else " ", "bold red").append(" ")
        text = Text().append_text(start).append(what, "bold" if fails else "")
        _hanging(page, text, start.cell_len)
    if hazard.stays:
        page.paragraph(Text("and so it stays: nothing is left that must happen", "dim"), 7)
    _render_left_out(page, hazard)


def _row(page: Page, row: ToldEvent) -> tuple[str, str, str]:
    who, what = split_event(row.event)
    return page.clean(row.event.step), page.clean(who), page.clean(what)


class _Columns:
    """The columns of steps (none where a name does not fit) and of those who do something."""

    def __init__(self, page: Page, rows: Sequence[tuple[str, str, str]]) -> None:
        widest = max((cell_len(step) for step, _, _ in rows), default=0)
        self.steps = widest if widest <= max(_STEP_CELLS, page.width // 3) and page.width >= 80 else 0
        most = min(_WHO_CELLS, page.width // 4)
        self._who = max((cell_len(who) for _, who, _ in rows if cell_len(who) <= most), default=0)

    def write(self, step: str, who: str) -> str:
        shown = f"{set_cell_size(step, self.steps)}  " if self.steps else ""
        return f"{shown}{set_cell_size(who, self._who)}"

    def place(self, who: str, what: str) -> tuple[str, str]:
        """The two, or all in the second column where the first is too narrow: no name is cut."""
        return (who, what) if cell_len(who) <= self._who else ("", f"{who}: {what}")


def _render_left_out(page: Page, hazard: Hazard) -> None:
    if left_out := list_left_out(hazard.whole_story):
        page.paragraph(Text(f"(left out: {tell_left_out(left_out)})", "dim"), 7)


def _hanging(page: Page, text: Text, indent: int) -> None:
    """`text` whose first `indent` columns are a table's; what follows is broken below itself."""
    start, what = text.part(0, indent), text.part(indent)
    lines = what.wrap(max(page.width - indent, 10))
    for index, line in enumerate(lines):
        page.line(Text().append_text(start if index == 0 else Text(" " * indent)).append_text(line))
