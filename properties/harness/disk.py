"""A disk that is full shows nothing of anybody's code."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import HarnessError

NEEDED_BYTES = 256 * 1024
"""With less than that nobody can be blamed for what he could not write."""

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


def need_space(folder: Path) -> None:
    """Raises `HarnessError` if the folder's disk is full."""
    if shutil.disk_usage(folder).free < NEEDED_BYTES:
        raise HarnessError(
            f"the disk of {folder} is full, so that what fails there shows nothing; make room, or set TMPDIR"
        )


@contextmanager
def full_disk_told(folder: Path) -> Iterator[None]:
    """What cannot be written while it is entered, because the folder's disk is full, is a `HarnessError`."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        if isinstance(error, sqlite3.OperationalError) or error.errno in _FULL:
            need_space(folder)
        raise
