"""What the program says: the answer on standard output, all else on standard error; never a raw escape."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from typing import Any

from ..model.escapes import make_harmless, make_printable
from .progress import make_way

_NOTABLE = re.compile(r"[^\x20-\x7e\n]|#(?=#\w*\[)")


def say(text: object) -> None:
    """Prints the answer, or a part of it. Raises `OSError` where nothing can be printed any more."""
    make_way()
    shown = make_harmless(str(text))
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(shown.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def say_json(value: Any) -> None:
    """Prints the value as JSON, as `write_json` has it."""
    make_way()
    text = write_json(value)
    sys.stdout.write(text if _can_show(text) else write_json(value, is_ascii=True))


def write_json(value: Any, is_ascii: bool = False) -> str:
    """The value as JSON; what would act on a terminal or in a log is an escape of JSON's own."""
    import json

    return _NOTABLE.sub(_json_escape, json.dumps(value, ensure_ascii=is_ascii, indent=2)) + "\n"


def hand_over(content: bytes) -> None:
    """Prints what is made for another tool, byte for byte."""
    make_way()
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.write(content.decode())
        return
    sys.stdout.flush()
    binary.write(content)


def complain(text: object) -> None:
    """Says on standard error what is no part of the answer. Where that is gone nobody hears it, but neither
    the answer nor its status is lost."""
    make_way()
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(make_harmless(str(text)).rstrip("\n") + "\n")
        sys.stderr.flush()


def flush() -> None:
    """Hands everything that was said to the system. Raises `OSError` where it does not take it."""
    sys.stdout.flush()


def give_up() -> None:
    """What could not be written to the standard streams is dropped, so that Python does not try again when it
    ends, and end with a status of its own."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__):  # click may have put another before the last
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            _lead_nowhere(stream)


def _lead_nowhere(stream: Any) -> None:
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _json_escape(found: re.Match[str]) -> str:
    char = found[0]
    if char != "#" and make_printable(char) == char:
        return char
    return "".join(
        f"\\u{unit:04x}" for unit in memoryview(char.encode("utf-16", "surrogatepass")[2:]).cast("H")
    )
