"""`skewproof export`: the deployment for other tools."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..code import code_option, load_rollouts
from ..options import deployment_options, failures_option, limit_options, load_deployment, write_file
from ..output import hand_over

if TYPE_CHECKING:
    from ...model.compiler.compile import Compiled
    from ...model.deployment import Deployment, Request
    from ...model.resources.limits import Limits


@click.command()
@deployment_options
@limit_options
@click.option(
    "--to",
    "target",
    type=click.Choice(["promela", "dot", "graphml"]),
    required=True,
    help="A model for Spin with a claim for each hazard that could be, or the graph of all interleavings.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="By default: print it.")
@click.option("--request", "name", metavar="NAME", help="Watch this request only.")
@failures_option
@code_option
@click.option("--traffic", is_flag=True, help="In a graph, let others write and use up messages, too.")
def export(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    limits: Limits,
    target: str,
    output: Path | None,
    name: str | None,
    failures: bool,
    allow_code: bool,
    traffic: bool,
) -> None:
    """Write the deployment in FILE for another tool: Spin (Promela), Graphviz (DOT), GraphML.

    \b
    skewproof export deploy.yaml --to promela -o deploy.pml
    """
    from ...model.compiler.compile import compile_deployment

    deployment = load_deployment(file, changes, pessimistic)
    deployment = replace(deployment, failures=failures or deployment.failures)
    request = _request(deployment, name) if name is not None else None
    rollouts = load_rollouts(deployment, allow_code)
    if target == "promela":
        watched = (request,) if request is not None else deployment.requests
        content = _promela([compile_deployment(deployment, one, rollouts=rollouts) for one in watched])
    else:
        compiled = compile_deployment(deployment, request, rollouts=rollouts, traffic=traffic)
        content = _graph(compiled, target, limits)
    if output is None:
        hand_over(content)
    else:
        write_file(output, content)


def _request(deployment: Deployment, name: str) -> Request:
    from ...model.language.suggestions import find_likely

    by_name = {request.name: request for request in deployment.requests}
    if name in by_name:
        return by_name[name]
    near = find_likely(name, by_name)
    hint = f"did you mean `{near}`?" if near else f"the file has: {', '.join(by_name)}"
    raise click.BadParameter(f"there is no request `{name}`; {hint}", param_hint="--request")


def _promela(requests: list[Compiled]) -> bytes:
    from ...properties.promela import to_promela

    return to_promela(requests).text.encode()


def _graph(compiled: Compiled, target: str, limits: Limits) -> bytes:
    from ...diagrams.space import draw_space
    from ...model.compiler.space import explore
    from ...properties.engines.slicing.space_size import refuse_more

    if compiled.walker is None:
        refuse_more(compiled, limits)
    space = explore(compiled, limits)
    return space.graphml() if target == "graphml" else draw_space(space).source.encode()
