"""Requirements solved, against every way to put a few actions in waves."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from skewproof.model.resources.limits import Limits
from skewproof.properties.ordering.solver import Clause, Contradiction, list_implied, solve

SIZE = 4
PAIRS = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda pair: pair[0] != pair[1])
CLAUSES = st.lists(st.frozensets(PAIRS, min_size=0, max_size=3), max_size=7)
FEW = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def solutions(clauses: list[Clause]) -> list[tuple[int, ...]]:
    """All levels that satisfy the clauses."""
    every = product(range(SIZE), repeat=SIZE)
    return [levels for levels in every if all(any(levels[a] < levels[b] for a, b in c) for c in clauses)]


@FEW
@given(CLAUSES)
def test_the_fewest_waves_or_the_fewest_clauses_that_contradict(clauses: list[Clause]) -> None:
    found, every = solve(SIZE, clauses, Limits()), solutions(clauses)
    if isinstance(found, Contradiction):
        assert not every
        core = [clauses[number] for number in found.clauses]
        assert not solutions(core)
        assert all(solutions([one for one in core if one is not left]) for left in core)
    else:
        assert found in every
        assert max(found) == min(map(max, every))


@FEW
@given(CLAUSES)
def test_what_is_implied_holds_in_every_solution(clauses: list[Clause]) -> None:
    every = solutions(clauses)
    if every and clauses:
        asked = set().union(*clauses)
        expected = {(a, b) for a, b in asked if all(levels[a] < levels[b] for levels in every)}
        assert set(list_implied(SIZE, clauses, Limits())) == expected
