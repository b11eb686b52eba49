"""The arguments that commands share, and what they do with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..model.search import DEFAULT_MAX_STATES, StateLimitError
from .status import EXIT_UNKNOWN

if TYPE_CHECKING:
    from ..model.deployment import Deployment

Command = TypeVar("Command", bound=Callable[..., Any])


def deployment_options(command: Command) -> Command:
    """The arguments that say what is judged: FILE, --changes, --pessimistic."""
    command = click.option(
        "--pessimistic", is_flag=True, help="Take every contract that no change names as broken both ways."
    )(command)
    command = click.option(
        "--changes",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The release's changes, in a file of their own.",
    )(command)
    return click.argument("file", type=click.Path(path_type=Path))(command)


def limit_option(command: Command) -> Command:
    """--max-states, for the commands that search."""
    return click.option(
        "--max-states",
        type=click.IntRange(min=1),
        default=DEFAULT_MAX_STATES,
        show_default=True,
        help="Give up beyond this many states in one search: no verdict, exit status 3.",
    )(command)


@contextmanager
def limit_is_unknown() -> Iterator[None]:
    """A limit that is hit is no verdict: a word and exit status 3."""
    try:
        yield
    except StateLimitError as limit:
        click.echo(f"unknown: {limit}; raise --max-states", err=True)
        raise click.exceptions.Exit(EXIT_UNKNOWN) from limit


def write_file(path: Path, content: bytes) -> None:
    from ..model.files import write_whole

    try:
        write_whole(path, content)
    except OSError as error:
        raise click.FileError(str(path), error.strerror or str(error)) from error


def load_deployment(file: Path, changes: Path | None, pessimistic: bool) -> Deployment:
    from ..model.language import load

    deployment = load(file, changes)
    return deployment.pessimistic() if pessimistic else deployment
