"""Kinds of changes of what is answered, by OpenAPI: an old client at a new server, and a new client at an old server."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import openapi
from support.kinds import Kind
from support.openapi_kinds import JSON, B, C, Kinds, M, answered, doc, i, n, obj, s

KINDS = Kinds()
add, resp = KINDS.add, KINDS.resp


resp("enum value added", {**s, "enum": ["a"]}, {**s, "enum": ["a", "b"]}, M, C)
resp("enum value removed", {**s, "enum": ["a", "b"]}, {**s, "enum": ["a"]}, C, M)
resp("enum gone", {**s, "enum": ["a"]}, s, M, C)
resp("enum set", s, {**s, "enum": ["a"]}, C, M)
resp("nullable", s, {**s, "nullable": True}, B, C)
resp("nullable 31", s, {"type": ["string", "null"]}, B, C, version="3.1.0")
resp("type int->number", i, n, B, C)
resp("type number->int", n, i, C, B)
resp("max increased", {**i, "maximum": 5}, {**i, "maximum": 10}, B, C)
resp("max unset", {**i, "maximum": 5}, i, B, C)
resp("min decreased", {**i, "minimum": 5}, {**i, "minimum": 1}, B, C)
resp("maxLength increased", {**s, "maxLength": 5}, {**s, "maxLength": 9}, B, C)
resp("maxLength set", s, {**s, "maxLength": 9}, C, B, "promise")
resp("minLength decreased", {**s, "minLength": 5}, {**s, "minLength": 1}, B, C)
resp("minItems unset", {"type": "array", "items": s, "minItems": 2}, {"type": "array", "items": s}, B, C)
resp("pattern changed", {**s, "pattern": "^a$"}, {**s, "pattern": "^b$"}, M, M)
resp("pattern added", s, {**s, "pattern": "^a$"}, C, M)
resp("pattern removed", {**s, "pattern": "^a$"}, s, M, C)
resp("format added", s, {**s, "format": "date"}, C, B)
resp("format removed", {**s, "format": "date"}, s, B, C)
resp("int32->int64", {**i, "format": "int32"}, {**i, "format": "int64"}, B, C)
resp("default changed", {**s, "default": "a"}, {**s, "default": "b"}, C, C)
resp("writeOnly became", s, {**s, "writeOnly": True}, B, C, "required and no part of answers any more")
add(
    "resp optional became writeOnly",
    doc(resp=obj(a=s, b=s)),
    doc(resp=obj(a=s, b={**s, "writeOnly": True})),
    M,
    C,
)
add(
    "resp became not writeOnly", doc(resp=obj(a=s, b={**s, "writeOnly": True})), doc(resp=obj(a=s, b=s)), C, C
)
add("resp required removed", doc(resp=obj(req=("a",), a=s)), doc(resp=obj()), B, C)
add("resp optional removed", doc(resp=obj(a=s)), doc(resp=obj()), M, C)
add("resp became optional", doc(resp=obj(req=("a",), a=s)), doc(resp=obj(a=s)), B, C)
add("resp became required", doc(resp=obj(a=s)), doc(resp=obj(req=("a",), a=s)), C, B)
add("resp prop added optional", doc(resp=obj(a=s)), doc(resp=obj(a=s, b=s)), C, C)
add("resp prop added closed", doc(resp=obj(add=False, a=s)), doc(resp=obj(add=False, a=s, b=s)), B, C)
add(
    "resp writeOnly required removed",
    doc(resp=obj(req=("a",), a={**s, "writeOnly": True})),
    doc(resp=obj()),
    C,
    C,
)
add("resp readOnly changed", doc(resp=obj(a=s)), doc(resp=obj(a={**s, "readOnly": True})), C, C)
add(
    "resp media removed",
    doc(responses={"200": {"description": "", "content": {JSON: {"schema": s}, "text/csv": {}}}}),
    doc(resp=s),
    B,
    C,
)
add(
    "resp media renamed vendor",
    doc(resp=s, media="application/vnd.a+json"),
    doc(resp=s, media="application/json"),
    B,
    B,
)
add(
    "resp media charset",
    doc(resp=s, media="application/json; charset=utf-8"),
    doc(resp=s, media="application/json"),
    C,
    C,
    "charset of JSON has no meaning (RFC 8259)",
)
add(
    "resp first 2xx named",
    doc(responses={"404": {"description": ""}}),
    doc(responses={"200": {"description": ""}, "404": {"description": ""}}),
    M,
    C,
    "what the old client takes it does not say",
)
add(
    "resp 2xx added",
    doc(resp=s),
    doc(responses={"200": {"description": "", "content": {JSON: {"schema": s}}}, "202": {"description": ""}}),
    M,
    C,
)
add(
    "resp 200 removed->201",
    doc(responses={"200": {"description": ""}}),
    doc(responses={"201": {"description": ""}}),
    B,
    B,
)
add(
    "resp 4xx removed",
    doc(responses={"200": {"description": ""}, "404": {"description": ""}}),
    doc(responses={"200": {"description": ""}}),
    C,
    C,
)
add(
    "resp 4xx added",
    doc(responses={"200": {"description": ""}}),
    doc(responses={"200": {"description": ""}, "429": {"description": ""}}),
    C,
    C,
)
add(
    "resp 404 body changed",
    doc(
        responses={
            "200": {"description": ""},
            "404": {"description": "", "content": {JSON: {"schema": obj(req=("a",), a=s)}}},
        }
    ),
    doc(
        responses={
            "200": {"description": ""},
            "404": {"description": "", "content": {JSON: {"schema": obj(req=("a",), a=i)}}},
        }
    ),
    B,
    B,
)
add(
    "resp 200->2XX",
    doc(responses={"200": {"description": ""}}),
    doc(responses={"2XX": {"description": ""}}),
    M,
    C,
)
add(
    "resp 200->default",
    doc(responses={"200": {"description": "", "content": {JSON: {"schema": s}}}}),
    doc(responses={"default": {"description": "", "content": {JSON: {"schema": s}}}}),
    C,
    C,
)
add("resp body gone", doc(resp=s), doc(), B, C)
add("resp body added", doc(), doc(resp=s), C, B)
add("header required removed", doc(headers={"X-A": {"required": True, "schema": s}}), doc(), B, C)
add("header optional removed", doc(headers={"X-A": {"schema": s}}), doc(), M, C)
add(
    "header became optional",
    doc(headers={"X-A": {"required": True, "schema": s}}),
    doc(headers={"X-A": {"schema": s}}),
    B,
    C,
)
add("header added", doc(), doc(headers={"X-A": {"required": True, "schema": s}}), C, B)
add(
    "header type",
    doc(headers={"X-A": {"schema": s}}),
    doc(headers={"X-A": {"schema": i}}),
    C,
    B,
    "as text an integer is a text",
)
resp(
    "tuple longer",
    {"type": "array", "prefixItems": [s], "items": False},
    {"type": "array", "prefixItems": [s, s], "items": False},
    B,
    C,
    version="3.1.0",
)
add("status of a range apart", answered(_4XX=obj(e=s)), answered(_400=obj(e=i), _4XX=obj(e=s)), B, B)
add("status of a range apart alike", answered(_4XX=obj(e=s)), answered(_400=obj(e=s), _4XX=obj(e=s)), C, C)
add("status of default apart", answered(default=obj(e=s)), answered(_404=obj(e=i), default=obj(e=s)), B, B)
add("range for default", answered(default=obj(e=s)), answered(_4XX=obj(e=i)), B, B)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(openapi.compare, "contract.yaml") == kind.grades
