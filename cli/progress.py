"""How far long work has come, for a person who waits at a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..model.resources.figures import write_figure

if TYPE_CHECKING:
    from rich.live import Live
    from rich.spinner import Spinner

    from ..model.resources.limits import Progress

SHOWN_AFTER_S = 1.0
"""Work that is over sooner shows nothing, and does not pay for the import of what shows it."""


class _Display:
    """Watches a `Progress`; begins to show it once the work is long, and again once it goes on for long after
    something was printed."""

    def __init__(self) -> None:
        self._begin_s = time.monotonic()
        self._live: Live | None = None
        self._spinner: Spinner | None = None

    def __call__(self, progress: Progress) -> None:
        if self._live is None:
            if time.monotonic() - self._begin_s < SHOWN_AFTER_S:
                return
            self._begin()
        assert self._spinner is not None
        self._spinner.update(text=_told(progress))

    def _begin(self) -> None:
        """What is printed meanwhile goes where it is meant to: by default rich would put all of it on this
        screen, although it may be on its way to a file."""
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner

        self._spinner = Spinner("line", style="status.spinner")
        self._live = Live(
            self._spinner,
            console=Console(stderr=True),
            refresh_per_second=12.5,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def end(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._begin_s = time.monotonic()


_SHOWN: list[_Display] = []
"""What is shown now, if anything is."""


def make_way() -> None:
    """Takes away what is shown, for what is to be printed. Long work that goes on shows itself again."""
    for display in _SHOWN:
        display.end()


def _told(progress: Progress) -> str:
    parts = [f"explored {write_figure(progress.states)} states"] if progress.states else []
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
    _SHOWN.append(display)
    try:
        yield
    finally:
        progress.watcher = None
        _SHOWN.remove(display)
        display.end()
