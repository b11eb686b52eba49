"""Text with styles, and the width that it takes: what a page is made of.

Most pages go to a file or a pipe, which has no styles: so that rich is imported only where somebody looks on,
a text is here a sequence of pieces, and `rich_text` makes rich's of it. The widths of characters are rich's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells

if TYPE_CHECKING:
    from rich.text import Text as RichText

Piece = tuple[str, str]
"""A part of a text, and its style as rich writes it."""

_WORD = re.compile(r"\s*\S+\s*")


class Text:
    """A text in pieces of one style each; `style` lies under all of them."""

    __slots__ = ("pieces", "style")

    def __init__(self, plain: str = "", style: str = "") -> None:
        self.pieces: list[Piece] = [(plain, "")] if plain else []
        self.style = style

    def append(self, more: Text | str, style: str = "") -> Text:
        """This text, with more at its end."""
        return self.append_text(more) if isinstance(more, Text) else self._add([(more, style)])

    def append_text(self, more: Text) -> Text:
        """This text, with another at its end, each piece as it was."""
        return self._add((text, _both(more.style, style)) for text, style in more.pieces)

    @property
    def plain(self) -> str:
        return "".join(text for text, _ in self.pieces)

    @property
    def cell_len(self) -> int:
        """The columns that it takes."""
        return cell_len(self.plain)

    def part(self, start: int, stop: int | None = None) -> Text:
        """The characters from `start` on, as they are styled."""
        found, begin = Text(style=self.style), 0
        for text, style in self.pieces:
            inside = text[max(start - begin, 0) : None if stop is None else max(stop - begin, 0)]
            found._add([(inside, style)])
            begin += len(text)
        return found

    def stripped(self) -> Text:
        """Without what is blank at its end."""
        return self.part(0, len(self.plain.rstrip()))

    def wrap(self, width: int) -> list[Text]:
        """Lines of at most `width` columns, broken between words, without what is blank at their ends; a
        longer word is broken anywhere."""
        lines, begin = list[Text](), 0
        for line in self.plain.split("\n"):
            cuts = [0, *_find_breaks(line, width), len(line)]
            lines += [self.part(begin + a, begin + b).stripped() for a, b in pairwise(cuts)]
            begin += len(line) + 1
        return lines

    def _add(self, pieces: Iterable[Piece]) -> Text:
        self.pieces += [piece for piece in pieces if piece[0]]
        return self


def rich_text(text: Text) -> RichText:
    """The same for rich, which writes it as a terminal needs it."""
    from rich.text import Text as RichText

    made = RichText(style=text.style)
    for piece, style in text.pieces:
        made.append(piece, style or None)
    return made


def _both(under: str, over: str) -> str:
    return f"{under} {over}".strip()


def _find_breaks(line: str, width: int) -> Iterator[int]:
    """Where a line is broken: before a word for which there is no room, and within one that fits nowhere."""
    column = 0
    for found in _WORD.finditer(line):
        word, start = found[0], found.start()
        needed = cell_len(word.rstrip())
        if column + needed <= width:
            column += cell_len(word)
        elif needed > width:
            for part in chop_cells(word, width):
                if start:
                    yield start
                start += len(part)
                column = cell_len(part)
        else:
            if start:
                yield start
            column = cell_len(word)
