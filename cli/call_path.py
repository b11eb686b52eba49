"""The path of a request through the components, with the failing hops marked underneath."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct, field
from rich.cells import cell_len, set_cell_size

from ..model.deployment import Request
from .page import Page

_NAME_CELLS = 24
_ROWS = 3


class _Row(Struct):
    """A line of the path, and where each of its hops begins and ends."""

    text: str = ""
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)


def call_path(page: Page, request: Request, failing: Collection[int], width: int) -> list[str]:
    """Lines that show the path and, below each, marks at the failing hops (1-based).

    A hop that does not start where the one before ended shows its own start, so each hop is seen
    with both its ends. In a path of many rows those without a failing hop are folded.
    """
    lines, folded = [], 0
    rows = list(_rows(page, request, width))
    for row in rows:
        marked = [number for number in row.spans if number in failing]
        if not marked and len(rows) > _ROWS:
            folded += len(row.spans)
            continue
        if folded:
            lines.append(_hops_left_out(page, folded))
            folded = 0
        lines += [row.text, *_marks(page, row, marked)]
    return [*lines, _hops_left_out(page, folded)] if folded else lines


def _hops_left_out(page: Page, number: int) -> str:
    return f"{page.glyphs.ellipsis} {number} {'hop' if number == 1 else 'hops'} without a hazard"


def _rows(page: Page, request: Request, width: int) -> Iterator[_Row]:
    row, end = _Row(), None
    cells = min(_NAME_CELLS, (width - 4) // 2)
    for number, hop in enumerate(request.hops, 1):
        consumer, provider = _name(page, hop.consumer, cells), _name(page, hop.provider, cells)
        step = f" {page.glyphs.arrow} {provider}"
        joint = "" if hop.consumer == end else f" {page.glyphs.again} {consumer}"
        if row.text and cell_len(row.text + joint + step) > width:
            yield row
            row = _Row()
        if not row.text:
            joint = consumer
        start = cell_len(row.text + joint) - cell_len(consumer)
        row.text += joint + step
        row.spans[number] = (start, cell_len(row.text))
        end = hop.provider
    yield row


def _name(page: Page, name: str, cells: int) -> str:
    shown = page.clean(name)
    if cell_len(shown) <= cells:
        return shown
    ellipsis = page.glyphs.ellipsis
    return set_cell_size(shown, cells - len(ellipsis)).rstrip() + ellipsis


def _marks(page: Page, row: _Row, marked: list[int]) -> list[str]:
    """Lines of brackets under the hops; brackets that would touch go to a line of their own."""
    lines: list[str] = []
    for number in marked:
        start, end = row.spans[number]
        for index, line in enumerate(lines):
            if len(line) < start:
                lines[index] = line.ljust(start) + _bracket(page, number, end - start)
                break
        else:
            lines.append(" " * start + _bracket(page, number, end - start))
    return lines


def _bracket(page: Page, number: int, width: int) -> str:
    glyphs = page.glyphs
    label = next((text for text in (f" hop {number} ", f" {number} ") if len(text) <= width - 2), str(number))
    return glyphs.corner_left + label.center(width - 2, glyphs.underline) + glyphs.corner_right
