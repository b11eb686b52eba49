"""Every picture in a browser that has one family of fonts: no text over another, none out of its box."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from skewproof.cli.draw import Picture, draw_all
from skewproof.model.deployment import Deployment
from skewproof.model.language import load, loads
from skewproof.model.resources.limits import Limits
from support.overprint import overprints
from support.picture_samples import HOSTILE, LONG, named, star

from .conftest import SCCOS

SHAPES = ("realistic", "star", "long", "hostile")
PART = {"star": (Picture.ARCHITECTURE, Picture.LANES, Picture.MOMENT, Picture.STORY, Picture.FILM)}
"""What is drawn of what has too many states for the others."""


def deployment(shape: str) -> Deployment:
    match shape:
        case "realistic":
            return load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
        case "star":
            return loads(star(20))
        case _:
            return loads(named(LONG if shape == "long" else HOSTILE))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[Path]]:
    """The pictures of a shape, drawn once."""
    done: dict[str, list[Path]] = {}

    def draw(shape: str) -> list[Path]:
        if shape not in done:
            folder = tmp_path_factory.mktemp(shape)
            kinds = PART.get(shape, tuple(Picture))
            done[shape] = [*draw_all(deployment(shape), {}, folder, "svg", Limits(), kinds)]
        return [path for path in done[shape] if path.suffix == ".svg"]

    return draw


@pytest.mark.parametrize("shape", SHAPES)
def test_no_text_stands_over_another_or_leaves_its_box(
    lone_font: Browser, drawn: Callable[[str], list[Path]], shape: str
) -> None:
    page = lone_font.new_page(reduced_motion="reduce")
    pictures = drawn(shape)
    assert len(pictures) > 6
    faults = {path.name: overprints(page, path.read_text(encoding="utf-8")) for path in pictures}
    page.close()
    assert {name: found for name, found in faults.items() if found} == {}


def test_a_text_that_is_wider_than_its_room_is_seen(lone_font: Browser) -> None:
    page = lone_font.new_page()
    told = "<text x='5' y='15' font-size='10'>much too wide for it</text>"
    told += "<text x='60' y='15' font-size='10'>other</text>"
    svg = f"<svg width='400' height='40'><rect x='4' y='4' width='70' height='14'/>{told}</svg>"
    found = overprints(page, svg)
    page.close()
    assert any("stands over other" in fault for fault in found)
    assert any("leaves its box" in fault for fault in found)
