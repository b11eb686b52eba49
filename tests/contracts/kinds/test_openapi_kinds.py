"""Kinds of changes of OpenAPI: an old client at a new server, and a new client at an old server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from skewproof.model.evidence import openapi
from skewproof.model.evidence.judgement import Grade
from support.kinds import Kind

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN

KINDS: list[Kind] = []


def add(name: str, old: str, new: str, forward: Grade, backward: Grade, why: str = "") -> None:
    KINDS.append(Kind(name, old, new, forward, backward, why))


Json = Any
JSON = "application/json"


def doc(
    params: Json = None,
    req: Json = None,
    resp: Json = None,
    required: bool = False,
    version: str = "3.0.3",
    responses: Json = None,
    security: Json = None,
    headers: Json = None,
    components: Json = None,
    path: str = "/t",
    raw: Json = None,
    path_params: Json = None,
    op_extra: Json = None,
    body: Json = None,
    media: str = JSON,
) -> str:
    """A document with one operation."""
    answer: Json = {"description": "ok"}
    if headers:
        answer["headers"] = headers
    if resp is not None:
        answer["content"] = {media: {"schema": resp}}
    operation: Json = {"operationId": "t", "responses": responses or {"200": answer}, **(op_extra or {})}
    if req is not None:
        body = {"required": required, "content": {media: {"schema": req}}}
    told = {"parameters": params, "requestBody": body, "security": security}
    operation |= {key: value for key, value in told.items() if value is not None}
    item = {"post": operation, **({"parameters": path_params} if path_params else {})}
    info = {"title": "x", "version": "1"}
    document = {"openapi": version, "info": info, "paths": {path: item}, **(raw or {})}
    return json.dumps(document | ({"components": components} if components else {}))


def q(name: str, schema: Json, where: str = "query", **more: object) -> Json:
    """A parameter."""
    return {"name": name, "in": where, "schema": schema, **more}


def obj(req: tuple[str, ...] = (), add: bool | None = None, **properties: Json) -> Json:
    """A schema of objects."""
    schema: Json = {"type": "object", "properties": properties}
    if req:
        schema["required"] = list(req)
    if add is not None:
        schema["additionalProperties"] = add
    return schema


s, i, n = ({"type": name} for name in ("string", "integer", "number"))


def reqp(name: str, old: Json, new: Json, *told: Any, **more: Json) -> None:
    """A property of a request."""
    add(f"req-prop {name}", doc(req=obj(a=old), **more), doc(req=obj(a=new), **more), *told)


def resp(name: str, old: Json, new: Json, *told: Any, **more: Json) -> None:
    """A property that every answer has."""
    parts = [doc(resp=obj(req=("a",), a=schema), **more) for schema in (old, new)]
    add(f"resp-prop {name}", parts[0], parts[1], *told)


def par(name: str, old: Json, new: Json, *told: Any) -> None:
    """A parameter."""
    add(f"param {name}", doc(params=[old]), doc(params=[new]), *told)


def two(name: str, old: Json, new: Json, *told: Grade) -> None:
    """A schema with its components, as a request and as an answer."""
    sent, answered = (
        [doc(**{word: schema}, components=parts) for schema, parts in (old, new)] for word in ("req", "resp")
    )
    add(f"req {name}", sent[0], sent[1], told[0], told[1])
    add(f"resp {name}", answered[0], answered[1], told[2], told[3])


def pets(mapping: Json = None, kinds: tuple[str, ...] = ("Cat", "Dog"), disc: str = "kind") -> Json:
    """Alternatives that a discriminator tells apart, and their schemas."""
    properties: Json = {kind: {disc: s, kind.lower(): s} for kind in ("Cat", "Dog", "Fox")}
    named = {kind: obj((disc,), None, **properties[kind]) for kind in ("Cat", "Dog", "Fox")}
    told = {"propertyName": disc, **({"mapping": mapping} if mapping else {})}
    alternatives = [{"$ref": f"#/components/schemas/{kind}"} for kind in kinds]
    return {"oneOf": alternatives, "discriminator": told}, {"schemas": named}


par("became required", q("a", s), q("a", s, required=True), B, C)
add("param new required", doc(), doc(params=[q("a", s, required=True)]), B, C)
add("param new optional", doc(), doc(params=[q("a", s)]), C, C)
add("param removed", doc(params=[q("a", s)]), doc(), M, C)
add(
    "param removed required",
    doc(params=[q("a", s, required=True)]),
    doc(),
    M,
    B,
    "new consumer does not send what old provider needs",
)
par("query->header", q("a", s, required=True), q("a", s, where="header", required=True), B, B)
par("query->header optional", q("a", s), q("a", s, where="header"), M, C)
add(
    "path param renamed",
    doc(path="/t/{id}", params=[q("id", s, where="path", required=True)]),
    doc(path="/t/{key}", params=[q("key", s, where="path", required=True)]),
    C,
    C,
)
add(
    "path param type",
    doc(path="/t/{id}", params=[q("id", i, where="path", required=True)]),
    doc(path="/t/{id}", params=[q("id", s, where="path", required=True)]),
    C,
    B,
)
par("enum value removed", q("a", {**s, "enum": ["x", "y"]}), q("a", {**s, "enum": ["x"]}), B, C)
par("enum value added", q("a", {**s, "enum": ["x"]}), q("a", {**s, "enum": ["x", "y"]}), C, B)
par("int->string", q("a", i), q("a", s), C, B)
par("int->number", q("a", i), q("a", n), C, B)
par("string->int", q("a", s), q("a", i), B, C)
par(
    "string->array",
    q("a", s),
    q("a", {"type": "array", "items": s}),
    B,
    B,
    "a text is a list of one in some styles; a reader of lists refuses it in others",
)
par(
    "style", q("a", {"type": "array", "items": s}), q("a", {"type": "array", "items": s}, explode=False), B, B
)
par("default changed", q("a", {**i, "default": 1}), q("a", {**i, "default": 2}), S, S)
par("default added", q("a", {**i}), q("a", {**i, "default": 2}), S, S)
par("header case", q("X-A", s, where="header"), q("x-a", s, where="header"), C, C)
par(
    "nullable gone",
    q("a", {**s, "nullable": True}),
    q("a", s),
    B,
    C,
    "no style writes null; a client generated from it may all the same",
)
add("param moved to path item", doc(params=[q("a", s)]), doc(path_params=[q("a", s)]), C, C)
add("param cookie removed", doc(params=[q("a", s, where="cookie")]), doc(), M, C)
par("deprecated", q("a", s), q("a", s, deprecated=True), C, C)
par("allowEmptyValue gone", q("a", s, allowEmptyValue=True), q("a", s), M, C)
par(
    "content->schema",
    {"name": "a", "in": "query", "content": {JSON: {"schema": s}}},
    q("a", s),
    B,
    B,
    "JSON text has quotes",
)


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
reqp("31 nullable via anyOf", s, {"anyOf": [s, {"type": "null"}]}, C, B, version="3.1.0")
reqp(
    "31 oneOf null equal",
    {"type": ["string", "null"]},
    {"oneOf": [s, {"type": "null"}]},
    C,
    C,
    version="3.1.0",
)
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
reqp("oneOf added", {"oneOf": [s]}, {"oneOf": [s, i]}, C, B)
reqp("oneOf removed", {"oneOf": [s, i]}, {"oneOf": [s]}, B, C)
reqp("anyOf removed", {"anyOf": [s, i]}, {"anyOf": [s]}, B, C)
reqp("allOf added constraint", {"allOf": [s]}, {"allOf": [s, {"maxLength": 4}]}, M, C)
reqp("allOf required added", {"allOf": [obj(a=s)]}, {"allOf": [obj(a=s), obj(req=("b",), b=s)]}, B, C)
reqp("allOf removed", {"allOf": [obj(a=s), obj(req=("b",), b=s)]}, {"allOf": [obj(a=s)]}, M, B)
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
    B,
    C,
    "what was let through is refused",
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
resp("oneOf added", {"oneOf": [s]}, {"oneOf": [s, i]}, B, C)
resp("anyOf added", {"anyOf": [s]}, {"anyOf": [s, i]}, B, C)
resp("oneOf removed", {"oneOf": [s, i]}, {"oneOf": [s]}, C, B)
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

add("path removed", doc(raw={}), doc(path="/u"), B, B)
add(
    "method removed",
    json.dumps(
        {
            "openapi": "3.0.0",
            "paths": {"/t": {"get": {"responses": {"200": {}}}, "post": {"responses": {"200": {}}}}},
        }
    ),
    json.dumps({"openapi": "3.0.0", "paths": {"/t": {"get": {"responses": {"200": {}}}}}}),
    B,
    C,
)
add("operationId changed", doc(), doc(op_extra={"operationId": "z"}), C, C)
add("tags", doc(), doc(op_extra={"tags": ["z"]}), C, C)
add("deprecated+sunset", doc(), doc(op_extra={"deprecated": True, "x-sunset": "2030-01-01"}), C, C)
add("trailing slash", doc(path="/t"), doc(path="/t/"), B, B)
sch = {
    "securitySchemes": {
        "o": {
            "type": "oauth2",
            "flows": {"implicit": {"authorizationUrl": "http://x", "scopes": {"r": "", "w": ""}}},
        },
        "k": {"type": "apiKey", "in": "header", "name": "X"},
    }
}
add(
    "scope added",
    doc(security=[{"o": ["r"]}], components=sch),
    doc(security=[{"o": ["r", "w"]}], components=sch),
    B,
    C,
)
add(
    "security alt added",
    doc(security=[{"o": ["r"]}], components=sch),
    doc(security=[{"o": ["r"]}, {"k": []}], components=sch),
    C,
    B,
)
add(
    "security alt removed",
    doc(security=[{"o": ["r"]}, {"k": []}], components=sch),
    doc(security=[{"o": ["r"]}], components=sch),
    B,
    C,
)
add(
    "security optional",
    doc(security=[{}, {"k": []}], components=sch),
    doc(security=[{"k": []}], components=sch),
    B,
    C,
)
add("security removed", doc(security=[{"k": []}], components=sch), doc(components=sch), C, B)
add(
    "apiKey name changed",
    doc(security=[{"k": []}], components=sch),
    doc(
        security=[{"k": []}],
        components={
            "securitySchemes": {
                **sch["securitySchemes"],
                "k": {"type": "apiKey", "in": "header", "name": "Y"},
            }
        },
    ),
    B,
    B,
)
add(
    "scheme renamed only",
    doc(security=[{"k": []}], components=sch),
    doc(security=[{"key": []}], components={"securitySchemes": {"key": sch["securitySchemes"]["k"]}}),
    C,
    C,
    "names of schemes are not sent",
)
add(
    "oauth token url changed",
    doc(security=[{"o": ["r"]}], components=sch),
    doc(
        security=[{"o": ["r"]}],
        components={
            "securitySchemes": {
                "o": {
                    "type": "oauth2",
                    "flows": {"implicit": {"authorizationUrl": "http://y", "scopes": {"r": "", "w": ""}}},
                }
            }
        },
    ),
    C,
    C,
    "where tokens are fetched is not judged",
)

two("disc alt added", pets(), pets(kinds=("Cat", "Dog", "Fox")), C, B, B, C)
two("disc alt removed", pets(kinds=("Cat", "Dog", "Fox")), pets(), B, C, C, B)
two(
    "disc mapping renamed",
    pets({"cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"}),
    pets({"kitty": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"}),
    B,
    B,
    B,
    B,
)
two(
    "disc mapping swapped",
    pets({"a": "#/components/schemas/Cat", "b": "#/components/schemas/Dog"}),
    pets({"b": "#/components/schemas/Cat", "a": "#/components/schemas/Dog"}),
    S,
    S,
    S,
    S,
)
two(
    "disc mapping added equal",
    pets(),
    pets({"Cat": "#/components/schemas/Cat", "Dog": "#/components/schemas/Dog"}),
    C,
    C,
    C,
    C,
)
two("disc prop renamed", pets(disc="kind"), pets(disc="type"), B, B, B, B)

cb = {
    "callbacks": {
        "on": {
            "{$request.body#/u}": {
                "post": {
                    "requestBody": {"content": {JSON: {"schema": obj(a=s)}}},
                    "responses": {"200": {"description": ""}},
                }
            }
        }
    }
}
cb2 = {
    "callbacks": {
        "on": {
            "{$request.body#/u}": {
                "post": {
                    "requestBody": {"content": {JSON: {"schema": obj(a=i)}}},
                    "responses": {"200": {"description": ""}},
                }
            }
        }
    }
}
add("callback body changed", doc(op_extra=cb), doc(op_extra=cb2), B, B, "the provider writes it")
add("callback same", doc(op_extra=cb), doc(op_extra={**cb, "summary": "x"}), C, C)
add("callback removed", doc(op_extra=cb), doc(), M, C)
add("callback added", doc(), doc(op_extra=cb), M, C, "the consumer may be called where it does not listen")
add(
    "servers base path",
    doc(raw={"servers": [{"url": "/v1"}]}),
    doc(raw={"servers": [{"url": "/v2"}]}),
    B,
    B,
    "the path on the wire differs",
)
add(
    "servers host only",
    doc(raw={"servers": [{"url": "https://a.example/v1"}]}),
    doc(raw={"servers": [{"url": "https://b.example/v1"}]}),
    C,
    C,
)
add(
    "form encoding",
    doc(body={"content": {"multipart/form-data": {"schema": obj(a=s)}}}),
    doc(body={"content": {"multipart/form-data": {"schema": obj(a={**s, "format": "binary"})}}}),
    B,
    C,
)
add(
    "form int->string",
    doc(body={"content": {"application/x-www-form-urlencoded": {"schema": obj(a=i)}}}),
    doc(body={"content": {"application/x-www-form-urlencoded": {"schema": obj(a=s)}}}),
    C,
    B,
)
add(
    "xml name",
    doc(media="application/xml", req=obj(a={**s, "xml": {"name": "a"}})),
    doc(media="application/xml", req=obj(a={**s, "xml": {"name": "b"}})),
    B,
    B,
    "or unknown, not compatible",
)
add(
    "30->31 same",
    doc(req=obj(a={**s, "nullable": True})),
    doc(req=obj(a={"type": ["string", "null"]}), version="3.1.0"),
    C,
    C,
)
add(
    "30->31 exclusive",
    doc(req=obj(a={**n, "minimum": 1, "exclusiveMinimum": True})),
    doc(req=obj(a={**n, "exclusiveMinimum": 1}), version="3.1.0"),
    C,
    C,
)
add(
    "recursive prop",
    doc(
        resp={"$ref": "#/components/schemas/T"},
        components={
            "schemas": {
                "T": obj(req=("v",), v=s, kids={"type": "array", "items": {"$ref": "#/components/schemas/T"}})
            }
        },
    ),
    doc(
        resp={"$ref": "#/components/schemas/T"},
        components={
            "schemas": {
                "T": obj(req=("v",), v=i, kids={"type": "array", "items": {"$ref": "#/components/schemas/T"}})
            }
        },
    ),
    B,
    B,
)
add(
    "ref sibling 31",
    doc(req={"$ref": "#/components/schemas/T"}, components={"schemas": {"T": s}}, version="3.1.0"),
    doc(
        req={"$ref": "#/components/schemas/T", "maxLength": 3},
        components={"schemas": {"T": s}},
        version="3.1.0",
    ),
    M,
    C,
)
add(
    "ref sibling 30 ignored",
    doc(req={"$ref": "#/components/schemas/T"}, components={"schemas": {"T": s}}),
    doc(req={"$ref": "#/components/schemas/T", "maxLength": 3}, components={"schemas": {"T": s}}),
    M,
    C,
    "OpenAPI 3.0 passes over what stands beside `$ref`; who wrote it meant it",
)


ref = {"$ref": "#/components/schemas/T"}
listed = {"schemas": {"T": s}}
add(
    "ref sibling 30 of who writes",
    doc(resp=obj(req=("a",), a={**s, "enum": ["x"]})),
    doc(resp=obj(req=("a",), a={**ref, "enum": ["x"]}), components=listed),
    M,
    C,
    "passed over, any text is answered",
)
add(
    "ref sibling 30 other type",
    doc(req=obj(a=ref), components=listed),
    doc(req=obj(a={**ref, "type": "integer"}), components=listed),
    M,
    C,
    "refused only where it counts",
)
add(
    "ref sibling 30 description",
    doc(resp=obj(a=ref), components=listed),
    doc(resp=obj(a={**ref, "description": "x", "x-y": 1}), components=listed),
    C,
    C,
)
add(
    "nullable beside allOf 30",
    doc(resp=obj(req=("a",), a={"allOf": [ref]}), components=listed),
    doc(resp=obj(req=("a",), a={"allOf": [ref], "nullable": True}), components=listed),
    M,
    C,
    "without `type` it says nothing, and is meant",
)
resp(
    "tuple longer",
    {"type": "array", "prefixItems": [s], "items": False},
    {"type": "array", "prefixItems": [s, s], "items": False},
    B,
    C,
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
resp(
    "oneOf of consts->enum",
    {"oneOf": [{"const": "a"}, {"const": "b"}]},
    {"enum": ["a", "b"]},
    C,
    C,
    version="3.1.0",
)


def answered(**answers: Json) -> str:
    """An operation whose answers have schemas, by status behind `_`."""
    told = {key.strip("_"): {"content": {JSON: {"schema": one}}} for key, one in answers.items()}
    return doc(responses={"200": {"description": "ok"}, **told})


add("status of a range apart", answered(_4XX=obj(e=s)), answered(_400=obj(e=i), _4XX=obj(e=s)), B, B)
add("status of a range apart alike", answered(_4XX=obj(e=s)), answered(_400=obj(e=s), _4XX=obj(e=s)), C, C)
add("status of default apart", answered(default=obj(e=s)), answered(_404=obj(e=i), default=obj(e=s)), B, B)
add("range for default", answered(default=obj(e=s)), answered(_4XX=obj(e=i)), B, B)
add(
    "one of two base paths gone",
    doc(raw={"servers": [{"url": "https://a/v1"}, {"url": "https://a/v2"}]}),
    doc(raw={"servers": [{"url": "https://a/v2"}]}),
    M,
    C,
    "who calls the first one finds nobody",
)


def heirs(*kinds: str, meow: Json = s) -> Json:
    """A schema with a discriminator, and others that extend it by `allOf`, as many generators write them."""
    base = {**obj(req=("kind",), kind=s), "discriminator": {"propertyName": "kind"}}
    named = {kind: {"allOf": [{"$ref": "#/components/schemas/Pet"}, obj(meow=meow)]} for kind in kinds}
    return {"$ref": "#/components/schemas/Pet"}, {"schemas": {"Pet": base, **named}}


two("heir changed", heirs("Cat"), heirs("Cat", meow=i), B, B, B, B)
two("heir added", heirs("Cat"), heirs("Cat", "Dog"), C, B, B, C)
form = {"a": obj(x=s)}
add(
    "encoding of a part",
    doc(
        body={
            "content": {
                "multipart/form-data": {"schema": obj(**form), "encoding": {"a": {"contentType": JSON}}}
            }
        }
    ),
    doc(
        body={
            "content": {
                "multipart/form-data": {"schema": obj(**form), "encoding": {"a": {"contentType": "text/xml"}}}
            }
        }
    ),
    B,
    B,
)
hook = {
    "post": {
        "requestBody": {"content": {JSON: {"schema": obj(a=s)}}},
        "responses": {"200": {"description": ""}},
    }
}
add(
    "webhook removed",
    doc(version="3.1.0", raw={"webhooks": {"w": hook}}),
    doc(version="3.1.0"),
    M,
    B,
    "the old provider still calls, and the new consumer takes no such call",
)
reqp(
    "dynamic reference", {"$dynamicRef": "#a"}, {"$dynamicRef": "#b"}, U, U, "not looked up", version="3.1.0"
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(openapi.compare, "contract.yaml") == kind.grades
