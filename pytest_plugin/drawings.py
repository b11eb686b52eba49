"""Where a failing test leaves its pictures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from ..diagrams import DiagramError, draw_story, render
from ..model.deployment import Deployment
from ..properties.hunting.hunter import Find
from ..properties.verdict import Hazard

DEFAULT = ".skewproof"


def draw_hazards(item: pytest.Item, deployment: Deployment, hazards: Iterable[Hazard]) -> str:
    """A line for each picture of a hazard's story: where it lies, or why there is none."""
    folder = _folder(item.config)
    place = (
        item.path.relative_to(item.config.rootpath) if item.path.is_relative_to(item.config.rootpath) else ""
    )
    lines = []
    for hazard in hazards:
        name = f"{place} {item.name} {hazard.id}"
        try:
            path = render(draw_story(deployment, hazard), folder, name, "svg")
        except DiagramError as error:
            lines.append(f"not drawn: {error}")
        else:
            lines.append(f"drawn: {_short(item.config, path)}")
    return "\n".join(lines)


def draw_finds(item: pytest.Item, finds: tuple[Find, ...]) -> str:
    """The same for what a hunt has found."""
    return "\n".join(draw_hazards(item, found.deployment, found.hazards) for found in finds)


def _folder(config: pytest.Config) -> Path:
    given: Path | None = config.getoption("skewproof_drawings")
    if given is not None:
        return config.invocation_params.dir / given
    folder = config.rootpath / DEFAULT
    if not folder.exists():  # as pytest does for its cache: what we make there is nobody's to commit
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n")
    return folder


def _short(config: pytest.Config, path: Path) -> Path:
    here = config.invocation_params.dir
    return path.relative_to(here) if path.is_relative_to(here) else path
