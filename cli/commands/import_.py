"""`skewproof import`: a deployment file from manifests that a team has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..options import resource_options, write_file
from ..output import complain, say

if TYPE_CHECKING:
    from ...model.manifests.importing import Imported


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the deployment to FILE; one that is there gains what is new.  [default: standard output]",
)
@click.option(
    "--profile",
    "profiles",
    multiple=True,
    metavar="NAME",
    help="Start what this profile of Compose starts; `*` is all.",
)
@resource_options()
def import_(paths: tuple[Path, ...], output: Path | None, profiles: tuple[str, ...]) -> None:
    """Write a deployment file from the manifests in PATH...

    Components, who calls whom, and the steps of the deployment, each with the file and line that says so.
    Compose files are laid one over the other, as `docker compose -f` does. What no file tells stands in the
    output as a comment that asks for it.

    \b
    skewproof import k8s/ -o skewproof.yaml
    """
    from ...model.manifests.importing import import_manifests

    imported = import_manifests(paths, frozenset(profiles))
    _tell(imported)
    _write(imported, output)


def _tell(imported: Imported) -> None:
    from ...model.errors import render_problems

    if imported.remarks:
        complain(render_problems(imported.remarks))


def _write(imported: Imported, output: Path | None) -> None:
    from ...model.manifests.importing import update_imported, write_imported

    if output is None:
        say(write_imported(imported).rstrip("\n"))
    elif output.exists() and output.is_file() and output.stat().st_size:
        updated = update_imported(imported, output)
        complain("\n".join(updated.told))
        if updated.is_changed:
            write_file(output, updated.text.encode())
    else:
        write_file(output, write_imported(imported).encode())
