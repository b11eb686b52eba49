"""What things are called: places in files, contracts, and what an action names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """Where something stands in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Contract(NamedTuple):
    """The agreement for one subject at one provider."""

    provider: str
    subject: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.subject}"


@dataclass(frozen=True, slots=True)
class Target:
    """What an action names: a component or flag, or one contract of a component."""

    name: str
    subject: str | None = None

    def __str__(self) -> str:
        return self.name if self.subject is None else f"{self.name}/{self.subject}"
