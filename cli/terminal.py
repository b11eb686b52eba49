"""rich's console, as the program needs it."""

from __future__ import annotations

from rich.console import Console


class TerminalConsole(Console):
    """Leaves a closed pipe to the program: rich would exit with status 1, which means hazards."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError
