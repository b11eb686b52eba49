"""Names and comments of a Promela model: what a deployment file contains never becomes code."""

from __future__ import annotations

import re
from itertools import chain, count

LONGEST = 48
"""Longer identifiers are cut; what they lose stands in the comment beside them."""


class Identifiers:
    """Identifiers, each given out once.

    Every text begins with a word of ours, so that none is a keyword of Promela, of the C that
    Spin writes, or a macro of its preprocessor.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def fresh(self, text: str) -> str:
        """An identifier that reads like `text`, and that nothing else has."""
        plain = re.sub(r"[^A-Za-z0-9]+", "_", text)[:LONGEST].strip("_")
        name = next(n for n in chain([plain], (f"{plain}_{n}" for n in count(2))) if n not in self._taken)
        self._taken.add(name)
        return name


def write_comment(text: str) -> str:
    """`text` as one line that can stand in a comment, and can neither end it nor begin another."""
    plain = text.replace("→", "->").replace("×", "x").replace("…", "...")
    line = "".join(char if char.isascii() and char.isprintable() else "?" for char in plain)
    return line.replace("\\", "?").replace("*/", "* /").replace("/*", "/ *").strip()
