"""The answer as text for a person: the verdict first, then the hazards, then what was assumed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

from rich.console import Console
from rich.text import Text

from ..diagrams.wording import count
from ..model.deployment import Deployment
from ..properties.verdict import (
    Answer,
    Hazard,
    Safe,
    Unknown,
    Unsafe,
    list_hop_hazards,
    list_property_hazards,
)
from .hazard_text import render_request, told_in_full
from .page import Page
from .property_text import render_properties
from .summary_text import render_summary

STORIES = 5
"""So many stories are told unless all are asked for."""


class _Console(Console):
    """Leaves a closed pipe to the program: rich would exit with status 1, which means hazards."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def make_console() -> Console:
    """The console for standard output: colour on a terminal, none when piped or under NO_COLOR."""
    return _Console(highlight=False, markup=False, emoji=False)


def make_file_console(file: StringIO) -> Console:
    """The console for a text that goes to a file."""
    return _Console(file=file, highlight=False, markup=False, emoji=False)


@contextmanager
def printed_whole() -> Iterator[Console]:
    """The console for standard output. What is written to it is printed when it is all there: a limit that is
    hit on the way leaves no half of a verdict."""
    console = make_console()
    with console.capture() as told:
        yield console
    console.file.write(told.get())
    console.file.flush()


def render_plain(answer: Answer, deployment: Deployment) -> str:
    """The text for a file: without colour, in 100 columns."""
    written = StringIO()
    render(answer, deployment, make_file_console(written))
    return written.getvalue()


def render(answer: Answer, deployment: Deployment, console: Console, stories: int | None = STORIES) -> None:
    """Print the answer about `deployment`, as wide as the terminal, or in 100 columns where there is none.

    `stories` limits how many shortest stories are told (None: all); what is folded away is counted.
    The text depends on the arguments only.
    """
    page = Page(console)
    _render_verdict(page, answer, deployment)
    page.line()
    _render_hazards(page, deployment, answer.hazards, stories)
    render_summary(page, answer, deployment)


def _render_verdict(page: Page, answer: Answer, deployment: Deployment) -> None:
    match answer.verdict:
        case Safe():
            mark, style = f"{page.glyphs.safe} SAFE", "bold green"
        case Unsafe():
            mark, style = f"{page.glyphs.unsafe} UNSAFE", "bold red"
        case Unknown():
            mark, style = "? UNKNOWN", "bold yellow"
    head = Text().append(mark, style).append(f"   {page.clean(answer.system)}")
    if answer.release is not None:
        head.append(f", release {page.clean(answer.release)}")
    page.ends(head, Text(_counted(answer, deployment)))


def _counted(answer: Answer, deployment: Deployment) -> str:
    requests = count(len(deployment.requests), "request")
    match answer.verdict:
        case Safe() if answer.accepted:
            return f"no hazard in {requests} but {len(answer.accepted)} accepted"
        case Safe():
            return f"no hazard in {requests}"
        case Unknown(hazards=hazards) if hazards:
            return f"no verdict; {count(len(hazards), 'hazard')} if what is not known breaks"
        case Unknown():
            return "no verdict"
        case Unsafe(hazards):
            also = [f"{len(answer.accepted)} accepted"] if answer.accepted else []
            return ", ".join([*_counted_hazards(hazards, requests), *also])


def _counted_hazards(hazards: tuple[Hazard, ...], requests: str) -> Iterator[str]:
    if hops := list_hop_hazards(hazards):
        hit = len({hazard.request for hazard in hops})
        yield f"{count(len(hops), 'hazard')} in {hit} of {requests}"
    if violated := len(list_property_hazards(hazards)):
        yield f"{violated} {'property' if violated == 1 else 'properties'} violated"


def _render_hazards(
    page: Page, deployment: Deployment, hazards: tuple[Hazard, ...], stories: int | None
) -> None:
    told = told_in_full(hazards, stories)
    for request in deployment.requests:
        own = [hazard for hazard in list_hop_hazards(hazards) if hazard.request == request.name]
        if own:
            render_request(page, deployment, request, own, told)
    render_properties(page, deployment, list_property_hazards(hazards), told)
    folded = len(hazards) - len(told)
    if folded:
        text = (
            f"The stories of {folded} of {count(len(hazards), 'hazard')} are folded away; --all tells them."
        )
        page.paragraph(Text(text, "bold"))
        page.line()
