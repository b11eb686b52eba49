"""What is wrong with text that is no YAML, said so that who wrote it can mend it."""

from __future__ import annotations

import re
from typing import Any

import yaml
from msgspec import Struct

QUOTE_IT = "put the whole text in quotes"
_COLLECTION = {
    "while parsing a block mapping": ("mapping", False),
    "while parsing a block collection": ("list", False),
    "while parsing a flow mapping": ("{", True),
    "while parsing a flow sequence": ("[", True),
}
_CLOSING = {"{": "}", "[": "]"}


class Mistake(Struct, frozen=True):
    """What is wrong, in which line and column (from 0), what to write instead, and whether a tab is all."""

    message: str
    line: int
    column: int
    fix: str | None = None
    is_tab: bool = False


def explain(error: yaml.MarkedYAMLError, lines: tuple[str, ...]) -> Mistake:
    """The mistake behind what the parser says; its own words where no usual one is behind it."""
    mark: Any = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    text = lines[line] if line < len(lines) else ""
    indentation = text[: len(text) - len(text.lstrip(" \t"))]
    if "\t" in indentation:  # the parser's word for that is a riddle
        return Mistake("tabs cannot indent YAML", line, indentation.index("\t"), "use spaces", is_tab=True)
    told = str(error.problem)
    if "cannot start any token" in told and column < len(text):
        return Mistake(f"a text cannot begin with `{text[column]}`", line, column, QUOTE_IT)
    if told.startswith("mapping values are not allowed"):
        return Mistake(told, line, column, f"where a text has `: ` in it, {QUOTE_IT}")
    kind, is_flow = _COLLECTION.get(str(error.context), ("", False))
    begin: Any = error.context_mark
    if begin is not None and str(error.context).startswith("while scanning a quoted"):
        return Mistake("the quote that begins here does not end", begin.line, begin.column)
    if begin is not None and is_flow:
        return _in_brackets(kind, begin, line, column, lines, told)
    if begin is not None and kind and column == len(indentation):
        return _misplaced(kind, begin, line, column, text)
    return Mistake(_parser_words(error), line, column)


def _in_brackets(
    opening: str, begin: Any, line: int, column: int, lines: tuple[str, ...], told: str
) -> Mistake:
    """Something stands within `{…}` or `[…]` that cannot."""
    text = lines[line] if line < len(lines) else ""
    if line == begin.line and text[column : column + 1] == ":":
        fix = f"where a text has `: ` in it, {QUOTE_IT}"
        return Mistake("a second `:` stands in one entry", line, column, fix)
    if line == begin.line:
        where = f"that begins in column {begin.column + 1}"
        return Mistake(f"{told}, within the `{opening}` {where}", line, column)
    is_end = not "".join(lines[line:]).strip()
    until = "is never closed" if is_end else f"is not closed before line {line + 1} goes on"
    message = f"the `{opening}` that begins here {until}"
    fix = f"close it with `{_CLOSING[opening]}`"
    if re.search(r"\s#", lines[begin.line][begin.column :]):
        fix = f"what stands behind ` #` is a comment: where it belongs to a text, {QUOTE_IT}"
    return Mistake(message, begin.line, begin.column, fix)


def _misplaced(kind: str, begin: Any, line: int, column: int, text: str) -> Mistake:
    """A line does not go on with what is open there: it is indented otherwise, or has a `- ` too much."""
    its_begin = f"the {kind} that begins in line {begin.line + 1}"
    if column != begin.column:
        message = f"the line is indented by {column}, {its_begin} by {begin.column}"
        fix = "indent it like the lines that it belongs to"
    elif kind == "mapping":
        message, fix = f"the line does not go on with {its_begin}", "write it as `key: value`"
        if text.lstrip().startswith("- "):
            message, fix = f"a `- ` stands among the keys of {its_begin}", "write `- ` before all, or none"
    else:
        message, fix = f"the line has no `- `, and {its_begin} has", "write `- ` before all, or none"
    return Mistake(message, line, column, fix)


def _parser_words(error: yaml.MarkedYAMLError) -> str:
    if not error.context or error.context_mark is None:
        return str(error.problem)
    return f"{error.problem} ({error.context} that begins in line {error.context_mark.line + 1})"
