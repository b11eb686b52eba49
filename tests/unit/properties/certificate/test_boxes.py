"""Boxes stand for exactly the states that they were made of, and are few where the states are a product."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from skewproof.properties.certificate.boxes import Box, cover_with_boxes

STATES = st.sets(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)))


def states_in(boxes: list[Box[int]]) -> list[tuple[int, ...]]:
    return [state for box in boxes for state in product(*box)]


@given(STATES)
def test_boxes_hold_each_state_once_and_no_other(states: set[tuple[int, int, int]]) -> None:
    assert sorted(states_in(cover_with_boxes(states))) == sorted(states)


@given(STATES)
def test_no_two_boxes_differ_in_one_variable_only(states: set[tuple[int, int, int]]) -> None:
    boxes = cover_with_boxes(states)
    assert all(sum(a != b for a, b in zip(one, other, strict=True)) != 1 for one in boxes for other in boxes)


def test_a_product_is_one_box() -> None:
    assert cover_with_boxes(product(range(4), range(3), range(5))) == [
        (frozenset(range(4)), frozenset(range(3)), frozenset(range(5)))
    ]
