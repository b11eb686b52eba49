"""The way from paths to the text of a deployment file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from ..deployment import Kind
from ..errors import InvalidDeploymentError, Problem
from ..language.loader import loads
from ..language.text import UnreadableFileError, decode
from ..names import Place
from .drafted import Draft
from .drafting import make_draft
from .files import UnreadError, read_file
from .seen import SeenParts, SeenStep
from .sources import ManifestFormat, SourceFile, Sources, choose_compose, open_sources
from .updating import Updated, update
from .views import View
from .writing import write_draft

_PIPELINE = re.compile(r"[A-Za-z_][\w-]{0,99}")
"""A file's name that can be that of a pipeline."""


class Imported(Struct, frozen=True):
    """What was read. `remarks` are what does not fit together, and what was left out."""

    seen: SeenParts
    draft: Draft
    remarks: tuple[Problem, ...]


def import_manifests(paths: Iterable[Path], profiles: frozenset[str] = frozenset()) -> Imported:
    """The draft of what files and folders say. Raises `InvalidDeploymentError` with all that is wrong."""
    sources = open_sources(paths)
    seen = SeenParts()
    if not sources.problems:
        _read(sources, profiles, seen)
    problems = [*sources.problems, *seen.problems]
    if not problems and not any(not unit.is_store for unit in seen.units.values()):
        problems = [*sources.left_out, _report_nothing(sources)]
    if problems:
        raise InvalidDeploymentError(problems)
    draft = make_draft(seen)
    return Imported(seen, draft, (*sources.left_out, *draft.remarks))


def _read(sources: Sources, profiles: frozenset[str], seen: SeenParts) -> None:
    """Each format by its reader, which is imported when there is something for it."""
    try:
        objects = [document for file in sources.of(ManifestFormat.KUBERNETES) for document in file.documents]
        if objects:
            from .kubernetes.reading import see_kubernetes

            see_kubernetes(objects, seen)
        deploys = [(file.path, file.documents[0], file.named) for file in sources.of(ManifestFormat.SPRYKER)]
        if deploys:
            _read_spryker(deploys, sources, seen)
        for file in sources.of(ManifestFormat.PLAN):
            from .terraform import see_plan

            see_plan(file.values[0], str(file.path), seen)
        jobs = [(str(file.path), file.values[0]) for file in sources.of(ManifestFormat.NOMAD)]
        if jobs:
            from .nomad import see_nomad

            see_nomad(jobs, seen)
        compose = choose_compose(sources, is_alone=not seen.units)
        if compose:
            from .compose.services import see_compose

            sources.take_in(see_compose(compose, profiles, seen))
        for file in sources.of(ManifestFormat.CLIENTS) if seen.units else ():
            from .clients import see_clients

            see_clients(file.path, file.values[0], seen)
        _read_jobs(sources, seen)
        for file in sources.of(ManifestFormat.TRACES):
            from .traces import see_traces

            see_traces(file.values, str(file.path), seen)
    except UnreadError as error:
        seen.problems.append(error.problem)
    except RecursionError:
        seen.refuse("something in these files is nested too deeply to be read", None)


def _read_spryker(deploys: list[tuple[Path, View, bool]], sources: Sources, seen: SeenParts) -> None:
    from .spryker import Recipe, choose_deploy, see_spryker

    chosen, view = choose_deploy(deploys)
    for path, _, _ in deploys:
        if path != chosen:
            message = f"left out, for {chosen.name} is read: name the deploy file that is meant"
            sources.left_out.append(Problem("bad-manifest", message, Place(str(path), 1, 1)))
    recipes = [Recipe(file.path, file.documents[0]) for file in sources.of(ManifestFormat.RECIPE)]
    see_spryker(view, recipes, seen)


def _read_jobs(sources: Sources, seen: SeenParts) -> None:
    """Pipelines that were named; of a folder the only one that deploys."""
    files = sources.of(ManifestFormat.GITHUB, ManifestFormat.GITLAB)
    if not files or not seen.units:
        return
    from .continuous import see_jobs
    from .github import is_called_alone, read_github
    from .gitlab import read_gitlab

    readers = {ManifestFormat.GITHUB: read_github, ManifestFormat.GITLAB: read_gitlab}
    files = [file for file in files if file.named or not is_called_alone(file.documents[0])]
    read = [(file, readers[file.format](file.documents[0], file.path, seen)) for file in files]
    deploying = [(file, jobs) for file, jobs in read if file.named or any(job.deploys for job in jobs)]
    for file, jobs in deploying:
        see_jobs(jobs, str(file.format), seen, file.path.stem if len(deploying) > 1 else "")
    waits = {file.path.stem: list(_list_awaited(file, deploying)) for file, _ in deploying}
    if len(deploying) > 1 and not _run_at_once(seen.steps):
        places = [Place(str(file.path), 1, 1) for file, _ in deploying]
        if any(file.named for file, _ in deploying):
            message = "several pipelines move the same: they are written as one, one behind the other"
            seen.remark(message, places[0])
            seen.steps = [replace(step, pipeline="") for step in seen.steps]
            return
        message = "left out, for several pipelines move the same: name the one that is meant"
        sources.left_out += [Problem("bad-manifest", message, place) for place in places]
        seen.steps = []
    seen.steps = list(_hold(seen.steps, waits))


def _list_awaited(file: SourceFile, deploying: Iterable[tuple[SourceFile, object]]) -> Iterator[str]:
    """The pipelines after which one of GitHub is started (`on: workflow_run`)."""
    wanted = {text for text, _ in file.documents[0].at("on", "workflow_run", "workflows").texts()}
    for other, _ in deploying:
        if other is not file and {other.documents[0].at("name").text, other.path.stem} & wanted:
            yield other.path.stem


def _hold(steps: Iterable[SeenStep], waits: Mapping[str, list[str]]) -> Iterator[SeenStep]:
    """The steps, the first that acts in each pipeline behind those that its pipeline waits for."""
    held: set[str] = set()
    for step in steps:
        after = waits.get(step.pipeline, [])
        if step.pipeline in held or not step.actions or not after:
            yield step
            continue
        held.add(step.pipeline)
        yield replace(step, after=tuple(after))


def _run_at_once(steps: Iterable[SeenStep]) -> bool:
    """Whether the steps are of pipelines of which none moves what another does (paragraph 101 of
    docs/semantics.md), each under a name of its own; a rollout of all moves all."""
    moved: dict[str, set[str]] = {}
    for step in steps:
        if step.is_rollout or not _PIPELINE.fullmatch(step.pipeline):
            return False
        moved.setdefault(step.pipeline, set()).update(step.moved)
    return len(moved) > 1 and len(set().union(*moved.values())) == sum(map(len, moved.values()))


def _report_nothing(sources: Sources) -> Problem:
    found = ", ".join(dict.fromkeys(str(file.format) for file in sources.files)) or "no manifest"
    message = f"nothing that runs a team's code was found; what is there: {found}"
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
    updated = update(text, str(path), make_draft(imported.seen, kinds))
    return replace(updated, told=(*updated.told, *_list_other_kinds(imported, kinds)))


def _list_other_kinds(imported: Imported, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """What the file takes for another kind of thing than manifests do; it stands."""
    for component in imported.draft.components:
        seen = Kind(dict(component.keys)["kind"])
        settled = kinds.get(component.name, seen)
        if seen is not settled and not (seen.has_instances and settled.has_instances):
            yield f"{component.name}: a {settled} in the file, a {seen} by manifests ({component.comment})"
