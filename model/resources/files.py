"""Files are written whole or not at all; what is no file is written into, and never replaced."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Writes to a file beside `path`, then renames it. Raises `OSError`; leaves nothing half-written,
    whatever ends it, an interrupt too.

    A file that was there keeps its mode. A link stays: what it leads to is written. Devices and FIFOs are
    written into, and so is a file that this process prints to, which is how `/dev/stdout` can be named.
    """
    there = _status(path)
    if there is None:
        _replace(_target(path), content, None)
    elif (stream := _printed_to(there)) is not None:
        _write_into(stream, content)
    elif stat.S_ISREG(there.st_mode):
        _replace(_target(path), content, stat.S_IMODE(there.st_mode))
    elif stat.S_ISDIR(there.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    else:
        with path.open("wb") as stream_or_device:
            stream_or_device.write(content)


def write_in_own_folder(path: Path, content: bytes) -> None:
    """The same for a file whose name is ours: nobody named it, so a link or a device there was laid for us.

    Raises `OSError`.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise FileExistsError(errno.EEXIST, "something that is no file has this name", str(path))
    write_whole(path, content)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _target(path: Path) -> Path:
    """Where links lead; `path` itself if it is none."""
    return path.resolve() if path.is_symlink() else path


def _replace(path: Path, content: bytes, mode: int | None) -> None:
    beside = path.with_name(f".skewproof-{secrets.token_hex(6)}")
    try:
        beside.write_bytes(content)
        if mode is not None:
            beside.chmod(mode)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _printed_to(there: os.stat_result) -> int | None:
    """The number of the standard stream that leads to the file, for a file cannot be replaced under it."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            if stream is not None and os.path.samestat(os.fstat(number), there):
                stream.flush()
                return number
        except OSError:
            continue
    return None


def _write_into(number: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(number, left) :]
