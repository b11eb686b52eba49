"""Changes that public interfaces really made, in small, with what each did to older and newer sides."""

from __future__ import annotations

import json
from types import ModuleType
from typing import NamedTuple

import pytest

from skewproof.model.evidence import asyncapi, avro, graphql, json_schema, openapi, protobuf
from skewproof.model.evidence.judgement import Grade
from support.kinds import Kind

B, S, M, C = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE


class Known(NamedTuple):
    """A change in one format."""

    format: ModuleType
    kind: Kind


KNOWN: list[Known] = []
PATHS = {
    openapi: "a.yaml",
    protobuf: "a.proto",
    avro: "a.avsc",
    json_schema: "a.json",
    graphql: "a.graphql",
    asyncapi: "a.yaml",
}


def add(
    format_: ModuleType, name: str, old: str, new: str, forward: Grade, backward: Grade, why: str
) -> None:
    KNOWN.append(Known(format_, Kind(name, old, new, forward, backward, why)))


def _answer(schema: str, parameters: str = "") -> str:
    content = f"{{application/json: {{schema: {schema}}}}}"
    return (
        f'openapi: 3.0.3\npaths: {{/x: {{get: {{parameters: [{parameters}], responses: {{"200": '
        f"{{description: ok, content: {content}}}}}}}}}}}\n"
    )


def _object(**properties: str) -> str:
    """An object that needs all of its properties."""
    shown = ", ".join(f"{name}: {schema}" for name, schema in properties.items())
    return f"{{type: object, required: [{', '.join(properties)}], properties: {{{shown}}}}}"


def _body(schema: str) -> str:
    content = f"{{application/json: {{schema: {schema}}}}}"
    return (
        f"openapi: 3.0.3\npaths: {{/x: {{post: {{requestBody: {{required: true, content: {content}}}, "
        'responses: {"201": {description: made}}}}}\n'
    )


# --- Kubernetes ---
LIST = "get: {responses: {'200': {description: ok}}}"
STAYS = f"openapi: 3.0.0\npaths:\n  /apis/networking.k8s.io/v1/ingresses: {{{LIST}}}\n"
add(
    openapi,
    "Kubernetes 1.22 without networking.k8s.io/v1beta1",
    STAYS + f"  /apis/networking.k8s.io/v1beta1/ingresses: {{{LIST}}}\n",
    STAYS,
    B,
    C,
    "who calls the version that is gone finds nothing; who calls the one that stays finds it at both",
)
add(
    openapi,
    "Kubernetes: serviceName of an Ingress becomes service.name",
    _body(_object(backend=_object(serviceName="{type: string}", servicePort="{type: integer}"))),
    _body(_object(backend=_object(service=_object(name="{type: string}")))),
    B,
    B,
    "each side needs what the other never writes",
)
add(
    json_schema,
    "Kubernetes: a custom resource of v1 names all of its fields",
    '{"type": "object", "properties": {"a": {"type": "string"}}}',
    '{"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false}',
    C,
    M,
    "objects that lie there may have more",
)
# --- Stripe ---
CUSTOMER = "{type: object, required: [id], properties: {id: {type: string}}}"
add(
    openapi,
    "Stripe: a reference can be expanded",
    _answer(_object(customer="{type: string}")),
    _answer(_object(customer=f"{{anyOf: [{{type: string}}, {CUSTOMER}]}}")),
    B,
    C,
    "an object comes where a text was expected",
)
STATES = "{type: string, enum: [succeeded, pending%s]}"
add(
    openapi,
    "Stripe: a payment can require an action",
    _answer(_object(status=STATES % "")),
    _answer(_object(status=STATES % ", requires_action")),
    M,
    C,
    "an answer may have a value that older callers do not know",
)
PAGED = "{type: object, properties: {a: {type: string}}}"
add(
    openapi,
    "pages become cursors",
    _answer(PAGED, "{name: page, in: query, schema: {type: integer}}"),
    _answer(PAGED, "{name: cursor, in: query, schema: {type: string}}"),
    M,
    C,
    "the number of a page is passed over, so the first comes again and again",
)
# --- GitHub ---
add(
    openapi,
    "GitHub: repositories have a visibility",
    _answer(_object(name="{type: string}")),
    _answer(_object(name="{type: string}", visibility="{type: string}")),
    C,
    B,
    "newer callers rest on it",
)
add(
    openapi,
    "GitHub: another number of entries by default",
    _answer(PAGED, "{name: per_page, in: query, schema: {type: integer, default: 30}}"),
    _answer(PAGED, "{name: per_page, in: query, schema: {type: integer, default: 100}}"),
    S,
    S,
    "left out it means another number",
)
add(
    graphql,
    "GitHub: classic projects are gone",
    "type Query {r: Repo} type Repo {id: ID! projects: [String]}",
    "type Query {r: Repo} type Repo {id: ID!}",
    B,
    C,
    "an operation that asks for it is refused",
)
# --- others on HTTP ---
add(
    openapi,
    "Twitter: ids as texts beside the numbers",
    _answer(_object(id="{type: integer}")),
    _answer(_object(id="{type: integer}", id_str="{type: string}")),
    C,
    B,
    "expanded: older callers go on with the number",
)
add(
    openapi,
    "a day becomes a moment",
    _answer(_object(at="{type: string, format: date}")),
    _answer(_object(at="{type: string, format: date-time}")),
    B,
    B,
    "neither is written as the other",
)
V30 = _object(
    a="{type: string, nullable: true}",
    b="{type: integer, minimum: 0, exclusiveMinimum: true}",
    c="{type: string, enum: [x]}",
    d="{type: string, format: byte}",
    e="{type: string, nullable: true, enum: [p, q, null]}",
)
V31 = _object(
    a="{type: [string, 'null']}",
    b="{type: integer, exclusiveMinimum: 0}",
    c="{const: x}",
    d="{type: string, contentEncoding: base64}",
    e="{enum: [p, q, null]}",
)
for where in (_answer, _body):
    add(
        openapi,
        f"OpenAPI 3.0 becomes 3.1 ({where.__name__})",
        where(V30),
        where(V31).replace("3.0.3", "3.1.0"),
        C,
        C,
        "the same contract: OpenAPI Initiative, Upgrading from OpenAPI 3.0 to 3.1",
    )
