"""Avro, JSON Schema, AsyncAPI, GraphQL, Python: each by pairs in both directions."""

from __future__ import annotations

import json

import pytest

from skewproof.model.evidence import assets, asyncapi, avro, graphql, json_schema, signatures
from skewproof.model.evidence.judgement import Grade, find_worst
from skewproof.model.evidence.sides import Options, Side
from support.contracts import grade_both, judge, write_side

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN


def _record(*fields: object) -> str:
    return json.dumps({"type": "record", "name": "R", "fields": list(fields)}, indent=1)


def _avro(text: str, rank: int, pointer: str = "") -> Side:
    return write_side(text, rank, pointer, "s.avsc")


A = {"name": "a", "type": "int"}
ENUM = {"type": "enum", "name": "E", "symbols": ["x"], "default": "x"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (_record(A), _record(A, {"name": "b", "type": "int", "default": 1}), (C, C)),
        (_record(A), _record(A, {"name": "b", "type": "int"}), (C, B)),
        (_record(A), _record({"name": "a", "type": "long"}), (B, C)),
        (_record(A), _record({"name": "a", "type": ["null", "int"]}), (B, C)),
        (_record(A), _record({"name": "b", "type": "int", "aliases": ["a"]}), (B, C)),
        (
            _record({"name": "e", "type": ENUM}),
            _record({"name": "e", "type": {**ENUM, "symbols": ["x", "y"]}}),
            (S, C),
        ),
        ("{", _record(A), (U, U)),
        ("[" * 100_000, _record(A), (U, U)),
        ('{"type": "record"}', _record(A), (U, U)),
    ],
)
def test_avro(old: str, new: str, expected: tuple[Grade, Grade]) -> None:
    """The consumer reads: an old reader of new data, and a new reader of old data."""
    assert grade_both(avro.compare, _avro(old, 0), _avro(new, 1)) == expected


def test_avro_is_told_at_the_line_of_the_field() -> None:
    found = judge(avro.compare, _avro(_record(A, {"name": "b", "type": "int"}), 1), _avro(_record(A), 0))
    assert [(one.spot.line, "`b`" in one.message) for one in found] == [(10, True)]


def test_json_schema() -> None:
    old, new = write_side("{type: object, required: [a]}", 0), write_side("{type: object}", 1)
    assert grade_both(json_schema.compare, old, new) == (B, C)


V2 = "asyncapi: 2.6.0\nchannels: {c: {publish: {message: {name: m, payload: %s}}}}"
V3 = "asyncapi: 3.0.0\nchannels: {c: {messages: {m: {payload: %s}}}}"


@pytest.mark.parametrize("text", [V2, V3])
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{type: string}", "{type: integer}", (B, B)),
        ("{type: object, required: [a]}", "{type: object}", (B, C)),
        (
            "{type: string}, schemaFormat: application/vnd.apache.avro",
            "{}, schemaFormat: application/vnd.apache.avro",
            (U, U),
        ),
    ],
)
def test_asyncapi(text: str, old: str, new: str, expected: tuple[Grade, Grade]) -> None:
    for pointer in ("", "/channels/c"):
        sides = [write_side(text % payload, rank, pointer) for rank, payload in enumerate((old, new))]
        assert grade_both(asyncapi.compare, sides[0], sides[1]) == expected


def test_a_message_that_the_consumer_does_not_know() -> None:
    several = "asyncapi: 3.0.0\nchannels: {c: {messages: {m: {}, n: {}}}}"
    assert grade_both(asyncapi.compare, write_side(V3 % "{}", 0), write_side(several, 1)) == (M, C)


def _graphql(fields: str, rank: int) -> Side:
    return write_side(f"type Query {{\n  {fields}\n}}\nenum E {{ A }}\n", rank, path="s.graphql")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a: Int", "a: Int b: Int", (C, B)),
        ("a: Int", "a: String", (B, B)),
        ("a: Int", "a: Int!", (C, B)),
        ("a(x: Int): Int", "a(x: Int!): Int", (B, C)),
        ("a(x: Int = 1): Int", "a(x: Int = 2): Int", (S, S)),
        ("a: Int", "a(x: Int): Int", (C, B)),
        ("a: Int", "a: Unknown", (U, U)),
    ],
)
def test_graphql(old: str, new: str, expected: tuple[Grade, Grade]) -> None:
    assert grade_both(graphql.compare, _graphql(old, 0), _graphql(new, 1)) == expected


def test_operations_of_clients_say_what_matters() -> None:
    old, new = _graphql("a: Int\n  b: Int", 0), _graphql("a: Int", 1)
    for query, expected in (("{ a }", C), ("{ b }", B), ("{", U)):
        found = judge(graphql.compare, old, new, Options(queries=(("q.graphql", query),)))
        assert find_worst(found) is expected


def _python(text: str, rank: int) -> Side:
    return write_side(text, rank, path="tasks.py")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("def t(a): ...", "def t(a, b=1): ...", (B, C)),
        ("def t(a): ...", "def t(a, b): ...", (B, B)),
        ("def t(a, **k): ...", "def t(a, b=1): ...", (C, M)),
        ("def t(a, b): ...", "def t(b, a): ...", (S, S)),
        ("def t(a=1): ...", "def t(a=2): ...", (S, S)),
        ("def t(a: int): ...", "def t(a: str): ...", (M, M)),
        ("def t(a): ...", "def t(*, a): ...", (C, B)),
        ("def t(a): ...", "def u(a): ...", (B, B)),
        ("class P:\n  x: int", "class P:\n  x: int\n  y: int", (B, B)),
        ("class P:\n  x: int", "class P:\n  x: int\n  y: int = 0", (B, C)),
        ("class E(Enum):\n  A = 1", "class E(Enum):\n  A = 1\n  B = 2", (B, C)),
        ("class E(Enum):\n  A = 1\n  B = 2", "class E(Enum):\n  A = 2\n  B = 1", (S, S)),
        ("def t(", "def t(a): ...", (U, U)),
        ("(" * 5000, "def t(a): ...", (U, U)),
    ],
)
def test_python(old: str, new: str, expected: tuple[Grade, Grade]) -> None:
    assert grade_both(signatures.compare, _python(old, 0), _python(new, 1)) == expected


def test_python_is_never_run() -> None:
    side = _python("import os\nos._exit(7)\ndef t(a): ...", 0)
    assert judge(signatures.compare, side, side) == []


VITE = '{"a.js": {"file": "a-%s.js", "css": ["a-1.css"], "imports": ["_b.js"]}}'
WEBPACK = '{"main.js": "/main.%s.js", "x.png": "/x.png"}'


@pytest.mark.parametrize("text", [VITE, WEBPACK])
def test_pages_ask_for_the_files_of_their_own_build(text: str) -> None:
    old, new, same = (
        write_side(text % build, rank, path="m.json") for rank, build in ((0, "1"), (1, "2"), (1, "1"))
    )
    assert grade_both(assets.compare, old, new) == (B, B)
    assert grade_both(assets.compare, old, same) == (C, C)
    assert [one.rule for one in judge(assets.compare, old, new)] == ["asset"]


def test_what_names_no_file_is_no_manifest() -> None:
    side = write_side("{}", 0, path="m.json")
    assert [one.grade for one in judge(assets.compare, side, side)] == [U]
