"""Values that are listed, texts and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, isfinite
from typing import TYPE_CHECKING, TypeGuard

from msgspec import Struct

from ..documents import Json
from ..judgement import Flow, Grade, Mismatch
from .patterns import ANYTHING
from .shapes import Case, find_type, is_among

if TYPE_CHECKING:
    from .containment import Containment

_WIDER = {"int32": frozenset({"int64"}), "float": frozenset({"double"})}
"""Formats that take all of another format."""


def compare_values(
    asked: Containment, writer: Case, reader: Case, type_: str, path: str
) -> Iterator[Mismatch]:
    """The values of `enum` and `const` that the reader does not list."""
    yield from _compare_listed(asked, writer, reader, type_, path)
    if asked.flow is Flow.REQUEST:  # who answers may add to an extensible list at any time
        known = _list_extensible(reader)
        written = _list_extensible(writer)
        if known is None or (written is None and writer.values is None):
            return
        gone = [value for value in (written or writer.values or []) if not is_among(value, known)]
        if gone:
            text = f"{path}: the reader no longer lists {_show(gone)} (`x-extensible-enum`)"
            yield asked.note(Grade.BREAKS, "enum", text, writer.node, reader.node)


def _compare_listed(
    asked: Containment, writer: Case, reader: Case, type_: str, path: str
) -> Iterator[Mismatch]:
    if reader.values is None:
        return
    at = reader.at("enum" if reader.find("enum") else "const")
    strict = asked.flow is not Flow.RESPONSE
    if writer.values is None:
        if type_ in ("null", "boolean") and _lists_all(reader.values, type_):
            return
        grade = Grade.BREAKS if strict or reader.find("const") else Grade.MAY_BREAK
        text = f"{path}: any {type_} is written, the reader knows {_show(reader.values)} alone"
        yield asked.note(grade, "enum", text, writer.node, at)
        return
    written = [value for value in writer.values if find_type(value) == type_]
    new = [value for value in written if not is_among(value, reader.values)]
    if not new:
        return
    # A consumer that takes a value it does not know for an unknown one goes on; most generated code raises.
    grade = Grade.BREAKS if strict or len(new) == len(written) else Grade.MAY_BREAK
    text = f"{path}: {_show(new)} can be written, which the reader does not know"
    yield asked.note(grade, "enum", text, writer.at("enum"), at)


def _lists_all(values: list[Json], type_: str) -> bool:
    return is_among(None, values) if type_ == "null" else is_among(True, values) and is_among(False, values)


def _list_extensible(case: Case) -> list[Json] | None:
    listed = [values for values in case.read("x-extensible-enum") if isinstance(values, list)]
    return listed[0] if listed else None


def _show(values: list[Json], most: int = 5) -> str:
    shown = ", ".join(f"`{str(value)[:60]}`" for value in values[:most])
    return shown + (f" and {len(values) - most} more" if len(values) > most else "")


def compare_numbers(
    asked: Containment, writer: Case, reader: Case, type_: str, path: str
) -> Iterator[Mismatch]:
    """Limits, steps and formats of numbers."""
    yield from _compare_bounds(asked, writer, reader, type_, path)
    wanted = [step for step in reader.read("multipleOf") if _is_step(step)]
    given = [step for step in writer.read("multipleOf") if _is_step(step)]
    for step in wanted:
        if not any(_is_multiple(other, step) for other in given):
            grade = Grade.BREAKS if given or asked.flow is Flow.RESPONSE else Grade.MAY_BREAK
            text = f"{path}: the reader takes multiples of {step} alone"
            yield asked.note(grade, "multipleOf", text, writer.node, reader.node)
    yield from compare_formats(asked, writer, reader, path)


def _is_step(step: Json) -> TypeGuard[float]:
    return _is_number(step) and step > 0


def _is_multiple(number: float, step: float) -> bool:
    """As they are written: 0.1 is a multiple of 0.01, which binary fractions would deny."""
    return Fraction(str(number)) % Fraction(str(step)) == 0


def _is_number(value: Json) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


class _Bound(Struct, frozen=True):
    """The tightest limit below or above numbers, whether it is open, and the keyword that says so."""

    limit: Fraction
    is_open: bool
    word: str
    shown: str


def _compare_bounds(
    asked: Containment, writer: Case, reader: Case, type_: str, path: str
) -> Iterator[Mismatch]:
    for sign, word in ((1, "minimum"), (-1, "maximum")):
        wanted = _find_bound(reader, word, sign, type_)
        given = _find_bound(writer, word, sign, type_, listed=True)
        if wanted is None or (given is not None and _rank_bound(given, sign) >= _rank_bound(wanted, sign)):
            continue
        grade = Grade.BREAKS
        if given is None and asked.flow is not Flow.RESPONSE:
            grade = Grade.MAY_BREAK
        has = "has no limit" if given is None else given.shown
        text = f"{path}: the reader has {wanted.shown}, the writer {has}"
        yield asked.note(grade, wanted.word, text, writer.node, reader.at(wanted.word))


def _find_bound(case: Case, word: str, sign: int, type_: str, listed: bool = False) -> _Bound | None:
    """The tightest bound of a case, of `exclusiveMinimum` as a number and (OpenAPI 3.0) as a mark as well."""
    exclusive = "exclusive" + word.capitalize()
    bounds = []
    for part in case.parts:
        limit, mark = part.read(word), part.read(exclusive)
        if _is_number(limit):
            bounds.append(_read_bound(word, limit, mark is True, type_, sign))
        if _is_number(mark):
            bounds.append(_read_bound(exclusive, mark, True, type_, sign))
    values = [value for value in case.values or () if _is_number(value)]
    if listed and values:
        nearest = min(values) if sign > 0 else max(values)
        bounds.append(_read_bound(word, nearest, False, type_, sign))
    return max(bounds, key=lambda bound: _rank_bound(bound, sign), default=None)


def _read_bound(word: str, limit: float, is_open: bool, type_: str, sign: int) -> _Bound:
    shown = f"`{word}: {limit}`" + (" itself left out" if is_open and "exclusive" not in word else "")
    exact = Fraction(str(limit))
    if type_ == "integer":  # above 4 they are from 5
        whole = ceil(exact * sign)
        exact = Fraction((whole + 1 if is_open and whole == exact * sign else whole) * sign)
        is_open = False
    return _Bound(exact, is_open, word, shown)


def _rank_bound(bound: _Bound, sign: int) -> tuple[Fraction, bool]:
    """The tightest is the greatest."""
    return bound.limit * sign, bound.is_open


def compare_strings(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    """Lengths, patterns, formats and encodings of texts."""
    for word in ("minLength", "maxLength"):
        yield from asked.limit(writer, reader, word, path)
    given = {str(pattern) for pattern in writer.read("pattern")}
    for pattern in {str(pattern) for pattern in reader.read("pattern")} - given - ANYTHING:
        text = f"{path}: the reader takes what fits `{pattern[:80]}` alone"
        yield asked.note(Grade.MAY_BREAK, "pattern", text, writer.node, reader.at("pattern"))
    yield from compare_formats(asked, writer, reader, path)
    for word in ("contentEncoding", "contentMediaType"):
        wanted, said = reader.read(word), writer.read(word) or _read_as_format(writer, word)
        if wanted and not all(is_among(one, said) for one in wanted):
            text = f"{path}: the reader takes `{word}: {wanted[0]}`, the writer has another"
            yield asked.note(Grade.BREAKS, word, text, writer.node, reader.node)
        elif not wanted and writer.read(word) and not _read_as_format(reader, word):
            text = f"{path}: `{word}: {writer.read(word)[0]}` is written, the reader takes the text as it is"
            yield asked.note(Grade.MAY_BREAK, word, text, writer.node, reader.node)
    if schema := reader.below("contentSchema"):
        yield from asked.compare(
            writer.below("contentSchema") or (writer.node,), schema, f"{path} (its content)"
        )


def compare_formats(asked: Containment, writer: Case, reader: Case, path: str) -> Iterator[Mismatch]:
    """A format of the reader that is not the writer's, nor wider."""
    given = {str(name) for name in writer.read("format")}
    given |= {name for name, (word, value) in _AS_FORMAT.items() if is_among(value, writer.read(word))}
    for name in {str(name) for name in reader.read("format")} - given:
        if any(name in _WIDER.get(other, ()) for other in given) or writer.values is not None:
            continue
        text = f"{path}: the reader takes the format `{name}`, the writer has {_name_formats(given)}"
        yield asked.note(Grade.BREAKS, "format", text, writer.node, reader.at("format"))


_AS_FORMAT = {
    "byte": ("contentEncoding", "base64"),
    "binary": ("contentMediaType", "application/octet-stream"),
}
"""What formats of OpenAPI 3.0 are in 3.1 (OpenAPI Initiative, "Upgrading from OpenAPI 3.0 to 3.1")."""


def _read_as_format(case: Case, word: str) -> list[Json]:
    named = case.read("format")
    return [value for name, (said, value) in _AS_FORMAT.items() if said == word and is_among(name, named)]


def _name_formats(given: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(given)) or "none"
