"""Guards, tests and texts of any predicate mean the same as a naive reading of it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.predicate_guards import build_state_test, translate_predicate
from skewproof.model.compiler.system import Guard
from skewproof.model.deployment.predicate import Predicate
from support.predicates import PREDICATES, deployment, means, read
from support.profiles import tried

COMPILED = compile_deployment(deployment())
SYSTEM, VOCABULARY = COMPILED.system, COMPILED.vocabulary
STATES = st.tuples(*(st.integers(0, len(variable.domain) - 1) for variable in SYSTEM.variables))


@settings(tried(100), derandomize=True, database=None)
@given(PREDICATES, st.lists(STATES, min_size=30, max_size=60))
def test_guards_and_test_mean_what_the_predicate_says(
    predicate: Predicate, states: list[tuple[int, ...]]
) -> None:
    found = translate_predicate(VOCABULARY, predicate)
    test = build_state_test(SYSTEM, VOCABULARY, predicate)
    for state in states:
        values = {
            str(key): life.domain[state[index]].state
            for index, (key, life) in enumerate(VOCABULARY.lives.items())
        }
        expected = means(predicate, VOCABULARY, values)
        assert any(SYSTEM.holds(state, guard) for guard in found) == expected
        assert test(state) == expected


@settings(tried(100), derandomize=True, database=None)
@given(PREDICATES)
def test_guards_are_small(predicate: Predicate) -> None:
    found = translate_predicate(VOCABULARY, predicate)
    domains = {variable.key: frozenset(variable.domain) for variable in SYSTEM.variables}
    for guard in found:
        assert all(allowed and allowed < domains[name] for name, allowed in guard.items())
        assert not any(other is not guard and _implies(guard, other) for other in found)
    if len(found) > 1:
        assert {} not in found


def _implies(one: Guard, other: Guard) -> bool:
    return all(name in one and one[name] <= allowed for name, allowed in other.items())


@settings(tried(100), derandomize=True, database=None)
@given(PREDICATES)
def test_the_text_of_a_predicate_is_read_as_the_same(predicate: Predicate) -> None:
    assert read(str(predicate)) == predicate
