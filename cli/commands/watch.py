"""`skewproof watch`: the verdict again, whenever a file changes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...model.errors import InvalidDeploymentError
from ..output import complain, flush
from ..settings import Settings, read_settings

if TYPE_CHECKING:
    from ...model.language.document import Document

LOOKS_EVERY_S = 0.25
CHECK = "check"

Stamps = dict[Path, tuple[int, int, int] | None]
"""What tells a file from what it was: when it was written, how long it is, which one it is; None of none."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="FILE [OPTIONS OF check]")
@click.pass_context
def watch(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Judge FILE again whenever it changes, as `skewproof check` does with the same options.

    Files that it names (`accept`), those of the options, and the settings are looked after as well; of a
    folder, all its deployments. The code of machines (--allow-code) is not: Python loads it once. Ctrl-C ends
    it.

    \b
    skewproof watch deploy.yaml --changes release.yaml --stories 1
    """
    while True:
        held, settings = _parse(context, arguments)
        before = _stamp(held, settings)
        status = _judge(held)
        flush()
        complain(f"exit status {status}; {len(before)} files are looked after, Ctrl-C ends it")
        _wait_for_change(before, held, settings)


def _parse(context: click.Context, arguments: tuple[str, ...]) -> tuple[click.Context, Settings]:
    """What `check` is told. Raises `click.ClickException` where that is wrong, and `InvalidDeploymentError`
    where the file of settings is."""
    parent = context.parent
    assert parent is not None
    assert isinstance(parent.command, click.Group)
    check = parent.command.get_command(parent, CHECK)
    assert check is not None
    settings = read_settings(check, CHECK) if parent.params.get("read_config", True) else Settings({})
    parent.default_map = {CHECK: dict(settings.values)}
    return check.make_context(CHECK, list(arguments), parent=parent), settings


def _judge(held: click.Context) -> int:
    """The exit status that `check` would have; what is wrong is told, and waited for to be mended."""
    from ..status import EXIT_INPUT, EXIT_SAFE

    try:
        with held:
            held.command.invoke(held)
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.ClickException as error:
        complain(f"Error: {error.format_message()}")
        return EXIT_INPUT
    except InvalidDeploymentError as error:
        complain(error)
        return EXIT_INPUT
    return EXIT_SAFE


def _wait_for_change(before: Stamps, held: click.Context, settings: Settings) -> None:
    """Returns when some file is not what it was, and nobody writes at it any more."""
    now = before
    while now == before:
        time.sleep(LOOKS_EVERY_S)
        now = _stamp(held, settings)
    while (later := _stamp(held, settings)) != now:
        now = later
        time.sleep(LOOKS_EVERY_S)


def _stamp(held: click.Context, settings: Settings) -> Stamps:
    return {path: _stamp_of(path) for path in _list_files(held.params, settings)}


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        there = path.stat()
    except OSError:
        return None
    return there.st_mtime_ns, there.st_size, there.st_ino


def _list_files(asked: dict[str, Any], settings: Settings) -> Iterator[Path]:
    """All that a verdict depends on, but code."""
    from ..fleet.files import deployments

    if settings.file is not None:
        yield settings.file.path
    file: Path = asked["file"]
    for one in deployments(file).files if file.is_dir() else (file,):
        yield from _list_read(one, asked["changes"], asked["accept"])


def _list_read(file: Path, changes: Path | None, accept: tuple[Path, ...]) -> list[Path]:
    """The files that are read for a deployment, also where something is wrong in them."""
    from ...model.language import load
    from ...model.language.document import read_document

    read: list[Path] = []

    def record(name: str) -> Document:
        read.append(Path(name))
        return read_document(name)

    with suppress(InvalidDeploymentError):
        load(file, changes, accept, record)
    return [*read, *([changes] if changes else []), *accept, file]
