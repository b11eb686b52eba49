"""The algebra of conditions: `a01 f1` is a guard, a in its state 0 or 1, and f in its state 1."""

from __future__ import annotations

import pytest

from skewproof.model.compiler import conditions
from skewproof.model.compiler.conditions import Algebra, implies, refuse_beyond
from skewproof.model.compiler.errors import TooManyCasesError
from skewproof.model.compiler.system import Condition, Guard
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.names import flag_of, instances_of, jobs_of
from support.tiny import deployment

VOCABULARY = Vocabulary(
    deployment("""
    components: {a: {kind: service}, w: {kind: worker}}
    requests: {ask: [client calls a: x]}
    flags: {f: {guards: [a/x]}}
    pipeline: [One: [deploy a, suspend w, enable f]]
    changes: {a/x: {breaks: none}}
    """)
)
KEYS = {"a": instances_of("a"), "w": jobs_of("w"), "f": flag_of("f")}
"""Of three, two and two states; they come in this order."""

ALGEBRA = Algebra(VOCABULARY)


def guard(text: str) -> Guard:
    return {
        KEYS[part[0]]: frozenset(VOCABULARY.lives[KEYS[part[0]]].domain[int(rank)] for rank in part[1:])
        for part in text.split()
    }


def some(*texts: str) -> Condition:
    return tuple(map(guard, texts))


def told(found: Condition) -> list[str]:
    """The guards in their order."""
    names = {key: name for name, key in KEYS.items()}
    return [
        " ".join(
            names[key]
            + "".join(str(n) for n, value in enumerate(VOCABULARY.lives[key].domain) if value in of)
            for key, of in one.items()
        )
        for one in found
    ]


@pytest.mark.parametrize(
    ("guards", "fewer"),
    [
        ([], []),
        ([""], [""]),
        (["a0 f0", "a1 f0"], ["a01 f0"]),
        (["f0", "f1"], [""]),
        (["a0", "a1", "a2"], [""]),
        (["a0 w0", "a0 w1", "a1"], ["a01"]),
        (["a0 w0", "a1 w1"], ["a0 w0", "a1 w1"]),
        (["a0 w0", "a0 f0"], ["a0 f0", "a0 w0"]),
        (["a0", "a0 w0"], ["a0"]),
        (["a01 w0", "a0 f0 w0", "f1"], ["f1", "a01 w0"]),
        (["a012 w0"], ["w0"]),
    ],
)
def test_a_disjunction_has_no_more_guards_than_it_needs(guards: list[str], fewer: list[str]) -> None:
    assert told(ALGEBRA.simplified(some(*guards))) == fewer
    assert told(ALGEBRA.any([some(one) for one in guards])) == fewer


def test_guards_come_in_one_order_whatever_order_they_are_given_in() -> None:
    """Those that leave the first variable free come first."""
    every = ["f0", "w0 f1", "w1 a0", "a1 w0", "a2 f1 w1"]
    expected = told(ALGEBRA.simplified(some(*every)))
    assert expected == told(ALGEBRA.simplified(some(*reversed(every))))
    assert told(ALGEBRA.any([some("a0"), some("w0"), some("f0")])) == ["f0", "w0", "a0"]
    in_order = ["a0 w0 f0", "a0 w1 f1", "a1 w0 f1", "a1 w1 f0"]
    assert told(ALGEBRA.simplified(some(*reversed(in_order)))) == in_order


@pytest.mark.parametrize(
    ("parts", "together"),
    [
        ([], [""]),
        ([["a0"], ["w0"]], ["a0 w0"]),
        ([["a01"], ["a12"]], ["a1"]),
        ([["a0"], ["a1"]], []),
        ([["a0"], []], []),
        ([["a0", "w0"], ["f0"]], ["w0 f0", "a0 f0"]),
        ([["a0", "w0"], ["a0", "w1"]], ["a0"]),
    ],
)
def test_all_of_some_holds_where_each_does(parts: list[list[str]], together: list[str]) -> None:
    assert told(ALGEBRA.all(some(*part) for part in parts)) == together


@pytest.mark.parametrize(
    ("found", "others"),
    [
        ([], [""]),
        ([""], []),
        (["a0"], ["a12"]),
        (["a0 f0"], ["f1", "a12"]),
        (["a0", "f0"], ["a12 f1"]),
    ],
)
def test_the_negation_holds_where_the_condition_does_not(found: list[str], others: list[str]) -> None:
    assert told(ALGEBRA.negation(some(*found))) == others


def test_a_guard_implies_what_asks_no_more() -> None:
    def does(one: str, other: str) -> bool:
        return implies(frozenset(guard(one).items()), frozenset(guard(other).items()))

    assert does("a0", "a0")
    assert does("a0", "a01")
    assert does("a0 f1", "a01")
    assert does("a0", "")
    assert not does("a01", "a0")
    assert not does("a0", "a0 f1")
    assert not does("a0 f1", "a0 f0")


def test_as_many_as_the_limit_are_allowed_and_no_more() -> None:
    refuse_beyond(3, 3)
    with pytest.raises(TooManyCasesError) as refused:
        refuse_beyond(3, 4)
    assert (refused.value.number, refused.value.limit) == (4, 3)


def test_too_many_guards_are_refused_before_and_after_they_are_joined(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two, three = some("a0", "w0"), some("a0 w0", "f0", "a1 w1")
    monkeypatch.setattr(conditions, "MAX_JOINED", 6)
    assert ALGEBRA.all([two, three])
    monkeypatch.setattr(conditions, "MAX_JOINED", 5)
    with pytest.raises(TooManyCasesError):
        ALGEBRA.all([two, three])
    monkeypatch.setattr(conditions, "MAX_GUARDS", 2)
    assert ALGEBRA.any([two])
    with pytest.raises(TooManyCasesError):
        ALGEBRA.any([three])
