"""Ctrl-C, and a wish from outside that the program ends: a word, and the status that a shell expects."""

from __future__ import annotations

import os
import signal
from types import FrameType

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
WORD = "interrupted: no verdict"


class InterruptedRunError(BaseException):
    """A signal ends the run; no library takes it for an error that it may handle. `status` is 128 and the
    signal's number, as of a program that ended by it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


def leave_at_signals() -> None:
    """From now on a signal ends the process at once: nothing has been begun. What is ignored stays ignored,
    as `nohup` wants it."""
    for number in SIGNALS:
        if signal.getsignal(number) not in (signal.SIG_IGN, None):
            signal.signal(number, _leave)


def raise_at_signals() -> None:
    """From now on a signal raises `InterruptedRunError`, so that what was begun is tidied up."""
    for number in SIGNALS:
        if signal.getsignal(number) is _leave:
            signal.signal(number, _raise)


def ignore_signals() -> None:
    """From now on no signal disturbs the end."""
    for number in SIGNALS:
        if signal.getsignal(number) is _raise:
            signal.signal(number, signal.SIG_IGN)


def _leave(number: int, _frame: FrameType | None) -> None:
    try:
        os.write(2, f"{WORD}\n".encode())
    finally:
        os._exit(128 + number)


def _raise(number: int, frame: FrameType | None) -> None:
    if _is_importing(frame):  # an import loses errors that it did not cause, and has nothing to tidy up
        _leave(number, frame)
    raise InterruptedRunError(number)


def _is_importing(frame: FrameType | None) -> bool:
    # `model/resources/alarm.py` asks the same; all of the model would be imported before a signal is handled.
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
