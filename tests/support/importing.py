"""Manifests that a test writes, and the deployment that is imported from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.manifests.importing import import_manifests, write_imported

COMPOSE = "services: {web: {image: w}, api: {image: a, environment: {DB_HOST: db}}, db: {image: postgres}}\n"
"""Three services in a file of Compose."""


@dataclass(frozen=True)
class FromManifests:
    """The text that is written, the deployment in it, and what is told beside."""

    text: str
    deployment: Deployment
    told: tuple[str, ...]

    @property
    def edges(self) -> set[tuple[str, str]]:
        return {(hop.consumer, hop.provider) for request in self.deployment.requests for hop in request.hops}

    @property
    def steps(self) -> dict[str, list[str]]:
        return {step.name: [str(action) for action in step.actions] for step in self.deployment.pipeline}

    def line(self, part: str) -> str:
        """The one line that has a text in it."""
        (found,) = [line.strip() for line in self.text.splitlines() if part in line]
        return found


def write_manifests(folder: Path, files: Mapping[str, str]) -> None:
    """Writes the files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")


def import_text(folder: Path, text: str, *profiles: str) -> FromManifests:
    """What one file of manifests comes to."""
    return import_files(folder, {"m.yaml": text}, "m.yaml", profiles=profiles)


def import_files(
    folder: Path, files: Mapping[str, str], *named: str, profiles: tuple[str, ...] = ()
) -> FromManifests:
    """What several files come to; the whole folder, if none is named."""
    write_manifests(folder, files)
    imported = import_manifests([folder / name for name in named] or [folder], frozenset(profiles))
    text = write_imported(imported)
    return FromManifests(text, loads(text), tuple(one.message for one in imported.remarks))
