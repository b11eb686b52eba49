"""Kinds of changes of an Avro schema: an old reader of new data, and a new reader of old data."""

from __future__ import annotations

import json

import pytest

from skewproof.model.evidence import avro
from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.sides import Options
from support.contracts import grade_both, write_side
from support.kinds import Kind

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN

KINDS: list[Kind] = []


def add(name: str, old: str, new: str, forward: Grade, backward: Grade, why: str = "") -> None:
    KINDS.append(Kind(name, old, new, forward, backward, why))


def rec(*fields: object, name: str = "R", **more: object) -> str:
    return json.dumps({"type": "record", "name": name, "fields": list(fields), **more})


def f(name: str, type_: object, **more: object) -> dict[str, object]:
    return {"name": name, "type": type_, **more}


def fld(name: str, old: object, new: object, forward: Grade, backward: Grade, why: str = "") -> None:
    """One field of two types."""
    add(name, rec(f("a", old)), rec(f("a", new)), forward, backward, why)


fld("int->long", "int", "long", B, C)
fld("int->float", "int", "float", B, C)
fld("long->double", "long", "double", B, C)
fld("float->double", "float", "double", B, C)
fld("int->string", "int", "string", B, B)
fld("string->bytes", "string", "bytes", C, C)
fld("boolean->int", "boolean", "int", B, B)
add("add no default", rec(f("a", "int")), rec(f("a", "int"), f("b", "int")), C, B)
add("add default", rec(f("a", "int")), rec(f("a", "int"), f("b", "int", default=1)), C, C)
add("remove no default", rec(f("a", "int"), f("b", "int")), rec(f("a", "int")), B, C)
add("remove default", rec(f("a", "int"), f("b", "int", default=1)), rec(f("a", "int")), C, C)
add("rename", rec(f("a", "int")), rec(f("b", "int")), B, B)
add("rename alias", rec(f("a", "int")), rec(f("b", "int", aliases=["a"])), B, C)
add(
    "rename alias + default old",
    rec(f("a", "int", default=0)),
    rec(f("b", "int", aliases=["a"])),
    S,
    C,
    "old reader fills default, value lost: silent? removal with default of a moved value",
)
add(
    "default changed",
    rec(f("a", "int", default=1)),
    rec(f("a", "int", default=2)),
    C,
    C,
    "defaults only when writer lacks the field: both write it",
)
add(
    "record renamed",
    rec(f("a", "int"), name="R"),
    rec(f("a", "int"), name="S"),
    B,
    B,
    "unqualified names must match",
)
add("record renamed alias", rec(f("a", "int"), name="R"), rec(f("a", "int"), name="S", aliases=["R"]), B, C)
add(
    "namespace changed",
    rec(f("a", "int"), namespace="x"),
    rec(f("a", "int"), namespace="y"),
    C,
    C,
    "unqualified name is to match; Java library wants full names? spec: unqualified",
)
fld("to nullable", "int", ["null", "int"], B, C)
fld("from nullable", ["null", "int"], "int", C, B)
fld("union order", ["null", "int"], ["int", "null"], C, C)
fld("union add", ["null", "int"], ["null", "int", "string"], B, C)
fld("union int->long", ["null", "int"], ["null", "long"], B, C)
fld(
    "enum add",
    {"type": "enum", "name": "E", "symbols": ["A"]},
    {"type": "enum", "name": "E", "symbols": ["A", "B"]},
    B,
    C,
)
fld(
    "enum remove",
    {"type": "enum", "name": "E", "symbols": ["A", "B"]},
    {"type": "enum", "name": "E", "symbols": ["A"]},
    C,
    B,
)
fld(
    "enum add default",
    {"type": "enum", "name": "E", "symbols": ["A"], "default": "A"},
    {"type": "enum", "name": "E", "symbols": ["A", "B"], "default": "A"},
    S,
    C,
)
fld(
    "enum reorder",
    {"type": "enum", "name": "E", "symbols": ["A", "B"]},
    {"type": "enum", "name": "E", "symbols": ["B", "A"]},
    C,
    C,
)
fld(
    "enum in union add default",
    ["null", {"type": "enum", "name": "E", "symbols": ["A"], "default": "A"}],
    ["null", {"type": "enum", "name": "E", "symbols": ["A", "B"], "default": "A"}],
    S,
    C,
)
fld(
    "enum renamed",
    {"type": "enum", "name": "E", "symbols": ["A"]},
    {"type": "enum", "name": "F", "symbols": ["A"]},
    B,
    B,
)
fld("fixed size", {"type": "fixed", "name": "F", "size": 4}, {"type": "fixed", "name": "F", "size": 8}, B, B)
fld(
    "fixed renamed",
    {"type": "fixed", "name": "F", "size": 4},
    {"type": "fixed", "name": "G", "size": 4},
    B,
    B,
)
fld("array items", {"type": "array", "items": "int"}, {"type": "array", "items": "long"}, B, C)
fld("map values", {"type": "map", "values": "int"}, {"type": "map", "values": "string"}, B, B)
fld("array->map", {"type": "array", "items": "int"}, {"type": "map", "values": "int"}, B, B)
fld("logical date added", "int", {"type": "int", "logicalType": "date"}, C, C, "same int; meaning documented")
fld(
    "timestamp millis->micros",
    {"type": "long", "logicalType": "timestamp-millis"},
    {"type": "long", "logicalType": "timestamp-micros"},
    S,
    S,
    "same long, thousand times",
)
fld(
    "decimal scale",
    {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2},
    {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 4},
    S,
    S,
    "libraries do not look at scales: the digits are read a hundred times too small",
)
fld(
    "decimal precision",
    {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2},
    {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2},
    M,
    C,
    "the specification wants equal precisions, libraries do not look",
)
fld("uuid added", "string", {"type": "string", "logicalType": "uuid"}, C, M, "not every text is one")
fld(
    "decimal added",
    "bytes",
    {"type": "bytes", "logicalType": "decimal", "precision": 4},
    C,
    M,
    "nor all bytes",
)
fld("uuid in a union", ["null", "string"], ["null", {"type": "string", "logicalType": "uuid"}], C, M)
fld(
    "date->timestamp",
    {"type": "int", "logicalType": "date"},
    {"type": "long", "logicalType": "timestamp-millis"},
    B,
    S,
    "int promoted: days read as millis",
)
fld(
    "nested record add",
    {"type": "record", "name": "N", "fields": [f("x", "int")]},
    {"type": "record", "name": "N", "fields": [f("x", "int"), f("y", "int")]},
    C,
    B,
)
add("recursive", rec(f("n", ["null", "R"])), rec(f("n", ["null", "R"]), f("v", "int", default=0)), C, C)
add("field order", rec(f("a", "int"), f("b", "string")), rec(f("b", "string"), f("a", "int")), C, C)
add("doc", rec(f("a", "int")), rec(f("a", "int", doc="x"), doc="y"), C, C)
add("top union", json.dumps(["null", json.loads(rec(f("a", "int")))]), rec(f("a", "int")), C, B)
add("order attr", rec(f("a", "int")), rec(f("a", "int", order="descending")), C, C)
fld(
    "union of records by name",
    [
        {"type": "record", "name": "X", "fields": [f("x", "int")]},
        {"type": "record", "name": "Y", "fields": [f("y", "int")]},
    ],
    [
        {"type": "record", "name": "Y", "fields": [f("y", "int")]},
        {"type": "record", "name": "X", "fields": [f("x", "int")]},
    ],
    C,
    C,
)
fld("string->union w/ bytes", "string", ["null", "bytes"], B, C)
fld(
    "local-timestamp->timestamp",
    {"type": "long", "logicalType": "local-timestamp-millis"},
    {"type": "long", "logicalType": "timestamp-millis"},
    S,
    S,
)
fld("long->timestamp", "long", {"type": "long", "logicalType": "timestamp-millis"}, C, C)
add(
    "new default invalid removed symbol",
    rec(f("e", {"type": "enum", "name": "E", "symbols": ["A", "B"], "default": "B"})),
    rec(f("e", {"type": "enum", "name": "E", "symbols": ["A"], "default": "A"})),
    C,
    S,
)
add(
    "alias of nested with ns",
    rec(f("n", {"type": "record", "name": "N", "namespace": "a", "fields": [f("x", "int")]})),
    rec(
        f(
            "n",
            {"type": "record", "name": "N2", "namespace": "b", "aliases": ["a.N"], "fields": [f("x", "int")]},
        )
    ),
    B,
    C,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(avro.compare, "a.avsc") == kind.grades


ORDER = {"type": "record", "name": "Order", "namespace": "s", "fields": [f("to", "s.Address")]}


def _library(city: str, *more: object) -> str:
    address = {"type": "record", "name": "Address", "namespace": "s", "fields": [f("city", city)]}
    return json.dumps([ORDER, address, *more])


UNUSED = {"type": "enum", "name": "U", "symbols": ["A"]}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (_library("string", UNUSED), _library("string"), (C, C)),
        (_library("int", UNUSED), _library("long", {**UNUSED, "symbols": ["B"]}), (B, C)),
    ],
)
def test_of_one_schema_in_a_file_what_it_names_counts(
    old: str, new: str, expected: tuple[Grade, Grade]
) -> None:
    sides = write_side(old, 0, "s.Order", "a.avsc"), write_side(new, 1, "s.Order", "a.avsc")
    assert grade_both(avro.compare, *sides) == expected


def test_of_a_call_both_sides_read() -> None:
    sides = (
        write_side(rec(f("a", "int")), 0, path="a.avsc"),
        write_side(rec(f("a", "long")), 1, path="a.avsc"),
    )
    assert grade_both(avro.compare, *sides, Options(is_called=True)) == (B, B)
