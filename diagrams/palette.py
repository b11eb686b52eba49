"""Colours that the colour-blind tell apart, after Okabe and Ito, "Color Universal Design" (2008).

Colour is never alone: every drawing says in words what its colours mean. The report has the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

INK, GREY, PALE, PAPER = "#222222", "#5F5F5F", "#F2F2F2", "#FFFFFF"
ERROR, ERROR_PALE, ERROR_TEXT = "#B3261E", "#FDECEA", "#8C1710"
"""Red is for what breaks, and for nothing else."""
GOOD_PALE, GOOD_TEXT = "#E4F4EA", "#12633A"
CUT = "#6A3D9A"
MIXED_PALE = "#F1EEE4"
MOVE_PALE, WRITE_PALE, REQUEST_PALE = "#ECE8DC", "#E9E4F2", "#DDE3EA"


class Swatch(NamedTuple):
    """A background and the text colour that is read well on it."""

    fill: str
    text: str


_SWATCHES = (
    Swatch("#0072B2", "#FFFFFF"),
    Swatch("#00805A", "#FFFFFF"),
    Swatch("#CC79A7", "#000000"),
    Swatch("#56B4E9", "#000000"),
    Swatch("#F0E442", "#000000"),
    Swatch("#A6A6A6", "#000000"),
)
"""Of the first version blue, of the next green; none is red or orange."""


def find_swatch(version: str, versions: Sequence[str]) -> Swatch:
    """The colours of a version; after six versions they begin again."""
    return _SWATCHES[versions.index(version) % len(_SWATCHES)] if version in versions else Swatch(PALE, INK)
