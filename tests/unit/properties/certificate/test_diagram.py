"""Diagrams against the states that they stand for, listed."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from skewproof.model.compiler.system import Event, Guard, State, System, Variable
from skewproof.model.names import VariableKey, flag_of
from skewproof.properties.certificate.diagram import Diagram, find_flaw
from skewproof.properties.certificate.drawing import RankVariable, draw, redraw

A, B, C = map(flag_of, "abc")
KEYS = (A, B, C)
VARIABLES = tuple(Variable(key, ("x", "y", "z"), "x") for key in KEYS)
EVERY: list[State] = list(product(range(3), repeat=3))


def event(guard: Guard, effect: dict[VariableKey, str]) -> Event:
    return Event(None, guard, effect)  # type: ignore[arg-type] # nobody asks why it happens


def some_states(chance: Random) -> dict[State, int]:
    """Some of the states, each with one of three labels."""
    return {state: chance.randrange(3) for state in EVERY if chance.random() < 0.6}


def some_guard(chance: Random) -> Guard:
    values = ("x", "y", "z")
    return {
        key: frozenset(chance.sample(values, chance.randint(1, 2))) for key in KEYS if chance.random() < 0.5
    }


def holds(state: State, guard: Guard) -> bool:
    return all(VARIABLES[at].domain[state[at]] in guard.get(key, "xyz") for at, key in enumerate(KEYS))


def after(state: State, effect: dict[VariableKey, str]) -> State:
    return tuple("xyz".index(effect[key]) if key in effect else state[at] for at, key in enumerate(KEYS))


@pytest.mark.parametrize("number", range(60))
def test_a_diagram_says_what_its_states_say(number: int) -> None:
    chance = Random(number)
    labels = some_states(chance)
    if not labels:
        return
    diagram = draw(VARIABLES, labels)
    guard, where = some_guard(chance), some_guard(chance)
    effect = {key: chance.choice("xyz") for key in KEYS if chance.random() < 0.5}
    assert find_flaw(diagram.levels, 3) is None
    assert diagram.labels_in(guard) == {labels[s] for s in labels if holds(s, guard)}
    for label in set(labels.values()):
        own = [state for state in labels if labels[state] == label]
        assert diagram.implies(label, guard) == all(holds(state, guard) for state in own)
    moves = {(labels[s], labels.get(after(s, effect))) for s in labels if holds(s, guard)}
    assert diagram.moves(event(guard, effect)) == moves
    there = {(labels[s], labels.get(after(s, effect))) for s in labels if holds(s, guard) and holds(s, where)}
    assert diagram.moves(event(guard, effect), where) == there


def test_what_the_diagram_does_not_know_can_be_anything() -> None:
    diagram = draw(VARIABLES[:1], {(0,): 0})
    assert diagram.labels_in({B: frozenset({"y"})}) == {0}
    assert diagram.implies(0, {B: frozenset({"y"})})  # of what it knows
    assert diagram.moves(event({B: frozenset({"y"})}, {C: "z"})) == {(0, 0)}
    assert diagram.moves(event({B: frozenset({"y"})}, {A: "z"})) == {(0, None)}


def test_the_start_has_a_label_or_none() -> None:
    system = System(VARIABLES, ())
    assert draw(VARIABLES, {(0, 0, 0): 0, (1, 1, 1): 1}).label_at_start(system) == 0
    assert draw(VARIABLES, {(1, 1, 1): 0}).label_at_start(system) is None


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ((), "no node to begin at"),
        ((((),),), "no edge leads"),
        (((((1, 0),), ((1, 0),)),), "no edge leads"),
        (((((1, 0),),), (((1, 0),), ())), "no edge leads"),
        (((((1, 0), (1, 0)),),), "takes two edges"),
        (((((0, 0),),),), "taken by none"),
        (((((1, 1),),),), "there is not"),
        (((((1, 0),),), ()), "there is not"),
        (((((1, 0),),), (((1, 0),),)), None),
    ],
)
def test_what_is_no_diagram_is_told(
    levels: tuple[tuple[tuple[tuple[int, int], ...], ...], ...], told: str | None
) -> None:
    flaw = find_flaw(levels, 1)
    assert (flaw is None) == (told is None)
    assert told is None or told in str(flaw)


def test_equal_nodes_are_one() -> None:
    diagram = draw(VARIABLES, dict.fromkeys(EVERY, 0))
    assert list(map(len, diagram.levels)) == [1, 1, 1]


@pytest.mark.parametrize("number", range(40))
def test_a_diagram_in_other_variables_has_the_states_that_its_own_stand_for(number: int) -> None:
    chance = Random(number)
    states = dict.fromkeys(some_states(chance), 0)
    if not states:
        return
    whole = Variable(flag_of("whole"), ("p", "q", "r", "s"), "p")
    images = tuple(chance.randrange(1, 16) for _ in range(3))
    columns = [RankVariable(whole, images), None, RankVariable(VARIABLES[2], (1, 2, 4))]
    found = redraw(draw(VARIABLES, states), columns)
    wanted = {(value, s[2]) for s in states for value in range(4) if images[s[0]] >> value & 1}
    assert find_flaw(found.levels, 1) is None
    assert list_states(found) == wanted


def list_states(diagram: Diagram) -> set[State]:
    rows: set[tuple[State, int]] = {((), 0)}
    for variable, nodes in zip(diagram.variables, diagram.levels, strict=True):
        rows = {
            ((*state, rank), child)
            for state, node in rows
            for values, child in nodes[node]
            for rank in range(len(variable.domain))
            if values >> rank & 1
        }
    return {state for state, _ in rows}
