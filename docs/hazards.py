"""Writes `docs/hazards/` from `diagrams/explained/`: `python docs/hazards.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

from skewproof.diagrams.explained import Explanation, list_explanations

FOLDER = Path(__file__).with_suffix("")


def pages() -> Iterator[tuple[Path, str]]:
    """Each page with its file; the first is the list of them."""
    yield FOLDER / "README.md", "\n".join(_list()) + "\n"
    for kind in list_explanations():
        yield FOLDER / f"{kind.name}.md", "\n".join(_page(kind)) + "\n"


def _list() -> Iterator[str]:
    yield "# Hazards, and what helps"
    yield ""
    yield "A page for each kind of hazard: what happened, why, what helps and what that costs, with two"
    yield "deployment files. `skewproof explain SKW101` prints them, and `skewproof explain ID FILE` does so"
    yield "for a hazard of a file. Written from `diagrams/explained/` by `python docs/hazards.py`; tests run"
    yield "each file."
    yield ""
    for kind in list_explanations():
        yield f"- [{kind.name}]({kind.name}.md): {kind.title}"


def _page(kind: Explanation) -> Iterator[str]:
    yield f"# {kind.name}: {kind.title}"
    yield from ("", "## What happened", "", kind.what, "", "## Why", "", kind.why, "", "## What helps", "")
    yield from ("| remedy | how | price |", "| --- | --- | --- |")
    for remedy in kind.remedies:
        yield f"| **{remedy.name}** | {remedy.manner} | {remedy.price} |"
    yield from ("", "## Before", "", "`skewproof check` finds it:", "", *_file(kind.before))
    first = kind.remedies[0].name
    yield from (
        "",
        "## After",
        "",
        f"Safe, by the first of these remedies, *{first}*:",
        "",
        *_file(kind.after),
    )


def _file(text: str) -> Iterator[str]:
    yield from ("```yaml", dedent(text).strip(), "```")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in pages():
        path.write_text(text, encoding="utf-8", newline="\n")
