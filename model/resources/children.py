"""Processes that we start: they import nothing from the working folder, and come from none."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_SAFE, _PATH = "PYTHONSAFEPATH", "PYTHONPATH"


@contextmanager
def guarded_children() -> Iterator[None]:
    """While it lasts, a Python that is started looks for modules neither in the working folder nor in one
    that is named relative to it, so that no file there is run in the place of a module.

    The folder is otherwise the first in which `python -c` looks, and so does a spawned process.
    """
    before = {name: os.environ.get(name) for name in (_SAFE, _PATH)}
    try:
        _set({_SAFE: "1", _PATH: _absolute(before[_PATH] or "") or None})
        yield
    finally:
        _set(before)


def find_program(name: str, folders: str | None = None) -> Path | None:
    """The program of that name in `folders`, by default those of PATH; never one of the working folder, which
    an empty or relative entry of PATH means."""
    import shutil

    found = shutil.which(
        name, path=_absolute(os.environ.get("PATH", os.defpath) if folders is None else folders)
    )
    return Path(found) if found is not None and os.path.isabs(found) else None


def _absolute(folders: str) -> str:
    return os.pathsep.join(folder for folder in folders.split(os.pathsep) if os.path.isabs(folder))


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
