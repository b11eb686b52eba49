"""Violated properties as text: what is violated, where it can be, and the shortest story."""

from __future__ import annotations

from ..diagrams.wording import tell_hazard
from ..model.deployment import Deployment, Severity
from ..properties.temporal.questions import find_property
from ..properties.verdict import PropertyHazard, Role
from .page import Page
from .story_text import render_story
from .styled import Text
from .timeline import draw_bars

_CITED = {Role.PROPERTY: "stated", Role.ACTION: "the pipeline stands"}
SEVERITY_STYLE = {Severity.CORRUPTION: "bold red", Severity.ERROR: "red", Severity.DEGRADED: "yellow"}


def render_property(
    page: Page, deployment: Deployment, number: int, hazard: PropertyHazard, is_told: bool
) -> None:
    """A hazard of kind `property` with its formula, and its story."""
    _render_property(page, deployment, number, hazard)
    for line in draw_bars(page, deployment, hazard.window, page.width - 4):
        page.paragraph(line, 4)
    if is_told:
        render_story(page, hazard)


def _render_property(page: Page, deployment: Deployment, number: int, hazard: PropertyHazard) -> None:
    stated = find_property(deployment, hazard)
    title = Text(f"{number:<4}").append(page.clean(hazard.property), "bold")
    if stated is not None:
        title.append(f"    {page.clean(str(stated.formula))}")
    tail = Text().append(hazard.severity, SEVERITY_STYLE[hazard.severity])
    if hazard.inevitable:
        tail.append(", ").append("INEVITABLE", "bold red")
    if hazard.for_ever:
        tail.append(", for ever")
    page.ends(title, tail, hang=4)
    page.paragraph(Text(page.clean(tell_hazard(hazard, deployment))), 4)
    places = [
        f"{_CITED[cited.role]} in {page.clean(cited.place.file)}:{cited.place.line}"
        for cited in hazard.places
        if cited.role in _CITED
    ]
    if places:
        page.paragraph(Text(", ".join(places), "dim"), 4, hang=2)
