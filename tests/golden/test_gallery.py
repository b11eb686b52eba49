"""The gallery, and the walk through Spryker's document, are what the examples draw today (`make gallery`)."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"
MADE = [("gallery", "gallery.py"), ("sccos-step-by-step", "step_by_step.py")]

Script = Callable[[str], dict[str, Any]]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """What a script of the gallery defines; they import one another, as they do when they are run."""
    monkeypatch.syspath_prepend(str(DOCS / "gallery"))
    return lambda name: runpy.run_path(str(DOCS / "gallery" / name))


@pytest.mark.parametrize(("folder", "name"), MADE)
def test_pictures_are_current(script: Script, folder: str, name: str) -> None:
    drawn = {stem: graph.source for stem, graph in script(name)["pictures"]()}
    assert sorted(drawn) == sorted(path.stem for path in (DOCS / folder).glob("*.dot"))
    for stem, source in drawn.items():
        told = (DOCS / folder / f"{stem}.dot").read_text(encoding="utf-8")
        assert told == source, f"{folder}/{stem}: run `make gallery`"


@pytest.mark.parametrize("folder", [folder for folder, _ in MADE])
def test_every_picture_is_shown(folder: str) -> None:
    text = (DOCS / folder / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r'(?:\]\(|<img src=")([\w-]+)\.svg[)"]', text)
    assert sorted(shown) == sorted(path.stem for path in (DOCS / folder).glob("*.svg"))
    assert sorted(shown) == sorted(path.stem for path in (DOCS / folder).glob("*.dot"))


def test_the_walk_through_the_document_is_current(script: Script) -> None:
    told = (DOCS / "sccos-step-by-step" / "README.md").read_text(encoding="utf-8")
    assert told == script("step_by_step.py")["page"](), "run `make gallery`"
