"""The kernel's three questions, and that the fast answer is the plain one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewproof.model.kernel.system import Event, LiveRun, System, Variable, apply, conjoin, passes

Plain = System[str, Event[str]]
X, Y = "x", "y"


def event(text: str, guard: dict[str, set[int]], effect: dict[str, int]) -> Event[str]:
    frozen = {name: frozenset(values) for name, values in guard.items()}
    return Event(text, frozen, effect, group="it")


COUNTER = System(
    (Variable(X, (0, 1, 2), 0), Variable(Y, (0, 1), 1)),
    (event("up", {X: {0, 1}}, {X: 2}), event("flip", {X: {2}, Y: {1}}, {Y: 0})),
)


def test_initial_enabled_successor() -> None:
    start = COUNTER.initial
    assert [COUNTER.value(start, name) for name in (X, Y)] == [0, 1]
    (up,) = COUNTER.enabled(start)
    after = COUNTER.successor(start, up)
    assert [e.cause for e in COUNTER.enabled(after)] == ["flip"]
    assert COUNTER.enabled(COUNTER.successor(after, COUNTER.events[1])) == []


def test_only_an_event_of_a_unit_is_fair() -> None:
    assert Event("a move", {}, {X: 1}, group="it").fair
    assert not Event("traffic", {}, {X: 1}).fair


SIZE = 3
PAIRS = System(
    (Variable(X, tuple(range(SIZE)), 0), Variable(Y, tuple(range(SIZE)), 0)),
    tuple(event(f"{x}{y}", {X: {x}, Y: {y, 2}}, {X: 2 - x}) for x in range(SIZE) for y in range(SIZE)),
)


@pytest.mark.parametrize("state", [(x, y) for x in range(SIZE) for y in range(SIZE)])
def test_an_event_happens_where_each_variable_has_one_of_its_values(state: tuple[int, int]) -> None:
    x, y = state
    after = [(str(one.cause), there) for one, there in PAIRS.successors(state)]
    can = [0, 1, 2] if y == 2 else [y]
    assert sorted(after) == [(f"{x}{each}", (2 - x, y)) for each in can]
    ways = [(str(event.cause), apply(state, updates)) for event, updates in PAIRS.ways(state)]
    assert ways == after


@pytest.mark.parametrize("state", [(x, y) for x in range(SIZE) for y in range(SIZE)])
def test_a_run_goes_where_the_system_does(state: tuple[int, int]) -> None:
    for event in PAIRS.events:
        run: LiveRun[str, Event[str]] = LiveRun(PAIRS, state)
        assert run.allows(event.guard) == PAIRS.holds(state, event.guard)
        run.go(event.effect)
        assert run.state == PAIRS.successor(state, event)
        assert [run.value(key) for key in (X, Y)] == [PAIRS.value(run.state, key) for key in (X, Y)]
    assert LiveRun(PAIRS).state == PAIRS.initial


def test_conjoin_intersects_and_knows_the_impossible() -> None:
    one, two = {X: frozenset({1, 2})}, {X: frozenset({2, 3}), Y: frozenset({0})}
    assert conjoin(one, two) == {X: frozenset({2}), Y: frozenset({0})}
    assert conjoin({X: frozenset({1})}, two) is None
    assert conjoin() == {}


def test_the_index_of_a_variable_is_its_place_in_every_state() -> None:
    assert [COUNTER.index(variable.key) for variable in COUNTER.variables] == [0, 1]
    with pytest.raises(KeyError):
        COUNTER.index("z")


def test_a_guard_that_restricts_nothing_passes_always() -> None:
    assert COUNTER.test({X: frozenset({0, 1, 2})}) == ()
    assert passes(COUNTER.initial, ())


@st.composite
def systems(draw: st.DrawFn) -> Plain:
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    variables = tuple(
        Variable(f"v{i}", tuple(range(size)), draw(st.integers(0, size - 1))) for i, size in enumerate(sizes)
    )
    values = {f"v{i}": st.integers(0, size - 1) for i, size in enumerate(sizes)}
    names = st.sampled_from(list(values))

    def one_event(number: int) -> Event[str]:
        guarded, changed = draw(st.sets(names)), draw(st.sets(names))
        guard = {name: draw(st.sets(values[name])) for name in sorted(guarded)}
        return event(str(number), guard, {name: draw(values[name]) for name in sorted(changed)})

    return System(variables, tuple(one_event(number) for number in range(draw(st.integers(0, 6)))))


@given(systems(), st.data())
def test_the_table_of_events_answers_like_the_plain_questions(system: Plain, data: st.DataObject) -> None:
    state = tuple(data.draw(st.integers(0, len(v.domain) - 1)) for v in system.variables)
    fast = {(id(e), reached) for e, reached in system.successors(state)}
    plain = {(id(e), system.successor(state, e)) for e in system.enabled(state)}
    assert fast == plain
    for one in system.events:
        assert passes(state, system.test(one.guard)) == system.holds(state, one.guard)
