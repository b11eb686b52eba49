"""A difference as text for a person: what is new with its story, the rest in a line each."""

from __future__ import annotations

from io import StringIO

from ..diagrams.condense import condense, split_event
from .difference import ComparedFinding, Difference, State
from .outputs.difference import tell_counts, tell_fresh, tell_verdict
from .page import Page, PlainScreen, Screen
from .styled import Text

_STYLES = {State.NEW: "bold red", State.FIXED: "green", State.ACCEPTED: "yellow", State.UNCHANGED: "dim"}


def render_plain(difference: Difference) -> str:
    """The text for a file: without colour, in 100 columns."""
    written = StringIO()
    render(difference, PlainScreen(written, "utf-8"))
    return written.getvalue()


def render(difference: Difference, screen: Screen) -> None:
    """Print the difference, as wide as the terminal, or in 100 columns where there is none."""
    page, head = Page(screen), difference.head
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
    is_known = one.state is not State.NEW and bool(finding.hazards)
    if is_known or one.state is State.FIXED:  # why there is no verdict is told though it be as before
        return
    page.paragraph(Text(page.clean(finding.text)), 11)
    if fresh := tell_fresh(one):
        page.paragraph(Text(page.clean(fresh)), 11)
    for told in condense(one.fresh[0].trace) if one.fresh else ():
        who, what = split_event(told.event)
        page.paragraph(Text(page.clean(f"{told.number}  {told.event.step}  {who}: {what}")), 13, 4)
