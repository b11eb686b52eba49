"""What is left beside several pipelines: whose old instances there are elsewhere counts, too."""

from __future__ import annotations

import pytest

from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.engines.slicing.residue_of_several import ResidueOfSeveral

STORE = """
components: {a: {kind: service}, r: {kind: service}, m: {kind: cache}}
requests:
  look: [client calls r: look, r reads m: x]
  put: [client calls a: put, a writes m: x]
  other: [client calls r: other, r reads m: y]
pipelines: {front: [Copy: [sync m], Roll: [deploy a]], back: [Reader: [deploy r]]}
rollback: {front: [Undo: [rollback a]]}
changes: {m/x: {breaks: both}, m/y: {breaks: both}}
"""
"""What of y was copied when the copy failed stays beside new forms, but so does an old instance of a."""
RENEWED = STORE.replace("Copy: [sync m], Roll: [deploy a]", "Roll: [deploy a], Copy: [sync m]")
BEHIND = STORE.replace("[rollback a]", "[deploy a]")
"""A rollback that goes forward: nobody is old after it."""
ELSEWHERE = STORE.replace("a: {kind: service}", "a: {kind: service}, b: {kind: service}").replace(
    "back: [Reader: [deploy r]]", "back: [Reader: [deploy r]], side: [Other: [deploy b, deploy b to V1]]"
)
"""At the end of a pipeline that has nothing to do with the store somebody is old."""


def find_residue(text: str, engine: str) -> tuple[str, ...]:
    return tuple(map(str, check(loads(text), engine=engine, failures=True).residue))


@pytest.mark.parametrize(
    ("text", "left"), [(STORE, ("m/x",)), (RENEWED, ()), (BEHIND, ("m/x", "m/y")), (ELSEWHERE, ())]
)
def test_residue_is_that_of_the_whole(text: str, left: tuple[str, ...]) -> None:
    assert find_residue(text, "reference") == left
    assert find_residue(text, "slice") == left


def test_who_is_left_out_has_a_say_in_which_ends_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traps: as if no end kept an old instance, and as if only pipelines of the store counted."""
    monkeypatch.setattr(ResidueOfSeveral, "_barred", frozenset())
    assert find_residue(STORE, "slice") == ("m/x", "m/y")
    monkeypatch.setattr(ResidueOfSeveral, "_groups", ())
    assert find_residue(ELSEWHERE, "slice") == ("m/x", "m/y")