# --- protocol buffers ---
PROTO = 'syntax = "proto3"; package p; %s message Q { %s } service S { rpc C(Q) returns (Q); }'
NAME = "string name = 1;"
add(
    protobuf,
    "a number changes",
    PROTO % ("", NAME + " string mail = 2;"),
    PROTO % ("", NAME + " string mail = 3;"),
    S,
    S,
    "what was written is passed over, and nothing is read",
)
add(
    protobuf,
    "a number is given to another field",
    PROTO % ("", NAME + " int32 age = 2;"),
    PROTO % ("", NAME + ' int64 born = 2; reserved "age";'),
    S,
    S,
    "another name and another type of one wire type: no new name of the same",
)
add(
    protobuf,
    "an import of what comes with protobuf goes",
    PROTO % ('import "google/protobuf/timestamp.proto";', NAME),
    PROTO % ("", NAME),
    C,
    C,
    "its messages are everywhere",
)
add(
    protobuf,
    "a wrapper becomes optional",
    PROTO % ('import "google/protobuf/wrappers.proto";', "google.protobuf.StringValue a = 1;"),
    PROTO % ("", "optional string a = 1;"),
    B,
    B,
    "a message is no text",
)
add(
    protobuf,
    "v1beta1 becomes v1",
    (PROTO % ("", NAME)).replace("package p", "package p.v1beta1"),
    (PROTO % ("", NAME)).replace("package p", "package p.v1"),
    B,
    B,
    "the package is a part of the path of each call",
)
# --- messages ---


def _record(field: object, name: str = "U", **more: object) -> str:
    return json.dumps({"type": "record", "name": name, "fields": [field], **more})


NICK = {"name": "nick", "type": "string"}
ALIAS = {"name": "alias", "type": "string", "aliases": ["nick"]}
add(avro, "a field under an alias", _record(NICK), _record(ALIAS), B, C, "older readers do not know aliases")
add(
    avro,
    "a field with a default under an alias",
    _record({**NICK, "default": ""}),
    _record({**ALIAS, "default": ""}),
    S,
    C,
    "older readers take it for left out",
)
add(
    avro,
    "a record under an alias",
    _record(NICK),
    _record(NICK, "V", aliases=["U"]),
    B,
    C,
    "older readers ask for the name that they know",
)
SIGNED = "{payload: {type: object, properties: {id: {type: string}}}}"
add(
    asyncapi,
    "AsyncAPI 2 becomes 3",
    f"asyncapi: 2.6.0\nchannels: {{user/signedup: {{publish: {{message: {SIGNED}}}}}}}\n",
    "asyncapi: 3.0.0\nchannels: {userSignedup: {address: user/signedup, messages: {UserSignedUp: "
    f"{SIGNED}}}}}}}\n",
    C,
    C,
    "the same channel of the broker, with the same messages",
)


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.kind.name)
def test_a_change_that_was_made(known: Known) -> None:
    assert known.kind.judge(known.format.compare, PATHS[known.format]) == known.kind.grades
