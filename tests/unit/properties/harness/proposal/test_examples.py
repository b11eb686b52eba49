"""Example values of schemas fit them, and are the same each time."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from skewproof.model.evidence.documents import Library, Node
from skewproof.properties.harness.proposal.examples import NoExampleError, give_example, make_example


class Nothing:
    """A tree without files."""

    name = "nothing"

    def read(self, path: str) -> bytes:
        raise AssertionError(path)

    def list(self, folder: str) -> tuple[str, ...]:
        return ()


def node(value: Any) -> Node:
    return Node(Library(Nothing()), "x.yaml", (), value)


SCHEMAS: list[dict[str, Any]] = [
    {"type": "integer"},
    {"type": "integer", "minimum": 3},
    {"type": "integer", "exclusiveMinimum": 3, "multipleOf": 4},
    {"type": "integer", "maximum": -2},
    {"type": "number", "exclusiveMaximum": 0},
    {"type": "number", "minimum": 0.5, "maximum": 0.75},
    {"type": "string", "minLength": 12},
    {"type": "string", "maxLength": 3},
    {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"},
    {"type": "string", "format": "uuid"},
    {"type": ["null", "string"]},
    {"type": "array", "items": {"type": "boolean"}, "minItems": 2},
    {"type": "object", "required": ["a", "z"], "properties": {"a": {"enum": ["x", "y"]}, "b": {}}},
    {"allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"const": 7}}}, {"type": "object"}]},
    {"oneOf": [{"type": "null"}, {"type": "string", "format": "date"}]},
    {"properties": {"a": {"type": "string"}}, "required": ["a"]},
    {"default": {"any": 1}},
    {},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_an_example_fits_its_schema(schema: dict[str, Any]) -> None:
    made = make_example(node(schema))
    jsonschema.validate(made, schema, jsonschema.Draft202012Validator)
    assert made == make_example(node(schema))


def test_what_authors_give_counts_first() -> None:
    assert give_example(node({"example": 5, "schema": {"type": "integer", "default": 7}})) == 5
    assert give_example(node({"examples": {"one": {"value": 6}}, "schema": {"type": "integer"}})) == 6
    assert give_example(node({"schema": {"type": "integer", "default": 7}})) == 7


def test_an_object_has_what_it_must_have_and_nothing_read_only() -> None:
    schema = {
        "type": "object",
        "required": ["id", "name"],
        "properties": {"id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}, "note": {}},
    }
    assert make_example(node(schema)) == {"name": "example"}


NONE: list[dict[str, Any]] = [
    {"type": "string", "pattern": "(?<broken"},
    {"type": "string", "pattern": "^a{3}$", "maxLength": 2},
    {"type": "integer", "minimum": 3, "maximum": 2},
    {"type": "file"},
    {"type": "array", "minItems": 2, "uniqueItems": True, "items": {"type": "integer"}},
]


@pytest.mark.parametrize("schema", NONE, ids=str)
def test_what_has_no_example_is_told(schema: dict[str, Any]) -> None:
    with pytest.raises(NoExampleError):
        make_example(node(schema))
