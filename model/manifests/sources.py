"""Which files there are, and of which format each is."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from ..errors import Problem
from ..language.document import Mapping, YamlNode
from ..names import Place
from .files import UnreadError, find_template, parse_file, read_file
from .json_files import Json, as_dict, is_trace, read_json
from .views import View

MAX_FILES = 5_000
"""Of one folder; a tree with more is no tree of manifests."""

_SKIPPED = frozenset({"node_modules", "__pycache__", "vendor", "venv", "build", "dist", "target"})
_ENDINGS = (".yaml", ".yml", ".json", ".jsonl")
_MANIFEST = re.compile(rb"apiVersion|^\s*[\"']?(?:services|kind)[\"']?:", re.MULTILINE)
_HCL = (".nomad", ".hcl")
_JSON = re.compile(rb"\s*[\[{]")
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_CLIENTS = ("openapitools.json", "kiota-lock.json")
"""What OpenAPI Generator and Kiota keep beside the code that they write."""
_OVERRIDES = tuple(name.replace("compose.", "compose.override.") for name in _COMPOSE)


class ManifestFormat(StrEnum):
    """What a file is."""

    COMPOSE = "compose"
    KUBERNETES = "kubernetes"
    SPRYKER = "Spryker deploy file"
    RECIPE = "Spryker install recipe"
    GITHUB = "GitHub workflow"
    GITLAB = "GitLab pipeline"
    PLAN = "plan of Terraform"
    NOMAD = "job of Nomad"
    TRACES = "traces"
    CLIENTS = "clients of OpenAPI documents"
    DEPLOYMENT = "deployment file"
    UNKNOWN = "unknown"


class SourceFile(Struct, frozen=True):
    """A file with its documents."""

    path: Path
    format: ManifestFormat
    documents: tuple[View, ...] = ()
    named: bool = True
    """Whether somebody named it, and did not only name a folder above it."""
    values: tuple[Json, ...] = ()
    """What is in a file of JSON that is no manifest: a plan, traces."""


@dataclass(slots=True)
class Sources:
    """All files that are read; `left_out` are those of folders that are not, with the reason."""

    files: list[SourceFile] = field(default_factory=list)
    left_out: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def leave_out(self, problem: Problem, content: bytes) -> None:
        """Tells of a file that cannot be read, if it could have been a manifest; of a chart once."""
        if problem.code == "template":
            is_told = any(one.code == problem.code and one.fix == problem.fix for one in self.left_out)
        else:
            is_told = bool(content) and _MANIFEST.search(content) is None
        if not is_told:
            self.left_out.append(problem)

    def take_in(self, read: Iterable[Path]) -> None:
        """Says no more of files that they are left out, where others have put them in."""
        known = {str(path.resolve()) for path in read}
        self.left_out = [one for one in self.left_out if not _stands_in(one, known)]

    def of(self, *formats: ManifestFormat) -> list[SourceFile]:
        return [file for file in self.files if file.format in formats]


def _stands_in(problem: Problem, files: Collection[str]) -> bool:
    return problem.place is not None and str(Path(problem.place.file).resolve()) in files


def open_sources(paths: Iterable[Path]) -> Sources:
    """The files of paths, each read once, in the order in which they were named; folders by name."""
    sources = Sources()
    known: set[Path] = set()
    for path in paths:
        is_folder = path.is_dir()
        for file in list_files(path, sources) if is_folder else [path]:
            if file not in known:
                known.add(file)
                _open(file, not is_folder, sources)
    return sources


def list_files(folder: Path, sources: Sources) -> Iterator[Path]:
    """The files below a folder that could be manifests; links to folders are not followed."""
    count = 0
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not _is_hidden(name))
        for name in sorted(names):
            if name.endswith(_ENDINGS) and not _is_hidden(name):
                count += 1
                if count > MAX_FILES:
                    message = f"more than {MAX_FILES:,} files that could be manifests"
                    fix = "name the folders in which they are"
                    sources.problems.append(
                        Problem("bad-manifest", message, Place(str(folder), 1, 1), fix=fix)
                    )
                    return
                yield Path(above) / name


def _is_hidden(name: str) -> bool:
    return name.startswith(".") and name not in (".github", ".gitlab-ci.yml", ".")


def _open(path: Path, named: bool, sources: Sources) -> None:
    content = b""
    try:
        content = read_file(path)
        values = tuple(read_json(content)) if _JSON.match(content) else ()
        form = ManifestFormat.CLIENTS if path.name in _CLIENTS and values else _recognise_json(values)
        if form is not None:
            sources.files.append(SourceFile(path, form, (), named, values))
            return
        stream = parse_file(path, content)
    except UnreadError as error:
        if named:
            sources.problems.append(error.problem)
        else:
            sources.leave_out(error.problem, content)
        return
    documents = tuple(
        View(root, root.place) for root in stream.roots if isinstance(root, Mapping) or _is_patch(root)
    )
    found = _recognise(path, documents)
    if found is ManifestFormat.UNKNOWN and named:
        message = "this is no manifest of a format that is known"
        fix = "nomad job run -output FILE > job.json, and name that" if path.suffix in _HCL else None
        unknown = Problem("bad-manifest", message, Place(str(path), 1, 1), fix=fix)
        sources.problems.append(find_template(path, content) or unknown)
    elif found is not ManifestFormat.UNKNOWN:
        sources.files.append(SourceFile(path, found, documents, named))


def _recognise_json(values: tuple[Json, ...]) -> ManifestFormat | None:
    """What is read as JSON; manifests in JSON are read as YAML, for their lines."""
    if any(map(is_trace, values)):
        return ManifestFormat.TRACES
    if any(isinstance(as_dict(as_dict(one).get("Job")).get("TaskGroups"), list) for one in values):
        return ManifestFormat.NOMAD
    is_plan = any(isinstance(one, dict) and isinstance(one.get("planned_values"), dict) for one in values)
    return ManifestFormat.PLAN if is_plan else None


def _recognise(path: Path, documents: tuple[View, ...]) -> ManifestFormat:
    if any(one.at("apiVersion").text and one.at("kind").text for one in documents):
        return ManifestFormat.KUBERNETES
    if path.stem.lower() == "kustomization" or any(one.is_list for one in documents):
        return ManifestFormat.KUBERNETES
    if any(one.at("components").is_mapping and one.at("requests").is_mapping for one in documents):
        return ManifestFormat.DEPLOYMENT
    if any(one.at("groups").is_mapping and one.at("services").is_mapping for one in documents):
        return ManifestFormat.SPRYKER
    if any(one.at("sections").is_mapping for one in documents):
        return ManifestFormat.RECIPE
    if any(one.at("jobs").is_mapping and one.at("on").node is not None for one in documents):
        return ManifestFormat.GITHUB
    if path.name.endswith((".gitlab-ci.yml", ".gitlab-ci.yaml")) or path.name == "gitlab-ci.yml":
        return ManifestFormat.GITLAB
    if any(one.at("services").is_mapping or one.at("include").is_list for one in documents):
        return ManifestFormat.COMPOSE
    return ManifestFormat.UNKNOWN


def _is_patch(root: YamlNode) -> bool:
    """Whether it is a list of operations (JSON 6902), which a kustomization applies."""
    items = list(View(root, root.place).items())
    return bool(items) and all(one.at("op").text and one.at("path").text for one in items)


def choose_compose(sources: Sources, is_alone: bool) -> list[Path]:
    """The files that Compose would read: those that were named, else those by name in the highest folder.

    Where a folder has manifests of a cluster too, they count, and Compose is for who develops.
    """
    files = sources.of(ManifestFormat.COMPOSE)
    named = [file.path for file in files if file.named]
    if named or not files:
        return named
    if not is_alone:
        message = "left out, for there are manifests of a cluster as well; name it to import it"
        sources.left_out += [Problem("bad-manifest", message, Place(str(file.path), 1, 1)) for file in files]
        return []
    by_name = {file.path: file for file in files if file.path.name in (*_COMPOSE, *_OVERRIDES)}
    bases = sorted(
        (path for path in by_name if path.name in _COMPOSE), key=lambda path: (len(path.parts), path)
    )
    if not bases:
        return [files[0].path]
    folder = bases[0].parent
    override = [path for path in by_name if path.parent == folder and path.name in _OVERRIDES]
    chosen = [bases[0], *override]
    for file in files:
        if file.path not in chosen:
            message = "not read: name it behind the others to lay it over them"
            sources.left_out.append(Problem("bad-manifest", message, Place(str(file.path), 1, 1)))
    return chosen
