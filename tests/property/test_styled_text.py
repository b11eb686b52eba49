"""Text that we break ourselves, held against rich, which breaks it on a terminal."""

from __future__ import annotations

from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from skewproof.cli.styled import Text, rich_text

PIECES = st.tuples(st.text("ab  \n漢é✓-", max_size=12), st.sampled_from(["", "red", "dim"]))


def _text(pieces: list[tuple[str, str]]) -> Text:
    made = Text()
    for piece, style in pieces:
        made.append(piece, style)
    return made


@given(st.lists(PIECES, max_size=5).map(_text), st.integers(2, 14))
def test_lines_are_those_of_rich(text: Text, width: int) -> None:
    theirs = rich_text(text).wrap(Console(file=StringIO()), width)
    assert [line.plain for line in text.wrap(width)] == [line.plain.rstrip() for line in theirs]


@given(st.lists(PIECES, max_size=5).map(_text), st.integers(0, 30))
def test_two_parts_are_the_whole(text: Text, where: int) -> None:
    whole = text.part(0, where).append_text(text.part(where))
    assert whole.plain == text.plain
    assert _styles(whole) == _styles(text)


def _styles(text: Text) -> list[str]:
    """The style of each character."""
    return [style for piece, style in text.pieces for _ in piece]
