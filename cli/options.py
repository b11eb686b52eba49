"""The arguments that commands share, and what they do with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from ..model.resources.alarm import alarm
from ..model.resources.figures import write_figure
from ..model.resources.limits import DEFAULT_MAX_STATES, LimitError, Limits, as_limit
from .output import complain
from .progress import shown_progress
from .status import EXIT_UNKNOWN

if TYPE_CHECKING:
    from ..model.deployment import Deployment

MOST_SECONDS = 1e9
"""More than thirty years; clocks and alarms have an end."""

Command = TypeVar("Command", bound=Callable[..., Any])


def deployment_options(command: Command) -> Command:
    """The arguments that say what is judged: FILE, --changes, --pessimistic."""
    command = changes_option(pessimistic_option(command))
    return click.argument("file", type=click.Path(path_type=Path))(command)


def pessimistic_option(command: Command) -> Command:
    """--pessimistic."""
    return click.option(
        "--pessimistic", is_flag=True, help="Take every contract that no change names as broken both ways."
    )(command)


def changes_option(command: Command) -> Command:
    """--changes."""
    return click.option(
        "--changes",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The release's changes, in a file of their own.",
    )(command)


def failures_option(command: Command) -> Command:
    """--failures."""
    return click.option("--failures", is_flag=True, help="Let every awaited action fail half-way, too.")(
        command
    )


def format_option(command: Command) -> Command:
    """--format, for the commands whose answer is a text or JSON."""
    return click.option(
        "--format",
        "style",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="For people, or for programs.",
    )(command)


def accept_option(command: Command) -> Command:
    """--accept, for the commands that say whether all is well."""
    return click.option(
        "--accept",
        type=click.Path(path_type=Path),
        metavar="FILE",
        multiple=True,
        help="Accepted hazards, in a file of their own (`skewproof baseline`). Can be given several times.",
    )(command)


def limit_options(command: Command) -> Command:
    """--max-states, --max-memory, --timeout, for the commands that search; they are given `limits`.

    The limits hold for all that the command does, from the first line that it reads to the last that it
    draws. Long work shows how far it has come. Time runs from here.
    """

    @wraps(command)
    def limited(
        *args: Any, max_states: int | None, max_memory: int | None, timeout: float | None, **more: Any
    ) -> Any:
        limits = _limits(max_states, max_memory, timeout)
        with shown_progress(limits.progress), limit_is_unknown(limits):
            return command(*args, limits=limits, **more)

    return cast("Command", _MAX_STATES(_MAX_MEMORY(_TIMEOUT(limited))))


def resource_options(default_timeout_s: float | None = None) -> Callable[[Command], Command]:
    """--max-memory and --timeout, for the commands that search no states; they need not look at them."""

    def limit(command: Command) -> Command:
        @wraps(command)
        def limited(*args: Any, max_memory: int | None, timeout: float | None, **more: Any) -> Any:
            with limit_is_unknown(_limits(None, max_memory, timeout)):
                return command(*args, **more)

        return cast("Command", _MAX_MEMORY(_timeout(default_timeout_s)(limited)))

    return limit


def _limits(max_states: int | None, max_memory: int | None, timeout: float | None) -> Limits:
    deadline_s = None if timeout is None else time.monotonic() + timeout
    return Limits(max_states, max_memory, deadline_s)


class _Seconds(click.FloatRange):
    """A number of seconds; `nan` is none, though it is below no bound."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = float(super().convert(value, param, ctx))
        if seconds != seconds:
            self.fail(f"{value} is no number of seconds", param, ctx)
        return seconds


_MAX_STATES = click.option(
    "--max-states",
    type=click.IntRange(min=1),
    help="Give up beyond this many states in one search: no verdict, exit status 3.  "
    f"[default: {DEFAULT_MAX_STATES:,} where states are listed, none where they are held as sets]",
)
_MAX_MEMORY = click.option(
    "--max-memory",
    type=click.IntRange(min=1),
    metavar="MIB",
    help="Give up where a process of skewproof holds more memory than this.  [default: half of what the "
    "machine, or the container, has; shared with the processes of --jobs]",
)


def _timeout(default_s: float | None) -> Callable[[Command], Command]:
    told = "never" if default_s is None else f"{default_s:g}"
    return click.option(
        "--timeout",
        type=_Seconds(min=0, min_open=True, max=MOST_SECONDS),
        metavar="SECONDS",
        default=default_s,
        help=f"Give up after this long.  [default: {told}]",
    )


_TIMEOUT = _timeout(None)


@contextmanager
def limit_is_unknown(limits: Limits) -> Iterator[None]:
    """A limit that is hit while this lasts is no verdict: a word and exit status 3."""
    try:
        with alarm(limits):
            yield
    except (LimitError, MemoryError) as ended:
        limit = as_limit(ended, limits)
    else:
        return
    limit.__traceback__ = None  # it holds all frames, and what filled them: there must be room for a word
    explored = f"explored {write_figure(limits.progress.states)} states"
    complain(f"unknown: {limit} ({limit.option}): {explored}; {limit.advice}")
    raise click.exceptions.Exit(EXIT_UNKNOWN)


def write_file(path: Path, content: bytes) -> None:
    from ..model.resources.files import write_whole

    try:
        write_whole(path, content)
    except OSError as error:
        raise click.FileError(str(path), error.strerror or str(error)) from error


def load_deployment(
    file: Path, changes: Path | None, pessimistic: bool, accept: tuple[Path, ...] = ()
) -> Deployment:
    from ..model.language import load

    deployment = load(file, changes, accept)
    return deployment.pessimistic() if pessimistic else deployment
