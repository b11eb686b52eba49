"""`skewproof watch`: the verdict again, whenever a file changes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
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
LOOKS_A_PART = 10
"""It sleeps so many times as long as it took to look, so that it takes a tenth of a processor at most."""
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
        before = _stamp(_list_files(held.params, settings))
        status = _judge(held)
        flush()
        complain(f"exit status {status}; {len(before)} files are looked after, Ctrl-C ends it")
        _wait_for_change(before, held.params["file"])


def _parse(context: click.Context, arguments: tuple[str, ...]) -> tuple[click.Context, Settings]:
    """What `check` is told. Raises `click.ClickException` where that is wrong, and `InvalidDeploymentError`
    where the file of settings is."""
    parent = context.parent
    assert parent is not None
    assert isinstance(parent.command, click.Group)
    check = parent.command.get_command(parent, CHECK)
    assert check is not None
    settings = read_settings(check, CHECK) if parent.params.get("read_config", True) else Settings({})
    called = context.info_name or CHECK  # who mistypes is shown the usage of what he typed
    parent.default_map = {called: dict(settings.values)}
    return check.make_context(called, list(arguments), parent=parent), settings


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


def _wait_for_change(before: Stamps, folder: Path) -> None:
    """Returns when some file is not what it was, or one is new in the folder, and nobody writes any more."""
    now = before
    while now == before:
        now = _look_again(before, folder)
    while (later := _look_again(before, folder)) != now:
        now = later


def _look_again(known: Stamps, folder: Path) -> Stamps:
    """The files after a while. A folder in which it takes long to look is looked at less often."""
    begin = time.monotonic()
    found = _stamp([*known, *_list_deployments(folder)])
    time.sleep(max(LOOKS_EVERY_S, LOOKS_A_PART * (time.monotonic() - begin)))
    return found


def _stamp(files: Iterable[Path]) -> Stamps:
    return {path: _stamp_of(path) for path in files}


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        there = path.stat()
    except OSError:
        return None
    return there.st_mtime_ns, there.st_size, there.st_ino


def _list_files(asked: dict[str, Any], settings: Settings) -> Iterator[Path]:
    """All that a verdict depends on, but code."""
    if settings.file is not None:
        yield settings.file.path
    for file in _list_deployments(asked["file"]) or [asked["file"]]:
        yield from _list_read(file, asked["changes"], asked["accept"])


def _list_deployments(folder: Path) -> list[Path]:
    """Those in a folder; none of what is no folder."""
    from ..fleet.files import find_deployments

    return find_deployments(folder).files if folder.is_dir() else []


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
