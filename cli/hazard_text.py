"""Causes of hazards as text: what fails, what it means, whom, when, the shortest story, what helps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..diagrams.explained import tell_help
from ..diagrams.wording import count, tell_failure, tell_hazard, tell_sides
from ..model.deployment import Deployment
from ..properties.verdict import HazardCause, HopHazard, Role, list_hop_hazards
from .call_path import CallPaths, call_path, is_too_narrow
from .page import Page
from .property_text import SEVERITY_STYLE, render_property
from .story_text import render_story
from .styled import Text
from .timeline import draw_bars

ALSO = 4
"""So many more requests that a cause breaks are named."""


def render_causes(
    page: Page, deployment: Deployment, causes: Sequence[HazardCause], stories: int | None
) -> None:
    """Each cause with a number, in their order, and what usually helps; the first `stories` of them (None:
    all) with a story."""
    paths = CallPaths(page)
    for number, cause in enumerate(causes, start=1):
        is_told = stories is None or number <= stories
        first = cause.hazards[0]
        if isinstance(first, HopHazard):
            _render_cause(paths, deployment, number, list_hop_hazards(cause.hazards), is_told)
        else:
            render_property(page, deployment, number, first, is_told)
        page.paragraph(Text(page.clean(tell_help(cause, deployment)), "green"), 4, hang=2)
        page.line()
    folded = len(causes) - len(causes[:stories])
    if folded:
        text = f"The stories of {folded} of {count(len(causes), 'cause')} are folded away; --all tells them."
        page.paragraph(Text(text, "bold"))
        page.line()


def _render_cause(
    paths: CallPaths, deployment: Deployment, number: int, hazards: Sequence[HopHazard], is_told: bool
) -> None:
    """The worst hazard of the cause, whom it breaks, when, and how it comes to that."""
    page, first = paths.page, hazards[0]
    _render_head(page, deployment, number, first)
    if is_told:
        page.paragraph(Text(page.clean(tell_hazard(first, deployment))), 4)
        _render_reasons(page, first)
        _render_places(page, deployment, first)
    _render_requests(paths, deployment, hazards)
    window = {step for hazard in hazards for step in hazard.window}
    for line in draw_bars(page, deployment, window, page.width - 4):
        page.paragraph(line, 4)
    if is_told:
        render_story(page, first)


def _render_requests(paths: CallPaths, deployment: Deployment, hazards: Sequence[HopHazard]) -> None:
    """The path of the request that the story is of, with its failing hops marked; the others by name."""
    page, first = paths.page, hazards[0]
    request = next(one for one in deployment.requests if one.name == first.request)
    failing = {hazard.hop for hazard in hazards if hazard.request == request.name}
    title = Text().append(page.clean(request.name), "bold")
    indent = title.cell_len + 8
    path = call_path(paths, request, failing, page.width - indent)
    path_below = call_path(paths, request, failing, page.width - 6)
    is_narrow = indent > page.width // 3 or is_too_narrow(page, request, page.width - indent)
    if is_narrow or len(path_below) < len(path):
        page.paragraph(title, 4)
        indent, path = 6, path_below
    else:
        page.line(Text("    ").append_text(title).append("    " + path.pop(0)))
    for line in path:
        style = "red" if line.lstrip().startswith(page.glyphs.corner_left) else ""
        page.line(Text(" " * indent).append(line, style))
    others = {h.request: h.hop for h in reversed(hazards) if h.request != request.name}
    if others:
        named = [f"{page.clean(name)} (hop {hop})" for name, hop in reversed(others.items())]
        more = [f"and {len(named) - ALSO} more"] if len(named) > ALSO else []
        page.paragraph(Text(f"also breaks {', '.join([*named[:ALSO], *more])}"), 4, hang=2)


def _render_head(page: Page, deployment: Deployment, number: int, hazard: HopHazard) -> None:
    left, right = tell_sides(hazard, deployment)
    head = Text(f"{number:<4}").append(page.clean(left), "bold").append(f" {page.glyphs.arrow} ")
    head.append(page.clean(right), "bold").append(f"   {page.clean(tell_failure(hazard))}")
    tail = Text().append(hazard.severity, SEVERITY_STYLE[hazard.severity]).append(", ")
    tail.append("INEVITABLE", "bold red") if hazard.inevitable else tail.append("race", "yellow")
    if hazard.for_ever:
        tail.append(", for ever")
    if hazard.if_it_breaks:
        tail.append(", if it breaks")
    page.ends(head, tail, hang=4)
    if hazard.span > 0:
        steps = "a step begins" if hazard.span == 1 else f"{hazard.span} steps begin"
        page.paragraph(
            Text(f"Only a request still in flight while {steps} can meet it (span {hazard.span})."), 4
        )


def _render_reasons(page: Page, hazard: HopHazard) -> None:
    """What evidence says of the pair, the first few of it."""
    for reason in hazard.reasons[:REASONS]:
        page.paragraph(Text("evidence: ").append(page.clean(str(reason))), 4, hang=6)
    if len(hazard.reasons) > REASONS:
        page.paragraph(Text(f"and {len(hazard.reasons) - REASONS} more, in the file of changes", "dim"), 4)


def _render_places(page: Page, deployment: Deployment, hazard: HopHazard) -> None:
    change = deployment.change_of(hazard.contract)
    if change is not None and change.note:
        page.paragraph(Text("note: ").append(page.clean(change.note)), 4, hang=6)
    places = ", ".join(_places(page, hazard))
    if places:
        page.paragraph(Text(places, "dim"), 4, hang=2)


REASONS = 3
"""So many reasons of one hazard are printed."""

_CITED = {Role.CHANGE: "changed", Role.HOP: "hop"}


def _places(page: Page, hazard: HopHazard) -> Iterator[str]:
    for cited in hazard.places:
        if cited.role in _CITED:
            yield f"{_CITED[cited.role]} in {page.clean(cited.place.file)}:{cited.place.line}"
