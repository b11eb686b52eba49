"""Python that two versions exchange: arguments of tasks (Celery, RQ), fields of serialised classes, enums.

The consumer runs a task, or reads an object, that a provider of another version sent: it must take what the
other one's signature lets be written. Sources are read by `griffe` and never run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct, structs

from .judgement import Finding, Grade, Spot
from .programs import load_library
from .sides import Options, Side, UnjudgedError

_KEYWORD = "keyword-only"
_POSITIONAL = "positional-only"
_VARIADIC = ("variadic positional", "variadic keyword")
_BOUND = re.compile(r"\bbind\s*=\s*True\b")
_TASK = re.compile(r"\b(?:task|shared_task|job|actor)\b")
"""What a decorator of a task is called: Celery's, RQ's, Dramatiq's."""


def compare(consumer: Side, provider: Side, options: Options) -> list[Finding]:
    """What the consumer's version of a function or class does not take. Raises `UnjudgedError`, and
    `MissingToolError` without the library."""
    library = load_library("griffe", "griffelib")
    reads, writes = (_list_signatures(library, side) for side in (consumer, provider))
    name = consumer.pointer.strip("/")
    names = [name] if name else sorted(writes)
    reads |= dict(_list_renamed(writes, reads))
    if name and name not in reads and name not in writes:
        raise UnjudgedError(f"no function and no class `{name}` is on either side", consumer.path)
    newer = consumer if consumer.rank > provider.rank else provider
    found: list[Finding] = []
    for one in names:
        if one not in writes:
            continue  # nobody sends it
        if one not in reads:
            gone = "is not there yet" if newer is provider else "is gone"
            found.append(
                Finding(Grade.BREAKS, "removed", f"`{one}` {gone} at the consumer", writes[one].spot)
            )
        else:
            at = reads[one].spot if newer is consumer else writes[one].spot
            found += _compare(writes[one], reads[one], at)
    return list(dict.fromkeys(found))


def _list_renamed(
    writes: dict[str, _Signature], reads: dict[str, _Signature]
) -> Iterator[tuple[str, _Signature]]:
    """Tasks that have another name in the code of who reads, and one that a decorator keeps on the wire."""
    by_wire = {one.sent_as: one for one in reads.values() if one.sent_as is not None}
    for name, written in writes.items():
        if name not in reads and written.sent_as in by_wire:
            yield name, by_wire[written.sent_as]


class _Parameter(Struct, frozen=True):
    name: str
    kind: str
    default: str | None
    annotation: str | None
    alias: str | None = None
    """What a field is called where it is written, if not by its name."""


class _Signature(Struct, frozen=True):
    """What is sent together: the parameters of a function, the fields of a class, the values of an enum."""

    name: str
    parameters: tuple[_Parameter, ...]
    spot: Spot
    is_enum: bool = False
    is_positional: bool = True
    sent_as: str | None = None
    """The name of a task that its decorator gives it, as it is written there."""
    serializer: str | None = None
    """What its decorator says of how arguments are written."""
    bases: tuple[str, ...] = ()
    """Of a class: what it is made of, and stands in none of the files that were read."""
    unannotated: frozenset[str] = frozenset()
    """What a class keeps that no annotation tells of."""

    def find(self, name: str) -> _Parameter | None:
        return next((one for one in self.parameters if one.name == name), None)

    def has(self, kind: str) -> bool:
        return any(one.kind == kind for one in self.parameters)


