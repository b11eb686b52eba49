"""A kind of hazard as text: what happened, why, what helps and what that costs, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent, fill, indent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..diagrams.explained import Explanation

_WIDTH = 96


def write_explanation(kind: Explanation) -> str:
    """The text, in lines of at most 96 columns but for the deployment files."""
    return "\n".join(_lines(kind))


def _lines(kind: Explanation) -> Iterator[str]:
    yield from (f"{kind.name}  {kind.title}", "")
    yield from ("What happened", _paragraph(kind.what), "", "Why", _paragraph(kind.why), "", "What helps")
    for remedy in kind.remedies:
        yield _paragraph(f"{remedy.name}: {remedy.manner}. Price: {remedy.price}.", "- ")
    yield from ("", "Before: `skewproof check` finds it", "", _file(kind.before))
    yield from ("", f"After, by the first of these: {kind.remedies[0].name}", "", _file(kind.after))


def _paragraph(text: str, first: str = "") -> str:
    hang = "  " + " " * len(first)
    return fill(text, _WIDTH, initial_indent=f"  {first}", subsequent_indent=hang, break_on_hyphens=False)


def _file(text: str) -> str:
    return indent(dedent(text).strip("\n").rstrip(), "    ")
