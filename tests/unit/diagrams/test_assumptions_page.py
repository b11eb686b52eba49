"""docs/assumptions.md names all that a SAFE rests on: held against the code that prints, and the options."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from types import ModuleType

from skewproof.cli.commands.check import check
from skewproof.diagrams import covered, statements
from skewproof.model.language import loads
from skewproof.properties.verdict.assumptions import find_assumptions
from support.command import ROOT

PAGE = (ROOT / "docs" / "assumptions.md").read_text("utf-8")
NO_ASSUMPTION = {
    "reason",
    "advice",
    "declared",
    "idle",
    "proven",
    "held apart",
    "BEWARE",
    "INEVITABLE",
    "race",
}
NO_ASSUMPTION |= {"avoidable", "way back", "residue", "versions", ""}
"""What is found, not taken for granted."""
OF_NO_VERDICT = {
    "--advise",
    "--format",
    "--output",
    "--stories",
    "--all",
    "--verbose",
    "--jobs",
    "--cluster",
    "--help",
}
"""How an answer is told, and who works for it."""


def rows(heading: str) -> set[str]:
    """What stands between backquotes in the first column of the table under a heading."""
    table = PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]
    firsts = (line.split("|")[1] for line in table.splitlines() if line.startswith("|"))
    return {name for first in firsts for name in re.findall("`([^`]+)`", first)}


def labels(module: ModuleType) -> Iterator[str]:
    """The first argument of each statement that a module makes, where it is written there."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Statement":
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield str(first.value)


def test_each_line_that_takes_something_for_granted_is_on_the_page() -> None:
    printed = {label for module in (statements, covered) for label in labels(module)}
    assert printed - NO_ASSUMPTION <= rows("Told with the verdict")
    assert {"unchanged", "assumed", "flags", "overridden", "compatible"} <= printed, "the code is read at all"


def test_each_assumption_of_a_certificate_is_on_the_page() -> None:
    text = (
        "{components: {a: {kind: service}}, requests: {r: [client calls a: x]}, pipeline: [S], changes: {}}"
    )
    spelled = find_assumptions(loads(text)).spell()
    for key in spelled:
        found = {"enabled_after": "`enabled_after`", "failures": "`--failures`"}.get(key, f"`assumed.{key}`")
        assert found in PAGE, key


def test_each_switch_is_on_the_page() -> None:
    options = {name for option in check.params for name in option.opts if name.startswith("--")}
    assert options - OF_NO_VERDICT == {
        s for s in rows("What switches add, and what a SAFE rests on without them") if s.startswith("--")
    }
