"""Text in an SVG is as wide as its room, whatever the font."""

from __future__ import annotations

import re

import pytest

from skewproof.diagrams.fitting import hold_to_width


def length(text: str, look: str = "") -> float:
    held = hold_to_width(f'<svg><text x="1" font-size="10.00"{look}>{text}</text></svg>')
    assert f'x="1" font-size="10.00"{look}>{text}</text></svg>' in held
    found = re.search(r'textLength="([\d.]+)" lengthAdjust="spacingAndGlyphs"', held)
    assert found
    return float(found[1])


def test_text_is_as_wide_as_helvetica() -> None:
    assert length("Wi") == pytest.approx(11.66)
    assert length("Wi", ' font-weight="bold"') == pytest.approx(12.22)


def test_entities_are_letters_and_marks_take_no_room() -> None:
    assert length("&lt;a&gt;") == length("\u200e&lt;a&gt;\u200e") == pytest.approx(17.24)
    assert length("é") == length("e")
    assert length("&#160;a&#160;") == pytest.approx(11.12)


def test_no_text_is_wider_than_graphviz_took_it_to_be() -> None:
    """It counts 0.278 for a byte of what it does not know."""
    assert length("→") == pytest.approx(8.34)
    assert length("世界") == pytest.approx(16.68)
    assert length("\U0001f680") == pytest.approx(10.0)


def test_what_shows_nothing_is_left_alone() -> None:
    for svg in ("<svg><text x='1'>a</text></svg>", '<svg><text font-size="9">\xa0</text></svg>', "<svg/>"):
        assert hold_to_width(svg) == svg
