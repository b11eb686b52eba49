"""Time that is up ends whatever runs, as Ctrl-C does: a phase without a look at the clock can be long.

Searches look at their limits as they go. What comes before and after them (compiling two thousand services,
the tables of an engine, the graph of a million states, a story) does not; an alarm ends that, too.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .limits import Limits, TimeLimitError

WORKERS_TELL_WITHIN_S = 0.5
"""Time is up for workers at the same moment, and they are given so long to tell how far they came."""

SOON_S = 1e-6
"""An alarm that is set to no time at all never rings."""

AGAIN_S = 0.01
"""An import is waited for."""


@contextmanager
def alarm(limits: Limits) -> Iterator[None]:
    """While it lasts `TimeLimitError` is raised, wherever the process is, when time is up.

    Only Python code is ended, and only in the main thread, where the system knows alarms and nobody else
    has set one; elsewhere the looks of the searches have to do.
    """
    if limits.deadline_s is None or not _is_free():
        yield
        return
    grace_s = WORKERS_TELL_WITHIN_S if limits.workers.hire is not None else 0
    before = signal.signal(signal.SIGALRM, _ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, max(limits.deadline_s + grace_s - time.monotonic(), SOON_S))
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _is_free() -> bool:
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        return False
    return signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def _ring(_signal: int, frame: FrameType | None) -> None:
    if _is_importing(frame):  # a module that is half there would stay so
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
        return
    raise TimeLimitError


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
