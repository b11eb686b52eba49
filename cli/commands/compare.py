"""`skewproof compare`: the windows of several deployments side by side."""

from __future__ import annotations

from pathlib import Path

import click

from ...model.resources.limits import Limits
from ..code import code_option, load_rollouts
from ..options import changes_option, limit_options, load_deployment, pessimistic_option
from ..output import complain
from ..status import EXIT_SAFE, EXIT_UNKNOWN, EXIT_UNSAFE


@click.command()
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
@changes_option
@pessimistic_option
@limit_options
@code_option
def compare(
    files: tuple[Path, ...], changes: Path | None, pessimistic: bool, limits: Limits, allow_code: bool
) -> None:
    """Set the deployments in FILE... side by side: what is open in each, for how many steps.

    `--changes` and `--pessimistic` hold for each of them: one release through several pipelines. The exit
    status is that of the last file, the one that the others lead to.

    \b
    skewproof compare naive.yaml plan.yaml
    skewproof compare naive.yaml plan.yaml --changes release.yaml
    """
    from ...properties.checker import check
    from ...properties.verdict import Safe, Unknown
    from ..comparison import ComparedColumn, render_comparison
    from ..page import Page
    from ..render_text import printed_whole

    deployments = [load_deployment(file, changes, pessimistic) for file in files]
    columns = []
    for file, deployment in zip(files, deployments, strict=True):
        rollouts = load_rollouts(deployment, allow_code)
        answer = check(deployment, rollouts=rollouts, limits=limits)
        columns.append(ComparedColumn(file.stem, deployment, answer))
        if isinstance(answer.verdict, Unknown):
            complain(f"unknown: {file}: {answer.verdict.reason}; {answer.verdict.advice}")
    with printed_whole() as screen:
        render_comparison(Page(screen), columns)
    last = columns[-1].answer.verdict
    safe = EXIT_SAFE if isinstance(last, Safe) else EXIT_UNSAFE
    raise click.exceptions.Exit(EXIT_UNKNOWN if isinstance(last, Unknown) else safe)
