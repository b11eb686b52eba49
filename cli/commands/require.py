"""`skewproof require`: what must be compatible at all, from the pipeline alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..code import code_option, load_rollouts
from ..options import limit_options, load_deployment
from ..output import complain, say, say_json
from ..status import EXIT_UNKNOWN

if TYPE_CHECKING:
    from ...model.resources.limits import Limits


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "registry", "buf", "oasdiff"]),
    default="text",
    show_default=True,
    help="For people, for programs, or as settings of a tool that enforces it.",
)
@limit_options
@code_option
def require(file: Path, style: str, limits: Limits, allow_code: bool) -> None:
    """Say which versions meet at each contract of FILE, whatever the release changes.

    Those pairs must be compatible, in the steps that are named; every other pair need not. What FILE
    declares under `breaks` plays no part.

    \b
    skewproof require deploy.yaml
    """
    from ...model.escapes import make_line_harmless
    from ...properties.requirement import find_required
    from ..requirement_text import Tool, requirement_to_json, tell_requirement, write_settings

    deployment = load_deployment(file, None, False)
    rollouts = load_rollouts(deployment, allow_code)
    requirement = find_required(deployment, rollouts=rollouts, limits=limits)
    if requirement.unknown is not None:
        complain(f"unknown: {requirement.unknown.reason}; {requirement.unknown.advice}")
        raise click.exceptions.Exit(EXIT_UNKNOWN)
    if style == "json":
        say_json(requirement_to_json(deployment, requirement))
    elif style == "text":
        for line in tell_requirement(deployment, requirement):
            say(make_line_harmless(line))
    else:
        say(write_settings(Tool(style), deployment, requirement))
