"""Codes: each of its own, none missing, and all of them listed."""

from __future__ import annotations

import ast
import re
import runpy
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import yaml

from skewproof.model.codes import HAZARDS, INPUT, NO_VERDICT, find_code
from skewproof.model.errors import InvalidDeploymentError, Problem
from skewproof.model.language import loads

ROOT = Path(__file__).parents[3]
SOURCES = [
    *(ROOT / "model").rglob("*.py"),
    *(ROOT / "properties").rglob("*.py"),
    *(ROOT / "cli").rglob("*.py"),
]
REPORTS = {"Problem": 0, "report": 0, "_problem": 0, "_refusal": 0, "_problem_after": 3}
"""What makes problems, and the argument that is the code."""


def given() -> Iterator[tuple[str, str]]:
    """Every code that some line of the sources gives, with the line."""
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = f"{file.name}:{node.lineno}"
            if name in REPORTS and len(node.args) > REPORTS[name]:
                for word in texts(node.args[REPORTS[name]]):
                    yield word, place
            elif name == "report_unknown":
                for word in texts(node.args[0]):
                    yield f"unknown-{word.replace(' ', '-')}", place
            elif name == "choice" and len(node.args) > 1:  # of a reader, not of chance
                for word in texts(node.args[1]):
                    yield f"unknown-{word}", place


def texts(node: ast.expr) -> Iterator[str]:
    """The texts that an argument can be; a name is given by whoever calls."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*texts(node.body), *texts(node.orelse))
    else:
        assert isinstance(node, ast.Name), ast.unparse(node)


def test_each_code_is_of_its_own() -> None:
    codes = [*HAZARDS, *INPUT, *NO_VERDICT]
    assert len({code.number for code in codes}) == len({code.word for code in codes}) == len(codes)
    assert {code.number // 100 for code in HAZARDS} == {1}
    assert {code.number // 100 for code in INPUT} == {2}
    assert {code.number // 100 for code in NO_VERDICT} == {3}


def test_every_problem_has_a_code_and_every_code_a_problem() -> None:
    told = dict(given())
    assert len(told) > 50
    assert told.keys() == {code.word for code in INPUT}, "what is new goes to the end of the table"


def test_a_problem_knows_its_number() -> None:
    assert re.fullmatch(r"SKW2\d\d", Problem("unknown-verb", "x").number)
    with pytest.raises(InvalidDeploymentError) as wrong:
        loads("system: x")
    assert {problem.number for problem in wrong.value.problems} == {str(find_code("missing-key"))}


def test_the_page_shows_an_example_of_each_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example has that problem and no other."""
    page = runpy.run_path(str(ROOT / "docs" / "codes.py"))
    told = yaml.safe_load(page["EXAMPLES"].read_text(encoding="utf-8"))
    assert told["examples"].keys() == {code.word for code in INPUT}
    found: set[str] = set()

    def render(problems: Iterable[Problem]) -> str:
        found.update(problem.code for problem in problems)
        return ""

    monkeypatch.setattr("skewproof.model.errors.render_problems", render)
    page["_load"].__globals__["render_problems"] = render
    for word, example in told["examples"].items():
        found.clear()
        page["_tell"](told["base"].split("\n"), example)
        assert found == {word}


def test_the_page_lists_them_all() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "codes.py"))["page"]()
    assert (ROOT / "docs" / "codes.md").read_text(encoding="utf-8") == page, "run `python docs/codes.py`"
    for code in (*HAZARDS, *INPUT, *NO_VERDICT):
        assert f"| {code} | `{code.word}` |" in page
