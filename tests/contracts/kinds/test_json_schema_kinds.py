"""Kinds of changes of a JSON Schema of messages: an old reader of new ones, and a new reader of old ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from skewproof.model.evidence import json_schema
from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.sides import Options
from support.kinds import Kind

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN

KINDS: list[Kind] = []
Json = Any
s, i = {"type": "string"}, {"type": "integer"}


def add(name: str, old: Json, new: Json, forward: Grade, backward: Grade, why: str = "") -> None:
    KINDS.append(Kind(name, json.dumps(old), json.dumps(new), forward, backward, why))


def obj(req: tuple[str, ...] = (), **properties: Json) -> Json:
    """A schema of objects."""
    return {"type": "object", "properties": properties, **({"required": list(req)} if req else {})}


def tup(*items: Json, **more: Json) -> Json:
    """A tuple, as drafts before 2020-12 write it."""
    return {"type": "array", "items": list(items), **more}


DRAFT = {"$schema": "http://json-schema.org/draft-07/schema#"}

add("required removed", obj(req=("a",), a=s), obj(a=s), B, C)
add("minLength raised", {**s, "minLength": 1}, {**s, "minLength": 3}, C, B)
add("exclusiveMinimum of draft 4", {**i, "minimum": 0}, {**i, "minimum": 0, "exclusiveMinimum": True}, C, B)
add("definitions under another word", {"definitions": {"T": s}, **obj(a={"$ref": "#/definitions/T"})},
    {"$defs": {"T": s}, **obj(a={"$ref": "#/$defs/T"})}, C, C)  # fmt: skip
add("anchor", {"$defs": {"T": {"$anchor": "t", **s}}, **obj(a={"$ref": "#t"})},
    {"$defs": {"T": {"$anchor": "t", **i}}, **obj(a={"$ref": "#t"})}, U, U)  # fmt: skip
add("property forbidden", obj(a=True), obj(a=False), C, B)
add("dependencies of draft 7", {**DRAFT, **obj(a=s, b=s)},
    {**DRAFT, **obj(a=s, b=s), "dependencies": {"a": ["b"]}}, C, B)  # fmt: skip
add("tuple of draft 7 item type", tup(s), tup(i), B, B)
add("tuple of draft 7 longer", tup(s), tup(s, i), M, B, "the older reader lets anything stand there")
add("tuple of draft 7 ends", tup(s), tup(s, additionalItems=False), C, B)
add("tuple of draft 7 ends later", tup(s, additionalItems=False), tup(s, i, additionalItems=False), B, C)
add("tuple of draft 7 rest", tup(s, additionalItems=s), tup(s, additionalItems=i), B, B)
add("tuple in the words of 2020-12", tup(s, additionalItems=False),
    {"type": "array", "prefixItems": [s], "items": False}, C, C)  # fmt: skip
add("list to tuple", {"type": "array", "items": s}, tup(s, s), B, C, "what comes third can be anything")
add("const as another number", {"const": 1}, {"const": 1.0}, C, C)
add("listed null gone", {"enum": ["a", 1, None]}, {"enum": ["a", 1]}, C, B)
NULLABLE = {"type": "string", "nullable": True}
add(
    "nullable, which is no word here",
    obj(a={"type": ["string", "null"]}),
    obj(a=NULLABLE),
    C,
    B,
    "null is refused",
)
add("nullable added", obj(a={"type": "string"}), obj(a=NULLABLE), M, C, "somebody meant it")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(json_schema.compare, "a.json") == kind.grades


def test_of_a_call_both_sides_read() -> None:
    kind = Kind("required", json.dumps(obj(a=s)), json.dumps({**obj(a=s), "required": ["a"]}), B, B)
    assert kind.judge(json_schema.compare, "a.json") == (C, B)
    assert kind.judge(json_schema.compare, "a.json", Options(is_called=True)) == kind.grades
