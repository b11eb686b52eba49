"""`${VARIABLE}` in Compose files, and the files that variables stand in (`.env`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...errors import Problem
from ...language.document import Mapping as MappingNode
from ...language.document import Scalar, Sequence, YamlNode
from ...names import Place
from ..files import UnreadError

MAX_NESTING = 20
MAX_EXPANDED = 1_000_000
"""Characters of one value with its variables put in."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*(?:=|:\s)\s*(.*)")


@dataclass(slots=True)
class Interpolation:
    """Puts variables into texts. What is set nowhere is empty, as Compose takes it, and is remembered."""

    variables: Mapping[str, str]
    missing: dict[str, Place] = field(default_factory=dict)

    def apply(self, text: str, place: Place) -> str:
        """The text with its variables. Raises `UnreadError` for `${…` that is none, or a `:?` unmet."""
        if "$" not in text:
            return text
        return self._apply(text, place, 0)

    def _apply(self, text: str, place: Place, depth: int) -> str:
        if depth > MAX_NESTING:
            raise _refuse(f"`${{` is nested deeper than {MAX_NESTING} levels", place)
        parts: list[str] = []
        at = 0
        while (found := text.find("$", at)) >= 0:
            parts.append(text[at:found])
            value, at = self._value(text, found + 1, place, depth)
            parts.append(value)
        result = "".join((*parts, text[at:]))
        if len(result) > MAX_EXPANDED:
            raise _refuse(f"more than {MAX_EXPANDED:,} characters with all variables put in", place)
        return result

    def _value(self, text: str, at: int, place: Place, depth: int) -> tuple[str, int]:
        """The value of what begins behind a dollar, and where the text goes on."""
        if text.startswith("$", at):
            return "$", at + 1
        if not text.startswith("{", at):
            name = _NAME.match(text, at)
            return (self._look_up(name[0], place), name.end()) if name else ("$", at)
        end = _find_end(text, at)
        name = _NAME.match(text, at + 1)
        if end is None or name is None:
            raise _refuse(f"`{_shorten(text[at - 1 :])}` is no variable; a dollar is written `$$`", place)
        return self._braces(name[0], text[name.end() : end], place, depth), end + 1

    def _braces(self, name: str, rest: str, place: Place, depth: int) -> str:
        if not rest:
            return self._look_up(name, place)
        operator = next((one for one in _OPERATORS if rest.startswith(one)), None)
        if operator is None:
            raise _refuse(f"`${{{name}{_shorten(rest)}}}` has no operator of Compose", place)
        value = self.variables.get(name)
        is_set = bool(value) if operator[0] == ":" else value is not None
        argument = rest[len(operator) :]
        if operator[-1] == "+":
            return self._apply(argument, place, depth + 1) if is_set else ""
        if is_set:
            return value or ""
        if operator[-1] == "?":
            raise _refuse(f"`{name}` must be set: {_shorten(argument)}", place, f"set `{name}` in `.env`")
        return self._apply(argument, place, depth + 1)

    def _look_up(self, name: str, place: Place) -> str:
        if name not in self.variables:
            self.missing.setdefault(name, place)
        return self.variables.get(name, "")

    def apply_to(self, node: YamlNode) -> YamlNode:
        """A tree with variables in all its values; keys stay as they are. Its depth is limited."""
        match node:
            case Scalar():
                text = self.apply(node.text, node.place)
                return node if text == node.text else Scalar(text, node.place, node.length, plain=False)
            case Sequence():
                return Sequence(tuple(map(self.apply_to, node.items)), node.place)
            case MappingNode():
                entries = tuple((key, self.apply_to(value)) for key, value in node.entries)
                return MappingNode(entries, node.place)


def _find_end(text: str, start: int) -> int | None:
    """Where the brace that opens at `start` is closed; those of variables within are counted."""
    depth = 0
    for at in range(start, len(text)):
        if text[at] == "{" and (at == start or text[at - 1] == "$"):
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return at
    return None


def read_variables(text: str, file: str, known: Mapping[str, str]) -> dict[str, str]:
    """The variables of a file such as `.env`; each may use those above it, and the known ones go first."""
    found: dict[str, str] = {}
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        match = _LINE.fullmatch(line)
        if match is None or line.lstrip().startswith("#"):
            continue
        name, value = match[1], match[2]
        quote = value[:1]
        if quote and quote in "\"'":
            while _closing(value, quote) is None and (more := next(lines, None)) is not None:
                value = f"{value}\n{more[1]}"
        scope = Interpolation({**found, **known})
        found[name] = known.get(name) or _plain_value(value, scope, Place(file, number, 1))
    return found


def _closing(value: str, quote: str) -> int | None:
    """Where a quoted value ends."""
    at = 1
    while at < len(value):
        if value[at] == "\\" and quote == '"':
            at += 1
        elif value[at] == quote:
            return at
        at += 1
    return None


_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\\\": "\\", "\\$": "$$"}


def _plain_value(value: str, scope: Interpolation, place: Place) -> str:
    quote = value[:1]
    end = _closing(value, quote) if quote and quote in "\"'" else None
    if end is not None and quote == "'":
        return value[1:end]
    if end is not None:
        inside = re.sub(r"\\.", lambda found: _ESCAPES.get(found[0], found[0]), value[1:end])
        return scope.apply(inside, place)
    return scope.apply(re.split(r"(?:^|\s)#", value, maxsplit=1)[0].rstrip(), place)


def _refuse(message: str, place: Place, fix: str | None = None) -> UnreadError:
    return UnreadError(Problem("bad-manifest", message, place, fix=fix))


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
