"""The files for CI of `docs/ci`, with what they have to be told: which file, and where skewproof is from."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import click

FOLDER = Path(__file__).parents[1] / "docs" / "ci"
NOWHERE = "0" * 40
_PLAIN = re.compile(r"[\w./-]+")
_GITHUB = re.compile(r"(?:https://|ssh://git@|git@)github\.com[/:](?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?/?")
_ADDRESS = re.compile(r"(?:https|ssh)://[\w./:@~+-]+")


class CiService(Enum):
    """Whose CI it is, and the file that it reads."""

    GITHUB = Path(".github/workflows/release-safety.yml")
    GITLAB = Path(".gitlab-ci.yml")

    @property
    def path(self) -> Path:
        return self.value


class ReadyMade(NamedTuple):
    """A file for CI, and what is to be said of it."""

    text: str
    told: str


def write_ready_made(service: CiService, deployment: Path) -> ReadyMade:
    """The file for a deployment. Where skewproof was installed from a repository, it is installed from there,
    at the same commit. Raises `click.UsageError` for a path that YAML or a shell would want quoted."""
    file = PurePosixPath(deployment.as_posix())
    if file.is_absolute() or not _PLAIN.fullmatch(str(file)):
        raise click.UsageError(f"{deployment}: for CI name a file below this folder, of plain letters")
    text = (FOLDER / f"{service.name.lower()}.yml").read_text(encoding="utf-8")
    text = text.replace("skewproof.yaml", str(file))
    source = _find_source(service)
    if source is None:
        return ReadyMade(text, "put in where your copy of skewproof lies, and its commit, as its head says")
    placeholder = re.search(rf"\S+@{NOWHERE}", text)
    assert placeholder is not None, "the file has a place for it"
    return ReadyMade(text.replace(placeholder[0], source), f"installs {source}")


def _find_source(service: CiService) -> str | None:
    """Where skewproof was installed from, by what pip wrote down (PEP 610); None unless that is a commit of a
    repository that the service can reach in this way."""
    import json
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        direct = json.loads(distribution("skewproof").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return None
    address, commit = str(direct.get("url", "")), str(direct.get("vcs_info", {}).get("commit_id", ""))
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        return None
    if service is CiService.GITHUB:
        found = _GITHUB.fullmatch(address)
        return None if found is None else f"{found['name']}@{commit}"
    return f"git+{address}@{commit}" if _ADDRESS.fullmatch(address) else None
