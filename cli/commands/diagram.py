"""`skewproof diagram`: the pictures of a deployment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from ..code import code_option, load_rollouts
from ..options import deployment_options, limit_options, load_deployment
from ..output import complain, say
from ..status import EXIT_UNKNOWN

if TYPE_CHECKING:
    from ...model.resources.limits import Limits


KINDS = (
    *("architecture", "story", "lanes", "map", "proof", "moment", "film", "timeline", "exposure", "space"),
    "machines",
)
"""Those of `cli.draw.Picture`, which is imported only when something is drawn."""


@click.command()
@deployment_options
@limit_options
@code_option
@click.option("-o", "--output", "directory", type=click.Path(path_type=Path), required=True, metavar="DIR")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice([*KINDS, "all"]),
    multiple=True,
    default=KINDS[:2],
    show_default=True,
    help="What to draw; can be given several times.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["svg", "png", "pdf", "dot", "mermaid"]),
    default="svg",
    show_default=True,
    help="PDF needs Graphviz's own `dot`; the others need nothing. Mermaid has story and architecture.",
)
def diagram(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    limits: Limits,
    allow_code: bool,
    directory: Path,
    kinds: tuple[str, ...],
    style: str,
) -> None:
    """Draw the deployment into DIR: the architecture at each step, each hazard's story, and more.

    \b
    skewproof diagram deploy.yaml -o drawings
    """
    from ...diagrams.errors import DiagramError
    from ..draw import IN_MERMAID, MERMAID, NoVerdictError, Picture, draw_all
    from ..undrawn import tell_why_undrawn

    deployment = load_deployment(file, changes, pessimistic)
    rollouts = load_rollouts(deployment, allow_code)
    try:
        wanted = list(Picture) if "all" in kinds else [Picture(kind) for kind in kinds]
        if style == MERMAID and "all" in kinds:
            wanted = list(IN_MERMAID)
        if style == MERMAID and (others := set(wanted) - set(IN_MERMAID)):
            raise click.UsageError(
                f"as Mermaid there are {' and '.join(IN_MERMAID)}, not {', '.join(others)}"
            )
        undrawn: list[str] = []
        for path in draw_all(
            *(deployment, rollouts, directory, style, limits, wanted),
            lambda kind, answer: undrawn.append(tell_why_undrawn(kind, answer)),
        ):
            say(path)
        for why in undrawn if _are_named() else ():
            complain(why)
    except NoVerdictError as unknown:
        complain(f"unknown: {unknown}")
        raise click.exceptions.Exit(EXIT_UNKNOWN) from unknown
    except DiagramError as error:
        raise click.ClickException(str(error)) from error


def _are_named() -> bool:
    """Whether somebody asked for these kinds by name, and not for what there is."""
    context = click.get_current_context()
    is_default = context.get_parameter_source("kinds") is ParameterSource.DEFAULT
    return not is_default and "all" not in context.params["kinds"]
