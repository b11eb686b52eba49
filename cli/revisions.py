"""Deployment files as they are, or as they were in a revision: `deploy.yaml`, `main:deploy.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..model.language.document import Document

MARK = ":"


class NoSuchFileError(Exception):
    """There is a revision, and no such file in it."""


def read_named(name: str) -> Document:
    """The document in a file; or, behind a revision and a colon, as it is there, as git has it: from the root
    of the repository, or from the working folder if the path begins with a dot. Nothing is checked out.

    Raises `click.ClickException` for what is no revision, `NoSuchFileError`.
    """
    from ..model.language.document import parse_document, read_document

    if not is_of_revision(name):
        return read_document(name)
    revision, _, path = name.partition(MARK)
    return parse_document(_read_blob(revision, path), name)


def reader_of(name: str, others: Collection[str]) -> Callable[[str], Document]:
    """Reads the deployment of that name, the `others`, and, in the revision of the deployment, what it
    names itself."""
    revision = name.partition(MARK)[0] if is_of_revision(name) else ""

    def read(asked: str) -> Document:
        is_here = not revision or asked in {name, *others} or asked.startswith(revision + MARK)
        return read_named(asked if is_here else f"{revision}{MARK}{asked}")

    return read


def is_of_revision(name: str) -> bool:
    """Whether the name is that of no file, and of a path in a revision."""
    revision, mark, path = name.partition(MARK)
    return bool(revision and mark and path) and not Path(name).exists()


def _read_blob(revision: str, path: str) -> bytes:
    from ..model.evidence.sides import UnjudgedError
    from ..model.evidence.trees import GitTree, RevisionError, open_root

    try:
        root = open_root(revision, Path.cwd())
        if not isinstance(root.tree, GitTree):
            raise click.ClickException(f"`{revision}` is a folder, and no revision of a repository")
        told = root.path(path) if path.startswith(".") else path
        if told not in root.tree.list("."):
            raise NoSuchFileError(f"there is no file `{told}` at {revision}")
        return root.tree.read(told)
    except (RevisionError, UnjudgedError) as error:
        raise click.ClickException(str(error)) from error
