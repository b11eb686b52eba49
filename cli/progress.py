"""How far long work has come, for a person who waits at a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.status import Status

    from ..model.resources.limits import Progress

SHOWN_AFTER_S = 1.0
"""Work that is over sooner shows nothing, and does not pay for the import of what shows it."""


class _Display:
    """Watches a `Progress`; begins to show it once the work is long."""

    def __init__(self) -> None:
        self._begin_s = time.monotonic()
        self._status: Status | None = None

    def __call__(self, progress: Progress) -> None:
        if self._status is None:
            if time.monotonic() - self._begin_s < SHOWN_AFTER_S:
                return
            self._status = _begin()
        self._status.update(_told(progress))

    def end(self) -> None:
        if self._status is not None:
            self._status.stop()


def _begin() -> Status:
    from rich.console import Console

    status = Console(stderr=True).status("", spinner="line")
    status.start()
    return status


def _told(progress: Progress) -> str:
    parts = [f"explored {progress.states:,} states"] if progress.states else []
    if progress.total:
        parts.append(f"judged {progress.done} of {progress.total} {progress.what}")
    return ", ".join(parts)


def _is_watched() -> bool:
    try:
        return sys.stderr.isatty()
    except ValueError:  # it was closed
        return False


@contextmanager
def shown_progress(progress: Progress) -> Iterator[None]:
    """While it lasts, what `progress` says is shown: on a terminal's stderr, and only if it lasts long."""
    if not _is_watched():
        yield
        return
    display = _Display()
    progress.watcher = display
    try:
        yield
    finally:
        progress.watcher = None
        display.end()
