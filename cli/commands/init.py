"""`skewproof init`: a first deployment file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..options import resource_options, write_file
from ..output import complain, say
from ..ready_made import CiService, write_ready_made

if TYPE_CHECKING:
    from ...model.deployment import Deployment
    from ...model.manifests.importing import Imported

NAME = Path("skewproof.yaml")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    default=NAME,
    show_default=True,
    help="The file to write; one that is there is left alone.",
)
@click.option(
    "--ci",
    type=click.Choice([service.name.lower() for service in CiService]),
    help="Write what brings the verdict to each pull request as well.",
)
@click.option("--starter", is_flag=True, help="Read no manifests: write the example to change.")
@resource_options()
def init(paths: tuple[Path, ...], output: Path, ci: str | None, starter: bool) -> None:
    """Write a first deployment file: from the manifests in PATH... (by default in this folder), or, where
    there are none, a small example with comments, to be changed.

    It asks nothing, and overwrites nothing: with --ci a FILE that is there is taken as it is. What
    manifests cannot tell stands in the file as comments that ask for it. `skewproof import PATH -o FILE` adds
    to a file that is there.

    \b
    skewproof init
    skewproof init k8s/ -o shop.yaml
    skewproof init --ci github -o web.skew.yaml
    """
    if starter and paths:
        raise click.UsageError("--starter reads no manifests: leave out PATH")
    service = None if ci is None else CiService[ci.upper()]
    is_there = os.path.lexists(output)
    if is_there and (service is None or paths or starter):
        raise click.UsageError(f"{output} is there already: `skewproof import PATH -o {output}` adds to it")
    if service is not None and os.path.lexists(service.path):
        raise click.UsageError(f"{service.path} is there already; docs/ci has what could stand in it")
    ready = None if service is None else write_ready_made(service, output)
    told = [f"{output}: there already, and left as it is"] if is_there else _begin(output, paths, starter)
    if service is not None and ready is not None:
        service.path.parent.mkdir(parents=True, exist_ok=True)
        write_file(service.path, ready.text.encode())
        say(f"{service.path}: {ready.told}")
    for line in told:
        say(line)


def _begin(output: Path, paths: tuple[Path, ...], starter: bool) -> list[str]:
    """Writes the first file, and what is said of it."""
    imported = None if starter else _import(paths)
    text = _write(imported)
    write_file(output, text.encode())
    return list(_tell(output, text, is_example=imported is None))


def _import(paths: tuple[Path, ...]) -> Imported | None:
    """What the manifests say; None where nobody named any, and there are none."""
    from ...model.errors import InvalidDeploymentError, render_problems
    from ...model.manifests.importing import import_manifests

    try:
        imported = import_manifests(paths or (Path(),))
    except InvalidDeploymentError as wrong:
        if not paths and all(problem.code == "nothing-found" for problem in wrong.problems):
            return None
        complain("`skewproof init --starter` reads no manifests, and writes an example to change")
        raise
    if imported.remarks:
        complain(render_problems(imported.remarks))
    return imported


def _write(imported: Imported | None) -> str:
    from ...model.manifests.importing import write_imported
    from ..starter import STARTER

    return STARTER if imported is None else write_imported(imported)


def _tell(output: Path, text: str, *, is_example: bool) -> Iterator[str]:
    from ...model.language import loads

    source = "an example to change: there are no manifests here" if is_example else "from manifests"
    yield f"{output}: {_count(loads(text, str(output)))}, {source}"
    yield f"next: skewproof check {output}" + ("" if is_example else " --pessimistic")


def _count(deployment: Deployment) -> str:
    from ...diagrams.wording import count

    parts = (
        (len(deployment.components), "component"),
        (len(deployment.requests), "request"),
        (len(deployment.pipeline), "step"),
    )
    return ", ".join(count(number, word) for number, word in parts)
