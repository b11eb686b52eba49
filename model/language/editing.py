"""A text that is edited at the places of its values: what nobody touches stays as it was."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..names import Place
from .marks import find_lines


@dataclass(slots=True)
class Edits:
    """Replacements of parts of a text, applied from its end to its beginning."""

    text: str
    parts: list[tuple[int, int, int, str]] = field(default_factory=list)
    line_starts: list[int] = field(default_factory=list)
    line_end: str = "\n"

    def __post_init__(self) -> None:
        self.line_starts = find_lines(self.text)
        self.line_end = "\r\n" if "\r\n" in self.text else "\n"

    def offset_of(self, place: Place) -> int:
        return self.line_starts[place.line - 1] + place.column - 1

    def replace(self, start: int, end: int, by: str) -> None:
        self.parts.append((start, end, len(self.parts), by))

    def insert_lines(self, after: int, lines: Sequence[str]) -> None:
        """New lines below the one in which an offset lies."""
        at = bisect_right(self.line_starts, after)
        if at == len(self.line_starts):
            self.replace(len(self.text), len(self.text), "".join(f"{self.line_end}{line}" for line in lines))
        else:
            start = self.line_starts[at]
            self.replace(start, start, "".join(f"{line}{self.line_end}" for line in lines))

    def apply(self) -> str:
        text = self.text
        for start, end, _, by in sorted(self.parts, reverse=True):
            text = text[:start] + by + text[end:]
        return text

    def line_of(self, offset: int) -> tuple[int, int]:
        """Where the line of an offset begins and ends."""
        at = bisect_right(self.line_starts, offset)
        start = self.line_starts[at - 1]
        end = self.line_starts[at] if at < len(self.line_starts) else len(self.text)
        return start, start + len(self.text[start:end].rstrip("\r\n"))
