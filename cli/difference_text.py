"""A difference as text for a person: what is new with its story, the rest in a line each."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.text import Text

from ..diagrams.condense import condense, split_event
from .difference import ComparedFinding, Difference, State
from .outputs.difference import tell_counts, tell_fresh, tell_verdict
from .page import Page
from .render_text import make_file_console

_STYLES = {State.NEW: "bold red", State.FIXED: "green", State.ACCEPTED: "yellow", State.UNCHANGED: "dim"}


def render_plain(difference: Difference) -> str:
    """The text for a file: without colour, in 100 columns."""
    written = StringIO()
    render(difference, make_file_console(written))
    return written.getvalue()


def render(difference: Difference, console: Console) -> None:
    """Print the difference, as wide as the terminal, or in 100 columns where there is none."""
    page, head = Page(console), difference.head
    base = "nothing" if difference.base is None else difference.base.file
    title = Text(page.clean(base)).append(f" {page.glyphs.arrow} ").append(page.clean(head.file), "bold")
    page.ends(title, Text(tell_counts(difference)))
    before = "" if difference.base is None else f"{tell_verdict(difference.base)} {page.glyphs.arrow} "
    page.line(Text(f"{before}{tell_verdict(head)}"))
    for one in difference.findings:
        page.line()
        _render(page, one)


def _render(page: Page, one: ComparedFinding) -> None:
    finding, place = one.finding, one.finding.place
    head = Text(f"{one.state:<11}", _STYLES[one.state]).append(f"{finding.code} ")
    head.append(page.clean(finding.title), "bold" if one.state is State.NEW else "")
    where = "" if place is None else f"{page.clean(place.file)}:{place.line}"
    page.ends(head, Text(where, "dim"))
    if one.state is not State.NEW:
        return
    page.paragraph(Text(page.clean(finding.text)), 11)
    if fresh := tell_fresh(one):
        page.paragraph(Text(page.clean(fresh)), 11)
    for told in condense(one.fresh[0].trace) if one.fresh else ():
        who, what = split_event(told.event)
        page.paragraph(Text(page.clean(f"{told.number}  {told.event.step}  {who}: {what}")), 13, 4)
