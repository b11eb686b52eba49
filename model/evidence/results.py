"""What other tools have found, read as evidence of the cells that they speak of.

Each of them judges one direction: an old consumer at a new provider. Of the other direction they say nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct

from ..deployment import ResultTool
from .judgement import Grade, Mismatch, Spot
from .sides import UnjudgedError

Told = dict[str, Any]

_OASDIFF = {"ERR": Grade.BREAKS, "ERROR": Grade.BREAKS, "3": Grade.BREAKS, "WARN": Grade.MAY_BREAK,
            "WARNING": Grade.MAY_BREAK, "2": Grade.MAY_BREAK, "INFO": None, "1": None}  # fmt: skip

_BUF_SILENT = ("FIELD_SAME_DEFAULT", "ENUM_VALUE_SAME_NAME")
_BUF_MAY = (
    "FIELD_SAME_NAME", "FIELD_SAME_JSON_NAME", "FIELD_NO_DELETE", "FIELD_NO_DELETE_UNLESS_NAME_RESERVED",
    "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED", "ENUM_VALUE_NO_DELETE",
    "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED",
    "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED", "RESERVED_ENUM_NO_DELETE", "RESERVED_MESSAGE_NO_DELETE",
    "FIELD_SAME_ONEOF", "FIELD_SAME_CARDINALITY",
)  # fmt: skip
_BUF_SOURCE = ("FILE_SAME_", "PACKAGE_NO_DELETE", "FILE_NO_DELETE", "FIELD_SAME_JSTYPE", "FIELD_SAME_CPP",
               "FIELD_SAME_JAVA", "FIELD_SAME_UTF8", "MESSAGE_SAME_", "RPC_SAME_IDEMPOTENCY")  # fmt: skip
"""Rules of generated code: what is on the wire is the same."""

_SQUAWK = {
    "ban-drop-column": Grade.BREAKS,
    "ban-drop-table": Grade.BREAKS,
    "ban-drop-database": Grade.BREAKS,
    "ban-drop-not-null": Grade.MAY_BREAK,
    "renaming-column": Grade.BREAKS,
    "renaming-table": Grade.BREAKS,
    "changing-column-type": Grade.MAY_BREAK,
    "adding-required-field": Grade.BREAKS,
    "adding-not-nullable-field": Grade.BREAKS,
}
"""Rules about what code meets; the others are about locks, which break no pair."""


class ToolResult(Struct, frozen=True):
    """What a tool found of an old consumer at a new provider, or (with `backwards`) the other way round."""

    findings: tuple[Mismatch, ...]
    backwards: tuple[Mismatch, ...] | None = None


def read_result(tool: ResultTool, content: bytes, file: str, revisions: tuple[str, str]) -> ToolResult:
    """What is in a file of results. Raises `UnjudgedError` for what is none of the tool's."""
    try:
        text = content.decode("utf-8-sig")
        return _READERS[tool](text, file, revisions)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        word = type(error).__name__
        raise UnjudgedError(f"`{file}` holds no results of {tool} ({word})", file) from None


def _read_oasdiff(text: str, file: str, revisions: tuple[str, str]) -> ToolResult:
    found = []
    for one in _listed(json.loads(text)):
        level = str(one["level"]).upper()
        grade = _OASDIFF.get(level, Grade.UNKNOWN)
        source = one.get("revisionSource") or one.get("baseSource") or {}
        where = Spot(str(source.get("file") or file), int(source.get("line") or 0))
        at = " ".join(str(one[word]) for word in ("operation", "path") if one.get(word))
        if grade is not None:
            words = f"{at}: {one.get('text', one['id'])}" if at else str(one.get("text", one["id"]))
            found.append(Mismatch(grade, str(one["id"]), words, where))
    return ToolResult(tuple(found))


def _read_buf(text: str, file: str, revisions: tuple[str, str]) -> ToolResult:
    """`buf breaking --error-format=json`: one object a line."""
    found, back = [], []
    for line in text.splitlines():
        if line.strip():
            one = json.loads(line)
            rule, spot = str(one["type"]), Spot(str(one.get("path", file)), int(one.get("start_line") or 0))
            grade = _grade_buf(rule)
            found.append(Mismatch(grade, rule, str(one["message"]), spot))
            if "DELETE" not in rule:  # a type that differs, differs from both sides
                back.append(Mismatch(grade, rule, str(one["message"]), spot))
    return ToolResult(tuple(found), tuple(back) if back else None)


def _grade_buf(rule: str) -> Grade:
    if rule in _BUF_SILENT:
        return Grade.SILENT
    if rule in _BUF_MAY or (rule.startswith(_BUF_SOURCE) and rule != "FILE_SAME_PACKAGE"):
        return Grade.MAY_BREAK
    return Grade.BREAKS


def _read_squawk(text: str, file: str, revisions: tuple[str, str]) -> ToolResult:
    found = []
    for one in _listed(json.loads(text)):
        rule = str(one["rule_name"])
        if rule in _SQUAWK:
            spot = Spot(str(one.get("file", file)), int(one.get("line", 0)) + 1)  # lines from 0
            found.append(Mismatch(_SQUAWK[rule], rule, _first(one), spot))
    return ToolResult(tuple(found))


