"""Values as Python: what is written is what is read, and nothing else."""

from __future__ import annotations

import ast

import hypothesis.strategies as st
from hypothesis import given, settings

from skewproof.model.escapes import make_printable
from skewproof.properties.harness.proposal.writing import (
    Blank,
    Called,
    CodeText,
    ForEach,
    write_comment,
    write_text,
    write_value,
)

TEXTS = st.text(st.characters(codec="utf-8"), max_size=120)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.integers(0, 24))
@settings(max_examples=100)
def test_what_is_written_is_what_is_read(value: object, indent: int) -> None:
    assert ast.literal_eval(write_value(value, indent)) == value


@given(TEXTS)
@settings(max_examples=100)
def test_nothing_of_a_text_acts_anywhere(text: str) -> None:
    for written in (write_text(text), write_comment(text)):
        assert make_printable(written) == written
        assert "\n" not in written
    called = ast.parse(write_value(Called("f", (text,), {"x": Blank(text)})), mode="eval").body
    assert isinstance(called, ast.Call)
    assert [ast.literal_eval(one) for one in called.args] == [text]
    inner = called.keywords[0].value
    assert isinstance(inner, ast.Call)
    assert [ast.literal_eval(one) for one in inner.args] == [text]


def test_by_version() -> None:
    written = write_value(ForEach({"PATH": CodeText("path[v]"), "A": "x" * 90}), 8)
    top, path = ("V1", "V2"), {"V1": "/one", "V2": "/two"}
    assert eval(written, {"top": top, "path": path})["V2"] == {"PATH": "/two", "A": "x" * 90}
