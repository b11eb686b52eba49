"""Kinds of changes of parameters of OpenAPI: an old client at a new server, and a new client at an old server."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import openapi
from support.kinds import Kind
from support.openapi_kinds import JSON, B, C, Kinds, M, S, doc, i, n, obj, q, s

KINDS = Kinds()
add, par = KINDS.add, KINDS.par


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
listed, keyed = {"type": "array", "items": s}, obj(a=s)
par("exploded list", q("a", listed), q("a", listed, explode=False), B, B)
par("exploded as by default", q("a", listed), q("a", listed, explode=True, style="form"), C, C)
par("exploded scalar", q("a", s), q("a", s, explode=False), C, C, "it is written in one way")
par(
    "exploded list in a header",
    q("a", listed, "header"),
    q("a", listed, "header", explode=True),
    C,
    C,
    "with commas",
)
par("exploded object in a header", q("a", keyed, "header"), q("a", keyed, "header", explode=True), B, B)
par("deep object", q("a", keyed, style="deepObject", explode=True), q("a", keyed, style="deepObject"), C, C)
par("deep object to form", q("a", keyed, style="deepObject"), q("a", keyed), B, B)
par("pipes to spaces", q("a", listed, style="pipeDelimited"), q("a", listed, style="spaceDelimited"), B, B)
places = [q("a", s, "path", required=True), q("b", s, "path", required=True)]
add(
    "path params exchanged",
    doc(path="/t/{a}/{b}", params=places),
    doc(path="/t/{b}/{a}", params=places),
    S,
    S,
    "what was `a` is read as `b`",
)
for header in ("Authorization", "Accept", "content-type"):
    add(f"param header {header}", doc(), doc(params=[q(header, s, "header", required=True)]), C, C, "ignored")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(openapi.compare, "contract.yaml") == kind.grades
