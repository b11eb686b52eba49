"""How wide a text can be, and how it is broken to fit: measured in DejaVu Sans, the widest of the fonts with
which a viewer may draw what asks for Helvetica, so that it fits in all of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from math import ceil

from ..model.escapes import make_printable
from .wording import cut_middle

_PLAIN = """
318 401 460 838 636 950 780 275 390 390 500 838 318 361 318 337 636 636 636 636 636 636 636 636 636 636
337 337 838 838 838 531 1000 684 686 698 770 632 575 775 752 295 295 656 557 863 748 787 603 787 695 635
611 732 684 989 685 611 685 390 337 390 838 500 500 613 635 550 635 615 352 635 634 278 278 579 278 974
634 612 635 635 411 521 392 634 592 818 592 592 525 636 337 636 838
"""
_BOLD = """
348 456 521 838 696 1002 872 306 457 457 523 838 380 415 380 365 696 696 696 696 696 696 696 696 696 696
400 400 838 838 838 580 1000 774 762 734 830 683 683 821 837 372 372 775 637 995 837 850 733 850 770 720
682 812 774 1103 771 724 725 457 365 457 838 500 500 675 716 593 716 678 435 716 712 343 343 665 343 1042
712 687 716 716 493 595 478 712 652 924 645 652 582 712 365 712 838
"""
_SEAM = re.compile(
    r"(?<=[a-z0-9])(?=[A-Z])"
    r"|(?<=[a-z]{3})(?=(?:service|server|worker|database|gateway|manager|controller|consumer|frontend|backend)s?$)"
)
"""Where one word of a name ends and the next begins: at a capital, before a word that many names end in."""
_WORDS = re.compile(r"\s+|[^\s_/:.-]+[_/:.-]?|.")
_WIDTHS = tuple(tuple(map(int, table.split())) for table in (_PLAIN, _BOLD))
"""Of the characters from space to tilde, in thousandths of the font's size; read from DejaVu Sans 2.37."""


def measure(text: str, size: float, bold: bool = False) -> float:
    """The width of one line in points."""
    return sum(_width(char, bold) for char in text) * size / 1000


def _width(char: str, bold: bool) -> int:
    if " " <= char <= "~":
        return _WIDTHS[bold][ord(char) - 32]
    if unicodedata.combining(char):
        return 0
    return 1000


def break_text(text: str, width: float, size: float, *, bold: bool = False, most: int = 4) -> tuple[str, ...]:
    """The text, fit to be shown, in lines that are at most so wide: broken at spaces and behind `_`, `-`,
    `/`, `.` and `:`, and within what has none. Of more than `most` lines those in the middle give way."""
    lines = [""]
    for word in _WORDS.findall(make_printable(text)):
        for part in _parts(word, width, size, bold):
            if lines[-1] and measure(lines[-1] + part.rstrip(), size, bold) > width:
                lines.append("")
            lines[-1] += part if lines[-1] else part.lstrip()
    if most == 1 and len(lines) > 1:
        return (_cut(make_printable(text), width, size, bold),)
    return tuple(cut_middle([line.rstrip() for line in lines], most))


def fit_name(name: str, width: float, sizes: Sequence[float]) -> tuple[tuple[str, ...], float]:
    """The name, bold, in two lines at most, and its size: the first of the sizes at which none of its words
    has to be cut, or else the first."""

    def is_whole(size: float) -> bool:
        words = [part for word in _WORDS.findall(make_printable(name)) for part in _SEAM.split(word)]
        return all(measure(word.rstrip(), size, bold=True) <= width for word in words)

    size = next(filter(is_whole, sizes), sizes[0])
    return break_text(name, width, size, bold=True, most=2), size


def fit_version(version: str, width: float, size: float) -> tuple[str, ...]:
    """The version, bold, in one line that is at most so wide; of a long one the end stays, by which it is
    told from others."""
    shown = make_printable(version)
    told, left = shown, len(shown)
    while measure(told, size, bold=True) > width and left > 1:
        left -= 1
        head = left // 3
        told = f"{shown[:head]}…{shown[len(shown) - (left - head) :]}"
    return (told,)


def _cut(text: str, width: float, size: float, bold: bool) -> str:
    """As much of the text as fits, with an ellipsis behind it."""
    while text and measure(text + "…", size, bold) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _join_while_fit(parts: list[str], width: float, size: float, bold: bool) -> list[str]:
    """The parts, those in a row together that are not too wide."""
    joined = [""]
    for part in parts:
        if joined[-1] and measure((joined[-1] + part).rstrip(), size, bold) > width:
            joined.append("")
        joined[-1] += part
    return joined


def _parts(word: str, width: float, size: float, bold: bool) -> list[str]:
    """The word, or pieces of it that are not too wide: the words that it is made of, as far as one sees them,
    else pieces about as wide as each other."""
    whole = measure(word.rstrip(), size, bold)
    if whole <= width:
        return [word]
    pieces = ceil(whole / width)
    seen = _join_while_fit(_SEAM.split(word), width, size, bold)
    if len(seen) <= pieces and all(measure(part.rstrip(), size, bold) <= width for part in seen):
        return seen
    even = whole / pieces
    parts = [""]
    for char in word:
        wider = measure(parts[-1] + char, size, bold)
        if parts[-1] and (wider > width or measure(parts[-1], size, bold) >= even):
            parts.append("")
        parts[-1] += char
    return parts
