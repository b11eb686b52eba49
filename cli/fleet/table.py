"""The verdicts on a fleet as a table: one line a file, and a last one that counts."""

from __future__ import annotations

from collections import Counter

from ...diagrams.ended import write_end
from ...diagrams.wording import count
from ...properties.verdict import Answer, Safe, Unknown, Unsafe, list_hop_hazards
from ..page import Page
from ..render_text import make_screen
from ..styled import Text
from .task import Checked

STYLES = {
    "SAFE": "bold green",
    "UNSAFE": "bold red",
    "UNKNOWN": "bold yellow",
    "WRONG": "bold red",
    "FAULT": "bold red",
}
WIDEST = 60
"""A path longer than this pushes what stands behind it to the right."""


def print_table(results: list[Checked], worst: int) -> None:
    """Prints the table to standard output. Nothing in a path or a file is read as markup."""
    page = Page(make_screen())
    width = min(WIDEST, max(len(page.clean(str(result.file))) for result in results))
    words = []
    for result in results:
        word, said = _verdict(result)
        words.append(word)
        mark = {"SAFE": page.glyphs.safe, "UNSAFE": page.glyphs.unsafe}.get(
            word, "?" if word == "UNKNOWN" else "!"
        )
        line = (
            Text()
            .append(f"{mark} {word:8}", STYLES[word])
            .append(f" {page.clean(str(result.file)):{width}}  ")
        )
        page.line(line.append(page.clean(said)))
    page.line()
    found = Counter(words)
    told = [f"{found[word]} {word.lower()}" for word in STYLES if found[word]]
    page.line(Text(f"{count(len(results), 'file')}: {', '.join(told)}; exit status {worst}"))


def _verdict(result: Checked) -> tuple[str, str]:
    """The verdict in a word, and what is said of it in a line."""
    if result.spent is not None:
        return "UNKNOWN", result.spent
    if result.answer is None:
        word, why = ("FAULT", result.fault) if result.fault is not None else ("WRONG", result.problem)
        first, *more = (why or "").splitlines() or [""]
        return word, f"{first} …" if more else first
    match result.answer.verdict:
        case Safe():
            requests = count(result.requests, "request")
            but = f" but {len(result.answer.accepted)} accepted" if result.answer.accepted else ""
            return "SAFE", f"no hazard in {requests}{but}{_end(result.answer)}"
        case Unknown(reason):
            return "UNKNOWN", reason
        case Unsafe(hazards):
            hit = len({hazard.request for hazard in list_hop_hazards(hazards)})
            inevitable = sum(hazard.inevitable for hazard in hazards)
            sure = f", {inevitable} inevitable" if inevitable else ""
            return (
                "UNSAFE",
                f"{count(len(hazards), 'hazard')} in {hit} of {count(result.requests, 'request')}{sure}"
                f"{_end(result.answer)}",
            )


def _end(answer: Answer) -> str:
    """What stands at the end, where that is not as everybody expects."""
    told = write_end(answer, 1)
    return f"; at the end: {told}" if told else ""
