"""A draft as the text of a deployment file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..language.writing import write_hop, write_scalar, write_title
from .drafted import Draft, DraftComponent, DraftRequest, DraftStep
from .placing import DraftHop

_HEAD = """\
# Written by `skewproof import`, and yours from here on. Behind each line stands what says so.
# Imported again, it gains what is new and keeps what you wrote; a line that you comment out stays out.
# `api`, `data` and `messages` stand for contracts that nobody has named yet."""
MAX_COMMENT = 300


def write_draft(draft: Draft) -> str:
    """The whole file."""
    return "\n".join(_lines(draft)) + "\n"


def _lines(draft: Draft) -> Iterator[str]:
    yield _HEAD
    if draft.title:
        yield f"system: {write_title(draft.title)}"
    yield from ("versions: [V1, V2]", "", "components:")
    for component in draft.components:
        yield from write_component(component)
    yield from ("", "requests:")
    for question in draft.questions:
        yield f"  {write_comment(question)}"
    for request in draft.requests:
        yield from write_request(request)
    yield from ("", "pipeline:")
    for step in draft.steps:
        yield from write_step(step)


def write_component(component: DraftComponent, margin: str = "  ") -> list[str]:
    """Its line, and above it what is to be known of it."""
    notes = [f"{margin}{write_comment(note)}" for note in component.notes]
    keys = ", ".join(f"{key}: {value}" for key, value in component.keys)
    return [*notes, f"{margin}{write_scalar(component.name)}: {{{keys}}}{behind(component.comment)}"]


def write_request(request: DraftRequest, margin: str = "  ") -> list[str]:
    """Its lines."""
    notes = [f"{margin}{write_comment(note)}" for note in request.notes]
    hops = [write_draft_hop(hop, margin + "  ") for hop in request.hops]
    return [*notes, f"{margin}{write_title(request.name)}:", *hops]


def write_draft_hop(hop: DraftHop, margin: str) -> str:
    """The line of a hop."""
    return f"{margin}- {write_hop(hop.hop)}{behind(hop.comment)}"


def write_step(step: DraftStep, margin: str = "  ") -> list[str]:
    """Its line, and above it what is to be asked."""
    notes = [f"{margin}{write_comment(note)}" for note in step.notes]
    actions = f": [{', '.join(map(write_scalar, step.actions))}]" if step.actions else ""
    return [*notes, f"{margin}- {write_title(step.name)}{actions}{behind(step.comment)}"]


def behind(comment: str) -> str:
    """A comment behind a line; nothing without one."""
    return f"  {write_comment(comment)}" if comment else ""


def write_comment(text: str) -> str:
    """A comment of one line; what cannot be seen is a mark, and none looks like a line kept out."""
    plain = "".join(char if char.isprintable() else "�" for char in text)
    plain = plain if len(plain) <= MAX_COMMENT else plain[:MAX_COMMENT] + "…"
    return "# " + re.sub(r"^\s*-", "–", plain)
