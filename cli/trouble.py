"""What ends a run and is neither an answer nor an error that somebody foresaw: who can mend it?"""

from __future__ import annotations

import errno
import os
import traceback
from pathlib import Path

from .output import complain
from .status import EXIT_FAULT, EXIT_INPUT, EXIT_UNKNOWN

_SPENT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN})
"""The machine has no more open files, memory or processes to give."""

_NOT_WRITTEN = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})

_PACKAGE = Path(__file__).resolve().parents[1]


def status_of_trouble(error: Exception) -> int:
    """Tells what went wrong; the exit status that says whose it is.

    No memory, no open files: no verdict. What the system refuses (a full disk, a folder that is gone) is
    the user's to mend. All else is our own fault.
    """
    if is_spent(error):
        complain(f"no verdict: {tell_what_ran_out(error)}")
        return EXIT_UNKNOWN
    if isinstance(error, OSError) and error.errno is not None and not _is_ours(error):
        where = f"{error.filename}: " if error.filename is not None else _where(error)
        complain(f"Error: {where}{error.strerror or error}")
        return EXIT_INPUT
    return _fault(error)


def is_spent(error: BaseException) -> bool:
    """Whether the machine has nothing more to give."""
    if isinstance(error, OSError):
        return error.errno in _SPENT
    return isinstance(error, MemoryError) or str(error) == "can't start new thread"


def tell_what_ran_out(error: BaseException) -> str:
    """What the machine ran out of."""
    if isinstance(error, OSError):
        return f"the system gives no more: {error.strerror}"
    return "out of memory" if isinstance(error, MemoryError) else "the system gives no more threads"


def _where(error: OSError) -> str:
    if error.errno in _NOT_WRITTEN:
        return "cannot write the answer: "
    try:
        os.getcwd()
    except OSError:
        return "the working folder: "
    return ""


def _is_ours(error: OSError) -> bool:
    """Whether a file of skewproof itself is missing."""
    return isinstance(error.filename, str) and _PACKAGE in Path(error.filename).absolute().parents


def _fault(error: Exception) -> int:
    if os.environ.get("SKEWPROOF_DEBUG"):
        complain("".join(traceback.format_exception(error)))
    kind = type(error).__name__
    complain(f"skewproof: a fault of skewproof itself, not of your file: {kind}: {error}")
    complain("Please report it with the file; SKEWPROOF_DEBUG=1 shows where it happened.")
    return EXIT_FAULT
