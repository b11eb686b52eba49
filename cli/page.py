"""A page of text for a person: a width, marks that the encoding knows, and no markup from users."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO, TypeAlias

from msgspec import Struct

from ..model.escapes import make_line_harmless, make_words_harmless
from .styled import Text, rich_text

if TYPE_CHECKING:
    from rich.console import Console

PIPED_WIDTH = 100
"""The width where there is no terminal, so that a log reads the same everywhere."""

NARROWEST = 40
"""On narrower terminals lines are as long as this and the terminal breaks them."""


class PlainScreen(Struct, frozen=True):
    """A file, or what is piped, without colours. `encoding` is that of where the text goes at last."""

    file: TextIO
    encoding: str


Screen: TypeAlias = "PlainScreen | Console"
"""Where a page is written."""


class Glyphs(Struct, frozen=True):
    """The marks that are not ASCII."""

    unsafe: str = "✗"
    safe: str = "✓"
    arrow: str = "→"
    again: str = "·"
    ellipsis: str = "…"
    inside: str = "━"
    outside: str = "┄"
    corner_left: str = "╰"
    corner_right: str = "╯"
    underline: str = "─"


ASCII_GLYPHS = Glyphs("x", "+", "->", ";", "...", "=", "-", "\\", "/", "_")
_ASCII_FOR = {"→": "->", "…": "...", "×": "x", "–": "-", "—": "-"}


class Page:
    """Writes lines to a screen, with marks of `glyphs` and in at most `width` columns.

    Text from users goes through `clean`; nothing is ever read as rich's markup.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        width = PIPED_WIDTH if isinstance(screen, PlainScreen) or not screen.is_terminal else screen.width
        self.width = max(width, NARROWEST)
        self._encoding = screen.encoding
        self.glyphs = Glyphs() if self._knows("✗✓→·…━┄╰╯─") else ASCII_GLYPHS

    def clean(self, text: str) -> str:
        """`text` as it can be shown: control characters, and what the encoding lacks, as escapes."""
        shown = make_words_harmless(text)
        if self._knows(shown):
            return shown
        shown = "".join(_ASCII_FOR.get(char, char) for char in shown)
        return shown.encode(self._encoding, "backslashreplace").decode(self._encoding)

    def line(self, text: Text | None = None) -> None:
        """One line, as long as it is; without trailing spaces."""
        shown = text.stripped() if text is not None else Text()
        # A name may be broken anywhere, so only a whole line shows what a runner would take for a command.
        if (plain := make_line_harmless(shown.plain)) != shown.plain:
            shown = Text(plain, shown.style)
        if isinstance(self._screen, PlainScreen):
            self._screen.file.write(f"{shown.plain}\n")
        else:
            self._screen.print(rich_text(shown), soft_wrap=True)

    def paragraph(self, text: Text, indent: int = 0, hang: int = 0) -> None:
        """`text`, broken between words to fit; lines after the first hang by `hang` more columns."""
        first, *rest = text.wrap(self.width - indent - hang)
        self.line(Text(" " * indent).append_text(first))
        for line in rest:
            self.line(Text(" " * (indent + hang)).append_text(line))

    def ends(self, left: Text, right: Text, indent: int = 0, hang: int = 2) -> None:
        """`left` and `right` at the two ends of a line; below each other where they do not fit, and then all
        but the first line hangs."""
        gap = self.width - indent - left.cell_len - right.cell_len
        if gap < 2:
            self.paragraph(left, indent, hang=hang)
            if right.plain:
                self.paragraph(right, indent + hang)
            return
        self.line(Text(" " * indent).append_text(left).append(" " * gap).append_text(right))

    def _knows(self, text: str) -> bool:
        try:
            text.encode(self._encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True
