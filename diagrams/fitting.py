"""Text in an SVG, held to the width for which room was made.

Graphviz measures in Helvetica, and whoever looks may have other fonts only: DejaVu Sans for one, which is
wider by a seventh and would run over what is beside it.
"""

from __future__ import annotations

import html
import re
import unicodedata

_PLAIN = """
278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556
278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667
611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833
556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584
"""
_BOLD = """
278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556
333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 667 778 722 667
611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 556 278 889
611 611 611 611 389 556 333 611 556 778 556 556 500 389 280 389 584
"""
_WIDTHS = tuple(tuple(map(int, table.split())) for table in (_PLAIN, _BOLD))
"""Of the characters from space to tilde in Helvetica, in thousandths of the font's size (Adobe's metrics)."""
_OTHERS = {"\xa0": 278, "×": 584, "·": 278, "“": 333, "”": 333, "‘": 222, "’": 222, "–": 556}
_PER_BYTE = 278
"""What Graphviz takes for a byte of a character that is not in its tables."""
_TEXT = re.compile(r"<text ([^>]*)>([^<]*)</text>")
_SIZE = re.compile(r'font-size="([\d.]+)"')


def hold_to_width(svg: str) -> str:
    """The SVG of Graphviz, every text of which is drawn as wide as Helvetica would be, whatever the font, and
    never wider than Graphviz took it to be."""
    return _TEXT.sub(_hold, svg)


def _hold(found: re.Match[str]) -> str:
    look, text = found[1], html.unescape(found[2])
    size = _SIZE.search(look)
    if size is None or not text.strip():
        return found[0]
    widths = [_width(char, 'font-weight="bold"' in look) for char in text]
    drawn, taken = (sum(both[which] for both in widths) for which in (0, 1))
    length = min(drawn, taken) * float(size[1]) / 1000
    return f'<text textLength="{length:.2f}" lengthAdjust="spacingAndGlyphs" {look}>{found[2]}</text>'


def _width(char: str, bold: bool) -> tuple[int, int]:
    """As wide as it is drawn, and as wide as Graphviz takes it to be."""
    if " " <= char <= "~":
        width = _WIDTHS[bold][ord(char) - 32]
        return width, width
    return _drawn_width(char, bold), _PER_BYTE * len(char.encode("utf-8", "surrogatepass"))


def _drawn_width(char: str, bold: bool) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) == "Cf":
        return 0
    if char in _OTHERS:
        return _OTHERS[char]
    base = unicodedata.normalize("NFD", char)[0]
    return _WIDTHS[bold][ord(base) - 32] if " " <= base <= "~" else 1000
