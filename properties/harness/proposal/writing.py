"""Values and calls as the text of a Python module; what a file contains stands there in quotes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from ....model.escapes import make_printable

WIDTH = 100


class CodeText(Struct, frozen=True):
    """Text of our own, written as it is."""

    text: str


class Blank(Struct, frozen=True):
    """What no file tells; `words` say what to write. `is_spread`: several arguments are to be written."""

    words: str
    is_spread: bool = False


class Joined(Struct, frozen=True):
    """A path from a folder, which code gives."""

    folder: str
    path: Blank


class Called(Struct, frozen=True):
    """A call of a name with arguments. `comment` stands above it."""

    name: str
    arguments: tuple[Any, ...] = ()
    named: Mapping[str, Any] = {}
    comment: str = ""


class ForEach(Struct, frozen=True):
    """By version a value in which `v` is the version."""

    value: Any


def write_value(value: Any, indent: int = 0) -> str:
    """The value as an expression, over several lines where one is too long.

    `indent` counts the columns before the line that it stands in.
    """
    flat = _write_flat(value)
    if len(flat) + indent <= WIDTH and "\n" not in flat:
        return flat
    match value:
        case Mapping():
            items = [f"{_write_flat(key)}: {write_value(one, indent + 4)}" for key, one in value.items()]
            return _spread("{", items, "}", indent)
        case Called():
            return _spread(f"{value.name}(", _list_arguments(value, indent + 4), ")", indent)
        case list() | tuple():
            return _spread("[", [write_value(one, indent + 4) for one in value], "]", indent)
        case ForEach():
            inner = [f"v: {write_value(value.value, indent + 4)}", "for v in top"]
            return _spread("{", inner, "}", indent, "")
        case Blank():
            parts = [write_text(part) for part in _wrap(value.words, indent + 4)]
            return _spread("*blank(" if value.is_spread else "blank(", parts, ")", indent, "")
        case Joined():
            return f"{value.folder} / {write_value(value.path, indent)}"
        case _:
            return flat


def _write_flat(value: Any) -> str:
    match value:
        case CodeText():
            return value.text
        case Blank():
            return f"{'*' if value.is_spread else ''}blank({write_text(value.words)})"
        case Joined():
            return f"{value.folder} / {_write_flat(value.path)}"
        case ForEach():
            return f"{{v: {_write_flat(value.value)} for v in top}}"
        case str():
            return write_text(value)
        case Mapping():
            return "{" + ", ".join(f"{_write_flat(k)}: {_write_flat(v)}" for k, v in value.items()) + "}"
        case Called():
            arguments = [*map(_write_flat, value.arguments)]
            arguments += [f"{name}={_write_flat(one)}" for name, one in value.named.items()]
            return f"{value.name}({', '.join(arguments)})"
        case list() | tuple():
            return "[" + ", ".join(map(_write_flat, value)) + "]"
        case _:
            return repr(value)


def _list_arguments(called: Called, indent: int) -> list[str]:
    written = [write_value(one, indent) for one in called.arguments]
    return written + [f"{name}={write_value(one, indent)}" for name, one in called.named.items()]


def _spread(opening: str, items: Sequence[str], closing: str, indent: int, comma: str = ",") -> str:
    margin = " " * (indent + 4)
    return "\n".join([opening, *(f"{margin}{item}{comma}" for item in items), " " * indent + closing])


def _wrap(words: str, indent: int) -> list[str]:
    """Parts of a text that stand one below the other in quotes; spaces stay at their ends."""
    parts, room = [""], WIDTH - indent - 2
    for word in words.split(" "):
        added = f"{word} "
        if parts[-1] and len(parts[-1]) + len(added) > room:
            parts.append("")
        parts[-1] += added
    parts[-1] = parts[-1][:-1]
    return parts


def write_text(text: str) -> str:
    """A text in quotes, with nothing in it that cannot be seen.

    >>> write_text('a"b'), write_text("a\\u202eb")
    ('\\'a"b\\'', '"a\\\\u202eb"')
    """
    shown = repr(text) if make_printable(text) == text else ascii(text)
    inner = shown[1:-1]
    return f'"{inner}"' if shown.startswith("'") and '"' not in inner and "\\'" not in inner else shown


def write_comment(text: str) -> str:
    """A comment of one line."""
    return f"# {make_printable(text)}"
