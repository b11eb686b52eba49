"""The gallery is what the examples draw today; `make gallery` draws it anew."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

GALLERY = Path(__file__).parents[2] / "docs" / "gallery"


def test_gallery_is_current() -> None:
    drawn = {name: graph.source for name, graph in runpy.run_path(str(GALLERY / "gallery.py"))["pictures"]()}
    assert sorted(drawn) == sorted(path.stem for path in GALLERY.glob("*.dot"))
    for name, source in drawn.items():
        assert (GALLERY / f"{name}.dot").read_text(encoding="utf-8") == source, f"{name}: run `make gallery`"


def test_every_picture_is_shown() -> None:
    shown = re.findall(r"\]\(([\w-]+)\.svg\)", (GALLERY / "README.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(path.stem for path in GALLERY.glob("*.svg"))
    assert sorted(shown) == sorted(path.stem for path in GALLERY.glob("*.dot"))
