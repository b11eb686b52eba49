"""One name, one meaning: class names that stand for two things, and functions that are no verbs.

    python .ci/words.py

A class of two modules may have one name only if it is listed below, with the reason. A function of a module
begins with a verb (`find_`, `list_`, `write_` …), says what is so (`is_`, `has_`, `knows_` …) or converts
(`to_`, `as_`, `with_`); a noun is for what gives a value that a thing has (`owner_of`), for a Hypothesis
strategy, a context manager, an option of the command line or a command. A name that is none of these is
told, with its place, and the exit status is 1.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("model", "properties", "diagrams", "cli", "pytest_plugin")

SAME = {
    "Event": "the kernel's, and the same with a cause of a deployment",
}
"""Names that rightly stand for more than one thing."""

_VERBS = """
add advise allow alter annotate answer apply arrange ask assert bind blank break build call certify check
choose classify collect combine compare compile complain complete compose compute condense conform conjoin
connect copy count cover create cut decode define derive describe draw drive drop end escape evaluate
execute expand expect explain explore export expose fill find fit flatten flush fold follow gather get give
grade group hand heed hold hunt identify ignore import join judge keep label lay learn leave lift limit list
load loads locate lose main make mark match measure merge migrate name narrow need normalise note number
open order parse partition plan play print propose put quote raise read receive redraw refer refuse remark
render repair repeat replace replay report require reserve reset restrict rewrite run save say search see
select serve settle share shorten show shuffle solve sort spare spawn speak spell split spread stack start
strengthen strip take tell title tolerate track translate update verify watch weigh widen wire write
"""
_CLAIMS = """
are breaks can cannot comes covers enforces fits has implies imports is knows looks matches obtains only
passes runs same satisfies says selects speaks stays takes target
"""
NOUNS = ("_of", "_to_json", "_option", "_options", "_text", "_told", "_all")
COMMANDS = (
    "cli/commands",
    "properties/strategies",
    "properties/hunting/paths.py",
    "pytest_plugin/__init__.py",
)
"""Where a function is called as users call it: commands, strategies, hooks and fixtures of pytest."""

_CONVERSIONS = ("as", "to", "with")
_KNOWN = """
alarm backward_closure closing_program closure enabled_afterwards engine file_stem full_disk_told
guarded_children image in_quotes json_schema least_bits others_code own_rollout paused preimage
printed_whole pytest_plugin shown_progress skewproof stay_inside withdrawn
"""
"""Context managers, terms of the field, conversions, and names that users have."""


def list_modules() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def list_double_classes() -> Iterator[str]:
    """Public classes whose name stands for more than one thing."""
    homes: dict[str, list[str]] = defaultdict(list)
    for file, module in list_modules():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(f"{file}:{node.lineno}")
    for name, places in sorted(homes.items()):
        if len(places) > 1 and name not in SAME:
            yield f"{name} stands for {len(places)} things: {', '.join(places)}"
    for name in sorted(SAME):
        if len(homes.get(name, ())) < 2:
            yield f"{name} has one meaning: take it out of SAME"


def list_nouns() -> Iterator[str]:
    """Public functions of modules whose name says nothing of what they do."""
    words, known = {*_VERBS.split(), *_CLAIMS.split(), *_CONVERSIONS}, {*_KNOWN.split()}
    for file, module in list_modules():
        for node in module.body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            first = node.name.split("_")[0]
            is_good = first in words or node.name in known or "_of_" in node.name or node.name.endswith(NOUNS)
            if not is_good and not file.startswith(COMMANDS):
                yield f"{file}:{node.lineno}: {node.name} is no verb"


def main() -> int:
    found = [*list_double_classes(), *list_nouns()]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
