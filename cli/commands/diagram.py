"""`skewproof diagram`: the pictures of a deployment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..options import deployment_options, limit_is_unknown, limit_options, load_deployment
from ..status import EXIT_UNKNOWN

if TYPE_CHECKING:
    from ...model.limits import Limits


@click.command()
@deployment_options
@limit_options
@click.option("-o", "--output", "directory", type=click.Path(path_type=Path), required=True, metavar="DIR")
@click.option("--format", "style", type=click.Choice(["svg", "png", "dot"]), default="svg", show_default=True)
def diagram(
    file: Path, changes: Path | None, pessimistic: bool, limits: Limits, directory: Path, style: str
) -> None:
    """Draw the architecture at each step, and each hazard's story, into DIR."""
    from ...diagrams.errors import DiagramError
    from ..draw import NoVerdictError, draw_all

    deployment = load_deployment(file, changes, pessimistic)
    try:
        with limit_is_unknown(limits):
            for path in draw_all(deployment, directory, style, limits):
                click.echo(path)
    except NoVerdictError as unknown:
        click.echo(f"unknown: {unknown}", err=True)
        raise click.exceptions.Exit(EXIT_UNKNOWN) from unknown
    except DiagramError as error:
        raise click.ClickException(str(error)) from error
