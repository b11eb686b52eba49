"""Values that are listed, texts and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..documents import Json
from ..judgement import Finding, Flow, Grade
from .shapes import Case, find_type, is_among

if TYPE_CHECKING:
    from .containment import Comparison

_WIDER = {"int32": frozenset({"int64"}), "float": frozenset({"double"})}
"""Formats that take all of another format."""

_ANYTHING = frozenset({"", ".*", "^.*$", "^.*", ".*$", "[\\s\\S]*", "^[\\s\\S]*$"})
"""Patterns that every text fits."""


def compare_values(asked: Comparison, writer: Case, reader: Case, type_: str, path: str) -> Iterator[Finding]:
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
    asked: Comparison, writer: Case, reader: Case, type_: str, path: str
) -> Iterator[Finding]:
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


def compare_numbers(asked: Comparison, writer: Case, reader: Case, path: str) -> Iterator[Finding]:
    """Limits, steps and formats of numbers."""
    for word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        yield from asked.limit(writer, reader, word, path)
    yield from _compare_bounds(asked, writer, reader, path)
    wanted = [step for step in reader.read("multipleOf") if _is_step(step)]
    given = [step for step in writer.read("multipleOf") if _is_step(step)]
    for step in wanted:
        if not any(other % step == 0 for other in given):
            grade = Grade.BREAKS if given or asked.flow is Flow.RESPONSE else Grade.MAY_BREAK
            text = f"{path}: the reader takes multiples of {step} alone"
            yield asked.note(grade, "multipleOf", text, writer.node, reader.node)
    yield from compare_formats(asked, writer, reader, path)


def _is_step(step: Json) -> bool:
    return isinstance(step, int | float) and not isinstance(step, bool) and step > 0


def _compare_bounds(asked: Comparison, writer: Case, reader: Case, path: str) -> Iterator[Finding]:
    """`exclusiveMinimum: true` beside `minimum`, as OpenAPI 3.0 has it: a limit that is as high, and open."""
    for word, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if True not in reader.read(word) or True in writer.read(word):
            continue
        same = [bound for bound in writer.read(limit) if is_among(bound, reader.read(limit))]
        if same:
            text = f"{path}: the reader does not take {same[0]} itself (`{word}`)"
            yield asked.note(Grade.BREAKS, word, text, writer.node, reader.node)


def compare_strings(asked: Comparison, writer: Case, reader: Case, path: str) -> Iterator[Finding]:
    """Lengths, patterns, formats and encodings of texts."""
    for word in ("minLength", "maxLength"):
        yield from asked.limit(writer, reader, word, path)
    given = {str(pattern) for pattern in writer.read("pattern")}
    for pattern in {str(pattern) for pattern in reader.read("pattern")} - given - _ANYTHING:
        added = not given and writer.values is None and asked.flow is not Flow.RESPONSE
        text = f"{path}: the reader takes what fits `{pattern[:80]}` alone"
        grade = Grade.BREAKS if added else Grade.MAY_BREAK
        yield asked.note(grade, "pattern", text, writer.node, reader.at("pattern"))
    yield from compare_formats(asked, writer, reader, path)
    for word in ("contentEncoding", "contentMediaType"):
        wanted = reader.read(word)
        if wanted and not all(is_among(one, writer.read(word)) for one in wanted):
            text = f"{path}: the reader takes `{word}: {wanted[0]}`, the writer has another"
            yield asked.note(Grade.BREAKS, word, text, writer.node, reader.node)
    if schema := reader.below("contentSchema"):
        yield from asked.compare(
            writer.below("contentSchema") or (writer.node,), schema, f"{path} (its content)"
        )


def compare_formats(asked: Comparison, writer: Case, reader: Case, path: str) -> Iterator[Finding]:
    """A format of the reader that is not the writer's, nor wider."""
    given = {str(name) for name in writer.read("format")}
    for name in {str(name) for name in reader.read("format")} - given:
        if any(name in _WIDER.get(other, ()) for other in given) or writer.values is not None:
            continue
        text = f"{path}: the reader takes the format `{name}`, the writer has {_name_formats(given)}"
        yield asked.note(Grade.BREAKS, "format", text, writer.node, reader.at("format"))


def _name_formats(given: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(given)) or "none"
