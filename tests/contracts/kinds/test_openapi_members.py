"""Kinds of changes of objects and lists whose members have no names of their own: patterns, what nothing else
looked at, and what depends on others; an old client at a new server, and a new client at an old server."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import openapi
from skewproof.model.evidence.judgement import Grade
from support.kinds import Kind
from support.openapi_kinds import B, C, Json, Kinds, M, doc, i, obj, s

KINDS = Kinds()


def both(name: str, old: Json, new: Json, *told: Grade) -> None:
    """A schema as a request, and as an answer."""
    KINDS.two(name, (old, {}), (new, {}), *told, version="3.1.0")


def free(**words: Json) -> Json:
    """A schema of objects that names none of their properties."""
    return {"type": "object", **words}


def sealed(**properties: Json) -> Json:
    """What stands in `allOf`, and nothing else."""
    return {"allOf": [obj(**properties)], "unevaluatedProperties": False}


def starred(*items: Json, **words: Json) -> Json:
    """A list whose first items have schemas."""
    return {"type": "array", "prefixItems": list(items), **words}


x = {"^x-": s}
both("tuple becomes a list", starred(s, s, items=False), {"type": "array", "items": s}, C, B, B, C)
both("unevaluated closed, property added", sealed(a=s), sealed(a=s, b=s), C, B, B, C)
both(
    "unevaluated closed beside, property added",
    {**obj(a=s), "unevaluatedProperties": False},
    {**obj(a=s, b=s), "unevaluatedProperties": False},
    C,
    B,
    B,
    C,
)
both("unevaluated closed", {"allOf": [obj(a=s)]}, sealed(a=s), M, C, C, M)
both(
    "unevaluated with a schema",
    free(properties={"a": s}, unevaluatedProperties=i),
    free(properties={"a": s, "b": s}, unevaluatedProperties=i),
    B,
    B,
    B,
    B,
)
both(
    "unevaluated hears of alternatives",
    {"oneOf": [obj(("a",), a=s)], "unevaluatedProperties": False},
    {"oneOf": [obj(("a",), a=s), obj(("b",), b=s)], "unevaluatedProperties": False},
    C,
    B,
    B,
    C,
)
both(
    "unevaluated hears nothing of what stands beside",
    free(allOf=[free(properties={"a": s}, unevaluatedProperties=False)]),
    free(allOf=[free(properties={"a": s}, unevaluatedProperties=False), free(properties={"b": s})]),
    C,
    C,
    C,
    C,
)
both(
    "unevaluated items closed, one more",
    starred(s, unevaluatedItems=False),
    starred(s, i, unevaluatedItems=False),
    C,
    B,
    B,
    C,
)
both(
    "a name becomes a pattern",
    free(properties={"x-a": i}, additionalProperties=False),
    free(patternProperties={"^x-": i}, additionalProperties=False),
    C,
    B,
    B,
    C,
)
both(
    "a pattern of two parts",
    {"allOf": [free(patternProperties=x), free(patternProperties={"^x-": {"maxLength": 5}})]},
    {"allOf": [free(patternProperties=x), free(patternProperties={"^x-": {"type": "integer"}})]},
    B,
    C,
    C,
    B,
)
both("pattern type", free(patternProperties=x), free(patternProperties={"^x-": i}), B, B, B, B)
both(
    "pattern added, closed",
    free(patternProperties=x, additionalProperties=False),
    free(patternProperties={**x, "^y-": s}, additionalProperties=False),
    C,
    B,
    B,
    C,
)
both(
    "pattern widened, closed",
    free(patternProperties={"^x-a": s}, additionalProperties=False),
    free(patternProperties=x, additionalProperties=False),
    C,
    B,
    B,
    C,
)
both(
    "a name of a pattern, closed",
    free(patternProperties=x, additionalProperties=False),
    free(patternProperties=x, properties={"x-a": s}, additionalProperties=False),
    C,
    C,
    C,
    C,
)
both(
    "a name of a pattern of another type",
    free(patternProperties=x),
    free(properties={"x-a": i}),
    B,
    B,
    B,
    B,
)
both(
    "required anyway, dependentRequired added",
    obj(("a", "b"), a=s, b=s),
    {**obj(("a", "b"), a=s, b=s), "dependentRequired": {"a": ["b"]}},
    C,
    C,
    C,
    C,
)
both(
    "dependentRequired grows",
    {**obj(a=s, b=s, c=s), "dependentRequired": {"a": ["b"]}},
    {**obj(a=s, b=s, c=s), "dependentRequired": {"a": ["b", "c"]}},
    B,
    C,
    C,
    B,
)
both("additionalProperties type", free(additionalProperties=i), free(additionalProperties=s), B, B, B, B)
both("a property that is never there", free(properties={"a": False}), obj(a=s), C, B, B, C)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(openapi.compare, "contract.yaml") == kind.grades


@pytest.mark.parametrize(
    ("pattern", "grade"),
    [("^([a-z]+)+$", Grade.UNKNOWN), ("^\\p{L}$", Grade.UNKNOWN), ("^[a-z]+$", Grade.COMPATIBLE)],
)
def test_a_pattern_that_could_take_for_ever_is_not_tried(pattern: str, grade: Grade) -> None:
    named = free(properties={"a-rather-long-name": s}, patternProperties={pattern: s})
    old, new = doc(resp=free(patternProperties={pattern: s})), doc(resp=named)
    assert Kind("", old, new, grade, grade).judge(openapi.compare, "contract.yaml") == (grade, grade)
