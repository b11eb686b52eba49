"""A file of settings in TOML: what it says of each option, and where; what is wrong in it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from ..model.errors import InvalidDeploymentError, Problem
from ..model.language.suggestions import find_likely
from ..model.names import Place
from .commands import COMMANDS
from .settable import PROJECT, SETTINGS, name_of
from .taken import is_whole, list_taken, tell_taken

TABLE = ("tool", "skewproof")
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]\s*(#.*)?")
_KEY = re.compile(r"""\s*((?:[\w.-]|"[^"]*"|'[^']*')+)\s*=""")
_PATHS = ("accept", "changes")


class SettingsFile(Struct, frozen=True):
    """A file that was read: its table, and the place of each key by its table and name."""

    path: Path
    table: Mapping[str, Any]
    lines: tuple[str, ...]
    places: Mapping[tuple[str, ...], Place]

    def values_for(self, command: click.Command, called: str) -> dict[str, Any]:
        """What it says for the command, by the name of the parameter. Raises `InvalidDeploymentError`."""
        own = self.table.get(called, {})
        values: dict[str, Any] = {}
        problems = []
        for parameter in command.params:
            name = name_of(parameter, called)
            keys = () if name is None else ((called, name), (name,))
            for key, part in zip(keys, (own, self.table), strict=False):
                if key[-1] in part and parameter.name is not None:
                    try:
                        values[parameter.name] = self._value(parameter, key, part[key[-1]])
                    except _WrongValueError as wrong:
                        problems.append(Problem("bad-setting", wrong.said, *self.locate(key), wrong.fix))
                    break
        if problems:
            raise InvalidDeploymentError(problems)
        return values

    def place_of(self, called: str, parameter: click.Parameter) -> Place | None:
        """Where the option of the command is set."""
        name = name_of(parameter, called) or ""
        return self.places.get((called, name)) or self.places.get((name,))

    def locate(self, key: tuple[str, ...]) -> tuple[Place, str, int]:
        """The place of a key, its line, and how long it is."""
        place = self.places.get(key) or Place(str(self.path), 1, 1)
        line = self.lines[place.line - 1] if place.line <= len(self.lines) else ""
        return place, line, len(key[-1])

    def _value(self, parameter: click.Parameter, key: tuple[str, ...], given: Any) -> Any:
        """The value as the option takes it. Raises `_WrongValueError`."""
        told, multiple = ".".join(key), bool(getattr(parameter, "multiple", False))
        if getattr(parameter, "is_flag", False) != isinstance(given, bool):
            is_flag = getattr(parameter, "is_flag", False)
            raise _WrongValueError(told, "`true` or `false`" if is_flag else tell_taken(parameter), given)
        if isinstance(given, list) != multiple:
            example = (
                f"write `{key[-1]} = {_spell([given])}`" if multiple and isinstance(given, str) else None
            )
            raise _WrongValueError(told, "a list" if multiple else tell_taken(parameter), given, example)
        if key[-1] == "changes" and not os.path.exists(self._path(given)):
            raise _WrongValueError(told, f"the path of a file as seen from {self._folder}", given)
        if key[-1] in _PATHS:
            given = [self._path(one) for one in given] if isinstance(given, list) else self._path(given)
        if is_whole(parameter) and isinstance(given, float):
            raise _WrongValueError(told, tell_taken(parameter), given)
        try:
            parameter.type_cast_value(click.Context(click.Command(None)), given)
        except click.BadParameter as wrong:
            likely = find_likely(str(given), list_taken(parameter))
            example = f"did you mean `{likely}`?" if likely else None
            raise _WrongValueError(told, tell_taken(parameter), given, example) from wrong
        return given

    @property
    def _folder(self) -> str:
        folder = str(self.path.parent)
        return "the folder of this file" if folder == "." else folder

    def _path(self, given: object) -> str:
        """A path that is written as seen from the folder of the file, as seen from the working folder."""
        return os.path.normpath(self.path.parent / str(given))


class _WrongValueError(ValueError):
    """A value that its option does not take: what is said, and what to write instead."""

    def __init__(self, key: str, taken: str, given: object, fix: str | None = None) -> None:
        super().__init__(key)
        self.said, self.fix = f"`{key}` must be {taken}, not {_spell(given)}", fix


def read_settings_file(path: Path, content: bytes) -> SettingsFile | None:
    """The file, with nothing unknown in it; None for a project that has no settings for us. Raises
    `InvalidDeploymentError`."""
    shown = os.path.relpath(path)
    try:
        text = content.decode()
        whole = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidDeploymentError([_not_toml(shown, content, str(error))]) from error
    own = path.name != PROJECT
    table = whole if own else whole.get("tool", {}).get("skewproof")
    if table is None:
        return None
    lines = tuple(text.splitlines())
    places = dict(_list_places(shown, lines, () if own else TABLE))
    file = SettingsFile(Path(shown), table if isinstance(table, dict) else {}, lines, places)
    problems = [*([] if isinstance(table, dict) else [_no_table(file)]), *_list_unknown(file)]
    if problems:
        raise InvalidDeploymentError(problems)
    return file


def _not_toml(path: str, content: bytes, said: str) -> Problem:
    found = _PLACE.search(said)
    line, column = (int(found[1]), int(found[2])) if found else (1, 1)
    lines = content.decode("utf-8", "replace").splitlines()
    source = lines[line - 1] if line <= len(lines) else None
    return Problem("not-toml", f"not valid TOML: {said}", Place(path, line, column), source, 1)


def _no_table(file: SettingsFile) -> Problem:
    return Problem("wrong-type", "`tool.skewproof` must be a table", *file.locate(("skewproof",)))


def _list_unknown(file: SettingsFile) -> Iterator[Problem]:
    """Keys that are no option, or none of the command's."""
    for key, value in file.table.items():
        if key in COMMANDS and isinstance(value, dict):
            own = [name for name, commands in SETTINGS.items() if key in commands]
            for name in value:
                if name not in own:
                    yield _unknown(file, (key, name), own, f" for `skewproof {key}`")
        elif key not in SETTINGS:
            yield _unknown(file, (key,), [*SETTINGS, *COMMANDS], "")


def _unknown(file: SettingsFile, key: tuple[str, ...], known: list[str], where: str) -> Problem:
    likely = find_likely(key[-1], known)
    fix = (
        f"did you mean `{likely}`?" if likely else f"what can be set{where}: {', '.join(known) or 'nothing'}"
    )
    return Problem("unknown-key", f"unknown setting `{key[-1]}`{where}", *file.locate(key), fix)


def _list_places(
    file: str, lines: tuple[str, ...], root: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Place]]:
    """The place of each key below the root, as it is written line by line; of what is written otherwise (in
    inline tables, say) the place of what it stands in is all that is known."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(lines, start=1):
        if header := _HEADER.fullmatch(line):
            table = _split(header[1])
            if table[: len(root)] == root:
                yield table[len(root) :], Place(file, number, line.index("[") + 1)
        elif key := _KEY.match(line):
            whole = (*table, *_split(key[1]))
            if whole[: len(root)] == root:
                yield whole[len(root) :], Place(file, number, key.start(1) + 1)


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _spell(given: object) -> str:
    import json

    return json.dumps(given, default=str)
