"""Settings that a team writes once: a table in `pyproject.toml` or a `.skewproof.toml`, and the environment.

What holds, the first of these that says anything: the command line; `SKEWPROOF_<COMMAND>_<OPTION>`;
`SKEWPROOF_<OPTION>`; the command's own table in the file; the file; the default. The file is the nearest one,
from the working folder upward to the root of the repository. It never says that code may be loaded, where
jobs are sent, or what is written: a checkout of somebody else's must not.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from .settable import PROJECT, name_of

if TYPE_CHECKING:
    from .settings_file import SettingsFile


MOST_BYTES = 1 << 20
FILES = (".skewproof.toml", PROJECT)


class Settings(NamedTuple):
    """What a file says for one command: values by the name of the parameter, and the file."""

    values: Mapping[str, Any]
    file: SettingsFile | None = None


def heed_environment(command: click.Command, called: str) -> None:
    """Lets the command's options be set by variables of the environment."""
    for parameter in command.params:
        name = name_of(parameter, called)
        if name is not None:
            word = name.upper().replace("-", "_")
            parameter.envvar = [f"SKEWPROOF_{called.upper()}_{word}", f"SKEWPROOF_{word}"]


def find_variable(context: click.Context, parameter: click.Parameter) -> str | None:
    """The variable of the environment that says what holds; None where something else says it."""
    from click.core import ParameterSource

    if context.get_parameter_source(parameter.name or "") is not ParameterSource.ENVIRONMENT:
        return None
    names = [parameter.envvar] if isinstance(parameter.envvar, str) else parameter.envvar or ()
    return next((name for name in names if os.environ.get(name)), None)


def read_settings(command: click.Command, called: str) -> Settings:
    """What the nearest file says for the command. Raises `InvalidDeploymentError` where it is wrong."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # a folder that was deleted has no files above it either
        return Settings({})
    for path, content in _list_files(here):
        from .settings_file import read_settings_file

        file = read_settings_file(path, content)
        if file is not None:
            return Settings(file.values_for(command, called), file)
    return Settings({})


def _list_files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """The files that may have settings, with what stands in them, the nearest first. Most folders have none,
    and pay for no parser."""
    for place in (folder, *folder.parents):
        for name in FILES:
            content = _read(place / name)
            if content is None:
                continue
            if name != PROJECT or b"skewproof" in content:
                yield place / name, content
        if os.path.lexists(place / ".git"):
            return


def _read(path: Path) -> bytes | None:
    """What stands in a file; None of what is none, has no end, or is larger than any settings."""
    try:
        there = path.stat()
        is_small = stat.S_ISREG(there.st_mode) and there.st_size <= MOST_BYTES
        return path.read_bytes() if is_small else None
    except OSError:
        return None
