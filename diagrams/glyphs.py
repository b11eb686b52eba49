"""What the font that `graphviz-pure` carries cannot draw."""

from __future__ import annotations

from itertools import groupby

_DRAWN = (
    (0x20, 0x7E),
    (0xA0, 0x377),  # Latin
    (0x37A, 0x37F),
    (0x384, 0x38A),
    (0x38E, 0x3A1),  # Greek
    (0x3A3, 0x52F),  # Cyrillic
    (0x591, 0x5C7),
    (0x5D0, 0x5EA),  # Hebrew
    (0x1E00, 0x1F15),
    (0x2000, 0x2064),  # punctuation
    (0x2070, 0x2071),
    (0x2074, 0x208E),
    (0x20A0, 0x20BE),  # currencies
    (0x2100, 0x214F),
    (0x2190, 0x2195),  # arrows
    (0x2260, 0x2261),
    (0x2264, 0x2265),
    (0x25A0, 0x25A1),
)
"""Ranges of characters that Arimo has, the font of `graphviz-pure` 0.2; it has a few symbols more."""


def make_drawable(text: str) -> str:
    r"""`text` with what Arimo would draw as an empty box as an escape, so that two names stay two; as part of
    a DOT label, in which a backslash is written twice.

    >>> print(make_drawable("Größe 世界 🚀"))
    Größe \\u4e16\\u754c \\U0001f680
    """
    return "".join(
        "".join(run) if drawn else "".join(map(_escaped, run)) for drawn, run in groupby(text, _is_drawn)
    )


def _is_drawn(char: str) -> bool:
    return char < "\x80" or any(first <= ord(char) <= last for first, last in _DRAWN)


def _escaped(char: str) -> str:
    return char.encode("ascii", "backslashreplace").decode("ascii").replace("\\", "\\\\")
