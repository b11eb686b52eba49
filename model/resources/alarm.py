"""A limit that is hit ends whatever runs, as Ctrl-C does: a phase without a look at the limits can be long.

Searches look at their limits as they go. What comes before and after them (reading and compiling, the tables
of an engine, the graph of a million states, a story, a drawing) does not; an alarm ends that, too.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import Any

from .limits import LimitError, Limits

EVERY_S = 0.02
"""So often the limits are looked at; some ten MiB can be filled in that time."""

WORKERS_TELL_WITHIN_S = 0.5
"""Time is up for workers at the same moment, and they are given so long to tell how far they came."""

ROOM = 0.1
"""A limit that was hit is raised by so much, for what is told then: it would be hit again by that."""

LEAST_ROOM_S, LEAST_ROOM_MIB = 0.3, 32
"""What modules fill that are imported to tell it; of a small limit a tenth is less."""

ROOM_FOR_A_WORD_S = 5.0
"""On a machine with other things to do three formats, each with modules of its own, take seconds."""


@contextmanager
def alarm(limits: Limits) -> Iterator[None]:
    """While it lasts a `LimitError` is raised, wherever the process is, when time is up or too much memory
    is held; and again where it was caught and the work went on for a tenth of what was allowed.

    Only Python code is ended, and only in the main thread, where the system knows alarms and nobody else
    has set one; elsewhere the looks of the searches have to do. Alarms can lie within each other: the
    stricter limits count, and what they had to be raised by is given to those around, too.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    around, is_set = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL) != (0, 0)
    if is_set and not isinstance(around, _Bell):
        yield
        return
    bell = _Bell(around.stricter(limits) if isinstance(around, _Bell) else limits)
    told_of_lost = sys.unraisablehook
    try:
        sys.unraisablehook = partial(_tell_of_lost, told_of_lost)
        signal.signal(signal.SIGALRM, bell)
        signal.setitimer(signal.ITIMER_REAL, EVERY_S, EVERY_S)
        yield
    except LimitError:
        bell.is_over = True
        bell.give_room()  # whoever raised it
        raise
    finally:
        bell.is_over = True
        if is_set and isinstance(around, _Bell):
            around.give_room_as(bell)
        else:
            signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, around)
        sys.unraisablehook = told_of_lost


def _tell_of_lost(tell: Callable[[Any], object], lost: Any) -> None:
    """What is raised in a destructor, or while garbage is collected, is lost, and Python says so. A limit is
    raised again: of it nothing need be said."""
    if not isinstance(lost.exc_value, LimitError | _Ended):
        tell(lost)


@contextmanager
def imports_can_be_ended() -> Iterator[None]:
    """While it lasts imports are not waited for: what is imported is somebody else's, and may never end."""
    bell = signal.getsignal(signal.SIGALRM)
    if not isinstance(bell, _Bell):
        yield
        return
    bell.ends_imports = True
    try:
        yield
    finally:
        bell.ends_imports = False


@contextmanager
def others_code() -> Iterator[None]:
    """While it lasts somebody else's code runs, which may catch every `Exception` and take it for its own:
    what rings there is none until it has left that code. What it kept all the same is raised at the end."""
    bell = signal.getsignal(signal.SIGALRM)
    if not isinstance(bell, _Bell) or threading.current_thread() is not threading.main_thread():
        yield
        return
    around, bell.in_others = bell.in_others, True
    try:
        yield
    except _Ended as ended:
        bell.kept = None
        raise ended.limit from None
    finally:
        bell.in_others = around
    if bell.kept is not None and not around:
        raise bell.kept


def give_room_for_a_word() -> None:
    """Raises the limits of the alarm that is set, if any, for what is told in a few lines, whatever the file:
    in each format that was asked for."""
    bell = signal.getsignal(signal.SIGALRM)
    if isinstance(bell, _Bell):
        bell.raise_limits(ROOM_FOR_A_WORD_S, LEAST_ROOM_MIB)


class _Ended(BaseException):
    """A limit on its way out of somebody else's code."""

    def __init__(self, limit: LimitError) -> None:
        super().__init__(limit)
        self.limit = limit


class _Bell:
    """What the system calls now and then. `kept` is a limit that somebody else's code has not let pass."""

    def __init__(self, limits: Limits) -> None:
        self._room_mib = max(LEAST_ROOM_MIB, limits.memory_mib * ROOM)
        self._room_s = LEAST_ROOM_S
        if limits.deadline_s is not None:
            self._room_s = max(LEAST_ROOM_S, (limits.deadline_s - time.monotonic()) * ROOM)
        self._limits = _raised(limits, WORKERS_TELL_WITHIN_S) if limits.workers.hire is not None else limits
        self._times, self._told = 0, limits.progress.limits_told
        self.ends_imports = False
        self.in_others = False
        self.is_over = False
        self.kept: LimitError | None = None

    def __call__(self, _signal: int, frame: FrameType | None) -> None:
        if self.is_over or (frame is not None and frame.f_code.co_filename in _LEAVING):
            return  # what leaves an alarm, and what that calls, must come to its end; the bell rings again
        limit = self._limits.exceeded()
        if limit is None or (not self.ends_imports and _is_importing(frame)):
            return  # a module that is half there may stay so
        self.give_room()
        if self.in_others:
            self.kept = limit
            raise _Ended(limit)
        if self._limits.progress.limits_told == self._told:
            try:
                raise limit
            finally:
                del limit  # as in `Limits.check_resources`
        self._told = self._limits.progress.limits_told  # a search has looked, and was ended by that

    def stricter(self, limits: Limits) -> Limits:
        """The limits, and none beyond what rings here."""
        deadlines = [one for one in (limits.deadline_s, self._limits.deadline_s) if one is not None]
        memory_mib = min(limits.memory_mib, self._limits.memory_mib)
        return replace(limits, deadline_s=min(deadlines, default=None), max_memory_mib=memory_mib)

    def give_room(self) -> None:
        """Raises the limits by what it takes to tell that they were hit, if they are."""
        if self._limits.exceeded() is not None:
            self._times += 1
            self.raise_limits(self._room_s, self._room_mib)

    def raise_limits(self, seconds: float, mib: float) -> None:
        self._limits = _raised(self._limits, seconds, mib)

    def give_room_as(self, inner: _Bell) -> None:
        """As often as it was given within, but not for a share that was spent there."""
        for _ in range(inner._times if self._limits.exceeded() is not None else 0):
            self._times += 1
            self.raise_limits(self._room_s, self._room_mib)


_LEAVING = frozenset({__file__, contextmanager.__code__.co_filename})
"""Where an alarm is set and taken off: an error there would leave it on."""


def _raised(limits: Limits, seconds: float, mib: float = 0) -> Limits:
    deadline_s = None if limits.deadline_s is None else limits.deadline_s + seconds
    return replace(limits, deadline_s=deadline_s, max_memory_mib=int(limits.memory_mib + mib))


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
