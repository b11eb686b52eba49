"""Who is on a request's stack, and how long."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.stack import build_stack
from skewproof.model.deployment import Hop, Verb


def hops(*texts: str) -> tuple[Hop, ...]:
    parts = (text.split() for text in texts)
    return tuple(Hop(a, Verb(verb), b, "s") for a, verb, b in parts)


def held(*texts: str) -> dict[str, tuple[int, int]]:
    """For each frame that is held: born at hop, until hop."""
    return {
        f"{f.component}@{f.born}": (f.born, f.until) for f in build_stack(hops(*texts)).frames if f.is_held
    }


def test_a_leaf_call_and_the_last_hop_hold_nobody() -> None:
    assert held("client calls glue") == {}
    assert held("worker reads db") == {}


def test_a_callee_is_held_until_its_last_hop() -> None:
    assert held("client calls glue", "glue reads redis", "glue reads search")["glue@1"] == (1, 3)


def test_a_caller_is_held_while_a_deeper_one_works() -> None:
    found = held("client calls a", "a calls b", "b reads db")
    assert found["a@1"] == (1, 3)
    assert found["b@2"] == (2, 3)


def test_calling_from_further_up_means_that_the_deeper_ones_have_answered() -> None:
    found = held("client calls a", "a calls b", "b reads db", "a reads redis", "a reads redis")
    assert found["a@1"] == (1, 5)
    assert found["b@2"] == (2, 3)


def test_the_innermost_of_a_name_calls() -> None:
    frames = build_stack(hops("client calls a", "a calls b", "b calls a", "a reads db", "b reads db"))
    assert frames.callers == (0, 1, 2, 3, 2)


def test_a_worker_that_starts_a_job_is_held_to_the_end() -> None:
    assert held("worker reads db", "worker reads db") == {"worker@0": (0, 2)}


def test_a_caller_that_is_not_on_the_stack_is_an_error() -> None:
    with pytest.raises(ValueError, match="hop 3: `b` is not on the stack"):
        build_stack(hops("client calls b", "client calls a", "b reads db"))
