"""Avro: whether a consumer's schema reads what was written with a provider's (Avro specification, "Schema
Resolution"), as the library `avro` judges it; what it reads without a word and otherwise is found beside."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from .judgement import Grade, Mismatch, Spot
from .programs import load_library
from .sides import Options, Side, UnjudgedError

Json = Any
Told = Mapping[str, Any]


def compare(consumer: Side, provider: Side, options: Options) -> list[Mismatch]:
    """What a reader with the consumer's schema makes of data of the provider's; at a call also the other way
    round, since nothing tells whether it is sent or answered. Raises `UnjudgedError`, and `MissingToolError`
    without the library."""
    library = load_library("avro.compatibility", "avro")
    schemas = load_library("avro.schema", "avro")
    own, other = (_parse(schemas, side) for side in (consumer, provider))
    newer = consumer if consumer.rank > provider.rank else provider
    found = _resolve(library, own, other, newer)
    if options.is_called:
        found += _resolve(library, other, own, newer)
    return list(dict.fromkeys(found))


def _resolve(library: Any, reader: Any, writer: Any, newer: Side) -> list[Mismatch]:
    """What the reader makes of what the writer wrote."""
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
            found.append(Mismatch(Grade.BREAKS, rule, _tell(rule, text), _find_spot(newer, text)))
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
            known = dict(_list_named(told, ""))
            named = _find_named(told, side.pointer.strip("/"))
            told = _embed(named, _find_space(named, ""), known, set())
        with warnings.catch_warnings(action="ignore"):  # of logical types that the library does not know
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


def _embed(told: Json, space: str, known: Mapping[str, Told], defined: set[str]) -> Json:
    """A schema by itself: what stands elsewhere in its file is put in where it is named first."""
    if isinstance(told, str):
        full = _full_name(told, space)
        if full not in known or full in defined:
            return told
        scope, _, own = full.rpartition(".")
        return _embed({**known[full], "name": own, "namespace": scope}, scope, known, defined)
    if isinstance(told, list):
        return [_embed(one, space, known, defined) for one in told]
    if not isinstance(told, dict):
        return told
    inner = _find_space(told, space)
    if "name" in told:
        defined.add(_full_name(str(told["name"]), inner))
    words = [word for word in ("items", "values", "type") if word in told]
    below = {word: _embed(told[word], inner, known, defined) for word in words}
    if "fields" in told:
        below["fields"] = [
            {**field, "type": _embed(field.get("type"), inner, known, defined)} for field in told["fields"]
        ]
    return {**told, **below}


def _find_silent(reader: Json, writer: Json, newer: Side) -> Iterator[Mismatch]:
    """What is read without an error, and is not what was written."""
    for one, other in _list_pairs(reader, writer):
        name = str(one.get("name", one.get("type")))
        if one.get("type") == other.get("type") == "enum":
            # By number they could be in any order: symbols are resolved by name, and a default steps in for
            # one that the reader does not know.
            unknown = [symbol for symbol in other.get("symbols", ()) if symbol not in one.get("symbols", ())]
            if unknown and "default" in one:
                text = f"`{unknown[0]}` of {name} is read as `{one['default']}`"
                yield Mismatch(Grade.SILENT, "enum_default", text, _find_spot(newer, name))
        for grade, text in _compare_meanings(one, other):
            yield Mismatch(grade, "logical_type", text, _find_spot(newer, text))
        for field, default in _list_lost(one, other):
            text = f"`{field}` is written under another name, and read as its default `{default}`"
            yield Mismatch(Grade.SILENT, "alias", text, _find_spot(newer, text))


_NARROW = ("uuid", "decimal")
"""Logical types that not all texts or bytes are (Avro specification, "Logical Types")."""


def _compare_meanings(reader: Told, writer: Told) -> Iterator[tuple[Grade, str]]:
    """The same numbers or bytes that mean something else: logical types, which resolution passes over."""
    read, written = reader.get("logicalType"), writer.get("logicalType")
    if read in _NARROW and written is None:
        yield Grade.MAY_BREAK, f"any {writer.get('type')} is written, and read as `{read}`"
    if read is None or written is None:
        return
    if read != written:
        yield Grade.SILENT, f"`{written}` is written, and read as `{read}`"
    elif read == "decimal":
        scales = [told.get("scale", 0) for told in (writer, reader)]
        if scales[0] != scales[1]:
            yield Grade.SILENT, f"a `decimal` is written with scale {scales[0]}, and read with {scales[1]}"
        elif reader.get("precision", 0) < writer.get("precision", 0):
            yield (
                Grade.MAY_BREAK,
                f"a `decimal` may have more digits than the {reader['precision']} it is read",
            )


def _list_lost(reader: Told, writer: Told) -> Iterator[tuple[str, Any]]:
    """Fields that the writer gave a new name, which its aliases tell and an older reader does not know."""
    names = {field.get("name") for field in writer.get("fields", ())}
    renamed = {alias for field in writer.get("fields", ()) for alias in field.get("aliases", ())}
    for field in reader.get("fields", ()):
        taken = {field.get("name"), *field.get("aliases", ())} & names
        if not taken and field.get("name") in renamed and "default" in field:
            yield field["name"], field["default"]


def _list_pairs(reader: Json, writer: Json) -> Iterator[tuple[Told, Told]]:
    """The schemas that resolution holds against each other, each pair once, names followed."""
    known = [dict(_list_named(side, "")) for side in (reader, writer)]
    todo: list[tuple[Json, Json, tuple[str, str]]] = [(reader, writer, ("", ""))]
    seen: set[tuple[int, int]] = set()
    while todo:
        *pair, spaces = todo.pop()
        one, other = (_follow(told, spaces[side], known[side]) for side, told in enumerate(pair))
        if isinstance(one, dict) and isinstance(other, str):
            other = {"type": other}
        if str in (type(one), type(other)) and list not in (type(one), type(other)):
            continue  # a reader's type without more words, of which nothing is left to ask
        if (id(one), id(other)) in seen:
            continue
        seen.add((id(one), id(other)))
        if isinstance(one, list) or isinstance(other, list):
            todo += [(*pair, spaces) for pair in _match_branches(one, other)]
            continue
        yield one, other
        inner = (_find_space(one, spaces[0]), _find_space(other, spaces[1]))
        todo += [(*pair, inner) for pair in _list_below(one, other)]


def _follow(told: Json, space: str, known: Mapping[str, Told]) -> Json:
    """What a name stands for, if it is one of the schema's own."""
    return known.get(_full_name(told, space), told) if isinstance(told, str) else told