def _first(one: Told) -> str:
    """Its message; older versions have a list of them."""
    messages = one.get("messages")
    if isinstance(messages, list) and messages:
        return " ".join(str(text) for message in messages for text in message.values())
    return str(one.get("message") or one["rule_name"])


_BROKEN = re.compile(r"^(?:- |\*\*)`([0-9A-Z]+)` (.+?)(?:\*\*)?$")
_PROBE = re.compile(r"^\*\*`(.+?)`\*\*: `([0-9A-Z]+)` (.+)$")


def _read_migcheck(text: str, file: str, revisions: tuple[str, str]) -> ToolResult:
    """What `migcheck --markdown` wrote: statements of the old release that fail on the new schema."""
    lines = text.splitlines()
    head = next((line for line in lines if line.startswith("### migcheck:")), None)
    if head is None:
        raise ValueError("no headline")
    if head.strip() not in ("### migcheck: PASS", "### migcheck: FAIL"):
        return ToolResult((Mismatch(Grade.UNKNOWN, "run", head.lstrip("# "), Spot(file)),))
    found, inside = [], 0
    for number, line in enumerate(lines, start=1):
        # within details stands what follows from others, or is passed over
        inside += line.count("<details>") - line.count("</details>")
        if inside == 0 and (broken := _BROKEN.match(line)):
            found.append(Mismatch(Grade.BREAKS, broken[1], broken[2], Spot(file, number)))
        elif inside == 0 and (probe := _PROBE.match(line)):
            found.append(Mismatch(Grade.MAY_BREAK, probe[2], f"{probe[1]}: {probe[3]}", Spot(file, number)))
    if head.endswith("FAIL") and not found:
        found.append(Mismatch(Grade.BREAKS, "run", head.lstrip("# "), Spot(file)))
    return ToolResult(tuple(found))


def _read_pact(text: str, file: str, revisions: tuple[str, str]) -> ToolResult:
    """The matrix of a Pact Broker: which consumer was verified against which provider. Of several
    verifications of one pact by one version the latest counts, as `can-i-deploy` has it."""
    old, new = revisions
    cells: dict[tuple[str, str], list[Mismatch]] = {(old, new): [], (new, old): []}
    seen: set[tuple[str, str]] = set()
    for row in _list_latest(json.loads(text)["matrix"]):
        consumer, provider = (str(row[side]["version"]["number"]) for side in ("consumer", "provider"))
        for pair in cells:
            if _is_revision(consumer, pair[0]) and _is_revision(provider, pair[1]):
                seen.add(pair)
                cells[pair] += _read_row(row, consumer, provider, file)
    unknown = Mismatch(Grade.UNKNOWN, "matrix", "no verification of these two versions", Spot(file))
    told = {pair: tuple(cells[pair]) if pair in seen else (unknown,) for pair in cells}
    return ToolResult(told[old, new], told[new, old])


def _read_row(row: Told, consumer: str, provider: str, file: str) -> Iterator[Mismatch]:
    verified = (row.get("verificationResult") or {}).get("success")
    names = f"{row['consumer']['name']} {consumer} at {row['provider']['name']} {provider}"
    if verified is None:
        yield Mismatch(Grade.UNKNOWN, "matrix", f"{names}: not verified", Spot(file))
    elif not verified:
        yield Mismatch(Grade.BREAKS, "matrix", f"{names}: verification failed", Spot(file))


def _list_latest(rows: Iterable[Told]) -> Iterator[Told]:
    """The rows without verifications that were made again later; one without a time stays."""
    latest: dict[tuple[str, ...], Told] = {}
    for row in rows:
        sides = (row["consumer"], row["provider"])
        key = tuple(str(told) for side in sides for told in (side["name"], side["version"]["number"]))
        when = _find_time(row)
        if when is None:
            yield row
        elif key not in latest or when > str(_find_time(latest[key])):
            latest[key] = row
    yield from latest.values()


def _find_time(row: Told) -> str | None:
    """When it was verified, as a text whose order is that of time (ISO 8601)."""
    when = (row.get("verificationResult") or {}).get("verifiedAt")
    return when if isinstance(when, str) else None


def _is_revision(number: str, revision: str) -> bool:
    """Whether a version's number is a revision, or the beginning of one."""
    short, long_ = sorted((number, revision), key=len)
    return short == long_ or (len(short) >= 7 and long_.startswith(short))


def _listed(told: Any) -> Iterator[Told]:
    for one in told:
        if not isinstance(one, dict):
            raise TypeError(one)
        yield one


_READERS: dict[ResultTool, Callable[[str, str, tuple[str, str]], ToolResult]] = {
    ResultTool.OASDIFF: _read_oasdiff,
    ResultTool.BUF: _read_buf,
    ResultTool.SQUAWK: _read_squawk,
    ResultTool.MIGCHECK: _read_migcheck,
    ResultTool.PACT: _read_pact,
}
