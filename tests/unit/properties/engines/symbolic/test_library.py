"""Sets of assignments, against the same sets listed."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from skewproof.properties.engines.symbolic import library
from skewproof.properties.engines.symbolic.library import Bdd, Diagrams

BITS = ("a", "b", "c", "d")


@pytest.fixture
def diagrams() -> Diagrams:
    made = Diagrams()
    made.declare(*BITS[:2])
    made.declare(*BITS[2:])
    return made


def listed(diagrams: Diagrams, states: Bdd) -> set[str]:
    """The assignments of a set, each as the bits that are true."""
    return {
        "".join(bit for bit, value in zip(BITS, values, strict=True) if value)
        for values in product((False, True), repeat=len(BITS))
        if diagrams.cube(dict(zip(BITS, values, strict=True))) & ~states == diagrams.false
    }


def test_a_cube_has_its_bits_as_assigned_and_the_others_free(diagrams: Diagrams) -> None:
    assert listed(diagrams, diagrams.cube({"d": True, "a": True, "b": False})) == {"ad", "acd"}
    assert diagrams.cube({}) == diagrams.true


def test_what_is_given_is_no_longer_spoken_of(diagrams: Diagrams) -> None:
    states = diagrams.cube({"a": True, "b": True}) | diagrams.cube({"a": False, "c": True})
    assert diagrams.given({"a": True}, states) == diagrams.cube({"b": True})
    assert diagrams.given({"a": False}, states) == diagrams.cube({"c": True})
    assert diagrams.given({}, states) == states


def test_bits_are_forgotten_of_what_both_sets_have(diagrams: Diagrams) -> None:
    some, others = diagrams.cube({"a": True, "b": True}), diagrams.cube({"b": True, "c": False})
    assert diagrams.and_exists(some, others, frozenset("b")) == diagrams.cube({"a": True, "c": False})
    assert diagrams.and_exists(some, diagrams.cube({"b": False}), frozenset("b")) == diagrams.false


def test_the_element_that_is_picked_is_one_of_the_set(diagrams: Diagrams) -> None:
    states = diagrams.cube({"b": True, "c": False}) | diagrams.cube({"a": True, "d": True})
    picked = diagrams.pick(states, BITS)
    assert tuple(picked) == BITS
    assert diagrams.cube(picked) & ~states == diagrams.false
    assert diagrams.pick(states, ("d", "a")) == {bit: picked[bit] for bit in ("d", "a")}


def test_elements_are_counted_over_as_many_bits_as_are_named(diagrams: Diagrams) -> None:
    states = diagrams.cube({"b": True}) | diagrams.cube({"a": True, "d": True})
    assert diagrams.count(states, 4) == len(listed(diagrams, states)) == 10
    assert diagrams.count(diagrams.cube({"a": True}), 1) == 1


def test_the_top_is_the_first_bit_that_matters(diagrams: Diagrams) -> None:
    assert diagrams.top(diagrams.cube({"d": True, "b": False})) == "b"
    assert diagrams.top(~diagrams.cube({"c": True})) == "c"


def test_sets_that_are_held_outlive_tidying(diagrams: Diagrams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "FIRST_TIDIED", 1)
    diagrams = Diagrams()
    diagrams.declare(*(f"x{n}" for n in range(16)))
    held = diagrams.cube({f"x{n}": True for n in range(0, 16, 2)})
    for number in range(50):
        diagrams.cube({f"x{n}": bool(number >> n & 1) for n in range(16)})
    before = diagrams.nodes
    diagrams.tidy()
    assert diagrams.nodes < before
    assert held == diagrams.cube({f"x{n}": True for n in range(0, 16, 2)})


class Misheard:
    """A set whose library takes what is raised while it looks at the operator for a wrong operator."""

    def __init__(self, times: int) -> None:
        self.times = times

    def apply_exists(self, *_: object) -> str:
        self.times -= 1
        if self.times >= 0:
            raise TypeError("Expected an instance of oxidd.util.BooleanOperator")
        return "what both have"


def test_a_limit_that_the_library_swallows_is_no_fault_of_ours(diagrams: Diagrams) -> None:
    once: Any = Misheard(1)
    assert diagrams.and_exists(once, diagrams.true, frozenset()) == "what both have"
    always: Any = Misheard(2)
    with pytest.raises(TypeError, match="BooleanOperator"):
        diagrams.and_exists(always, diagrams.true, frozenset())
