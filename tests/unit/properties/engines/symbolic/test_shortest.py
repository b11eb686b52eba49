"""Shortest runs where layer and grade pull in different directions."""

from __future__ import annotations

from skewproof.model.compiler.system import Event, EventKind, System, Value, Variable
from skewproof.model.names import VariableKey, jobs_of
from skewproof.model.resources.limits import Limits
from skewproof.properties.engines.symbolic.encoding import Encoding, Manager
from skewproof.properties.engines.symbolic.grades import compute_grades
from skewproof.properties.engines.symbolic.limits import Watch
from skewproof.properties.engines.symbolic.order import order_variables
from skewproof.properties.engines.symbolic.shortest import Rings
from support.causes import made_up


def event(text: str, guard: dict[VariableKey, set[Value]], effect: dict[VariableKey, Value]) -> Event:
    frozen = {name: frozenset(values) for name, values in guard.items()}
    return Event(made_up(EventKind.MOVE, text), frozen, effect)


AT, STATE = jobs_of("at"), jobs_of("state")
LONG = Variable(AT, tuple(range(6)), 0)
SWITCH = Variable(STATE, ("off", "on"), "off")
WALK = [event(f"walk {n}", {AT: {n}}, {AT: n + 1}) for n in range(5)]
FLIP = event("flip", {STATE: {"off"}}, {STATE: "on"})
BOTH = event("both", {AT: {4}, STATE: {"off"}}, {AT: 5, STATE: "on"})
"""Raises two variables at once, so the shorter one loses its grades and `flip` gets a weight."""


def test_a_nearer_state_in_a_later_layer_is_found() -> None:
    system = System((LONG, SWITCH), (*WALK, FLIP, BOTH))
    assert set(compute_grades(system)) == {AT}
    encoding = Encoding(system, Manager(order_variables([system])))
    far = encoding.states({AT: frozenset({5}), STATE: frozenset({"off"})})
    near = encoding.states({AT: frozenset({0}), STATE: frozenset({"on"})})
    run, end = Rings.of(encoding, Watch(Limits())).run(far | near)
    assert list(run) == [FLIP]
    assert system.value(end, AT) == 0


def test_a_state_that_two_ways_lead_to_is_reached_by_the_shorter_one() -> None:
    system = System((LONG, SWITCH), (*WALK, FLIP, BOTH))
    encoding = Encoding(system, Manager(order_variables([system])))
    goal = encoding.states({AT: frozenset({5}), STATE: frozenset({"on"})})
    run, _ = Rings.of(encoding, Watch(Limits())).run(goal)
    assert list(run) == [*WALK[:4], BOTH]


def test_a_way_back_is_not_free() -> None:
    """Down again from the top of a ladder, and up: each step back weighs more than one forward."""
    back = event("back", {AT: {5}}, {AT: 2})
    late = event("late", {AT: {2}}, {STATE: "on"})
    system = System((LONG, SWITCH), (*WALK, back, late))
    encoding = Encoding(system, Manager(order_variables([system])))
    goal = encoding.states({AT: frozenset({1, 2}), STATE: frozenset({"on"})})
    run, _ = Rings.of(encoding, Watch(Limits())).run(goal)
    assert list(run) == [*WALK[:2], late]
