"""Files as text: what a deployment file may be before it is read as YAML."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from ..errors import Problem
from ..escapes import make_printable
from ..names import Place

MAX_BYTES = 10 * 1024 * 1024

# What YAML refuses, and besides the three breaks (NEL, LS, PS) at which editors count no line.
_CONTROL = r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
_ASCII_CONTROL = r"[^\t\n\r\x20-\x7e]"
"""The same within ASCII, which most files are: a class of all Unicode takes milliseconds to compile."""


class UnreadableFileError(Exception):
    """Ends the reading of a file: what follows could not be understood."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def read_bytes(path: Path) -> bytes:
    """What is in a regular file of at most `MAX_BYTES`. Raises `UnreadableFileError` for any other."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableFileError(Problem("unreadable-file", f"{make_printable(str(path))}: is a directory"))
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFileError(
            Problem("unreadable-file", f"{make_printable(str(path))}: is not a regular file")
        )
    if status.st_size > MAX_BYTES:
        raise UnreadableFileError(report_too_large(str(path)))
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)  # it may grow while it is read


def report_too_large(file: str) -> Problem:
    """The problem of a file that is larger than `MAX_BYTES`."""
    return Problem("file-too-large", f"{make_printable(file)}: is larger than {MAX_BYTES // 1024**2} MiB")


def split_lines(text: str) -> tuple[str, ...]:
    """The lines as YAML counts them; `str.splitlines` knows more breaks."""
    return tuple(re.split(r"\r\n|\r|\n", text))


def decode(source: bytes, file: str) -> str:
    """The text of a file in UTF-8. Raises `UnreadableFileError` at the first byte that is none of it."""
    body = source.removeprefix(b"\xef\xbb\xbf")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        start = error.start
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = "the file is UTF-16, not UTF-8"
    else:
        message = f"the byte 0x{body[start]:02X} is not UTF-8"
    before = body[:start].decode("utf-8")
    text = body.decode("utf-8", errors="replace")
    raise UnreadableFileError(
        _problem_after(before, text, file, "not-utf-8", message, "save the file as UTF-8")
    )


def refuse_control_characters(text: str, file: str) -> None:
    """Raises `UnreadableFileError` at the first character that a text cannot contain."""
    found = re.search(_ASCII_CONTROL if text.isascii() else _CONTROL, text)
    if found is not None:
        message = f"the character U+{ord(found[0]):04X} cannot stand in a deployment file"
        raise UnreadableFileError(
            _problem_after(text[: found.start()], text, file, "control-character", message)
        )


def _problem_after(
    before: str, text: str, file: str, code: str, message: str, fix: str | None = None
) -> Problem:
    """A problem with the character of the text that follows `before`."""
    lines = split_lines(before)
    place = Place(file, len(lines), len(lines[-1]) + 1)
    return Problem(code, message, place, split_lines(text)[len(lines) - 1], 1, fix)
