"""Python that two versions exchange: arguments of tasks (Celery, RQ), fields of serialised classes, enums.

The consumer runs a task, or reads an object, that a provider of another version sent: it must take what the
other one's signature lets be written. Sources are read by `griffe` and never run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct

from .judgement import Finding, Grade, Spot
from .programs import load_library
from .sides import Options, Side, UnjudgedError

_KEYWORD = "keyword-only"
_POSITIONAL = "positional-only"
_VARIADIC = ("variadic positional", "variadic keyword")
_BOUND = re.compile(r"\bbind\s*=\s*True\b")
_NAMED = re.compile(r"\bname\s*=\s*(['\"])(.*?)\1")
"""In a decorator of a task (Celery's `task`, `shared_task`)."""


def compare(consumer: Side, provider: Side, options: Options) -> list[Finding]:
    """What the consumer's version of a function or class does not take. Raises `UnjudgedError`, and
    `MissingToolError` without the library."""
    library = load_library("griffe", "griffelib")
    reads, writes = (_list_signatures(library, side) for side in (consumer, provider))
    name = consumer.pointer.strip("/")
    names = [name] if name else sorted(writes)
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


class _Parameter(Struct, frozen=True):
    name: str
    kind: str
    default: str | None
    annotation: str | None


class _Signature(Struct, frozen=True):
    """What is sent together: the parameters of a function, the fields of a class, the values of an enum."""

    name: str
    parameters: tuple[_Parameter, ...]
    spot: Spot
    is_enum: bool = False
    is_positional: bool = True
    sent_as: str | None = None
    """The name of a task that its decorator gives it."""
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
    return found


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
    named = _NAMED.search(told)
    sent_as = named[2] if named else None
    return _Signature(name, tuple(parameters), Spot(path, member.lineno or 0), sent_as=sent_as)


def _read_class(member: Any, name: str, path: str) -> _Signature:
    fields = [one for one in member.members.values() if not one.is_alias and one.is_attribute]
    bases = [str(base) for base in member.bases]
    is_enum = any(base.split(".")[-1] in ("Enum", "StrEnum", "IntEnum", "Flag", "IntFlag") for base in bases)
    values = dict(_number(fields)) if is_enum and not any("StrEnum" in base for base in bases) else {}
    parameters = [
        _Parameter(
            one.name,
            _KEYWORD,
            values.get(one.name) or (None if one.value is None else str(one.value)),
            None if one.annotation is None else str(one.annotation),
        )
        for one in fields
        if is_enum or one.annotation is not None
    ]
    unannotated = frozenset(one.name for one in fields if one.annotation is None and not is_enum)
    spot = Spot(path, member.lineno or 0)
    return _Signature(name, tuple(parameters), spot, is_enum, False, unannotated=unannotated)


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
    if written.sent_as != read.sent_as:
        names = [one.sent_as or "by its module" for one in (written, read)]
        text = f"`{read.name}` is sent as {names[0]}, and taken as {names[1]}"
        yield Finding(Grade.BREAKS, "name", text, spot)
    if written.unannotated != read.unannotated:
        kept = [_show(one.unannotated) for one in (written, read)]
        text = f"`{read.name}` keeps {kept[0]} to who sends, {kept[1]} to who reads"
        yield Finding(Grade.UNKNOWN, "unannotated", text, spot)
    yield from _compare_parameters(written, read, spot)
    if written.is_positional:
        yield from _compare_order(written, read, spot)


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
