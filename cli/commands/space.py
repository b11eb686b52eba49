"""`skewproof space`: the interleavings of the rollout, counted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..code import code_option, load_rollouts
from ..options import deployment_options, limit_options, load_deployment, write_file
from ..output import say

if TYPE_CHECKING:
    from ...model.compiler.compile import Compiled
    from ...model.compiler.space import Space
    from ...model.resources.limits import Limits
    from ...properties.engines.slicing.space_size import SpaceSize


@click.command()
@deployment_options
@limit_options
@code_option
@click.option("--traffic", is_flag=True, help="Let others write and use up messages, too.")
@click.option(
    "--graphml", type=click.Path(path_type=Path), metavar="FILE", help="Write the graph as GraphML."
)
@click.option("--dot", type=click.Path(path_type=Path), metavar="FILE", help="Write the graph as DOT.")
@click.option(
    "--part",
    type=click.IntRange(min=1),
    metavar="N",
    help="Write the first N states alone, breadth first, with the border of what is left out marked.",
)
def space(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    limits: Limits,
    allow_code: bool,
    traffic: bool,
    graphml: Path | None,
    dot: Path | None,
    part: int | None,
) -> None:
    """Count the states, transitions and interleavings of the rollout in FILE.

    \b
    skewproof space deploy.yaml
    """
    from ...model.compiler.compile import compile_deployment
    from ...properties.engines.slicing.space_size import refuse_more

    deployment = load_deployment(file, changes, pessimistic)
    rollouts = load_rollouts(deployment, allow_code)
    compiled = compile_deployment(deployment, rollouts=rollouts, traffic=traffic)
    if graphml is None and dot is None:
        if part is not None:
            raise click.UsageError("--part is of what --graphml and --dot write")
        _say_size(_measure(compiled, limits))
        return
    if part is None:
        refuse_more(compiled, limits)
        found = _list(compiled, limits)
        _say_size(_size_of(found))
    else:
        found = _part(compiled, part)
    if graphml is not None:
        write_file(graphml, found.graphml())
    if dot is not None:
        from ...diagrams.space import draw_space

        write_file(dot, draw_space(found).source.encode())


def _say_size(size: SpaceSize) -> None:
    paths = size.why if size.interleavings is None else f"{size.interleavings:,}"
    say(f"states         {size.states:,}")
    say(f"transitions    {size.transitions:,}")
    say(f"interleavings  {paths}")


def _measure(compiled: Compiled, limits: Limits) -> SpaceSize:
    """The size, by product where the parts of the rollout do not meet; few states are listed."""
    from ...model.compiler.task import allow_few
    from ...model.resources.limits import StateLimitError
    from ...properties.engines.slicing.space_size import measure_space

    try:
        return _size_of(_list(compiled, allow_few(limits)))
    except StateLimitError:
        size = measure_space(compiled, limits)
    return size if size is not None else _size_of(_list(compiled, limits))


def _list(compiled: Compiled, limits: Limits) -> Space:
    from ...model.compiler.space import explore

    return explore(compiled, limits)


def _part(compiled: Compiled, most: int) -> Space:
    from ...model.compiler.space import explore_part

    found = explore_part(compiled, most)
    say(f"part           {len(found.graph):,} states, {len(found.border):,} of them at its border")
    return found


def _size_of(found: Space) -> SpaceSize:
    from ...properties.engines.slicing.line_size import WITHOUT_END
    from ...properties.engines.slicing.space_size import SpaceSize

    paths = found.interleavings()
    why = WITHOUT_END if paths is None else ""
    return SpaceSize(len(found.graph), found.graph.number_of_edges(), paths, why)