def _list_below(one: Told, other: Told) -> Iterator[tuple[Json, Json]]:
    written = {field.get("name"): field for field in other.get("fields", ())}
    for field in one.get("fields", ()):
        names = [field.get("name"), *field.get("aliases", ())]
        found = next((written[name] for name in names if name in written), None)
        if found is not None:
            yield field.get("type"), found.get("type")
    for word in ("items", "values"):
        if word in one and word in other:
            yield one[word], other[word]
    if isinstance(one.get("type"), dict | list) and isinstance(other.get("type"), dict | list):
        yield one["type"], other["type"]


def _match_branches(one: Json, other: Json) -> Iterator[tuple[Json, Json]]:
    """Of each branch that can be written the first of the reader's that is of its kind and name."""
    readers = one if isinstance(one, list) else [one]
    for written in other if isinstance(other, list) else [other]:
        alike = [read for read in readers if _name_kind(read) == _name_kind(written)]
        yield from ((read, written) for read in alike[:1])


def _name_kind(told: Json) -> tuple[str, str]:
    if isinstance(told, str):
        return told.rpartition(".")[2], ""
    kind = str(told.get("type"))
    named = str(told["name"]).rpartition(".")[2] if "name" in told else ""
    return (named, "") if named else (kind, "")


def _list_named(told: Json, space: str) -> Iterator[tuple[str, Told]]:
    """The schemas with a name by that name in full."""
    todo = [(told, space)]
    while todo:
        one, about = todo.pop()
        if isinstance(one, list):
            todo += [(branch, about) for branch in one]
        if not isinstance(one, dict):
            continue
        inner = _find_space(one, about)
        if "name" in one:
            yield _full_name(str(one["name"]), inner), one
        todo += [(field.get("type"), inner) for field in one.get("fields", ())]
        todo += [(one[word], inner) for word in ("items", "values", "type") if word in one]


def _find_space(told: Told, about: str) -> str:
    """The namespace in which names stand within a schema."""
    name = str(told.get("name", ""))
    return name.rpartition(".")[0] or str(told.get("namespace", about))


def _full_name(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"


def _find_spot(side: Side, text: str) -> Spot:
    """The first line of a schema that names something of which a message speaks."""
    lines = side.content.decode("utf-8", "replace").splitlines()
    words = [word.strip("'\"`:,[](){}") for word in text.split()]
    for word in words:
        for number, line in enumerate(lines, start=1):
            if (len(word) > 1 or word == text) and f'"{word}"' in line:
                return Spot(side.path, number)
    return Spot(side.path, 1)
