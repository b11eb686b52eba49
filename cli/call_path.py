"""The path of a request through the components, with the failing hops marked underneath."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct, field
from rich.cells import cell_len, set_cell_size

from ..model.deployment import Request
from .page import Page

_ROWS = 3


class _Row(Struct):
    """A line of the path, and where each of its hops begins and ends."""

    text: str = ""
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)


class CallPaths:
    """The paths of requests on one page; the rows of each are made once, however many causes break it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._rows: dict[tuple[str, int], list[_Row]] = {}

    def rows(self, request: Request, width: int) -> list[_Row]:
        known = self._rows.get((request.name, width))
        if known is None:
            known = self._rows[request.name, width] = list(_rows(self.page, request, width))
        return known


def call_path(paths: CallPaths, request: Request, failing: Collection[int], width: int) -> list[str]:
    """Lines that show the path and, below each, marks at the failing hops (1-based).

    A hop that does not start where the one before ended shows its own start, so each hop is seen
    with both its ends. In a path of many rows those without a failing hop are folded.
    """
    page, lines, folded = paths.page, [], 0
    rows = paths.rows(request, width)
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
    for number, hop in enumerate(request.hops, 1):
        consumer, provider = _names(page, (hop.consumer, hop.provider), width)
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


def _names(page: Page, names: tuple[str, str], width: int) -> tuple[str, str]:
    """Both ends of a hop: whole, to be searched for, if a row has room for the two."""
    consumer, provider = (page.clean(name) for name in names)
    if _fits(page, consumer, provider, width):
        return consumer, provider
    cells = (width - 4) // 2
    return _name(page, consumer, cells), _name(page, provider, cells)


def _fits(page: Page, consumer: str, provider: str, width: int) -> bool:
    return cell_len(f"{consumer} {page.glyphs.arrow} {provider}") <= width


def is_too_narrow(page: Page, request: Request, width: int) -> bool:
    """Whether names have to be cut for the path to have this width."""
    return not all(
        _fits(page, page.clean(hop.consumer), page.clean(hop.provider), width) for hop in request.hops
    )


def _name(page: Page, shown: str, cells: int) -> str:
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
