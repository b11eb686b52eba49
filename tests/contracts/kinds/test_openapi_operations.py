"""Kinds of changes of paths, servers, security, callbacks and references of OpenAPI: an old client at a new server, and a new client at an old server."""

from __future__ import annotations

import json

import pytest

from skewproof.model.evidence import openapi
from support.kinds import Kind
from support.openapi_kinds import JSON, B, C, Kinds, M, doc, i, n, obj, s

KINDS = Kinds()
add = KINDS.add

hook = {
    "post": {
        "requestBody": {"content": {JSON: {"schema": obj(a=s)}}},
        "responses": {"200": {"description": ""}},
    }
}
form = {"a": obj(x=s)}
listed = {"schemas": {"T": s}}
ref = {"$ref": "#/components/schemas/T"}
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
sch = {
    "securitySchemes": {
        "o": {
            "type": "oauth2",
            "flows": {"implicit": {"authorizationUrl": "http://x", "scopes": {"r": "", "w": ""}}},
        },
        "k": {"type": "apiKey", "in": "header", "name": "X"},
    }
}

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
    "one of two base paths gone",
    doc(raw={"servers": [{"url": "https://a/v1"}, {"url": "https://a/v2"}]}),
    doc(raw={"servers": [{"url": "https://a/v2"}]}),
    M,
    C,
    "who calls the first one finds nobody",
)
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
add(
    "webhook removed",
    doc(version="3.1.0", raw={"webhooks": {"w": hook}}),
    doc(version="3.1.0"),
    M,
    B,
    "the old provider still calls, and the new consumer takes no such call",
)
null = {"type": "string", "nullable": True}
add(
    "3.1: nullable kept, answer",
    doc(resp=obj(a=null)),
    doc(resp=obj(a=null), version="3.1.0"),
    C,
    B,
    "no null in 3.1",
)
add(
    "3.1: nullable kept, request",
    doc(req=obj(a=null)),
    doc(req=obj(a=null), version="3.1.0"),
    B,
    C,
    "no null in 3.1",
)
add(
    "3.1: nullable said anew",
    doc(resp=obj(a=null)),
    doc(resp=obj(a={"type": ["string", "null"]}), version="3.1.0"),
    C,
    C,
)
add(
    "3.1: nullable added",
    doc(resp=obj(a=s), version="3.1.0"),
    doc(resp=obj(a=null), version="3.1.0"),
    M,
    C,
    "it means nothing, and somebody meant it",
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(openapi.compare, "contract.yaml") == kind.grades
