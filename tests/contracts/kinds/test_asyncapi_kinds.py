"""Kinds of changes of AsyncAPI: an old consumer of new messages, and a new consumer of old ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from skewproof.model.evidence import asyncapi
from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.sides import Side
from support.contracts import grade_both, write_side
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
add(
    "2->3 with an identifier",
    d2(m(obj(a=s)), chan="orders/placed"),
    {
        "asyncapi": "3.0.0",
        "channels": {
            "placed": {"address": "orders/placed", "messages": {"OrderPlaced": {"payload": obj(a=s)}}}
        },
    },
    C,
    C,
    "the address is what the broker knows, and a name of a message is on no wire",
)
add(
    "2->3 with another payload",
    d2(m(obj(a=s)), chan="orders/placed"),
    {
        "asyncapi": "3.0.0",
        "channels": {
            "placed": {"address": "orders/placed", "messages": {"OrderPlaced": {"payload": obj(a=i)}}}
        },
    },
    B,
    B,
)
add("message renamed", d3({"m": {"payload": obj(a=s)}}), d3({"n": {"payload": obj(a=s)}}), C, C)
add(
    "message of the components that no channel has",
    {**d2(m(obj(a=s))), "components": {"messages": {"x": m(obj(a=s))}}},
    {**d2(m(obj(a=s))), "components": {"messages": {"x": m(obj(a=i))}}},
    C,
    C,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(asyncapi.compare, "contract.yaml") == kind.grades


def _write(address: str, payload: Json, rank: int, pointer: str) -> Side:
    """Two channels, of which one has another address, and the other two messages."""
    channels = {
        "orders": {"address": address, "messages": {"m": {"payload": obj(a=s)}}},
        "events": {"messages": {"x": {"payload": obj(a=s)}, "y": {"payload": payload}}},
    }
    return write_side(json.dumps({"asyncapi": "3.0.0", "channels": channels}), rank, pointer)


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/channels/events", (B, B)),
        ("/channels/events/messages/x", (C, C)),
        ("/channels/events/messages/y", (B, B)),
        ("/channels/orders", (B, B)),
    ],
)
def test_what_stands_beside_the_contract_plays_no_part(pointer: str, expected: tuple[Grade, Grade]) -> None:
    sides = _write("a", obj(a=s), 0, pointer), _write("b", obj(a=i), 1, pointer)
    assert grade_both(asyncapi.compare, *sides) == expected


def test_a_channel_is_found_by_its_address_where_the_other_version_names_it_otherwise() -> None:
    new = {"x": {"address": "orders", "messages": {"n": {"payload": obj(a=i)}}}}
    pointer = "/channels/orders"
    old_side = write_side(json.dumps(d2(m(obj(a=s)))), 0, pointer)
    new_side = write_side(json.dumps({"asyncapi": "3.0.0", "channels": new}), 1, pointer)
    assert grade_both(asyncapi.compare, old_side, new_side) == (B, B)
