"""What a statement on an answer is: a sentence behind a word."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Tone(StrEnum):
    """How a statement is to be taken."""

    PLAIN = "plain"
    GOOD = "good"
    WARNING = "warning"


class Statement(NamedTuple):
    """A sentence behind the word that it is about."""

    label: str
    text: str
    tone: Tone = Tone.PLAIN
