"""Where a failing test leaves its pictures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from ..diagrams import DiagramError, draw_story, render
from ..model.deployment import Deployment
from ..model.escapes import make_harmless
from ..model.resources.files import write_whole
from ..properties.hunting.hunter import Find
from ..properties.verdict import Hazard

DEFAULT = ".skewproof"


def draw_hazards(item: pytest.Item, deployment: Deployment, hazards: Iterable[Hazard]) -> str:
    """A line for each picture of a hazard's story: where it lies, or why there is none."""
    try:
        folder = _folder(item.config)
    except (DiagramError, OSError) as error:
        return f"not drawn: {error}"
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
    return make_harmless("\n".join(draw_hazards(item, found.deployment, found.hazards) for found in finds))


def _folder(config: pytest.Config) -> Path:
    given: Path | None = config.getoption("skewproof_drawings")
    if given is not None:
        return config.invocation_params.dir / given
    folder = config.rootpath / DEFAULT
    if folder.is_symlink():  # nobody named it: a checkout that has it already would say where we write
        raise DiagramError(f"{DEFAULT} is a link; remove it, or say --skewproof-drawings DIR")
    if not folder.exists():  # as pytest does for its cache: what we make there is nobody's to commit
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / ".gitignore", b"*\n")
    return folder


def _short(config: pytest.Config, path: Path) -> Path:
    here = config.invocation_params.dir
    return path.relative_to(here) if path.is_relative_to(here) else path
