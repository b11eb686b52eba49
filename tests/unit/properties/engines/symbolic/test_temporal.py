"""Properties on sets of states: whether a violation can be avoided counts what the formula obliges."""

from __future__ import annotations

import pytest

from skewproof.properties.verdict import PropertyHazard
from support.compare import violations
from support.tiny import deployment

TEXT = """
components: {a: {kind: service}, c: {kind: cache}}
requests: {ask: [client calls a: x, a reads c: k]}
pipeline: [One: [deploy a], Two]
changes: {c/k: {breaks: none, expires: true}}
properties: {p: FORMULA}
"""


def told(formula: str) -> PropertyHazard | None:
    """The hazard of the property, after the listed states have said the same."""
    found = deployment(TEXT.replace("FORMULA", formula))
    by_sets, by_states = violations(found, "symbolic"), violations(found)
    for one, other in zip(by_sets, by_states, strict=True):
        assert (one.inevitable, one.window, one.for_ever) == (other.inevitable, other.window, other.for_ever)
        assert len(one.trace) == len(other.trace)
    return by_sets[0] if by_sets else None


@pytest.mark.parametrize(
    ("formula", "inevitable"),
    [
        ("V1 in c until false", True),
        ("V1 in c until after One", False),
        ("always V1 in c", False),
        ("never a.up(V2)", True),
        ("a.up(V2) before c is empty", False),
        ("always a.up(V1)", True),
    ],
)
def test_a_violation_is_inevitable_if_no_run_to_the_end_satisfies_the_formula(
    formula: str, inevitable: bool
) -> None:
    """Of `until` a run that waits to the end has not satisfied it; of `before` it has."""
    hazard = told(formula)
    assert hazard is not None
    assert hazard.inevitable == inevitable


@pytest.mark.parametrize(
    "formula",
    [
        "always a.up(V1) or a.up(V2)",
        "eventually a.up(V2)",
        "a.up(V1) until a.up(V2)",
        "false before c is empty and false",
    ],
)
def test_what_holds_is_told_nothing_of(formula: str) -> None:
    assert told(formula) is None


def test_what_waits_for_ever_is_told_with_its_loop() -> None:
    hazard = told("eventually V2 in c")
    assert hazard is not None
    assert hazard.loop is not None
    assert hazard.inevitable
