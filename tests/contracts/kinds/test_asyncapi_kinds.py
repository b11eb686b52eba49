"""Kinds of changes of AsyncAPI: an old consumer of new messages, and a new consumer of old ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from skewproof.model.evidence import asyncapi
from skewproof.model.evidence.judgement import Grade
from support.kinds import Kind

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN

KINDS: list[Kind] = []
Json = Any
s, i = {"type": "string"}, {"type": "integer"}


def add(name: str, old: Json, new: Json, forward: Grade, backward: Grade, why: str = "") -> None:
    KINDS.append(Kind(name, json.dumps(old), json.dumps(new), forward, backward, why))


def obj(req: tuple[str, ...] = (), add: bool | None = None, **properties: Json) -> Json:
    """A schema of objects."""
    schema: Json = {"type": "object", "properties": properties}
    if req:
        schema["required"] = list(req)
    return schema if add is None else {**schema, "additionalProperties": add}


def d2(msg: Json, chan: str = "orders", **more: Json) -> Json:
    """A document of version 2 with one message."""
    return {"asyncapi": "2.6.0", "channels": {chan: {"publish": {"message": msg}}}, **more}


def d3(messages: Json, addr: str = "orders") -> Json:
    """A document of version 3 with one channel."""
    return {"asyncapi": "3.0.0", "channels": {"orders": {"address": addr, "messages": messages}}}


def m(payload: Json, **more: Json) -> Json:
    """A message."""
    return {"name": "m", "payload": payload, **more}


add("payload required added", d2(m(obj(a=s))), d2(m(obj(req=("a",), a=s))), C, B)
add("payload prop removed", d2(m(obj(a=s, b=s))), d2(m(obj(a=s))), M, C)
add("payload type", d2(m(obj(a=s))), d2(m(obj(a=i))), B, B)
add(
    "enum added",
    d2(m(obj(a={**s, "enum": ["x"]}))),
    d2(m(obj(a={**s, "enum": ["x", "y"]}))),
    B,
    C,
    "messages are strict",
)
add(
    "channel renamed",
    d2(m(obj(a=s))),
    d2(m(obj(a=s)), chan="orders2"),
    M,
    M,
    "nobody can tell that it is the same channel",
)
add(
    "content type json->avro",
    d2(m(obj(a=s), contentType="application/json")),
    d2(m(obj(a=s), contentType="application/avro")),
    B,
    B,
)
add(
    "default content type",
    d2(m(obj(a=s)), defaultContentType="application/json"),
    d2(m(obj(a=s)), defaultContentType="application/xml"),
    B,
    B,
)
add(
    "content type told",
    d2(m(obj(a=s))),
    d2(m(obj(a=s), contentType="application/json")),
    C,
    C,
    "json is the usual",
)
add(
    "headers required", d2(m(obj(a=s), headers=obj(x=s))), d2(m(obj(a=s), headers=obj(req=("x",), x=s))), C, B
)
add(
    "traits",
    d2(m(obj(a=s), traits=[{"headers": obj(x=s)}])),
    d2(m(obj(a=s), traits=[{"headers": obj(req=("x",), x=s)}])),
    C,
    B,
)
add(
    "message added",
    d2({"oneOf": [m(obj(a=s))]}),
    d2({"oneOf": [m(obj(a=s)), {"name": "n", "payload": obj(b=s)}]}),
    M,
    C,
    "",
)
add(
    "message removed",
    d2({"oneOf": [m(obj(a=s)), {"name": "n", "payload": obj(b=s)}]}),
    d2({"oneOf": [m(obj(a=s))]}),
    M,
    M,
)
add(
    "kafka key",
    d2(m(obj(a=s), bindings={"kafka": {"key": s}})),
    d2(m(obj(a=s), bindings={"kafka": {"key": i}})),
    B,
    B,
)
add(
    "correlationId",
    d2(m(obj(a=s), correlationId={"location": "$message.header#/a"})),
    d2(m(obj(a=s), correlationId={"location": "$message.header#/b"})),
    M,
    M,
)
add(
    "v3 address changed",
    d3({"m": {"payload": obj(a=s)}}),
    d3({"m": {"payload": obj(a=s)}}, addr="orders.v2"),
    B,
    B,
)
add("v3 payload", d3({"m": {"payload": obj(a=s)}}), d3({"m": {"payload": obj(a=i)}}), B, B)
add(
    "v3 multi format avro",
    d3(
        {
            "m": {
                "payload": {
                    "schemaFormat": "application/vnd.apache.avro;version=1.9.0",
                    "schema": {"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]},
                }
            }
        }
    ),
    d3(
        {
            "m": {
                "payload": {
                    "schemaFormat": "application/vnd.apache.avro;version=1.9.0",
                    "schema": {"type": "record", "name": "R", "fields": [{"name": "a", "type": "string"}]},
                }
            }
        }
    ),
    U,
    U,
    "Avro within AsyncAPI is not judged",
)
add(
    "v3 multi format json",
    d3({"m": {"payload": {"schemaFormat": "application/schema+json;version=draft-07", "schema": obj(a=s)}}}),
    d3({"m": {"payload": {"schemaFormat": "application/schema+json;version=draft-07", "schema": obj(a=i)}}}),
    B,
    B,
)
add(
    "v2 avro format",
    d2(
        m(
            {"type": "record", "name": "R", "fields": []},
            schemaFormat="application/vnd.apache.avro+json;version=1.9.0",
        )
    ),
    d2(
        m(
            {"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]},
            schemaFormat="application/vnd.apache.avro+json;version=1.9.0",
        )
    ),
    U,
    U,
)
add(
    "2->3 same",
    d2(m(obj(a=s))),
    {
        "asyncapi": "3.0.0",
        "channels": {"orders": {"address": "orders", "messages": {"m": {"payload": obj(a=s)}}}},
    },
    C,
    C,
)
add("description", d2(m(obj(a=s))), d2(m(obj(a=s), description="x")), C, C)
add("additionalProperties closed", d2(m(obj(a=s))), d2(m(obj(add=False, a=s))), C, M)
add(
    "default changed",
    d2(m(obj(a={**s, "default": "x"}))),
    d2(m(obj(a={**s, "default": "y"}))),
    S,
    S,
    "left out it means another value",
)
add("min set", d2(m(obj(a={**i, "minimum": 1}))), d2(m(obj(a=i))), M, C, "")
add(
    "servers protocol",
    d2(m(obj(a=s)), servers={"p": {"url": "x", "protocol": "kafka"}}),
    d2(m(obj(a=s)), servers={"p": {"url": "x", "protocol": "amqp"}}),
    C,
    C,
    "which broker is the deployment's",
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(asyncapi.compare, "contract.yaml") == kind.grades
