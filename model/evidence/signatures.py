"""Python that two versions exchange: arguments of tasks (Celery, RQ), fields of serialised classes, enums.

The consumer runs a task, or reads an object, that a provider of another version sent: it must take what the
other one's signature lets be written. Sources are read by `griffe` and never run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from .judgement import Finding, Grade, Spot
from .programs import load_library
from .sides import Options, Side, UnjudgedError

_KEYWORD = "keyword-only"
_VARIADIC = ("variadic positional", "variadic keyword")


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
    parameters = [
        _Parameter(
            one.name,
            str(one.kind.value),
            None if one.default is None else str(one.default),
            None if one.annotation is None else str(one.annotation),
        )
        for one in member.parameters
        if one.name not in ("self", "cls")
    ]
    return _Signature(name, tuple(parameters), Spot(path, member.lineno or 0))


def _read_class(member: Any, name: str, path: str) -> _Signature:
    fields = [one for one in member.members.values() if not one.is_alias and one.is_attribute]
    bases = [str(base) for base in member.bases]
    is_enum = any(base.split(".")[-1] in ("Enum", "StrEnum", "IntEnum", "Flag", "IntFlag") for base in bases)
    parameters = [
        _Parameter(
            one.name,
            _KEYWORD,
            None if one.value is None else str(one.value),
            None if one.annotation is None else str(one.annotation),
        )
        for one in fields
        if is_enum or one.annotation is not None
    ]
    return _Signature(name, tuple(parameters), Spot(path, member.lineno or 0), is_enum, False)


def _compare(written: _Signature, read: _Signature, spot: Spot) -> Iterator[Finding]:
    if written.is_enum or read.is_enum:
        yield from _compare_values(written, read, spot)
        return
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
        if sent is not None and sent.annotation != one.annotation:
            text = f"{shown} is sent as {sent.annotation} and read as {one.annotation}"
            yield Finding(Grade.MAY_BREAK, "annotation", text, spot)
        if sent is not None and sent.kind != _KEYWORD and one.kind == _KEYWORD and written.is_positional:
            text = f"{shown} may be sent by position, and is taken by name alone"
            yield Finding(Grade.BREAKS, "kind", text, spot)
    for sent in written.parameters:
        if sent.kind not in _VARIADIC and read.find(sent.name) is None and not read.has(_VARIADIC[1]):
            text = f"`{read.name}`: `{sent.name}` is sent, and not taken"
            yield Finding(Grade.BREAKS, "unexpected", text, spot)


def _compare_order(written: _Signature, read: _Signature, spot: Spot) -> Iterator[Finding]:
    orders = [
        [one.name for one in signature.parameters if one.kind != _KEYWORD and one.kind not in _VARIADIC]
        for signature in (written, read)
    ]
    for index, (one, other) in enumerate(zip(*orders, strict=False)):
        if one != other and one in orders[1]:
            text = f"`{read.name}`: argument {index + 1} is sent as `{one}` and read as `{other}`"
            yield Finding(Grade.SILENT, "order", text, spot)
