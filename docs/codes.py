"""Writes `docs/codes.md` from the table of codes: `python docs/codes.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from skewproof.model.codes import HAZARDS, INPUT, NO_VERDICT, SLIPS, MessageCode

PAGE = Path(__file__).with_suffix(".md")


def page() -> str:
    """The page, as text."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Codes"
    yield ""
    yield "Hazards, problems of a file and missing verdicts have codes that keep their meaning from release"
    yield "to release. JSON has that of a hazard; SARIF and other lists of findings have all. This page is"
    yield "written from `model/codes.py` by `python docs/codes.py`."
    yield from _table("Hazards", HAZARDS)
    yield from _table("Wrong input", INPUT)
    yield from _table("No verdict", NO_VERDICT)
    yield from _table("Slips, as `skewproof lint` tells them", SLIPS)


def _table(title: str, codes: Iterable[MessageCode]) -> Iterator[str]:
    yield from ("", f"## {title}", "", "| code | word | meaning |", "| --- | --- | --- |")
    for code in codes:
        yield f"| {code} | `{code.word}` | {code.meaning} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
