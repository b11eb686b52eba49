"""Writes `docs/codes.md` from the table of codes: `python docs/codes.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from skewproof.model.codes import HAZARDS, INPUT, NO_VERDICT, SLIPS, MessageCode
from skewproof.model.errors import InvalidDeploymentError, render_problems
from skewproof.model.language import loads

PAGE = Path(__file__).with_suffix(".md")
EXAMPLES = Path(__file__).with_name("wrong_input.yaml")


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
    yield from _tell_examples()


def _table(title: str, codes: Iterable[MessageCode]) -> Iterator[str]:
    yield from ("", f"## {title}", "", "| code | word | meaning |", "| --- | --- | --- |")
    for code in codes:
        yield f"| {code} | `{code.word}` | {code.meaning} |"


def list_examples() -> dict[str, str]:
    """A wrong deployment file for each code of input that one can have, by the code's word."""
    told = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    base: list[str] = told["base"].split("\n")
    return {word: _write(base, example) for word, example in told["examples"].items()}


def _write(base: list[str], example: dict[str, Any]) -> str:
    if "file" in example:
        return str(example["file"])
    first = example["line"] - 1
    put = example["put"].split("\n") if example["put"] else []
    return "\n".join([*base[:first], *put, *base[first + example["out"] :]])


def _tell_examples() -> Iterator[str]:
    """What is told of each: the place, what is wrong, what to write instead, and the line."""
    examples = list_examples()
    yield from ("", "## Wrong input, as it is told")
    for code in INPUT:
        if code.word in examples:
            yield from ("", f"### {code} `{code.word}`", "", "```text")
            yield from _tell(examples[code.word]).rstrip("\n").split("\n")
            yield "```"
    others = ", ".join(f"`{code.word}`" for code in INPUT if code.word not in examples)
    yield from ("", f"Of other files, of bytes that no page can show, or too long for one: {others}.")


def _tell(text: str) -> str:
    try:
        loads(text, "skewproof.yaml")
    except InvalidDeploymentError as wrong:
        return render_problems(wrong.problems)
    raise AssertionError(f"nothing is wrong in {text!r}")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
