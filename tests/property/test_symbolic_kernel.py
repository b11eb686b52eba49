"""The parts of the symbolic engine on random kernel systems, against a search of single states."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from skewproof.model.compiler.system import State, System
from skewproof.model.resources.limits import Limits
from skewproof.properties.engines.symbolic.encoding import Encoding, Manager
from skewproof.properties.engines.symbolic.grades import compute_grade, compute_grades, weigh_events
from skewproof.properties.engines.symbolic.layers import list_layers
from skewproof.properties.engines.symbolic.least import find_least
from skewproof.properties.engines.symbolic.library import Bdd
from skewproof.properties.engines.symbolic.limits import Watch
from skewproof.properties.engines.symbolic.order import order_variables
from skewproof.properties.engines.symbolic.shortest import Rings
from skewproof.properties.engines.symbolic.steps import build_step, closure, image, preimage
from support.profiles import tried
from support.systems import depths, every_state, systems

MANY = settings(tried(80), derandomize=True, database=None)
NO_LIMIT = Watch(Limits())


def encoded(system: System) -> Encoding:
    return Encoding(system, Manager(order_variables([system])))


def held(encoding: Encoding, states: Bdd) -> set[State]:
    """The states in a set; codes that mean nothing are left out."""
    return {
        state for state in every_state(encoding.system) if encoding.state(state) & states != encoding.false
    }


def union(encoding: Encoding, states: set[State]) -> Bdd:
    found = encoding.false
    for state in states:
        found |= encoding.state(state)
    return found


@MANY
@given(systems(), st.data())
def test_image_and_preimage_are_those_of_single_states(system: System, data: st.DataObject) -> None:
    encoding = encoded(system)
    some = data.draw(st.sets(st.sampled_from(sorted(every_state(system)))))
    states = union(encoding, some)
    for event in system.events:
        taken = build_step(encoding, event)
        enabled = {state for state in every_state(system) if system.holds(state, event.guard)}
        after = {system.successor(state, event) for state in some & enabled}
        before = {state for state in enabled if system.successor(state, event) in some}
        assert held(encoding, image(encoding, states, taken)) == after
        assert held(encoding, preimage(encoding, states, taken)) == before


@MANY
@given(systems())
def test_closure_reaches_what_the_search_reaches(system: System) -> None:
    encoding = encoded(system)
    steps = [build_step(encoding, event) for event in system.events]
    start = encoding.state(system.initial)
    found = closure(encoding, start, steps, NO_LIMIT)
    assert held(encoding, found) == set(depths(system))
    assert encoding.count(found) == len(depths(system))


@MANY
@given(systems())
def test_layer_and_grade_of_a_state_are_the_fewest_events_to_it(system: System) -> None:
    encoding, ladders = encoded(system), compute_grades(system)
    start = encoding.state(system.initial)
    fewest = {}
    for depth, layer in enumerate(list_layers(encoding, start, weigh_events(encoding, ladders), NO_LIMIT)):
        for state in held(encoding, layer):
            assert state not in fewest
            fewest[state] = depth + compute_grade(system, ladders, state)
    assert fewest == depths(system)


@MANY
@given(systems(), st.integers(0, 3))
def test_the_first_layers_and_what_they_lead_to_are_all_states(system: System, most: int) -> None:
    encoding = encoded(system)
    rings = Rings.of(encoding, NO_LIMIT)
    found, are_all = rings.first(most)
    steps = [build_step(encoding, event) for event in system.events]
    start = encoding.state(system.initial)
    assert held(encoding, closure(encoding, found | start, steps, NO_LIMIT)) == set(depths(system))
    if are_all:
        assert held(encoding, found) == set(depths(system))
    assert rings.first(most) == (found, are_all)


@MANY
@given(systems(), st.data())
def test_a_run_to_a_set_is_a_shortest_one(system: System, data: st.DataObject) -> None:
    encoding, depth = encoded(system), depths(system)
    goal = data.draw(st.sets(st.sampled_from(sorted(depth)), min_size=1))
    run, end = Rings.of(encoding, NO_LIMIT).run(union(encoding, goal))
    state = system.initial
    for event in run:
        assert event in system.enabled(state)
        state = system.successor(state, event)
    assert state == end
    assert state in goal
    assert len(run) == min(depth[state] for state in goal)


@MANY
@given(systems(), st.data())
def test_the_least_state_has_the_least_grade(system: System, data: st.DataObject) -> None:
    encoding, ladders = encoded(system), compute_grades(system)
    states = data.draw(st.sets(st.sampled_from(sorted(depths(system))), min_size=1))
    found = find_least(encoding, ladders, union(encoding, states))
    assert found in states
    assert compute_grade(system, ladders, found) == min(
        compute_grade(system, ladders, state) for state in states
    )


@MANY
@given(systems())
def test_no_event_raises_the_grade_by_more_than_one(system: System) -> None:
    ladders = compute_grades(system)
    assert compute_grade(system, ladders, system.initial) == 0
    for state in depths(system):
        for _, reached in system.successors(state):
            assert compute_grade(system, ladders, reached) <= compute_grade(system, ladders, state) + 1
