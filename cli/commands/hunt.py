"""`skewproof hunt`: request paths that nobody declared, and that would meet a hazard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..code import code_option, load_rollouts
from ..options import deployment_options, limit_options, load_deployment
from ..output import complain, say
from ..status import EXIT_SAFE, EXIT_UNKNOWN, EXIT_UNSAFE

if TYPE_CHECKING:
    from ...model.resources.limits import Limits
    from ...properties.hunting.hunter import Find, Hunt


@click.command()
@deployment_options
@limit_options
@code_option
@click.option(
    "--max-examples",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="How many paths longer than four hops to choose in each round; 0: none.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="What the choice starts from.")
@click.option(
    "--database",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep what was found in DIR, and try that first another time.",
)
@click.option(
    "-o",
    "--output",
    "drawings",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Draw each find into DIR.",
)
@click.option("--format", "style", type=click.Choice(["svg", "png", "dot"]), default="svg", show_default=True)
def hunt(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    limits: Limits,
    allow_code: bool,
    max_examples: int,
    seed: int,
    database: Path | None,
    drawings: Path | None,
    style: str,
) -> None:
    """Hunt for request paths that FILE does not declare and that would meet an incompatible pair.

    Every path of up to four hops over the calls that the declared requests make, then longer ones that
    Hypothesis chooses; each is judged for every interleaving. Exit status 1 if something was found.

    \b
    skewproof hunt deploy.yaml --changes release.yaml --seed 7
    """
    from ...properties.hunting.hunter import hunt as hunt_in
    from ...properties.hunting.hunter import tell_unknown

    deployment = load_deployment(file, changes, pessimistic)
    if deployment.changes is None:
        complain("unknown: nothing was given to judge; give --changes FILE or --pessimistic")
        raise click.exceptions.Exit(EXIT_UNKNOWN)
    if refused := tell_unknown(deployment):
        complain(f"unknown: {refused}")
        raise click.exceptions.Exit(EXIT_UNKNOWN)
    rollouts = load_rollouts(deployment, allow_code)
    hunted = hunt_in(
        deployment,
        rollouts=rollouts,
        max_examples=max_examples,
        seed=seed,
        database=database,
        limits=limits,
    )
    _print(hunted)
    if drawings is not None:
        _draw(hunted, drawings, style)
    raise click.exceptions.Exit(_status(hunted))


def _status(hunted: Hunt) -> int:
    if hunted.finds:
        return EXIT_UNSAFE
    return EXIT_UNKNOWN if hunted.unjudged else EXIT_SAFE


def _print(hunted: Hunt) -> None:
    from ..hunt_text import render_hunt
    from ..render_text import printed_whole

    with printed_whole() as screen:
        render_hunt(hunted, screen)


def _draw(hunted: Hunt, directory: Path, style: str) -> None:
    from ...diagrams.errors import DiagramError

    try:
        for found in hunted.finds:
            for path in draw_find(found, directory, style):
                say(path)
    except DiagramError as error:
        raise click.ClickException(str(error)) from error


def draw_find(found: Find, directory: Path, style: str) -> list[Path]:
    """The stories of a find's hazards, drawn into the directory."""
    from ...diagrams.graphviz import render
    from ...diagrams.story import draw_story

    return [
        render(draw_story(found.deployment, hazard), directory, f"{hazard.subject} {hazard.id}", style)
        for hazard in found.hazards
    ]
