"""The way from paths to the text of a harness."""

from __future__ import annotations

import os.path
from pathlib import Path

from msgspec import Struct

from ....model.deployment import Deployment
from ....model.errors import InvalidDeploymentError, Problem, render_problems
from ....model.language import load, loads
from ....model.manifests.compose.containers import Container, list_containers
from ....model.manifests.files import UnreadError
from ....model.manifests.importing import import_manifests, write_imported
from ....model.manifests.sources import choose_compose, open_sources
from ....model.names import Place
from .application import Application, Release
from .calls import list_call_files
from .module import name_class, write_module
from .proposing import propose
from .writing import Blank, CodeText, write_text


class Proposed(Struct, frozen=True):
    """A module of so many parts, requests and blanks; `name` is what `learn` calls it.

    `deployment` is the text of the deployment file, if there was none; `remarks` are to be told.
    """

    module: str
    deployment: str | None
    remarks: tuple[str, ...]
    name: str
    parts: int
    requests: int
    blanks: int


def make_proposal(compose: Path, deployment: Path, old: Path | None, output: Path) -> Proposed:
    """A harness for the services of a Compose project under a deployment file.

    That is read, or made from the project where there is none. Raises `InvalidDeploymentError`.
    """
    remarks: list[str] = []
    newest = _list_containers(compose)
    text, parsed = _find_deployment(compose, deployment, remarks)
    first = _list_containers(old) if old is not None else None
    releases = _list_releases(parsed, compose, newest, old, first, output)
    files, refused = list_call_files(_folder(compose))
    proposal = propose(Application(parsed, tuple(releases), tuple(files)))
    remarks += [f"left out: {one}" for one in refused]
    if proposal.left_out:
        names = ", ".join(proposal.left_out)
        remarks.append(f"left out, for {deployment} has no component of the name: {names}")
    folder = output.absolute().parent
    module = write_module(proposal, os.path.relpath(deployment.absolute(), folder), output.stem)
    blanks = module.count("blank(") - 1  # one stands in its head
    name = f"{output.stem}:{name_class(parsed.system)}"
    counts = len(proposal.parts), len(proposal.requests), blanks
    return Proposed(module, text, tuple(remarks), name, *counts)


def _folder(compose: Path) -> Path:
    return compose if compose.is_dir() else compose.parent


def _list_containers(path: Path) -> dict[str, Container]:
    sources = open_sources([path])
    files = choose_compose(sources, is_alone=True) if not sources.problems else []
    problems = [*sources.problems]
    if not problems and not files:
        problems = [
            *sources.left_out,
            Problem("nothing-found", "this is no Compose file", Place(str(path), 1, 1)),
        ]
    try:
        if not problems:
            return list_containers(files)
    except UnreadError as error:
        problems = [error.problem]
    raise InvalidDeploymentError(problems)


def _find_deployment(compose: Path, file: Path, remarks: list[str]) -> tuple[str | None, Deployment]:
    """The deployment, and its text where there is no file yet."""
    if file.exists():
        return None, load(file)
    imported = import_manifests([compose])
    if imported.remarks:
        remarks.append(render_problems(imported.remarks))
    text = write_imported(imported)
    return text, loads(text, str(file))


def _list_releases(
    deployment: Deployment,
    compose: Path,
    newest: dict[str, Container],
    old: Path | None,
    first: dict[str, Container] | None,
    output: Path,
) -> list[Release]:
    """The last version is what lies here; the first what `old` says; where others lie is asked."""
    here = output.absolute().parent
    found = []
    for number, version in enumerate(deployment.versions):
        top: CodeText | Blank = Blank(
            f"the folder of {version}, as {_folder(compose)} is that of {deployment.versions[-1]}: a "
            f"checkout of its release (`git worktree add ../{version} TAG` makes one)"
        )
        containers = newest
        if number == len(deployment.versions) - 1:
            top = _write_folder(_folder(compose), here)
        elif number == 0 and old is not None and first is not None:
            top, containers = _write_folder(_folder(old), here), first
        found.append(Release(version, top, containers))
    return found


def _write_folder(folder: Path, here: Path) -> CodeText:
    path = os.path.relpath(folder.absolute(), here)
    return CodeText("HERE" if path == "." else f"HERE / {write_text(path)}")
