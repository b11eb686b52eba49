"""What a schema asks besides: conditions, markup, and words that stand where they say nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..documents import Json
from ..judgement import Grade, Mismatch
from .shapes import Case, is_among

if TYPE_CHECKING:
    from .containment import Containment

_LIMITS = {
    "minItems": ("array",),
    "maxItems": ("array",),
    "minLength": ("string",),
    "maxLength": ("string",),
    "minimum": ("integer", "number"),
    "maximum": ("integer", "number"),
    "minProperties": ("object",),
    "maxProperties": ("object",),
}
"""Limits, and the types of which they say something."""


def compare_conditions(
    asked: Containment, writer: Case, reader: Case, type_: str, path: str
) -> Iterator[Mismatch]:
    """What the reader asks of values of a type beyond the words of that type."""
    yield from _compare_markup(asked, writer, reader, path)
    yield from _compare_misplaced(asked, writer, reader, type_, path)
    yield from _compare_conditions(asked, writer, reader, path)


def _compare_markup(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    """How a value is called and where it stands in XML."""
    if asked.as_xml and not same_json(writer.read("xml"), reader.read("xml")):
        text = f"{path}: in XML it is written in another way (`xml`)"
        yield asked.note(Grade.BREAKS, "xml", text, writer.node, reader.at("xml"))


def _compare_misplaced(
    asked: Containment, writer: Case, reader: Case, type_: str, path: str
) -> Iterator[Mismatch]:
    """Limits that stand at a type to which they say nothing: who wrote them meant something."""
    for word, owners in _LIMITS.items():
        if type_ not in owners and len(reader.types) == 1 and reader.read(word):
            for found in asked.limit(writer, reader, word, path):
                text = f"{found.message} (it says nothing of a {type_})"
                yield asked.note(Grade.MAY_BREAK, word, text, writer.node, reader.node)


def _compare_conditions(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    """`if`, `then`, `else` and `not` of the reader: the same on both sides, or new, or not known."""
    for word in ("$dynamicRef", "$recursiveRef"):
        if not same_json(reader.read(word), writer.read(word)):
            text = f"{path}: `{word}` differs, and what it leads to is not looked up"
            yield asked.note(Grade.UNKNOWN, word, text, writer.node, reader.node)
    if _is_null_meant(writer) and not _is_null_meant(reader) and "null" not in reader.types:
        text = f"{path}: `nullable` stands where 3.0 gives it no meaning (without `type`), and may be meant"
        yield asked.note(Grade.MAY_BREAK, "nullable", text, writer.at("nullable"), reader.node)
    for word in ("not", "if", "then", "else"):
        wanted, given = reader.read(word), writer.read(word)
        if not wanted or same_json(wanted, given):
            continue
        if given:
            text = f"{path}: `{word}` differs, and no rule says whether that matters"
            yield asked.note(Grade.UNKNOWN, word, text, writer.node, reader.node)
        else:
            text = f"{path}: the reader has a condition (`{word}`) of which the writer knows nothing"
            yield asked.note(Grade.BREAKS, word, text, writer.node, reader.node)


def _is_null_meant(case: Case) -> bool:
    """`allOf: [{$ref: …}], nullable: true`, as many write it."""
    return "null" not in case.types and any(
        part.read("nullable") is True and not part.has("type") for part in case.parts
    )


def same_json(one: list[Json], other: list[Json]) -> bool:
    """Whether both sides say the same, in any order and as often as they like."""
    return all(is_among(value, other) for value in one) and all(is_among(value, one) for value in other)
