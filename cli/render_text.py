"""The answer as text for a person: the verdict first, then the hazards, then what was assumed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

from ..diagrams.wording import count
from ..model.deployment import Deployment
from ..properties.verdict import (
    Answer,
    Hazard,
    HazardCause,
    Safe,
    Unknown,
    Unsafe,
    list_hop_hazards,
    list_property_hazards,
)
from .page import Page, PlainScreen, Screen
from .progress import make_way
from .styled import Text
from .summary_text import render_summary

STORIES = 5
"""So many stories are told unless all are asked for."""


def make_screen() -> Screen:
    """Standard output: with colour on a terminal, or where the environment says that there is one (all the
    variables are rich's, NO_COLOR too); else plain."""
    if sys.stdout.isatty() or not _TERMINAL_VARIABLES.isdisjoint(os.environ):
        from .terminal import TerminalConsole

        return TerminalConsole(highlight=False, markup=False, emoji=False)
    return PlainScreen(sys.stdout, sys.stdout.encoding or "utf-8")


_TERMINAL_VARIABLES = frozenset({"FORCE_COLOR", "TTY_COMPATIBLE"})


@contextmanager
def printed_whole() -> Iterator[Screen]:
    """Standard output. What is written to it is printed when it is all there: a limit that is hit on the way
    leaves no half of a verdict."""
    screen, told = make_screen(), StringIO()
    if isinstance(screen, PlainScreen):
        yield PlainScreen(told, screen.encoding)
        text = told.getvalue()
    else:
        with screen.capture() as captured:
            yield screen
        text = captured.get()
    make_way()
    sys.stdout.write(text)
    sys.stdout.flush()


def render_plain(answer: Answer, deployment: Deployment) -> str:
    """The text for a file: without colour, in 100 columns."""
    written = StringIO()
    render(answer, deployment, PlainScreen(written, "utf-8"))
    return written.getvalue()


def render(answer: Answer, deployment: Deployment, screen: Screen, stories: int | None = STORIES) -> None:
    """Print the answer about `deployment`, as wide as the terminal, or in 100 columns where there is none.

    `stories` limits how many shortest stories are told (None: all); what is folded away is counted.
    The text depends on the arguments only.
    """
    page = Page(screen)
    _render_verdict(page, answer, deployment)
    page.line()
    if answer.causes:
        from .hazard_text import render_causes

        render_causes(page, deployment, answer.causes, stories)
    render_summary(page, answer, deployment)


def render_cause(cause: HazardCause, deployment: Deployment, screen: Screen) -> None:
    """Print one cause, with its story."""
    from .hazard_text import render_causes

    render_causes(Page(screen), deployment, (cause,), None)


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
            causes = count(len(answer.causes), "cause")
            return ", ".join([causes, *_counted_hazards(hazards, requests), *also])


def _counted_hazards(hazards: tuple[Hazard, ...], requests: str) -> Iterator[str]:
    if hops := list_hop_hazards(hazards):
        hit = len({hazard.request for hazard in hops})
        yield f"{count(len(hops), 'hazard')} in {hit} of {requests}"
    if violated := len(list_property_hazards(hazards)):
        yield f"{violated} {'property' if violated == 1 else 'properties'} violated"
