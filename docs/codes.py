"""Writes `docs/codes.md` from the table of codes: `python docs/codes.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import chdir, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import yaml
from click.testing import CliRunner

from skewproof.cli.program import run
from skewproof.model.codes import HAZARDS, INPUT, NO_VERDICT, SLIPS, MessageCode
from skewproof.model.errors import InvalidDeploymentError, render_problems
from skewproof.model.language import loads

PAGE = Path(__file__).with_suffix(".md")
WIDEST = 160
"""So many characters of a line of a file are shown."""
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
    """What is told of an example of each code of input, by the code's word."""
    told = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    base: list[str] = told["base"].split("\n")
    return {word: _tell(base, example) for word, example in told["examples"].items()}


def _tell(base: list[str], example: dict[str, Any]) -> str:
    return _run(example) if "type" in example else _load(_write(base, example))


def _write(base: list[str], example: dict[str, Any]) -> str:
    if "file" in example:
        return str(example["file"])
    first = example["line"] - 1
    put = example["put"].split("\n") if example["put"] else []
    return "\n".join([*base[:first], *put, *base[first + example["out"] :]])


def _load(text: str) -> str:
    try:
        loads(text, "skewproof.yaml")
    except InvalidDeploymentError as wrong:
        return render_problems(wrong.problems)
    raise AssertionError(f"nothing is wrong in {text!r}")


def _run(example: dict[str, Any]) -> str:
    """The command as it is typed, and what it says of what is wrong."""
    streams = CliRunner().isolation()
    words = mock.patch.object(sys, "argv", example["type"].split())
    with TemporaryDirectory() as folder, chdir(folder), streams as (_, errors, _), words:
        for name, content in example["files"].items():
            Path(name).write_bytes(_join(content))
        with suppress(SystemExit):
            run()
        sys.stderr.flush()
        return f"$ {example['type']}\n{errors.getvalue().decode()}"


def _join(content: str | bytes | list[tuple[str, int]]) -> bytes:
    if isinstance(content, bytes):
        return content
    parts = [(content, 1)] if isinstance(content, str) else content
    return "".join(part * times for part, times in parts).encode()


def _tell_examples() -> Iterator[str]:
    """What is told of each: the place, what is wrong, what to write instead, and the line."""
    examples = list_examples()
    yield from ("", "## Wrong input, as it is told")
    for code in INPUT:
        yield from ("", f"### {code} `{code.word}`", "", "```text")
        yield from map(_cut, examples[code.word].rstrip("\n").split("\n"))
        yield "```"


def _cut(line: str) -> str:
    """A line of a file, cut; what is said of it stands whole."""
    return line if len(line) <= WIDEST or not line.startswith("  ") else f"{line[:WIDEST]} …"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
