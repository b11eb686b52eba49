"""What somebody may have meant who wrote a word that there is not: the one place where that is guessed."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 200
"""Longer words are not held against names."""


def find_likely(text: str, names: Iterable[str]) -> str | None:
    """The name that is most like the text; one that differs in its case alone before any other. None where
    none is like it."""
    if len(text) > LONGEST:
        return None
    from difflib import get_close_matches  # only who has made a mistake pays for it

    known = list(names)
    alike = [name for name in known if name.casefold() == text.casefold()]
    return next(iter(alike or get_close_matches(text, known, n=1)), None)
