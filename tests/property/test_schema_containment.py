"""Schemas that are found compatible: what the writer's allows, a validator accepts by the reader's."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from skewproof.model.evidence.documents import Library
from skewproof.model.evidence.judgement import Flow, Mismatch
from skewproof.model.evidence.schemas.containment import Containment
from skewproof.model.evidence.sides import MemoryTree

NAMES = ("a", "b", "c")
SMALL = st.integers(0, 3)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 4) | st.sampled_from(["", "x", "xy", "xyz"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)


def _numbers() -> st.SearchStrategy[dict[str, Any]]:
    limits = dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), SMALL)
    return st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])}, optional={**limits, "multipleOf": st.integers(1, 3)}
    )


def _texts() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"type": st.just("string")}, optional={"minLength": SMALL, "maxLength": SMALL}
    )


def _lists(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        "items": inner,
        "minItems": SMALL,
        "maxItems": SMALL,
        "uniqueItems": st.booleans(),
        "prefixItems": st.lists(inner, min_size=1, max_size=2),
        "contains": inner,
        "unevaluatedItems": inner | st.just(False),
    }
    return st.fixed_dictionaries({"type": st.just("array")}, optional=optional)


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
        "required": st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
        "additionalProperties": inner | st.booleans(),
        "minProperties": SMALL,
        "maxProperties": SMALL,
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "c$", "^b"]), inner, max_size=2),
        "unevaluatedProperties": inner | st.just(False),
        "propertyNames": st.just({"maxLength": 1}),
        "dependentRequired": st.just({"a": ["b"]}),
    }
    return st.fixed_dictionaries({"type": st.just("object")}, optional=optional)


def _combined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.fixed_dictionaries({"anyOf": several}),
        st.fixed_dictionaries({"oneOf": several}),
        st.fixed_dictionaries({"allOf": several}),
        st.fixed_dictionaries(
            {
                "allOf": st.lists(_objects(inner), min_size=1, max_size=2),
                "unevaluatedProperties": st.just(False),
            }
        ),
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"enum": st.lists(values, min_size=1, max_size=4)}),
        st.fixed_dictionaries({"const": values}),
        st.fixed_dictionaries(
            {"type": st.lists(st.sampled_from(["null", "integer", "string"]), unique=True)}
        ),
        st.just({"type": "boolean"}),
        _numbers(),
        _texts(),
        _lists(inner),
        _objects(inner),
    )


schemas = st.recursive(_numbers() | _texts() | st.just({}), _combined, max_leaves=4)


def _compare(writer: Any, reader: Any, flow: Flow) -> list[Mismatch]:
    content = json.dumps({"writer": writer, "reader": reader}).encode()
    library = Library(MemoryTree({"s.json": content}))
    nodes = [library.open("s.json", f"/{side}") for side in ("writer", "reader")]
    return Containment(flow, writer_is_newer=True).compare((nodes[0],), (nodes[1],), "")


READ_BY_OLDER = (Flow.RESPONSE, Flow.MESSAGE)
"""Where a property that the writer does not name is told of. In a request it is taken that nobody writes what
his own schema does not name, though a validator would let it pass."""


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    """A schema and one that differs from it here and there, in either order."""
    one = draw(schemas)
    other = _change(draw, one)
    return (one, other) if draw(st.booleans()) else (other, one)


def _change(draw: st.DrawFn, schema: Any) -> Any:
    """The schema with words left out, taken from others, or changed below."""
    if not isinstance(schema, dict):
        return schema
    changed: dict[str, Any] = {}
    for word, told in schema.items():
        how = draw(st.integers(0, 9))
        if how == 0 and word != "type":
            continue
        if how == 1 and isinstance(told, int) and not isinstance(told, bool):
            changed[word] = told + 1
        elif word in ("properties", "patternProperties"):
            changed[word] = {name: _change(draw, below) for name, below in told.items()}
        elif word in ("anyOf", "allOf", "prefixItems"):
            changed[word] = [_change(draw, below) for below in told]
        elif word in (
            "items",
            "additionalProperties",
            "contains",
            "not",
            "unevaluatedProperties",
            "unevaluatedItems",
        ):
            changed[word] = _change(draw, told)
        elif word == "enum" and how < 4:
            changed[word] = [*told[:-1], draw(values)]
        else:
            changed[word] = told
    if draw(st.integers(0, 3)) == 0:
        other = draw(schemas)
        changed |= {word: told for word, told in other.items() if word not in ("type", "items")}
    return changed


@settings(max_examples=150, deadline=None)
@given(pair=pairs(), tried=st.lists(values, min_size=10, max_size=40), flow=st.sampled_from(READ_BY_OLDER))
def test_what_is_compatible_is_accepted(pair: tuple[Any, Any], tried: list[Any], flow: Flow) -> None:
    writer, reader = pair
    if not _compare(writer, reader, flow):
        takes = Draft202012Validator(reader)
        written = [value for value in tried if Draft202012Validator(writer).is_valid(value)]
        assert [value for value in written if not takes.is_valid(value)] == []


@settings(max_examples=60, deadline=None)
@given(schema=schemas, flow=st.sampled_from(Flow))
def test_a_schema_contains_itself(schema: Any, flow: Flow) -> None:
    assert _compare(schema, schema, flow) == []


@settings(max_examples=60, deadline=None)
@given(schema=schemas, other=schemas, flow=st.sampled_from(Flow))
def test_a_schema_with_more_alternatives_takes_all_that_it_took(schema: Any, other: Any, flow: Flow) -> None:
    assert _compare(schema, {"anyOf": [other, schema]}, flow) == []


@settings(max_examples=60, deadline=None)
@given(schema=schemas, other=schemas, flow=st.sampled_from(Flow))
def test_what_keeps_two_schemas_is_taken_by_one(schema: Any, other: Any, flow: Flow) -> None:
    """But for what is not known: what `not` leaves, which names fit two patterns, what `contains` saw."""
    rules = {one.rule for one in _compare({"allOf": [schema, other]}, schema, flow)}
    unknown = {"patternProperties", "unevaluatedItems"}
    assert "not" in rules or rules <= {"property-removed", "prefixItems", *unknown}
