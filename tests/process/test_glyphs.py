"""What the bundled font lacks is an escape in PNG, and only there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from skewproof.diagrams.glyphs import make_drawable
from skewproof.diagrams.graphviz import build_digraph, draw_picture, escape

PURE = Path(sys.executable).parent / "graphviz-pure"


def pixels(text: str) -> bytes:
    """What `graphviz-pure` makes of the text, whether it can draw it or not."""
    dot = f"digraph {{ n [label=<{text}> shape=plain fontname=Helvetica fontsize=40] }}"
    return subprocess.run([PURE, "-Tpng"], input=dot.encode(), capture_output=True, check=True).stdout


@pytest.mark.parametrize("char", [*"ßŐжΩש→×·…■≤€ſ", "\u1e9e", "\u200e", "\u2191"])
def test_what_the_font_has_is_drawn(char: str) -> None:
    assert make_drawable(char) == char
    assert pixels(char) != pixels("\ue000")  # an empty box


@pytest.mark.parametrize("char", "世界한ไह✓\U0001f680")
def test_what_the_font_lacks_is_an_escape(char: str) -> None:
    box = "\ue000" if len(char.encode()) == 3 else "\U000f0000"  # private, and as many bytes: as wide
    assert pixels(char) == pixels(box)
    assert make_drawable(f"a{char}b") not in {"ab", f"a{char}b"}
    assert make_drawable(char).isascii()


def test_two_names_that_it_lacks_stay_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    drawn = set()
    for name in ("世界", "日本", "🚀🚀"):
        graph = build_digraph("t")
        graph.node("n", label=f"<{escape(name)}>")
        drawn.add(draw_picture(graph, "png"))
        assert name in draw_picture(graph, "svg").decode()
        assert 'font-family="Helvetica,Arial,' in draw_picture(graph, "svg").decode()
    assert len(drawn) == 3


def test_what_follows_a_name_from_the_right_stays_behind_it() -> None:
    assert escape("בסיס: 1×V2") == "בסיס\u200e: 1×V2"
    assert escape("zed: 1×V2") == "zed: 1×V2"
