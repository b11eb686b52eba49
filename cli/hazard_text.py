"""Hazards as text: what fails, what it means, when it can strike, and the shortest story."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import TypeVar

from rich.text import Text

from ..diagrams.wording import find_failing_hop, tell_failure, tell_hazard, tell_sides
from ..model.deployment import Deployment, Request, Severity
from ..properties.verdict import Hazard, HopHazard, Role
from .call_path import call_path
from .page import Page
from .story_text import render_story
from .timeline import bar

SEVERITY_STYLE = {Severity.CORRUPTION: "bold red", Severity.ERROR: "red", Severity.DEGRADED: "yellow"}


Told = TypeVar("Told", HopHazard, Hazard)


def groups(hazards: Iterable[Told]) -> list[tuple[Told, ...]]:
    """The hazards in groups, in their order: those of one hop that can strike in the same window. A group is
    told as one."""
    return [tuple(run) for _, run in groupby(hazards, key=_together)]


def _together(hazard: Hazard) -> tuple[object, ...]:
    return hazard.subject, hazard.hop if isinstance(hazard, HopHazard) else None, hazard.window


def told_in_full(hazards: Collection[Hazard], stories: int | None) -> frozenset[str]:
    """The ids of the hazards whose story is told: all if they are few, else the first of each group."""
    if stories is None or len(hazards) <= stories:
        return frozenset(hazard.id for hazard in hazards)
    return frozenset(group[0].id for group in groups(hazards)[: max(0, stories)])


def render_request(
    page: Page, deployment: Deployment, request: Request, hazards: list[HopHazard], told: frozenset[str]
) -> None:
    """The request's path with the failing hops marked, and its hazards."""
    failing = {hazard.hop for hazard in hazards}
    title = Text().append(page.clean(request.name), "bold")
    indent = title.cell_len + 4
    path = call_path(page, request, failing, page.width - indent)
    path_below = call_path(page, request, failing, page.width - 2)
    if indent > page.width // 3 or len(path_below) < len(path):
        page.paragraph(title)
        indent, path = 2, path_below
    else:
        page.line(title.append("    " + path.pop(0)))
    for line in path:
        style = "red" if line.lstrip().startswith(page.glyphs.corner_left) else ""
        page.line(Text(" " * indent).append(line, style))
    for group in groups(hazards):
        _render_group(page, deployment, group, told)
        page.line()


def _render_group(
    page: Page, deployment: Deployment, group: tuple[HopHazard, ...], told: frozenset[str]
) -> None:
    in_full = [hazard for hazard in group if hazard.id in told]
    for hazard in group:
        _render_head(page, deployment, hazard)
        if in_full:
            page.paragraph(Text(page.clean(tell_hazard(hazard, deployment))), 4)
            _render_reasons(page, hazard)
    if in_full:
        _render_places(page, deployment, group[0])
    window = group[0].window
    steps = deployment.steps_about(window)
    page.paragraph(bar(page, steps, window, page.width - 4), 4)
    for hazard in in_full:
        left, right = tell_sides(hazard, find_failing_hop(deployment, hazard))
        title = f"{left} {page.glyphs.arrow} {right}, {hazard.aspect or hazard.kind}"
        render_story(page, hazard, title if len(group) > 1 else "")


def _render_head(page: Page, deployment: Deployment, hazard: HopHazard) -> None:
    left, right = tell_sides(hazard, find_failing_hop(deployment, hazard))
    head = Text().append(page.clean(left), "bold").append(f" {page.glyphs.arrow} ")
    head.append(page.clean(right), "bold").append(f"   {page.clean(tell_failure(hazard))}")
    tail = Text().append(hazard.severity, SEVERITY_STYLE[hazard.severity]).append(", ")
    tail.append("INEVITABLE", "bold red") if hazard.inevitable else tail.append("race", "yellow")
    if hazard.for_ever:
        tail.append(", for ever")
    if hazard.if_it_breaks:
        tail.append(", if it breaks")
    page.ends(head, tail, 2)
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
