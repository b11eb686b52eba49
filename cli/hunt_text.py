"""What a hunt found, as text: each path ready to be pasted, with its story, and what was tried."""

from __future__ import annotations

from ..diagrams.wording import count
from ..model.language.writing import write_request
from ..properties.hunting.hunter import ENUMERATED_HOPS, Find, Hunt
from ..properties.verdict import group_by_cause
from .hazard_text import render_causes
from .page import Page, Screen
from .styled import Text

NAMED_HOPS = 3
"""So many hops are named that longer paths might break at."""


def render_hunt(hunted: Hunt, screen: Screen) -> None:
    """Prints the finds, the shortest first, then a word on what was tried."""
    page = Page(screen)
    if not hunted.finds:
        page.line(Text(f"{page.glyphs.safe} nothing found: no undeclared path meets a hazard of its own"))
    for found in hunted.finds:
        _render_find(page, found)
    page.paragraph(Text(_tried(hunted)), hang=2)


def _render_find(page: Page, found: Find) -> None:
    page.line(Text(f"{page.glyphs.unsafe} if this path exists, it is unsafe:", "bold red"))
    page.line()
    for line in write_request(found.request).splitlines():  # never broken: it is to be pasted
        page.line(Text(page.clean(line)))
    page.line()
    render_causes(page, found.deployment, group_by_cause(found.hazards), None)


def _tried(hunted: Hunt) -> str:
    tried = f"tried: all {count(hunted.paths, 'path')} of up to {ENUMERATED_HOPS} hops"
    longer = f"and {hunted.examples:,} longer ones that Hypothesis chose" if hunted.examples else ""
    judged = (
        f"{hunted.judged:,} of them went through every interleaving; of the others each pair "
        "that breaks is met by a shorter path or a declared request, or cannot be met"
    )
    said = f"{tried} {longer}".strip() + f"; {judged}. {_not_tried(hunted)}"
    if hunted.unjudged:
        unjudged = f"{count(hunted.unjudged, 'path')} hit a limit"
        said += f" UNKNOWN: {unjudged}; raise it (--max-states, --max-memory, --timeout)."
    return said


def _not_tried(hunted: Hunt) -> str:
    """What a longer path might still meet."""
    if not hunted.open_hops:
        return "No longer path can meet anything else: whatever breaks at a hop is met already."
    named = ", ".join(f"`{hop}`" for hop in hunted.open_hops[:NAMED_HOPS])
    more = len(hunted.open_hops) - NAMED_HOPS
    others = f" and {count(more, 'other hop')}" if more > 0 else ""
    return f"Not tried: all other paths of more than {ENUMERATED_HOPS} hops to {named}{others}."
