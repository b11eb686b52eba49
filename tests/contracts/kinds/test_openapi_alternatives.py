"""Kinds of changes of `oneOf`, `anyOf`, `allOf` and discriminators of OpenAPI: an old client at a new server, and a new client at an old server."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import openapi
from skewproof.model.evidence.judgement import Grade
from support.kinds import Kind
from support.openapi_kinds import B, C, Json, Kinds, M, S, doc, heirs, i, n, obj, pets, s

KINDS = Kinds()
add, reqp, resp, two = KINDS.add, KINDS.reqp, KINDS.resp, KINDS.two

listed = {"schemas": {"T": s}}
ref = {"$ref": "#/components/schemas/T"}

reqp("31 nullable via anyOf", s, {"anyOf": [s, {"type": "null"}]}, C, B, version="3.1.0")
reqp(
    "31 oneOf null equal",
    {"type": ["string", "null"]},
    {"oneOf": [s, {"type": "null"}]},
    C,
    C,
    version="3.1.0",
)
reqp("oneOf added", {"oneOf": [s]}, {"oneOf": [s, i]}, C, B)
reqp("oneOf removed", {"oneOf": [s, i]}, {"oneOf": [s]}, B, C)
reqp("anyOf removed", {"anyOf": [s, i]}, {"anyOf": [s]}, B, C)
reqp("allOf added constraint", {"allOf": [s]}, {"allOf": [s, {"maxLength": 4}]}, M, C)
reqp("allOf required added", {"allOf": [obj(a=s)]}, {"allOf": [obj(a=s), obj(req=("b",), b=s)]}, B, C)
reqp("allOf removed", {"allOf": [obj(a=s), obj(req=("b",), b=s)]}, {"allOf": [obj(a=s)]}, M, B)
resp("oneOf added", {"oneOf": [s]}, {"oneOf": [s, i]}, B, C)
resp("anyOf added", {"anyOf": [s]}, {"anyOf": [s, i]}, B, C)
resp("oneOf removed", {"oneOf": [s, i]}, {"oneOf": [s]}, C, B)
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
add(
    "nullable beside allOf 30",
    doc(resp=obj(req=("a",), a={"allOf": [ref]}), components=listed),
    doc(resp=obj(req=("a",), a={"allOf": [ref], "nullable": True}), components=listed),
    M,
    C,
    "without `type` it says nothing, and is meant",
)
resp(
    "oneOf of consts->enum",
    {"oneOf": [{"const": "a"}, {"const": "b"}]},
    {"enum": ["a", "b"]},
    C,
    C,
    version="3.1.0",
)
two("heir changed", heirs("Cat"), heirs("Cat", meow=i), B, B, B, B)
two("heir added", heirs("Cat"), heirs("Cat", "Dog"), C, B, B, C)
two(
    "disc second label",
    pets({"cat": "Cat", "dog": "Dog"}),
    pets({"cat": "Cat", "kitten": "Cat", "dog": "Dog"}),
    C,
    B,
    B,
    C,
)
two(
    "disc labels exchanged",
    pets({"cat": "Cat", "dog": "Dog"}),
    pets({"dog": "Cat", "cat": "Dog"}),
    S,
    S,
    S,
    S,
)
two("disc labels as by default", pets({"Cat": "Cat", "Dog": "Dog"}), pets(), C, C, C, C)

one, other, loose = obj(("a",), a=s), obj(("b",), b=s), obj(b=s)
sole, single = obj(("a",), False, a=s), obj(("b",), False, b=s)
said, kept = obj(("k",), k={"const": "a"}), obj(("k",), k={"const": "b"})


def chosen(name: str, old: tuple[str, Json], new: tuple[str, Json], forward: Grade, backward: Grade) -> None:
    """Alternatives of a request."""
    sent = [doc(req={word: listed}, required=True, version="3.1.0") for word, listed in (old, new)]
    add(f"req alternatives {name}", sent[0], sent[1], forward, backward)


chosen("one more that overlaps", ("oneOf", [one]), ("oneOf", [one, loose]), B, B)
chosen("one more that is apart", ("oneOf", [sole]), ("oneOf", [sole, single]), C, B)
chosen("one more that needs another property", ("oneOf", [one]), ("oneOf", [one, other]), C, B)
chosen("one more like one that is there", ("oneOf", [one, loose]), ("oneOf", [one, loose, loose]), C, C)
chosen("several to one alone", ("anyOf", [one, other]), ("oneOf", [one, other]), M, C)
chosen("several to one alone, closed", ("anyOf", [sole, single]), ("oneOf", [sole, single]), C, C)
chosen("several to one alone, told by a constant", ("anyOf", [said, kept]), ("oneOf", [said, kept]), C, C)
chosen("several to one alone, of other types", ("anyOf", [s, i]), ("oneOf", [s, i]), C, C)
chosen("all numbers beside whole ones", ("oneOf", [i]), ("oneOf", [i, n]), B, B)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(openapi.compare, "contract.yaml") == kind.grades
