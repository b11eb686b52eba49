"""`skewproof plan`: the fewest waves in which a release is safe, or why no order is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..options import accept_option, deployment_options, limit_options, write_file
from ..output import complain, say, say_json
from ..status import EXIT_SAFE, EXIT_UNKNOWN, EXIT_UNSAFE

if TYPE_CHECKING:
    from ...model.deployment import Deployment
    from ...model.resources.limits import Limits
    from ...properties.ordering.planner import Plan

EXPORTS = ("pipeline", "argocd", "helmfile", "github", "spryker")
PICTURES = ("svg", "png", "dot")


@click.command()
@deployment_options
@accept_option
@limit_options
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", *EXPORTS, *PICTURES]),
    default="text",
    show_default=True,
    help="For people, for programs; or the plan as a `pipeline:`, as sync waves of Argo CD, as `needs` of "
    "Helmfile or of a GitHub workflow, as sections of a Spryker recipe; or drawn, with -o.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT",
    help="Write it to a file; where there is no plan nothing is written but a picture of why.",
)
def plan(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    accept: tuple[Path, ...],
    limits: Limits,
    style: str,
    output: Path | None,
) -> None:
    """Find the fewest waves in which the release in FILE is safe, whatever pipeline stands there.

    What runs in one wave runs at the same time. The exit status is 0 for a plan that `check` calls safe, 1 if
    there is no safe order of these actions, 2 for wrong input, 3 if it is not known.

    \b
    skewproof plan deploy.yaml --format pipeline
    """
    from ...model.escapes import make_line_harmless
    from ...model.language import load
    from ...properties.ordering.planner import plan as find
    from ..plan_export import export_plan
    from ..plan_text import plan_to_json, tell_plan

    if style in PICTURES and output is None:
        raise click.UsageError(f"--format {style} is a picture: say where it goes, with -o")
    deployment = load(file, changes, accept, needs_pipeline=False)
    deployment = deployment.pessimistic() if pessimistic else deployment
    found = find(deployment, limits=limits)
    lines = [make_line_harmless(line) for line in tell_plan(found, deployment)]
    status = EXIT_UNKNOWN if found.reason else EXIT_UNSAFE if found.waves is None else EXIT_SAFE
    if style in PICTURES and output is not None:
        _draw(found, deployment, style, output)
        raise click.exceptions.Exit(status)
    if style == "json":
        say_json(plan_to_json(found, deployment))
    elif style == "text":
        for line in lines:
            say(line)
    elif found.waves is None:
        for line in lines:
            complain(line)
    elif output is None:
        say(export_plan(style, found, deployment))
    if output is not None and found.waves is not None:
        write_file(
            output, export_plan(style if style in EXPORTS else "pipeline", found, deployment).encode() + b"\n"
        )
    raise click.exceptions.Exit(status)


def _draw(found: Plan, deployment: Deployment, style: str, output: Path) -> None:
    """Writes the picture. Raises `click.ClickException` where nothing can be drawn."""
    from ...diagrams.errors import DiagramError
    from ...diagrams.graphviz import draw_picture
    from ...diagrams.order import draw_order

    graph = draw_order(found, deployment)
    try:
        drawn = graph.source.encode() if style == "dot" else draw_picture(graph, style)
    except DiagramError as error:
        raise click.ClickException(str(error)) from error
    write_file(output, drawn)
    say(output)
