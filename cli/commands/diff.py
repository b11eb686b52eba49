"""`skewproof diff`: what a change of a deployment file makes worse, and what it mends."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...model.errors import InvalidDeploymentError
from ...model.escapes import make_printable
from ..code import code_option, load_rollouts
from ..options import failures_option, limit_options, pessimistic_option, write_file
from ..output import complain, hand_over, say, write_json
from ..outputs.formats import Format, Output, format_option, output_option
from ..status import EXIT_INPUT, EXIT_SAFE, EXIT_UNSAFE

if TYPE_CHECKING:
    from ...model.resources.limits import Limits
    from ..difference import Difference
    from ..outputs.judged import Judged

FORMATS = (Format.TEXT, Format.JSON, Format.MARKDOWN, Format.SARIF, Format.GITHUB)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="[BASE] HEAD")
@click.option("--base", metavar="REV", help="Compare HEAD with what it is in this revision.")
@click.option(
    "--changes",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The release's changes, in a file of their own; of a revision as they are there.",
)
@pessimistic_option
@click.option(
    "--accept",
    type=click.Path(path_type=Path),
    metavar="FILE",
    multiple=True,
    help="Accepted hazards, of both sides. Can be given several times.",
)
@limit_options
@code_option
@failures_option
@format_option(FORMATS)
@output_option(
    "Write the difference to a file as well, as `skewproof check` does. Can be given several times."
)
@click.option(
    "--fail-on",
    type=click.Choice(["corruption", "error", "degraded"]),
    default="degraded",
    show_default=True,
    help="The mildest severity of something new that fails (exit status 1).",
)
def diff(
    files: tuple[str, ...],
    base: str | None,
    changes: Path | None,
    pessimistic: bool,
    accept: tuple[Path, ...],
    limits: Limits,
    allow_code: bool,
    failures: bool,
    style: str,
    outputs: tuple[Output, ...],
    fail_on: str,
) -> None:
    """Tell what is wrong in HEAD and was not in BASE: new, fixed and unchanged causes of hazards.

    Either can be a file as it was in a revision, REV:PATH, as git has it; nothing is checked out. The exit
    status is 1 for what is new alone, 3 where that is not known.

    \b
    skewproof diff main:deploy.yaml deploy.yaml
    skewproof diff --base origin/main deploy.yaml --changes release.yaml
    """
    from ..difference import find_difference, find_status

    before, after = _name_sides(files, base)
    if wrong := next((one for one in outputs if one.format not in FORMATS), None):
        raise click.UsageError(f"{wrong.path}: a difference is written as {', '.join(map(str, FORMATS))}")

    def judge(name: str) -> Judged:
        return _judge(name, changes, accept, pessimistic, limits, allow_code, failures)

    difference = find_difference(_judge_before(before, judge), judge(after))
    for output in outputs:
        write_file(output.path, _write(difference, output.format).encode("utf-8", "backslashreplace"))
    _print(difference, Format(style))
    raise click.exceptions.Exit(find_status(difference, fail_on))


def _name_sides(files: tuple[str, ...], base: str | None) -> tuple[str, str]:
    """What is compared with what."""
    from ..revisions import MARK

    if base is not None and len(files) == 1:
        if not base or MARK in base:
            raise click.BadParameter(f"`{make_printable(base)}` is no revision", param_hint="--base")
        (head,) = files
        return _at(base, Path(head)), head
    if base is None and len(files) == 2:
        before, after = files
        return before, after
    raise click.UsageError("give BASE and HEAD, or --base REV and HEAD")


def _at(revision: str, path: Path) -> str:
    """The file as it is in a revision, seen from the working folder."""
    relative = Path(os.path.relpath(path)) if path.is_absolute() else path
    return f"{revision}:./{relative.as_posix()}"


def _judge_before(name: str, judge: Callable[[str], Judged]) -> Judged | None:
    """The base; None, told, where its revision has no such file: then all is new."""
    from ..revisions import NoSuchFileError

    try:
        return judge(name)
    except NoSuchFileError as missing:
        complain(f"{missing}: all is new")
        return None


def _judge(
    name: str,
    changes: Path | None,
    accept: tuple[Path, ...],
    pessimistic: bool,
    limits: Limits,
    allow_code: bool,
    failures: bool,
) -> Judged:
    from ...model.language import load
    from ...properties.checker import check
    from ..outputs.judged import Judged, Verdict, Wrong
    from ..revisions import MARK, is_of_revision, reader_of

    second = str(changes) if changes is not None else None
    if changes is not None and is_of_revision(name):
        second = _at(name.partition(MARK)[0], changes)
    try:
        deployment = load(name, second, accept, reader_of(name, [str(file) for file in accept]))
    except InvalidDeploymentError as wrong:
        if any(problem.code == "unreadable-file" for problem in wrong.problems):
            raise  # it is on neither side
        complain(wrong)
        return Judged(name, EXIT_INPUT, Wrong(wrong.problems))
    deployment = deployment.pessimistic() if pessimistic else deployment
    rollouts = load_rollouts(deployment, allow_code)
    answer = check(deployment, rollouts=rollouts, limits=limits, failures=failures)
    return Judged(
        name, EXIT_UNSAFE if answer.hazards else EXIT_SAFE, Verdict(deployment, answer, rollouts or {})
    )


def _write(difference: Difference, style: Format) -> str:
    from ..outputs import difference as outputs

    match style:
        case Format.JSON:
            return write_json(outputs.to_json(difference))
        case Format.SARIF:
            return write_json(outputs.to_sarif_log(difference))
        case Format.GITHUB:
            return outputs.write_annotations(difference)
        case Format.MARKDOWN:
            return outputs.write_markdown(difference)
        case _:
            from ..difference_text import render_plain

            return render_plain(difference)


def _print(difference: Difference, style: Format) -> None:
    if style is Format.TEXT:
        from ..difference_text import render
        from ..render_text import printed_whole

        with printed_whole() as screen:
            render(difference, screen)
    elif style is Format.MARKDOWN:
        say(_write(difference, style).rstrip("\n"))
    else:  # JSON is harmless as it is written, and so are annotations, which are commands
        hand_over(_write(difference, style).encode())