def _list_signatures(library: Any, side: Side) -> dict[str, _Signature]:
    found: dict[str, _Signature] = {}
    for path in side.files:
        if not path.endswith(".py"):
            continue
        text = side.tree.read(path).decode("utf-8", "replace")
        try:
            ast.parse(text)  # what griffe would only log
            module = library.visit(path.removesuffix(".py").replace("/", "."), filepath=None, code=text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise UnjudgedError(f"no Python: {error}", path) from None
        for signature in _read_members(module, "", path):
            found.setdefault(signature.name, signature)
    if not side.files:
        raise UnjudgedError(f"no Python is at `{side.path}`", side.path)
    return _inherit(found)


def _read_members(owner: Any, scope: str, path: str) -> Iterator[_Signature]:
    for name, member in owner.members.items():
        if member.is_alias or name.startswith("__"):
            continue
        full = f"{scope}{name}"
        if member.is_function:
            yield _read_function(member, full, path)
        elif member.is_class:
            yield _read_class(member, full, path)
            yield from _read_members(member, f"{full}.", path)


def _read_function(member: Any, name: str, path: str) -> _Signature:
    told = " ".join(str(one.value) for one in member.decorators)
    listed = list(member.parameters)
    if _BOUND.search(told):  # the task itself comes first
        listed = listed[1:]
    parameters = [
        _Parameter(
            one.name,
            str(one.kind.value),
            None if one.default is None else str(one.default),
            None if one.annotation is None else str(one.annotation),
        )
        for one in listed
        if one.name not in ("self", "cls")
    ]
    named, serializer = (_read_option(member, word) for word in ("name", "serializer"))
    spot = Spot(path, member.lineno or 0)
    return _Signature(name, tuple(parameters), spot, sent_as=named, serializer=serializer)


def _read_option(member: Any, word: str) -> str | None:
    """What a decorator of a task says under a word, as it is written."""
    for decorator in member.decorators:
        call = ast.parse(str(decorator.value), mode="eval").body
        if isinstance(call, ast.Call) and _TASK.search(ast.unparse(call.func)):
            for one in call.keywords:
                if one.arg == word:
                    return ast.unparse(one.value)
    return None


def _read_class(member: Any, name: str, path: str) -> _Signature:
    fields = [one for one in member.members.values() if not one.is_alias and one.is_attribute]
    bases = [str(base) for base in member.bases]
    is_enum = any(base.split(".")[-1] in ("Enum", "StrEnum", "IntEnum", "Flag", "IntFlag") for base in bases)
    values = dict(_number(fields)) if is_enum and not any("StrEnum" in base for base in bases) else {}
    parameters = [
        _Parameter(
            one.name,
            _KEYWORD,
            values.get(one.name) or _find_default(one.value),
            None if one.annotation is None else str(one.annotation),
            _find_alias(one.value),
        )
        for one in fields
        if is_enum or one.annotation is not None
    ]
    unannotated = frozenset(one.name for one in fields if one.annotation is None and not is_enum)
    spot = Spot(path, member.lineno or 0)
    return _Signature(
        name, tuple(parameters), spot, is_enum, False, unannotated=unannotated, bases=tuple(bases)
    )


def _inherit(found: dict[str, _Signature]) -> dict[str, _Signature]:
    """The classes with the fields of those that they extend; what stands elsewhere remains in `bases`."""
    return {name: _extend(one, found, frozenset()) for name, one in found.items()}


def _extend(one: _Signature, found: dict[str, _Signature], above: frozenset[str]) -> _Signature:
    fields = {field.name: field for field in one.parameters}
    unannotated, elsewhere = one.unannotated, []
    for base in one.bases:
        known = found.get(base) if base not in above else None
        if known is None or one.is_enum:
            elsewhere.append(base)
            continue
        whole = _extend(known, found, above | {base})
        fields = {field.name: field for field in whole.parameters} | fields
        unannotated |= whole.unannotated
        elsewhere += whole.bases
    return structs.replace(
        one, parameters=tuple(fields.values()), unannotated=unannotated, bases=tuple(elsewhere)
    )


def _find_field(value: object) -> ast.Call | None:
    """The call by which dataclasses, attrs and pydantic tell more of a field than its default."""
    told = ast.parse(str(value), mode="eval").body if value is not None else None
    if isinstance(told, ast.Call) and ast.unparse(told.func).split(".")[-1] in (
        "field",
        "Field",
        "attrib",
        "ib",
    ):
        return told
    return None


def _find_default(value: object) -> str | None:
    """What a field is where it is left out; None where it must not be."""
    told = _find_field(value)
    if told is None:
        return None if value is None else str(value)
    given = {one.arg: ast.unparse(one.value) for one in told.keywords}
    first = ast.unparse(told.args[0]) if told.args else given.get("default")
    return None if first == "..." else first or given.get("default_factory") or given.get("factory")


def _find_alias(value: object) -> str | None:
    told = _find_field(value)
    given = {one.arg: ast.unparse(one.value) for one in told.keywords} if told is not None else {}
    names = [
        f"{word}={given[word]}"
        for word in ("alias", "serialization_alias", "validation_alias")
        if word in given
    ]
    return ", ".join(names) or None


def _number(fields: list[Any]) -> Iterator[tuple[str, str]]:
    """The values of an enum, `auto()` as the number that it stands for: one more than the highest before."""
    highest = 0
    for one in fields:
        value = str(one.value)
        if value.endswith("auto()"):
            value = str(highest + 1)
        if value.isdecimal():
            highest = max(highest, int(value))
        yield one.name, value


def _compare(written: _Signature, read: _Signature, spot: Spot) -> Iterator[Finding]:
    if written.is_enum or read.is_enum:
        yield from _compare_values(written, read, spot)
        return
    yield from _compare_options(written, read, spot)
    if written.bases != read.bases:
        made = [_show(one.bases) for one in (written, read)]
        text = f"`{read.name}` extends {made[0]} to who sends, {made[1]} to who reads, which is not looked up"
        yield Finding(Grade.UNKNOWN, "bases", text, spot)
    if written.unannotated != read.unannotated:
        kept = [_show(one.unannotated) for one in (written, read)]
        text = f"`{read.name}` keeps {kept[0]} to who sends, {kept[1]} to who reads"
        yield Finding(Grade.UNKNOWN, "unannotated", text, spot)
    yield from _compare_parameters(written, read, spot)
    if written.is_positional:
        yield from _compare_order(written, read, spot)


def _compare_options(written: _Signature, read: _Signature, spot: Spot) -> Iterator[Finding]:
    """What the decorator of a task says of its messages."""
    if written.sent_as != read.sent_as:
        names = [one.sent_as or "by its module" for one in (written, read)]
        texts = [name is None or name[:1] in "'\"" for name in (written.sent_as, read.sent_as)]
        text = f"`{read.name}` is sent as {names[0]}, and taken as {names[1]}"
        yield Finding(Grade.BREAKS if all(texts) else Grade.UNKNOWN, "name", text, spot)
    if written.serializer != read.serializer:
        shown = [one or "by default" for one in (written.serializer, read.serializer)]
        text = f"`{read.name}` is written as {shown[0]}, where {shown[1]} may be all that is accepted"
        yield Finding(Grade.MAY_BREAK, "serializer", text, spot)


def _compare_values(written: _Signature, read: _Signature, spot: Spot) -> Iterator[Finding]:
    for value in written.parameters:
        known = read.find(value.name)
        if known is None:
            yield Finding(Grade.BREAKS, "value", f"`{read.name}.{value.name}` is not known", spot)
        elif known.default != value.default:
            text = f"`{read.name}.{value.name}` is written as {value.default} and read as {known.default}"
            others = [one.default for one in read.parameters]
            grade = Grade.SILENT if value.default in others else Grade.BREAKS
            yield Finding(grade, "value", text, spot)


def _compare_parameters(written: _Signature, read: _Signature, spot: Spot) -> Iterator[Finding]:
    for one in read.parameters:
        sent, shown = written.find(one.name), f"`{read.name}`: `{one.name}`"
        if one.kind in _VARIADIC:
            continue
        if one.default is None and (sent is None or sent.default is not None):
            how = "is never sent" if sent is None else "may be left out"
            yield Finding(Grade.BREAKS, "required", f"{shown} is needed, and {how}", spot)
        elif sent is not None and sent.default != one.default and sent.default is not None:
            text = f"{shown}: left out, it means {sent.default} to who sends and {one.default} to who reads"
            yield Finding(Grade.SILENT, "default", text, spot)
        if sent is not None and sent.alias != one.alias:
            names = [field.alias or "by its name" for field in (sent, one)]
            yield Finding(Grade.BREAKS, "alias", f"{shown} is written {names[0]} and read {names[1]}", spot)
        if (
            sent is not None
            and None not in (annotated := (sent.annotation, one.annotation))
            and (annotated[0] != annotated[1])
        ):
            text = f"{shown} is sent as {sent.annotation} and read as {one.annotation}"
            yield Finding(Grade.MAY_BREAK, "annotation", text, spot)
        if sent is not None and sent.kind != _POSITIONAL and one.kind == _POSITIONAL:
            text = f"{shown} may be sent by name, and is taken by position alone"
            yield Finding(Grade.BREAKS, "kind", text, spot)
        if sent is not None and sent.kind != _KEYWORD and one.kind == _KEYWORD and written.is_positional:
            text = f"{shown} may be sent by position, and is taken by name alone"
            yield Finding(Grade.BREAKS, "kind", text, spot)
    for sent in written.parameters:
        if sent.kind not in _VARIADIC and read.find(sent.name) is None and not read.has(_VARIADIC[1]):
            text = f"`{read.name}`: `{sent.name}` is sent, and not taken"
            yield Finding(Grade.BREAKS, "unexpected", text, spot)
    for kind in _VARIADIC:
        if written.has(kind) and not read.has(kind):
            text = f"`{read.name}`: more arguments ({kind}) may be sent than are taken"
            yield Finding(Grade.MAY_BREAK, "unexpected", text, spot)


def _compare_order(written: _Signature, read: _Signature, spot: Spot) -> Iterator[Finding]:
    orders = [
        [one.name for one in signature.parameters if one.kind != _KEYWORD and one.kind not in _VARIADIC]
        for signature in (written, read)
    ]
    for index, (one, other) in enumerate(zip(*orders, strict=False)):
        if one != other and one in orders[1]:
            text = f"`{read.name}`: argument {index + 1} is sent as `{one}` and read as `{other}`"
            yield Finding(Grade.SILENT, "order", text, spot)


def _show(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "nothing"
