"""Worker processes that leave Ctrl-C to their parent, and end when it does, however it ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection, resource_tracker
from typing import ParamSpec, TypeVar

from .interrupts import SIGNALS

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_PR_SET_PDEATHSIG = 1
"""`prctl(2)`: the signal that the system sends this process when the thread that started it ends."""


class Pool(ProcessPoolExecutor):
    """Spawned, not forked: a fork copies whatever locks other threads of this process hold."""

    def __init__(self, jobs: int) -> None:
        _start_tracker()  # it lets interrupts through when it starts, so not while they wait
        super().__init__(
            jobs, multiprocessing.get_context("spawn"), initializer=end_with_parent, initargs=(os.getpid(),)
        )

    def submit(
        self, work: Callable[Arguments, Result], /, *args: Arguments.args, **named: Arguments.kwargs
    ) -> Future[Result]:
        with _signals_wait():
            return super().submit(work, *args, **named)


def _start_tracker() -> None:
    """Starts the process that removes the semaphores of a pool that was broken off. It warns of each, though
    nobody is to do anything about it, after the word that the run was interrupted."""
    sys.warnoptions.append("ignore::UserWarning:multiprocessing.resource_tracker")
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.pop()


@contextmanager
def _signals_wait() -> Iterator[None]:
    """A signal reaches this process when the other one is there, and can be ended; and those that are started
    meanwhile not before they want it: a terminal sends Ctrl-C to all of them, and one that still imports
    would print its stack."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent(parent: int) -> None:
    """Sees to it that this process, a worker, ends as soon as its parent does, though that be killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    threading.Thread(target=_watch_parent, daemon=True).start()
    if sys.platform == "linux":  # at once, where the watch has to wait for what computes without Python
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before it was asked for
            os._exit(1)


def _watch_parent() -> None:
    """Ends this process when the pipe from its parent is closed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
