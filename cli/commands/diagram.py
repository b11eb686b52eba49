"""`skewproof diagram`: the pictures of a deployment."""

from __future__ import annotations

from pathlib import Path

import click

from ..options import deployment_options, limit_is_unknown, limit_option, load_deployment


@click.command()
@deployment_options
@limit_option
@click.option("-o", "--output", "directory", type=click.Path(path_type=Path), required=True, metavar="DIR")
@click.option("--format", "style", type=click.Choice(["svg", "png", "dot"]), default="svg", show_default=True)
def diagram(
    file: Path, changes: Path | None, pessimistic: bool, max_states: int, directory: Path, style: str
) -> None:
    """Draw the architecture at each step, and each hazard's story, into DIR."""
    from ...diagrams.errors import DiagramError
    from ..draw import draw_all

    deployment = load_deployment(file, changes, pessimistic)
    try:
        with limit_is_unknown():
            for path in draw_all(deployment, directory, style, max_states):
                click.echo(path)
    except DiagramError as error:
        raise click.ClickException(str(error)) from error
