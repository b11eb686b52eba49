"""`skewproof`: parses, calls, renders. Each command is imported when it is called."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from keyword import iskeyword
from typing import Any, NoReturn

import click

from ..model.errors import InvalidDeploymentError
from .commands import COMMANDS
from .interrupts import WORD, InterruptedRunError, ignore_signals, raise_at_signals
from .output import complain, flush, give_up
from .settable import SETTINGS
from .settings import find_variable, heed_environment, read_settings
from .status import EXIT_INPUT, EXIT_SAFE, EXIT_UNREAD
from .trouble import status_of_trouble

THREADS_END_WITHIN_S = 2.0
FIRST_FILE = "skewproof.yaml"
"""What `skewproof init` writes."""


def run() -> NoReturn:
    """Runs the command that was typed, and ends the process with its exit status."""
    sys.set_int_max_str_digits(0)  # interleavings of large rollouts have thousands of digits
    try:
        raise_at_signals()
        status = _status()
        ignore_signals()
    except InterruptedRunError as ended:
        ignore_signals()
        complain(WORD)
        status = ended.status
    _leave(status)


def _status() -> int:
    """The exit status of the command; what it raised has been told."""
    try:
        status = skewproof.main(prog_name="skewproof", standalone_mode=False)
        flush()
    except click.ClickException as error:
        complain(_told(error) + _what_is_missing(error) + _which_variable(error))
        return EXIT_INPUT
    except InvalidDeploymentError as error:
        complain(error)
        return EXIT_INPUT
    except (BrokenPipeError, NoReaderError):  # the reader has gone, as `head` does; that is nobody's fault
        return EXIT_UNREAD
    except click.Abort as aborted:
        raise InterruptedRunError(2) from aborted
    except SystemExit as left:
        return _left_by_others(left)
    except Exception as error:  # whatever it is, a user sees a word and a status, not our stack
        return status_of_trouble(error)
    return status if isinstance(status, int) else EXIT_SAFE


def _left_by_others(left: SystemExit) -> int:
    """What an exit means that is not ours: click has told a shell how to complete a command, or code of the
    user's has ended the run, and must not look like hazards."""
    if "_SKEWPROOF_COMPLETE" in os.environ:
        raise left
    complain(f"Error: code that was run wanted to end the program (status {left.code})")
    return EXIT_INPUT


def _told(error: click.ClickException) -> str:
    from io import StringIO

    text = StringIO()
    error.show(file=text)
    return text.getvalue()


def _which_variable(error: click.ClickException) -> str:
    """Who said the value that is wrong, where nobody typed it."""
    if not isinstance(error, click.BadParameter) or error.ctx is None or error.param is None:
        return ""
    from .taken import tell_taken

    variable = find_variable(error.ctx, error.param)
    return f"The variable {variable} says it; it must be {tell_taken(error.param)}.\n" if variable else ""


def _what_is_missing(error: click.ClickException) -> str:
    """Which file could have been meant, where none was named; of what else is missing an example."""
    if not isinstance(error, click.MissingParameter) or error.param is None:
        return ""
    if error.param.name != "file":
        return _tell_example(error)
    if os.path.exists(FIRST_FILE):
        return f"FILE is a deployment file: {FIRST_FILE}?\n"
    return "FILE is a deployment file; `skewproof init` writes a first one.\n"


def _tell_example(error: click.MissingParameter) -> str:
    """The first command that the help shows."""
    lines = (error.ctx.command.help or "").splitlines() if error.ctx is not None else []
    example = next((line.strip() for line in lines if line.strip().startswith("skewproof ")), "")
    return f"Such as: {example}\n" if example else ""


def _leave(status: int) -> NoReturn:
    """Ends the process. The thread of a pool that was broken off is over in a moment, unless it waits for the
    rest of a word that its worker was killed in; Python would wait for it for ever."""
    main_thread = threading.main_thread()
    waited_for = [t for t in threading.enumerate() if t is not main_thread and not t.daemon]
    for thread in waited_for:
        thread.join(THREADS_END_WITHIN_S)
    give_up()
    if not any(thread.is_alive() for thread in waited_for):
        sys.exit(status)
    os._exit(status)


class NoReaderError(Exception):
    """Nobody reads the output any more. Click would end the program with status 1 at a `BrokenPipeError`."""


@contextmanager
def _unread_is_no_error_of_clicks() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise NoReaderError from error


def _needs_settings(ctx: click.Context, name: str, rest: list[str]) -> bool:
    has_settings = any(name in commands for commands in SETTINGS.values())
    asks_help = bool({"-h", "--help"} & set(rest))
    return has_settings and not asks_help and not ctx.resilient_parsing and bool(ctx.params["read_config"])


class Commands(click.Group):
    """A group whose commands are modules of `cli.commands`."""

    def __init__(self, *args: Any, **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self.commands = dict.fromkeys(COMMANDS, click.Command(None))  # their names, for suggestions

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _unread_is_no_error_of_clicks():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _unread_is_no_error_of_clicks():
            return super().invoke(ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """What a shell offers: no command is imported for its name, so that TAB does not wait."""
        from click.shell_completion import CompletionItem

        names = [CompletionItem(n, help=about) for n, about in COMMANDS.items() if n.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = getattr(import_module(f"{__package__}.commands.{name}"), name)
        assert isinstance(command, click.Command)
        heed_environment(command, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """With what the nearest file of settings says for the command; who asks for help needs no file."""
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and name is not None and _needs_settings(ctx, name, rest):
            ctx.default_map = {name: dict(read_settings(command, name).values)}
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="skewproof", prog_name="skewproof")
@click.option(
    "--config/--no-config",
    "read_config",
    default=True,
    help="Heed the nearest pyproject.toml or .skewproof.toml (`skewproof config`).  [default: heed it]",
)
def skewproof(read_config: bool) -> None:
    """Check whether a release is safe while it is being deployed.

    Proves that no request can meet an incompatible pair of versions during the rollout, or tells
    the shortest story that ends in the failing hop.
    """
