"""Example values of schemas (OpenAPI 3, JSON Schema): those of their authors, else the plainest that fits."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from ....model.evidence.documents import Node

MAX_DEPTH = 20

_FORMATS = {
    "date": "2024-01-31",
    "date-time": "2024-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "email": "ada@example.org",
    "hostname": "example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.org/",
    "url": "https://example.org/",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "byte": "YQ==",
}
"""A value of each format; names and addresses are those kept for examples (RFC 2606, RFC 5737)."""


class NoExampleError(Exception):
    """A schema of which no example can be made; the text says why."""


def give_example(owner: Node) -> Any:
    """The example of a parameter or media type. Raises `NoExampleError`."""
    if owner.has("example"):
        return owner.read("example")
    for example in owner.entries("examples").values():
        if example.has("value"):
            return example.read("value")
    schema = owner.get("schema")
    return make_example(schema) if schema is not None else "x"


def make_example(schema: Node, depth: int = 0) -> Any:
    """A value that the schema takes: its own example, constant, default or first case, else the plainest one.

    An object has what is required and nothing else. The same for the same schema. Raises `NoExampleError`.
    """
    if depth > MAX_DEPTH:
        raise NoExampleError("it has no end")
    for name in ("example", "const", "default"):
        if schema.has(name):
            return schema.read(name)
    for name in ("examples", "enum"):
        listed = schema.read(name)
        if isinstance(listed, list) and listed:
            return listed[0]
    for name in ("oneOf", "anyOf"):
        cases = [case for case in schema.items(name) if case.read("type") != "null"]
        if cases:
            return make_example(cases[0], depth + 1)
    if schema.items("allOf"):
        return _of_all(schema, depth)
    return _of_type(schema, depth)


def _of_all(schema: Node, depth: int) -> Any:
    """Objects that hold at once are laid over each other; of anything else the last that says a type."""
    made = [make_example(part, depth + 1) for part in schema.items("allOf")]
    if schema.has("properties"):
        made.append(_object(schema, depth))
    if all(isinstance(one, dict) for one in made):
        return {key: value for one in made for key, value in one.items()}
    return made[-1]


def _of_type(schema: Node, depth: int) -> Any:
    match _name_type(schema):
        case "object":
            return _object(schema, depth)
        case "array":
            return _array(schema, depth)
        case "string":
            return _string(schema)
        case "integer" | "number" as name:
            return _number(schema, is_whole=name == "integer")
        case "boolean":
            return True
        case "null":
            return None
        case other:
            raise NoExampleError(f"`type: {other}` is unknown")


def _name_type(schema: Node) -> str:
    told = schema.read("type")
    if isinstance(told, list):
        told = next((one for one in told if one != "null"), "null")
    if told is None:
        told = next((name for key, name in _TOLD_BY.items() if schema.has(key)), "string")
    return str(told)


_TOLD_BY: Mapping[str, str] = {
    "properties": "object",
    "required": "object",
    "items": "array",
    "minimum": "number",
    "maximum": "number",
}
"""By what a type is known that nobody writes."""


def _object(schema: Node, depth: int) -> dict[str, Any]:
    properties = schema.entries("properties")
    required = [str(name) for name in schema.read("required") or () if isinstance(name, str)]
    asked = [name for name in properties if name in required] + [n for n in required if n not in properties]
    return {
        name: make_example(properties[name], depth + 1) if name in properties else "x"
        for name in asked
        if name not in properties or properties[name].read("readOnly") is not True
    }


def _array(schema: Node, depth: int) -> list[Any]:
    items = schema.get("items")
    least = max(1, _whole(schema.read("minItems"), 0))
    if least > 100 or (schema.read("uniqueItems") is True and least > 1):
        raise NoExampleError(f"`minItems: {least}` asks for more than one plain item")
    try:
        return [make_example(items, depth + 1) if items is not None else "x"] * least
    except NoExampleError:
        if _whole(schema.read("minItems"), 0) == 0:
            return []
        raise


def _string(schema: Node) -> str:
    least, most = _whole(schema.read("minLength"), 0), _whole(schema.read("maxLength"), 10**6)
    pattern = schema.read("pattern")
    if isinstance(pattern, str):
        return _matching(pattern, least, most)
    text = _FORMATS.get(str(schema.read("format")), "example")
    if least > 10_000:
        raise NoExampleError(f"`minLength: {least}` is more than an example should be")
    return text.ljust(least, "x")[:most]


def _matching(pattern: str, least: int, most: int) -> str:
    """The plainest text that a pattern takes, as Hypothesis shrinks to it.

    Patterns are of JavaScript; one that Python cannot read gets no example.
    """
    import hypothesis.strategies as st
    from hypothesis import find, settings
    from hypothesis.errors import HypothesisException

    quiet = settings(database=None, derandomize=True, max_examples=200, deadline=None)
    try:
        compiled = re.compile(pattern, re.ASCII)
        texts = st.from_regex(compiled, alphabet=st.characters(min_codepoint=32, max_codepoint=126))
        # without anchors anything may stand about what is matched; the shortest has nothing
        return find(texts, lambda text: least <= len(text) <= most and "\n" not in text, settings=quiet)
    except (re.error, HypothesisException, OverflowError, RecursionError) as error:
        raise NoExampleError(f"nothing was found that the pattern {pattern[:60]!r} takes") from error


def _number(schema: Node, *, is_whole: bool) -> int | float:
    """1 where it may be, else what is nearest: a zero is seldom what anybody has, or orders."""
    low, high = schema.read("minimum"), schema.read("maximum")
    low_open, high_open = schema.read("exclusiveMinimum"), schema.read("exclusiveMaximum")
    step = schema.read("multipleOf") or (1 if is_whole else 0)
    low, low_open = (low_open, True) if _is_number(low_open) else (low, low_open is True)
    high, high_open = (high_open, True) if _is_number(high_open) else (high, high_open is True)
    value: float = step or 1
    if _is_number(low) and (value < low or (low_open and value == low)):
        value = _above(low, low_open, step)
    if _is_number(high) and (value > high or (high_open and value == high)):
        value = -_above(-high, high_open, step)
    below = _is_number(low) and (value < low or (low_open and value == low))
    if below:
        raise NoExampleError("no number is between its bounds")
    return int(value) if is_whole or value == int(value) else value


def _above(low: float, is_open: bool, step: float) -> float:
    if not step:
        return low + 1 if is_open else low
    least = math.ceil(low / step) * step
    return least + step if is_open and least == low else least


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise
