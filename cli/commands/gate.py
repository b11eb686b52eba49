"""`skewproof gate`: where a rollout stands, and whether it is safe to go on from there, or back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..calling import calling_options, read_calling, read_input
from ..code import code_option, load_rollouts
from ..options import (
    accept_option,
    deployment_options,
    failures_option,
    format_option,
    limit_options,
    load_deployment,
)
from ..output import say_json
from ..status import EXIT_SAFE, EXIT_UNKNOWN, EXIT_UNSAFE

if TYPE_CHECKING:
    from ...model.resources.limits import Limits
    from ...properties.gate.answer import GateAnswer


@click.command()
@deployment_options
@click.option(
    "--state",
    type=click.Path(path_type=Path, allow_dash=True),
    required=True,
    metavar="STATE",
    help="Where the rollout stands: what kubectl, docker compose or aws ecs say, as JSON, or a mapping; - "
    "for standard input.",
)
@calling_options
@accept_option
@limit_options
@failures_option
@code_option
@click.option(
    "--rollback",
    is_flag=True,
    help="The exit status is that of the rollback: whether it is safe to take back what was done.",
)
@format_option
@click.option("--all", "everything", is_flag=True, help="Tell also how it may have come to stand so.")
def gate(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    state: Path,
    version_of: tuple[str, ...],
    workload: tuple[str, ...],
    migration: tuple[str, ...],
    versions_only: bool,
    accept: tuple[Path, ...],
    limits: Limits,
    failures: bool,
    allow_code: bool,
    rollback: bool,
    style: str,
    everything: bool,
) -> None:
    """Say what the rollout in FILE can still meet, where it stands as STATE says.

    The exit status is as that of `check`: no hazard can be met from here (0), some can (1), wrong input (2),
    no verdict, also where no state that the rollout can come to is as it was seen (3).

    \b
    skewproof gate deploy.yaml --state state.yaml
    """
    from ...model.observed.state import read_state
    from ...properties.gate.judge import judge_from_here

    deployment = load_deployment(file, changes, pessimistic, accept)
    rollouts = load_rollouts(deployment, allow_code)
    calling = read_calling(deployment, version_of, workload, migration, versions_only)
    observation = read_state(read_input(state), str(state), deployment, calling)
    answer = judge_from_here(deployment, observation, rollouts=rollouts, limits=limits, failures=failures)
    if style == "json":
        from ..gate_json import gate_to_json

        say_json(gate_to_json(answer))
    else:
        from ..gate_text import render_gate
        from ..render_text import printed_whole

        with printed_whole() as screen:
            render_gate(answer, deployment, screen, everything=everything)
    raise click.exceptions.Exit(status_of(answer, rollback=rollback))


def status_of(answer: GateAnswer, *, rollback: bool) -> int:
    """As that of `check`; of a rollback that there is none of nothing is known."""
    from ...properties.gate.answer import GateVerdict

    verdict = answer.verdict
    if rollback and answer.places:
        verdict = answer.rollback or GateVerdict.UNKNOWN
    return {
        GateVerdict.SAFE: EXIT_SAFE,
        GateVerdict.UNSAFE: EXIT_UNSAFE,
        GateVerdict.UNKNOWN: EXIT_UNKNOWN,
    }[verdict]
