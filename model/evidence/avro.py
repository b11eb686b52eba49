"""Avro: whether a consumer's schema reads what was written with a provider's (Avro specification, "Schema
Resolution"), as the library `avro` judges it; what it reads without a word and otherwise is found beside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .judgement import Finding, Grade, Spot
from .programs import load_library
from .sides import Options, Side, UnjudgedError

MAX_DEPTH = 100


def compare(consumer: Side, provider: Side, options: Options) -> list[Finding]:
    """What a reader with the consumer's schema makes of data of the provider's. Raises `UnjudgedError`, and
    `MissingToolError` without the library."""
    library = load_library("avro.compatibility", "avro")
    schemas = load_library("avro.schema", "avro")
    reader, writer = (_parse(schemas, side) for side in (consumer, provider))
    newer = consumer if consumer.rank > provider.rank else provider
    try:
        judged = library.ReaderWriterCompatibilityChecker().get_compatibility(reader, writer)
    except RecursionError:
        raise UnjudgedError("the schema is nested too deeply", newer.path) from None
    found = []
    if str(judged.compatibility) != str(library.SchemaCompatibilityType.compatible):
        kinds = judged.incompatibilities or [None]
        words = sorted(judged.messages) or ["the reader cannot read it"]
        for kind, text in zip([*kinds, *kinds[-1:] * len(words)], words, strict=False):
            rule = str(getattr(kind, "name", kind or "incompatible"))
            found.append(Finding(Grade.BREAKS, rule, _tell(rule, text), _find_spot(newer, text)))
    return found or [*_find_silent(reader.to_json(), writer.to_json(), newer)]


def _tell(rule: str, text: str) -> str:
    if rule == "reader_field_missing_default_value":
        return f"the reader needs `{text}`, which is not written and has no default"
    return text


def _parse(library: Any, side: Side) -> Any:
    """A schema. Raises `UnjudgedError` for what is none."""
    try:
        text = side.content.decode("utf-8")
        told = json.loads(text)
        if side.pointer:
            told = _find_named(told, side.pointer.strip("/"))
        return library.parse(json.dumps(told), validate_enum_symbols=False)
    except UnjudgedError:
        raise
    except RecursionError:
        raise UnjudgedError("the schema is nested too deeply", side.path) from None
    except Exception as error:  # whatever a stranger's schema does to the library, it is no judgement
        raise UnjudgedError(f"no Avro schema: {str(error)[:200]}", side.path) from None


def _find_named(told: Any, name: str) -> Any:
    """One of several schemas in a file, by its name."""
    listed = told if isinstance(told, list) else [told]
    for one in listed:
        if isinstance(one, dict) and name in (one.get("name"), f"{one.get('namespace')}.{one.get('name')}"):
            return one
    raise UnjudgedError(f"no schema `{name}` stands there")


def _find_silent(reader: Any, writer: Any, newer: Side) -> Iterator[Finding]:
    """What is read without an error, and is not what was written: the order of an enum's symbols by number is
    resolved by name, so that only a default steps in for a symbol that the reader does not know."""
    for one, other in _list_enums(reader, writer, 0):
        unknown = [symbol for symbol in other.get("symbols", ()) if symbol not in one.get("symbols", ())]
        if unknown and "default" in one:
            text = f"`{unknown[0]}` of {one.get('name')} is read as `{one['default']}`"
            yield Finding(Grade.SILENT, "enum_default", text, _find_spot(newer, str(one.get("name"))))


Told = Mapping[str, Any]


def _list_enums(reader: Any, writer: Any, depth: int) -> Iterator[tuple[Told, Told]]:
    if depth > MAX_DEPTH or not isinstance(reader, dict) or not isinstance(writer, dict):
        return
    if reader.get("type") == writer.get("type") == "enum":
        yield reader, writer
    written = {field.get("name"): field for field in writer.get("fields", ())}
    for field in reader.get("fields", ()):
        names = [field.get("name"), *field.get("aliases", ())]
        other = next((written[name] for name in names if name in written), None)
        if other is not None:
            yield from _list_enums(field.get("type"), other.get("type"), depth + 1)
    for word in ("items", "values"):
        yield from _list_enums(reader.get(word), writer.get(word), depth + 1)


def _find_spot(side: Side, text: str) -> Spot:
    """The first line of a schema that names something of which a message speaks."""
    lines = side.content.decode("utf-8", "replace").splitlines()
    words = [word.strip("'\"`:,[](){}") for word in text.split()]
    for word in words:
        for number, line in enumerate(lines, start=1):
            if (len(word) > 1 or word == text) and f'"{word}"' in line:
                return Spot(side.path, number)
    return Spot(side.path, 1)
