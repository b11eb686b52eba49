"""Functions, classes and enums of Python files, read by `griffe`: what each sends or takes together."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct, structs

from ..judgement import Spot
from ..sides import Side, UnjudgedError

KEYWORD = "keyword-only"
POSITIONAL = "positional-only"
VARIADIC = ("variadic positional", "variadic keyword")
_BOUND = re.compile(r"\bbind\s*=\s*True\b")
_TASK = re.compile(r"\b(?:task|shared_task|job|actor)\b")
"""What a decorator of a task is called: Celery's, RQ's, Dramatiq's."""


class Parameter(Struct, frozen=True):
    """A parameter or field; its default and annotation as they are written."""

    name: str
    kind: str
    default: str | None
    annotation: str | None
    alias: str | None = None
    """What a field is called where it is written, if not by its name."""


class Signature(Struct, frozen=True):
    """What is sent together: the parameters of a function, the fields of a class, the values of an enum."""

    name: str
    parameters: tuple[Parameter, ...]
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

    def find(self, name: str) -> Parameter | None:
        """The parameter of a name."""
        return next((one for one in self.parameters if one.name == name), None)

    def has(self, kind: str) -> bool:
        """Whether a parameter is of a kind."""
        return any(one.kind == kind for one in self.parameters)


def list_signatures(library: Any, side: Side) -> dict[str, Signature]:
    """What stands in the files of a side, by name. Raises `UnjudgedError`."""
    found: dict[str, Signature] = {}
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


def _read_members(owner: Any, scope: str, path: str) -> Iterator[Signature]:
    for name, member in owner.members.items():
        if member.is_alias or name.startswith("__"):
            continue
        full = f"{scope}{name}"
        if member.is_function:
            yield _read_function(member, full, path)
        elif member.is_class:
            yield _read_class(member, full, path)
            yield from _read_members(member, f"{full}.", path)


def _read_function(member: Any, name: str, path: str) -> Signature:
    told = " ".join(str(one.value) for one in member.decorators)
    listed = list(member.parameters)
    if _BOUND.search(told):  # the task itself comes first
        listed = listed[1:]
    parameters = [
        Parameter(
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
    return Signature(name, tuple(parameters), spot, sent_as=named, serializer=serializer)


def _read_option(member: Any, word: str) -> str | None:
    """What a decorator of a task says under a word, as it is written."""
    for decorator in member.decorators:
        call = ast.parse(str(decorator.value), mode="eval").body
        if isinstance(call, ast.Call) and _TASK.search(ast.unparse(call.func)):
            for one in call.keywords:
                if one.arg == word:
                    return ast.unparse(one.value)
    return None


def _read_class(member: Any, name: str, path: str) -> Signature:
    fields = [one for one in member.members.values() if not one.is_alias and one.is_attribute]
    bases = [str(base) for base in member.bases]
    is_enum = any(base.split(".")[-1] in ("Enum", "StrEnum", "IntEnum", "Flag", "IntFlag") for base in bases)
    values = dict(_number(fields)) if is_enum and not any("StrEnum" in base for base in bases) else {}
    parameters = [
        Parameter(
            one.name,
            KEYWORD,
            values.get(one.name) or _find_default(one.value),
            None if one.annotation is None else str(one.annotation),
            _find_alias(one.value),
        )
        for one in fields
        if is_enum or one.annotation is not None
    ]
    unannotated = frozenset(one.name for one in fields if one.annotation is None and not is_enum)
    spot = Spot(path, member.lineno or 0)
    return Signature(
        name, tuple(parameters), spot, is_enum, False, unannotated=unannotated, bases=tuple(bases)
    )


def _inherit(found: dict[str, Signature]) -> dict[str, Signature]:
    """The classes with the fields of those that they extend; what stands elsewhere remains in `bases`."""
    done: dict[str, Signature] = {}
    for name in found:
        _extend(name, found, done, frozenset())
    return done


def _extend(
    name: str, found: dict[str, Signature], done: dict[str, Signature], below: frozenset[str]
) -> Signature:
    """One class, each once; a class that extends itself has nothing from itself."""
    if name in done:
        return done[name]
    one, below = found[name], below | {name}
    fields = {field.name: field for field in one.parameters}
    unannotated = one.unannotated
    elsewhere: list[str] = []
    for base in one.bases:
        if base in found and base not in below and not one.is_enum:
            whole = _extend(base, found, done, below)
            fields = {field.name: field for field in whole.parameters} | fields
            unannotated |= whole.unannotated
            elsewhere += whole.bases
        else:
            elsewhere.append(base)
    handed_down = tuple(dict.fromkeys(elsewhere))
    done[name] = structs.replace(
        one, parameters=tuple(fields.values()), unannotated=unannotated, bases=handed_down
    )
    return done[name]


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
