"""The options that say how what runs is called, for the commands that read where a rollout stands."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ..model.deployment import Deployment
    from ..model.observed.calling import Calling

Command = TypeVar("Command", bound=Callable[..., Any])

STANDARD_INPUT = Path("-")


def calling_options(command: Command) -> Command:
    """--version-of, --workload, --migration, --versions-only; the command is given their values."""
    for option in (
        click.option(
            "--version-of",
            "version_of",
            multiple=True,
            metavar="[COMPONENT:]VERSION=PATTERN",
            help="What is of VERSION: an image, its tag or digest, a label `version`, the name or hash of a "
            "ReplicaSet, a task definition; * and ? stand for anything. Without one these are held against "
            "the names of the versions themselves.",
        ),
        click.option(
            "--workload",
            multiple=True,
            metavar="COMPONENT=PATTERN",
            help="What is of COMPONENT, where it is not called so.",
        ),
        click.option(
            "--migration",
            multiple=True,
            metavar="STORE[/SUBJECT]=PATTERN",
            help="A job that has brought the schema to the version of its image once it has succeeded.",
        ),
        click.option(
            "--versions-only",
            is_flag=True,
            help="Compare which versions are up, not how many instances: for what scales by itself.",
        ),
    ):
        command = option(command)
    return command


def read_calling(
    deployment: Deployment,
    version_of: tuple[str, ...],
    workload: tuple[str, ...],
    migration: tuple[str, ...],
    versions_only: bool,
) -> Calling:
    """What the options say. Raises `click.UsageError` with all that is wrong in them."""
    from ..model.names import Target
    from ..model.observed.calling import Calling, MigrationPattern, VersionPattern, WorkloadPattern

    wrong: list[str] = []
    versions, workloads, migrations = [], [], []
    for text in version_of:
        who, pattern = _halves("--version-of", text, wrong)
        component, colon, version = who.rpartition(":")
        _check(component, deployment.components, "component", text, wrong, needed=bool(colon))
        _check(version, deployment.versions, "version", text, wrong)
        versions.append(VersionPattern(component or None, version, pattern))
    for text in workload:
        who, pattern = _halves("--workload", text, wrong)
        _check(who, deployment.components, "component", text, wrong)
        workloads.append(WorkloadPattern(who, pattern))
    for text in migration:
        who, pattern = _halves("--migration", text, wrong)
        name, _, subject = who.partition("/")
        _check(name, deployment.components, "component", text, wrong)
        migrations.append(MigrationPattern(Target(name, subject or None), pattern))
    if wrong:
        raise click.UsageError("\n".join(wrong))
    return Calling(tuple(versions), tuple(workloads), tuple(migrations), not versions_only)


def _halves(option: str, text: str, wrong: list[str]) -> tuple[str, str]:
    who, mark, pattern = text.partition("=")
    if not mark or not pattern:
        wrong.append(f"{option} {text!r}: write NAME=PATTERN")
    return who, pattern


def _check(
    name: str, known: Iterable[str], what: str, text: str, wrong: list[str], *, needed: bool = True
) -> None:
    names = list(known)
    if needed and name not in names:
        wrong.append(f"{text!r}: there is no {what} {name!r}; there are {', '.join(names)}")


def read_input(path: Path) -> bytes:
    """What is in a file, or (`-`) comes from standard input. Raises `click.ClickException`, and
    `InvalidDeploymentError` for a file that is none."""
    from ..model.errors import InvalidDeploymentError
    from ..model.escapes import make_printable
    from ..model.language.text import MAX_BYTES, UnreadableFileError, read_bytes

    try:
        if path == STANDARD_INPUT:
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        return read_bytes(path)
    except UnreadableFileError as refused:
        raise InvalidDeploymentError([refused.problem]) from refused
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise click.ClickException(f"{make_printable(str(path))}: {reason.lower()}") from error
