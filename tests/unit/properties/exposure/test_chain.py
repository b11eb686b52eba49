"""Expected visits and the probability to be spared, against iteration in floating point; the worst moment."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from skewproof.properties.exposure.chain import (
    Chain,
    NeverOverError,
    expect_spared,
    expect_visits,
    sort_components,
)
from skewproof.properties.exposure.law import follow

SIZE = 6
RATES = st.dictionaries(st.integers(0, SIZE - 1), st.integers(1, 5), max_size=3)
FEW = settings(max_examples=30, deadline=None, derandomize=True, database=None)


def chain_of(rows: list[dict[int, int]]) -> Chain:
    """States whose rates are these; the last one is the end."""
    onward = [{t: Fraction(r) for t, r in row.items() if t != n} for n, row in enumerate(rows)] + [{}]
    leaving = [sum(row.values(), Fraction(0)) for row in onward]
    return Chain([(n,) for n in range(len(onward))], onward, list(leaving), sort_components(onward))


@FEW
@given(
    st.lists(RATES, min_size=SIZE - 1, max_size=SIZE - 1),
    st.lists(st.integers(0, 3), min_size=SIZE, max_size=SIZE),
)
def test_fractions_agree_with_iteration(rows: list[dict[int, int]], failing: list[int]) -> None:
    chain = chain_of(rows)
    try:
        visits = expect_visits(chain, {0: Fraction(1)})
    except NeverOverError:
        assume(False)
    reached = [0.0] * SIZE
    now = [1.0] + [0.0] * (SIZE - 1)
    for _ in range(600):
        reached = [a + b for a, b in zip(reached, now, strict=True)]
        after = [0.0] * SIZE
        for n, share in enumerate(now):
            for there, chance in chain.probabilities(n).items():
                after[there] += share * float(chance)
        now = after
    assume(sum(now) < 1e-9)
    assert [float(one) for one in visits] == pytest.approx(reached, rel=1e-6, abs=1e-6)
    spared = [0.0] * SIZE
    for _ in range(600):
        spared = [
            sum(float(w) * spared[t] for t, w in row.items()) / (float(leaving or 0) + failing[n])
            if row
            else 1.0
            for n, (row, leaving) in enumerate(zip(chain.onward, chain.leaving, strict=True))
        ]
    assert float(expect_spared(chain, [Fraction(one) for one in failing])) == pytest.approx(
        spared[0], rel=1e-6
    )


def test_what_goes_round_for_ever_is_never_over() -> None:
    with pytest.raises(NeverOverError):
        expect_visits(chain_of([{1: 1}, {0: 1}, {}, {}, {}]), {0: Fraction(1)})


def test_the_worst_moment_of_two_exponential_steps() -> None:
    """In the middle one of two steps of a mean of 1 s each is t exp(-t): most at 1 s, exp(-1)."""
    rates = follow(chain_of([{1: 1}, {2: 1}, {}]), [float(n == 1) for n in range(4)], 4.0)
    moment, rate = max(rates, key=lambda pair: pair[1])
    assert moment == pytest.approx(1.0, abs=0.03)
    assert rate == pytest.approx(0.36788, abs=1e-3)


def test_states_that_take_no_time_hand_on_what_comes() -> None:
    onward = [{1: Fraction(2)}, {2: Fraction(1, 2), 3: Fraction(1, 2)}, {3: Fraction(1)}, {}]
    leaving = [Fraction(2), None, Fraction(1), Fraction(0)]
    chain = Chain([(n,) for n in range(4)], onward, leaving, sort_components(onward))
    assert expect_visits(chain, {0: Fraction(1)}) == [1, 1, Fraction(1, 2), 1]
    assert expect_spared(chain, [Fraction(0), Fraction(0), Fraction(1), Fraction(0)]) == Fraction(3, 4)
    moment, rate = max(follow(chain, [0.0, 0.0, 1.0, 0.0], 3.0), key=lambda pair: pair[1])
    assert 0 < rate < 0.5
    assert moment > 0
