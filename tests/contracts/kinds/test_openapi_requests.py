"""Kinds of changes of bodies that are sent, by OpenAPI: an old client at a new server, and a new client at an old server."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import openapi
from support.kinds import Kind
from support.openapi_kinds import JSON, B, C, Kinds, M, S, U, doc, i, n, obj, s

KINDS = Kinds()
add, reqp = KINDS.add, KINDS.reqp

ref = {"$ref": "#/components/schemas/T"}

add("body added optional", doc(), doc(req=obj(a=s)), C, B)
add("body added required", doc(), doc(req=obj(a=s), required=True), B, B, "")
add("body became required", doc(req=obj(a=s)), doc(req=obj(a=s), required=True), B, C)
add(
    "body media removed",
    doc(body={"content": {JSON: {"schema": s}, "application/xml": {"schema": s}}}),
    doc(req=s),
    B,
    C,
)
add("req new required prop", doc(req=obj(a=s)), doc(req=obj(req=("b",), a=s, b=s)), B, C)
add(
    "req new required prop default",
    doc(req=obj(a=s)),
    doc(req=obj(req=("b",), a=s, b={**s, "default": "x"})),
    B,
    C,
    "required means required whatever default (default is annotation)",
)
add("req prop became required", doc(req=obj(a=s)), doc(req=obj(req=("a",), a=s)), B, C)
add("req prop removed", doc(req=obj(a=s, b=s)), doc(req=obj(a=s)), M, C)
add("req prop removed closed", doc(req=obj(add=False, a=s, b=s)), doc(req=obj(add=False, a=s)), B, C)
add("req prop added closed", doc(req=obj(add=False, a=s)), doc(req=obj(add=False, a=s, b=s)), C, B)
add("req closed", doc(req=obj(a=s)), doc(req=obj(add=False, a=s)), M, C)
add(
    "req readOnly required new",
    doc(req=obj(a=s)),
    doc(req=obj(req=("id",), a=s, id={**s, "readOnly": True})),
    C,
    C,
)
add(
    "req became readOnly",
    doc(req=obj(a=s, b=s)),
    doc(req=obj(a=s, b={**s, "readOnly": True})),
    M,
    C,
    "SHOULD NOT be sent; older sends it",
)
add(
    "req became not readOnly",
    doc(req=obj(a=s, b={**s, "readOnly": True})),
    doc(req=obj(a=s, b=s)),
    C,
    C,
    "new sends what old passes over or refuses: who is newer knows",
)
add(
    "req became not readOnly required",
    doc(req=obj(req=("b",), a=s, b={**s, "readOnly": True})),
    doc(req=obj(req=("b",), a=s, b=s)),
    B,
    C,
)
reqp("nullable gone", {**s, "nullable": True}, s, B, C)
reqp("nullable added", s, {**s, "nullable": True}, C, B)
reqp("31 nullable gone", {"type": ["string", "null"]}, s, B, C, version="3.1.0")
reqp("type list narrowed", {"type": ["string", "integer"]}, s, B, C, version="3.1.0")
reqp("max decreased", {**i, "maximum": 10}, {**i, "maximum": 5}, B, C)
reqp("max increased", {**i, "maximum": 5}, {**i, "maximum": 10}, C, B)
reqp("max set", i, {**i, "maximum": 5}, M, C)
reqp("min set", i, {**i, "minimum": 5}, M, C)
reqp("exclusive 30", {**i, "minimum": 5}, {**i, "minimum": 5, "exclusiveMinimum": True}, B, C)
reqp("exclusive 30 looser", {**i, "minimum": 5, "exclusiveMinimum": True}, {**i, "minimum": 5}, C, B)
reqp(
    "exclusive 30 equal ints",
    {**i, "minimum": 5, "exclusiveMinimum": True},
    {**i, "minimum": 6},
    C,
    C,
    "integers above 5 are from 6",
)
reqp("exclusive 31", {**n, "minimum": 5}, {**n, "exclusiveMinimum": 5}, B, C, version="3.1.0")
reqp("exclusive 31 lower ex", {**n, "minimum": 5}, {**n, "exclusiveMinimum": 4}, C, B, version="3.1.0")
reqp("exclusive 31 both ways", {**n, "exclusiveMinimum": 4}, {**n, "minimum": 5}, B, C, version="3.1.0")
reqp("multipleOf set", i, {**i, "multipleOf": 5}, M, C)
reqp("multipleOf changed", {**i, "multipleOf": 5}, {**i, "multipleOf": 10}, B, C)
reqp(
    "multipleOf decimals",
    {**n, "multipleOf": 0.1},
    {**n, "multipleOf": 0.01},
    C,
    B,
    "0.1 is a multiple of 0.01",
)
reqp("minLength set", s, {**s, "minLength": 1}, M, C)
reqp("maxLength decreased", {**s, "maxLength": 10}, {**s, "maxLength": 5}, B, C)
reqp("pattern added", s, {**s, "pattern": "^[a-z]+$"}, M, C, "oasdiff WARN; a limit that is new may break")
reqp("pattern changed", {**s, "pattern": "^[a-z]+$"}, {**s, "pattern": "^[a-z0-9]+$"}, M, M)
reqp("pattern removed", {**s, "pattern": "^[a-z]+$"}, s, C, M)
reqp("format added", s, {**s, "format": "uuid"}, B, C)
reqp("format removed", {**s, "format": "uuid"}, s, C, B)
reqp("format changed", {**s, "format": "date"}, {**s, "format": "date-time"}, B, B)
reqp("int32->int64", {**i, "format": "int32"}, {**i, "format": "int64"}, C, B)
reqp("int64->int32", {**i, "format": "int64"}, {**i, "format": "int32"}, B, C)
reqp(
    "int no format->int64",
    i,
    {**i, "format": "int64"},
    B,
    C,
    "a format that is new narrows what was any integer",
)
reqp("int->number", i, n, C, B)
reqp("number->int", n, i, B, C)
reqp("int->string", i, s, B, B)
reqp("enum added to string", s, {**s, "enum": ["a"]}, B, C)
reqp("enum removed whole", {**s, "enum": ["a"]}, s, C, B)
reqp("const", {"const": "a"}, {"const": "b"}, B, B, version="3.1.0")
reqp("const->enum", {"const": "a"}, {"enum": ["a", "b"]}, C, B, version="3.1.0")
reqp("default changed", {**s, "default": "a"}, {**s, "default": "b"}, S, S)
reqp("uniqueItems", {"type": "array", "items": s}, {"type": "array", "items": s, "uniqueItems": True}, B, C)
reqp("minItems set", {"type": "array", "items": s}, {"type": "array", "items": s, "minItems": 1}, M, C)
reqp(
    "maxItems decreased",
    {"type": "array", "items": s, "maxItems": 5},
    {"type": "array", "items": s, "maxItems": 4},
    B,
    C,
)
reqp("items type", {"type": "array", "items": s}, {"type": "array", "items": i}, B, B)
reqp("items->any", {"type": "array", "items": s}, {"type": "array", "items": {}}, C, B)
reqp(
    "map values type",
    {"type": "object", "additionalProperties": s},
    {"type": "object", "additionalProperties": i},
    B,
    B,
)
reqp(
    "minProperties",
    {"type": "object", "additionalProperties": s},
    {"type": "object", "additionalProperties": s, "minProperties": 1},
    M,
    C,
)
reqp("prop becomes free object", obj(x=s), {"type": "object"}, M, C, "removed property")
reqp(
    "ref inline equal",
    obj(x=s),
    {"$ref": "#/components/schemas/X"},
    C,
    C,
    components={"schemas": {"X": obj(x=s)}},
)
reqp("not added", s, {**s, "not": {"enum": ["x"]}}, B, C, "a condition that nobody can be expected to keep")
reqp("anything->object", {}, {"type": "object"}, B, C)
reqp("writeOnly req", s, {**s, "writeOnly": True}, C, C)
reqp(
    "patternProperties added",
    {"type": "object"},
    {"type": "object", "patternProperties": {"^x-": s}},
    B,
    C,
    "names that were free have a schema now",
    version="3.1.0",
)
reqp(
    "propertyNames added",
    {"type": "object"},
    {"type": "object", "propertyNames": {"pattern": "^a"}},
    B,
    C,
    "names that were free have a schema now",
    version="3.1.0",
)
reqp(
    "dependentRequired added",
    obj(x=s, y=s),
    {**obj(x=s, y=s), "dependentRequired": {"x": ["y"]}},
    B,
    C,
    version="3.1.0",
)
reqp(
    "contains added",
    {"type": "array", "items": i},
    {"type": "array", "items": i, "contains": {"minimum": 3}},
    B,
    C,
    version="3.1.0",
)
reqp(
    "prefixItems",
    {"type": "array", "prefixItems": [s, i]},
    {"type": "array", "prefixItems": [s, s]},
    B,
    B,
    version="3.1.0",
)
reqp(
    "unevaluatedProperties false",
    obj(x=s),
    {**obj(x=s), "unevaluatedProperties": False},
    M,
    C,
    "as with `additionalProperties`: nobody had named a property beyond these",
    version="3.1.0",
)
reqp(
    "nullable enum w/o null 30",
    {**s, "nullable": True, "enum": ["a"]},
    {**s, "nullable": True, "enum": ["a", None]},
    C,
    C,
)
reqp("description", s, {**s, "description": "x"}, C, C)
reqp("example", s, {**s, "example": "x"}, C, C)
reqp("title/deprecated", s, {**s, "title": "x", "deprecated": True}, C, C)
reqp(
    "contentEncoding",
    s,
    {**s, "contentEncoding": "base64"},
    B,
    M,
    "a text that is encoded now is taken as it is by who does not know",
    version="3.1.0",
)
reqp(
    "tuple longer",
    {"type": "array", "prefixItems": [s], "items": False},
    {"type": "array", "prefixItems": [s, s], "items": False},
    C,
    B,
    version="3.1.0",
)
reqp(
    "dynamic reference", {"$dynamicRef": "#a"}, {"$dynamicRef": "#b"}, U, U, "not looked up", version="3.1.0"
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(openapi.compare, "contract.yaml") == kind.grades
