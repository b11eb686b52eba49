"""`skewproof`: parses, calls, renders. Each command imports what it needs when it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..model.errors import InvalidDeploymentError
from ..model.search import DEFAULT_MAX_STATES, StateLimitError

if TYPE_CHECKING:
    from ..model.deployment import Deployment
    from ..properties.verdict import Answer

EXIT_SAFE, EXIT_UNSAFE, EXIT_INPUT, EXIT_UNKNOWN, EXIT_FAULT, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 130

Command = TypeVar("Command", bound=Callable[..., Any])


def main() -> None:
    """The entry point. Exit status: 0 safe, 1 hazards found, 2 wrong input, 3 no verdict, 4 a fault
    of skewproof itself, 130 interrupted."""
    sys.set_int_max_str_digits(0)  # interleavings of large rollouts have thousands of digits
    try:
        sys.exit(skewproof.main(prog_name="skewproof", standalone_mode=False))
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
        sys.exit(EXIT_INTERRUPTED)
    except Exception as error:  # whatever it is, a user sees a word and a status, not our stack
        _fault(error)


def _fault(error: Exception) -> None:
    if os.environ.get("SKEWPROOF_DEBUG"):
        raise error
    kind = type(error).__name__
    click.echo(f"skewproof: a fault of skewproof itself, not of your file: {kind}: {error}", err=True)
    click.echo("Please report it with the file; SKEWPROOF_DEBUG=1 shows where it happened.", err=True)
    sys.exit(EXIT_FAULT)


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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="skewproof", prog_name="skewproof")
def skewproof() -> None:
    """Check whether a release is safe while it is being deployed.

    Proves that no request can meet an incompatible pair of versions during the rollout, or tells
    the shortest story that ends in the failing hop.
    """


@skewproof.command()
@deployment_options
@limit_option
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice(["corruption", "error", "degraded"]),
    default="degraded",
    show_default=True,
    help="The mildest severity that fails the check (exit status 1).",
)
@click.option(
    "--stories",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="How many stories to tell at most.",
)
@click.option("--all", "everything", is_flag=True, help="Tell the story of every hazard.")
def check(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    max_states: int,
    style: str,
    fail_on: str,
    stories: int,
    everything: bool,
) -> None:
    """Judge the deployment in FILE: a proof, or the shortest story of each hazard."""
    from ..properties.checker import check as judge

    deployment = _load(file, changes, pessimistic)
    answer = judge(deployment, max_states=max_states)
    if style == "json":
        _print_json(answer)
    else:
        _print_text(answer, deployment, None if everything else stories)
    raise click.exceptions.Exit(_status(answer, fail_on))


def _print_json(answer: Answer) -> None:
    import json

    from .render_json import to_json

    click.echo(json.dumps(to_json(answer), ensure_ascii=False, indent=2))


def _print_text(answer: Answer, deployment: Deployment, stories: int | None) -> None:
    from .render_text import make_console, render

    render(answer, deployment, make_console(), stories=stories)


def _status(answer: Answer, fail_on: str) -> int:
    from ..model.deployment import Severity
    from ..properties.verdict import Unknown

    if isinstance(answer.verdict, Unknown):
        return EXIT_UNKNOWN
    worst_first = list(Severity)
    limit = worst_first.index(Severity(fail_on))
    failing = any(worst_first.index(hazard.severity) <= limit for hazard in answer.hazards)
    return EXIT_UNSAFE if failing else EXIT_SAFE


@skewproof.command()
@deployment_options
@limit_option
@click.option("--traffic", is_flag=True, help="Let others write and use up messages, too.")
@click.option(
    "--graphml", type=click.Path(path_type=Path), metavar="FILE", help="Write the graph as GraphML."
)
@click.option("--dot", type=click.Path(path_type=Path), metavar="FILE", help="Write the graph as DOT.")
def space(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    max_states: int,
    traffic: bool,
    graphml: Path | None,
    dot: Path | None,
) -> None:
    """Count the states, transitions and interleavings of the rollout in FILE."""
    from ..model.compiler import compile_deployment
    from ..model.space import explore

    deployment = _load(file, changes, pessimistic)
    with _limit():
        found = explore(compile_deployment(deployment, traffic=traffic), max_states)
    interleavings = found.interleavings()
    paths = "without end: the graph has cycles" if interleavings is None else f"{interleavings:,}"
    click.echo(f"states         {len(found.graph):,}")
    click.echo(f"transitions    {found.graph.number_of_edges():,}")
    click.echo(f"interleavings  {paths}")
    if graphml is not None:
        _write(graphml, found.graphml())
    if dot is not None:
        from ..diagrams.space import draw_space

        _write(dot, draw_space(found).source.encode())


@skewproof.command()
@deployment_options
@limit_option
@click.option("-o", "--output", "directory", type=click.Path(path_type=Path), required=True, metavar="DIR")
@click.option("--format", "style", type=click.Choice(["svg", "png", "dot"]), default="svg", show_default=True)
def diagram(
    file: Path, changes: Path | None, pessimistic: bool, max_states: int, directory: Path, style: str
) -> None:
    """Draw the architecture at each step, and each hazard's story, into DIR."""
    from ..diagrams.errors import DiagramError
    from .draw import draw_all

    deployment = _load(file, changes, pessimistic)
    try:
        with _limit():
            for path in draw_all(deployment, directory, style, max_states):
                click.echo(path)
    except DiagramError as error:
        raise click.ClickException(str(error)) from error


@skewproof.command()
def schema() -> None:
    """Print the JSON Schema of a deployment file, for editors."""
    import json

    from ..model.language import json_schema

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@contextmanager
def _limit() -> Iterator[None]:
    """A limit that is hit is no verdict: a word and exit status 3."""
    try:
        yield
    except StateLimitError as limit:
        click.echo(f"unknown: {limit}; raise --max-states", err=True)
        raise click.exceptions.Exit(EXIT_UNKNOWN) from limit


def _write(path: Path, content: bytes) -> None:
    from ..model.files import write_whole

    try:
        write_whole(path, content)
    except OSError as error:
        raise click.FileError(str(path), error.strerror or str(error)) from error


def _load(file: Path, changes: Path | None, pessimistic: bool) -> Deployment:
    from ..model.language import load

    deployment = load(file, changes)
    return deployment.pessimistic() if pessimistic else deployment
