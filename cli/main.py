"""`skewproof`: parses, calls, renders. Each command is imported when it is called."""

from __future__ import annotations

import os
import sys
import threading
from importlib import import_module
from typing import Any

import click

from ..model.errors import InvalidDeploymentError
from .commands import COMMANDS
from .status import EXIT_FAULT, EXIT_INPUT, EXIT_INTERRUPTED

THREADS_END_WITHIN_S = 2.0


def main() -> None:
    """The entry point. Exit status: 0 safe, 1 hazards found, 2 wrong input, 3 no verdict, 4 a fault
    of skewproof itself, 130 interrupted."""
    sys.set_int_max_str_digits(0)  # interleavings of large rollouts have thousands of digits
    try:
        _leave(skewproof.main(prog_name="skewproof", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_INPUT)
    except InvalidDeploymentError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_INPUT)
    except BrokenPipeError:  # the reader of our output has gone; python must not complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_INTERRUPTED)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted: no verdict", err=True)
        _leave(EXIT_INTERRUPTED)
    except Exception as error:  # whatever it is, a user sees a word and a status, not our stack
        _fault(error)


def _leave(status: int) -> None:
    """Ends the process. The thread of a pool that was broken off is over in a moment, unless it waits for the
    rest of a word that its worker was killed in; Python would wait for it for ever."""
    main_thread = threading.main_thread()
    waited_for = [t for t in threading.enumerate() if t is not main_thread and not t.daemon]
    for thread in waited_for:
        thread.join(THREADS_END_WITHIN_S)
    if not any(thread.is_alive() for thread in waited_for):
        sys.exit(status)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _fault(error: Exception) -> None:
    if os.environ.get("SKEWPROOF_DEBUG"):
        raise error
    kind = type(error).__name__
    click.echo(f"skewproof: a fault of skewproof itself, not of your file: {kind}: {error}", err=True)
    click.echo("Please report it with the file; SKEWPROOF_DEBUG=1 shows where it happened.", err=True)
    sys.exit(EXIT_FAULT)


class Commands(click.Group):
    """A group whose commands are modules of `cli.commands`."""

    def __init__(self, *args: Any, **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self.commands = dict.fromkeys(COMMANDS, click.Command(None))  # their names, for suggestions

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"{__package__}.commands.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="skewproof", prog_name="skewproof")
def skewproof() -> None:
    """Check whether a release is safe while it is being deployed.

    Proves that no request can meet an incompatible pair of versions during the rollout, or tells
    the shortest story that ends in the failing hop.
    """
