"""`skewproof space`: the interleavings of the rollout, counted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..code import code_option, load_rollouts
from ..options import deployment_options, limit_options, load_deployment, write_file
from ..output import say

if TYPE_CHECKING:
    from ...model.resources.limits import Limits


@click.command()
@deployment_options
@limit_options
@code_option
@click.option("--traffic", is_flag=True, help="Let others write and use up messages, too.")
@click.option(
    "--graphml", type=click.Path(path_type=Path), metavar="FILE", help="Write the graph as GraphML."
)
@click.option("--dot", type=click.Path(path_type=Path), metavar="FILE", help="Write the graph as DOT.")
def space(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    limits: Limits,
    allow_code: bool,
    traffic: bool,
    graphml: Path | None,
    dot: Path | None,
) -> None:
    """Count the states, transitions and interleavings of the rollout in FILE."""
    from ...model.compiler.compile import compile_deployment
    from ...model.compiler.space import explore

    deployment = load_deployment(file, changes, pessimistic)
    rollouts = load_rollouts(deployment, allow_code)
    found = explore(compile_deployment(deployment, rollouts=rollouts, traffic=traffic), limits)
    interleavings = found.interleavings()
    paths = "without end: the graph has cycles" if interleavings is None else f"{interleavings:,}"
    say(f"states         {len(found.graph):,}")
    say(f"transitions    {found.graph.number_of_edges():,}")
    say(f"interleavings  {paths}")
    if graphml is not None:
        write_file(graphml, found.graphml())
    if dot is not None:
        from ...diagrams.space import draw_space

        write_file(dot, draw_space(found).source.encode())
