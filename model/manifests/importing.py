"""The way from paths to the text of a deployment file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import InvalidDeploymentError, Problem
from ..language.loader import loads
from ..language.text import UnreadableFileError, decode
from .draft import Draft, make_draft
from .files import UnreadError, read_file
from .seen import Seen
from .sources import Format, Sources, choose_compose, open_sources
from .updating import Updated, update
from .writing import write_draft


@dataclass(frozen=True, slots=True)
class Imported:
    """What was read. `remarks` are what does not fit together, and what was left out."""

    seen: Seen
    draft: Draft
    remarks: tuple[Problem, ...]


def import_manifests(paths: Iterable[Path], profiles: frozenset[str] = frozenset()) -> Imported:
    """The draft of what files and folders say. Raises `InvalidDeploymentError` with all that is wrong."""
    sources = open_sources(paths)
    seen = Seen()
    if not sources.problems:
        _read(sources, profiles, seen)
    problems = [*sources.problems, *seen.problems]
    if not problems and not any(not unit.is_store for unit in seen.units.values()):
        problems = [*sources.left_out, _report_nothing(sources)]
    if problems:
        raise InvalidDeploymentError(problems)
    draft = make_draft(seen)
    return Imported(seen, draft, (*sources.left_out, *draft.remarks))


def _read(sources: Sources, profiles: frozenset[str], seen: Seen) -> None:
    """Each format by its reader, which is imported when there is something for it."""
    try:
        objects = [document for file in sources.of(Format.KUBERNETES) for document in file.documents]
        if objects:
            from .kubernetes.reading import see_kubernetes

            see_kubernetes(objects, seen)
        compose = choose_compose(sources, is_alone=not objects)
        if compose:
            from .compose.services import see_compose

            see_compose(compose, profiles, seen)
    except UnreadError as error:
        seen.problems.append(error.problem)


def _report_nothing(sources: Sources) -> Problem:
    found = ", ".join(dict.fromkeys(str(file.format) for file in sources.files)) or "no manifest"
    message = f"nothing that runs a team's code was found (there was {found})"
    return Problem(
        "nothing-found", message, fix="name a Compose file, Kubernetes manifests, or a folder of them"
    )


def write_imported(imported: Imported) -> str:
    """The text of a new deployment file, which can be loaded. Raises `InvalidDeploymentError`: our fault."""
    text = write_draft(imported.draft)
    loads(text)
    return text


def update_imported(imported: Imported, path: Path) -> Updated:
    """The deployment file at `path` with what is new. What it says of the kind of a component stands. Raises
    `InvalidDeploymentError` where it cannot be read, or not be edited in place."""
    try:
        text = decode(read_file(path), str(path))
    except UnreadError as error:
        raise InvalidDeploymentError([error.problem]) from None
    except UnreadableFileError as refused:
        raise InvalidDeploymentError([refused.problem]) from None
    kinds = {name: component.kind for name, component in loads(text, str(path)).components.items()}
    return update(text, str(path), make_draft(imported.seen, kinds))
