"""Colours that the colour-blind tell apart, after Okabe and Ito, "Color Universal Design" (2008).

Colour is never alone: every drawing says in words what its colours mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

INK, GREY, PALE, PAPER = "#222222", "#6B6B6B", "#F2F2F2", "#FFFFFF"
ERROR = "#D55E00"
ERROR_PALE = "#FBE3D5"
CUT = "#0072B2"
MIXED_PALE = "#FFF6DF"
ERROR_TEXT = "#A33F00"
MOVE_PALE, WRITE_PALE, REQUEST_PALE = "#FCEBC8", "#E9E4F2", "#D9EAF5"


class Swatch(NamedTuple):
    """A background and the text colour that is read well on it."""

    fill: str
    text: str


_SWATCHES = (
    Swatch("#0072B2", "#FFFFFF"),
    Swatch("#E69F00", "#000000"),
    Swatch("#009E73", "#000000"),
    Swatch("#CC79A7", "#000000"),
    Swatch("#56B4E9", "#000000"),
    Swatch("#F0E442", "#000000"),
)


def find_swatch(version: str, versions: Sequence[str]) -> Swatch:
    """The colours of a version; after six versions they begin again."""
    return _SWATCHES[versions.index(version) % len(_SWATCHES)] if version in versions else Swatch(PALE, INK)
