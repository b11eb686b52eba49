"""The rules of proof on random systems of three variables: what they accept is so, on a list of all
states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from itertools import product
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from skewproof.model.compiler.causes import EnableCause
from skewproof.model.compiler.system import Condition, Event, Guard, Reached, System, Variable
from skewproof.model.kernel.graph import find_reachable
from skewproof.model.names import VariableKey, flag_of
from skewproof.model.resources.limits import Limits
from skewproof.properties.certificate.diagram import Diagram
from skewproof.properties.certificate.drawing import draw
from skewproof.properties.certificate.parts import KnownPart, list_part
from skewproof.properties.certificate.ranking import build_labelled, show
from skewproof.properties.certificate.rules import (
    AwaitedState,
    CertificateRefusedError,
    Idle,
    InvariantState,
    Label,
    Labelled,
    Obligation,
    Rank,
    check_obligation,
)
from skewproof.properties.temporal.lasso import find_fair_components

KEYS = tuple(map(flag_of, "abc"))
VALUES = "xyz"
UNITS: tuple[Hashable, ...] = ("one", "other", None)


def some_guard(chance: Random, most: int = 2) -> Guard:
    keys = chance.sample(KEYS, chance.randint(0, most))
    return {key: frozenset(chance.sample(VALUES, chance.randint(1, 2))) for key in keys}


def some_system(chance: Random) -> System:
    events = []
    for number in range(chance.randint(3, 8)):
        effect = {key: chance.choice(VALUES) for key in chance.sample(KEYS, chance.randint(1, 2))}
        unit = chance.choice(UNITS)
        events.append(Event(EnableCause(str(number)), some_guard(chance), effect, unit))
    return System(tuple(Variable(key, tuple(VALUES), "x") for key in KEYS), tuple(events))


def some_obligation(chance: Random) -> Obligation:
    goal: Condition = tuple(some_guard(chance) for _ in range(chance.randint(1, 2)))
    excluded = tuple(
        ("it is bad", {**some_guard(chance), chance.choice(KEYS): frozenset({"z"})}) for _ in range(2)
    )
    match chance.randrange(5):
        case 0:
            return Obligation(excluded)
        case 1:
            return Obligation(excluded, goal)
        case 2:
            return Obligation(excluded, goal, comes=True)
        case 3:
            return Obligation((), goal, comes=True, trigger=_without(goal, some_guard(chance)))
        case _:
            return Obligation((), goal, comes=True)


def _without(goal: Condition, guard: Guard) -> Condition:
    """A trigger in which the goal does not hold: some variable of each of its guards is elsewhere."""
    found = dict(guard)
    for one in goal:
        key = next(iter(one), None)
        left = (found.get(key, frozenset(VALUES)) - one[key]) if key is not None else frozenset()
        if key is None or not left:
            return ()
        found[key] = left
    return (found,)


def is_so(reached: Reached, asked: Obligation) -> bool:
    """Whether it holds of every fair run, by a list of all states."""
    system, states = reached.system, range(len(reached.states))
    goals = {n for n in states if system.satisfies(reached.states[n], asked.goal)}
    starts = (
        [0]
        if asked.trigger is None
        else [n for n in states if system.satisfies(reached.states[n], asked.trigger)]
    )

    def onward(here: int) -> list[int]:
        return [] if here in goals else list(reached.reached_from(here))

    waiting = set(find_reachable(starts, onward)) - goals
    if any(system.holds(reached.states[n], guard) for n in waiting for _, guard in asked.excluded):
        return False
    if not asked.comes or not waiting:
        return True

    def units(node: int) -> frozenset[Hashable]:
        return frozenset(event.group for event, _ in reached.edges[node] if event.group is not None)

    return not find_fair_components(sorted(waiting), lambda node: reached.edges[node], units)


def is_accepted(system: System, proof: Labelled, asked: Obligation) -> bool:
    try:
        check_obligation(system, proof, asked, lambda _, __: False)
    except CertificateRefusedError:
        return False
    return True


def some_label(chance: Random) -> Label:
    labels: list[Label] = [
        InvariantState(),
        Idle(),
        AwaitedState(chance.randrange(2)),
        Rank(chance.randrange(3), chance.randrange(8)),
    ]
    return chance.choice(labels)


def mutations(chance: Random, proof: Labelled) -> list[Labelled]:
    """The proof with a label changed, or with an edge gone or leading elsewhere."""
    found = []
    for _ in range(6):
        labels = list(proof.labels)
        labels[chance.randrange(len(labels))] = some_label(chance)
        found.append(replace(proof, labels=tuple(labels)))
    levels = [[list(node) for node in nodes] for nodes in proof.diagram.levels]
    for at, nodes in enumerate(levels):
        below = len(levels[at + 1]) if at + 1 < len(levels) else len(proof.labels)
        for number, node in enumerate(nodes):
            edge = chance.randrange(len(node))
            other = (node[edge][0], chance.randrange(below))
            for changed in ([*node[:edge], *node[edge + 1 :]], [*node[:edge], other, *node[edge + 1 :]]):
                bent = [list(map(tuple, row)) for row in levels]
                bent[at][number] = tuple(changed)
                diagram = Diagram(proof.diagram.variables, tuple(map(tuple, bent)))
                found.append(replace(proof, diagram=diagram))
    return found


def some_case(chance: Random) -> tuple[System, Obligation, KnownPart]:
    """A system, something that is asked of it, and all of it as a part."""
    system, asked = some_system(chance), some_obligation(chance)
    numbers = {id(event): number for number, event in enumerate(system.events)}
    return system, asked, list_part(system, frozenset(KEYS), numbers, Limits())


def test_what_is_accepted_is_so_and_what_is_so_can_be_shown() -> None:
    seen: Counter[str] = Counter()
    for number in range(600):
        chance = Random(number)
        system, asked, part = some_case(chance)
        truth = is_so(part.reached, asked)
        labels = show(part, asked, lambda _, __: False)
        if truth and labels:
            proof = build_labelled("it", part, labels)
            assert is_accepted(system, proof, asked), number
            seen["shown"] += 1
            for bent in mutations(chance, proof):
                others = (some_obligation(chance), asked)
                for other in others:
                    if is_accepted(system, bent, other):
                        assert is_so(part.reached, other), number
                        seen["bent and accepted"] += 1
        assert truth == (labels is not None), number
        seen["not so"] += not truth
    assert min(seen.values()) > 100, seen


def some_proof(chance: Random, system: System) -> Labelled:
    """A diagram of some of the variables, and labels as they come."""
    known = sorted(chance.sample(range(len(KEYS)), chance.randint(1, 3)))
    labels = [some_label(chance) for _ in range(chance.randint(1, 3))]
    every = product(range(len(VALUES)), repeat=len(known))
    states = {state: chance.randrange(len(labels)) for state in every if chance.random() < 0.9}
    states[(0,) * len(known)] = chance.randrange(len(labels))
    return Labelled("it", draw([system.variables[at] for at in known], states), tuple(labels))


def test_what_is_made_up_is_accepted_only_if_it_is_so() -> None:
    """Proofs by nobody who knows the system: of fewer variables than what is asked speaks of, too."""
    seen: Counter[str] = Counter()
    for number in range(600):
        chance = Random(number)
        system, asked, part = some_case(chance)
        truth = is_so(part.reached, asked)
        for _ in range(25):
            is_proof = is_accepted(system, some_proof(chance, system), asked)
            assert truth or not is_proof, number
            seen["accepted" if is_proof else "refused"] += 1
    assert min(seen.values()) > 50, seen


# --- one rule each, on two flags --------------------------------------------------------------

A, B = KEYS[:2]


def flags(*events: tuple[Guard, dict[VariableKey, str], Hashable]) -> System:
    made = (Event(EnableCause(str(n)), guard, effect, unit) for n, (guard, effect, unit) in enumerate(events))
    return System((Variable(A, ("x", "y"), "x"), Variable(B, ("x", "y"), "x")), tuple(made))


def on(key: VariableKey, value: str = "y") -> Guard:
    return {key: frozenset({value})}


GOAL = Obligation(goal=(on(A),), comes=True)


def proof(system: System, *labels: Label, states: Mapping[Any, int], known: int = 2) -> Labelled:
    return Labelled("it", draw(system.variables[:known], dict(states)), labels)


def why(system: System, given: Labelled, asked: Obligation) -> str:
    with pytest.raises(CertificateRefusedError) as refused:
        check_obligation(system, given, asked, lambda _, __: False)
    return str(refused.value)


def test_what_is_fair_and_always_possible_comes() -> None:
    system = flags((on(A, "x"), {A: "y"}, "unit"))
    given = proof(system, Rank(0, 0), AwaitedState(0), states={(0,): 0, (1,): 1}, known=1)
    check_obligation(system, given, GOAL, lambda _, __: False)


def test_what_need_never_happen_is_no_help() -> None:
    system = flags((on(A, "x"), {A: "y"}, None))
    given = proof(system, Rank(0, 0), AwaitedState(0), states={(0,): 0, (1,): 1}, known=1)
    assert "need never happen" in why(system, given, GOAL)


def test_what_is_not_always_possible_is_no_help() -> None:
    system = flags(({**on(A, "x"), **on(B)}, {A: "y"}, "unit"), ({}, {B: "y"}, "other"))
    states = {(0, 0): 0, (0, 1): 0, (1, 0): 1, (1, 1): 1}
    assert "cannot happen" in why(system, proof(system, Rank(0, 0), AwaitedState(0), states=states), GOAL)


def test_what_depends_on_what_is_not_known_is_no_help() -> None:
    system = flags(({**on(A, "x"), **on(B)}, {A: "y"}, "unit"), ({}, {B: "y"}, "other"))
    given = proof(system, Rank(0, 0), AwaitedState(0), states={(0,): 0, (1,): 1}, known=1)
    assert "depends on `flag b`" in why(system, given, GOAL)


def test_two_that_wait_for_each_other_in_turn_never_come() -> None:
    """A unit that is enabled again and again, but not always, need not happen."""
    system = flags(
        ({**on(A, "x"), **on(B)}, {A: "y"}, "unit"),
        (on(B, "x"), {B: "y"}, "swing"),
        (on(B), {B: "x"}, "swing"),
    )
    labels = Rank(0, 0), Rank(1, 1), AwaitedState(0)
    states = {(0, 1): 0, (0, 0): 1, (1, 0): 2, (1, 1): 2}
    assert "brings what is waited for no nearer" in why(system, proof(system, *labels, states=states), GOAL)


def test_a_unit_whose_own_event_leads_nowhere_is_no_help() -> None:
    system = flags((on(A, "x"), {A: "y"}, "unit"), (on(A, "x"), {B: "y"}, "unit"))
    states = {(0, 0): 0, (0, 1): 0, (1, 0): 1, (1, 1): 1}
    assert "no nearer" in why(system, proof(system, Rank(0, 0), AwaitedState(0), states=states), GOAL)


def test_so_is_one_whose_event_changes_what_is_not_known() -> None:
    system = flags((on(A, "x"), {A: "y"}, "unit"), (on(A, "x"), {B: "y"}, "unit"))
    given = proof(system, Rank(0, 0), AwaitedState(0), states={(0,): 0, (1,): 1}, known=1)
    assert "no nearer" in why(system, given, GOAL)


def test_a_goal_is_one_in_each_state() -> None:
    system = flags((on(A, "x"), {A: "y"}, "unit"))
    states = {(0, 0): 0, (0, 1): 0}
    assert "says what is not so" in why(system, proof(system, AwaitedState(0), states=states), GOAL)


@pytest.mark.parametrize("label", [InvariantState(), Idle()])
def test_what_must_come_is_not_held_and_not_idle(label: Label) -> None:
    system = flags()
    given = proof(system, label, states={(0, 0): 0})
    assert "says what is not so" in why(system, given, GOAL)


def test_what_is_asked_again_and_again_is_followed_from_the_goal_on() -> None:
    """`a leads to b`, where b can go away: after it a can hold with nobody left who brings b."""
    system = flags(({}, {A: "y"}, None), ({**on(A), **on(B, "x")}, {B: "y"}, "unit"))
    asked = Obligation(goal=(on(B),), comes=True, trigger=({**on(A), **on(B, "x")},))
    states = {(0, 0): 0, (1, 0): 1, (1, 1): 2}
    check_obligation(
        system, proof(system, Idle(), Rank(0, 1), AwaitedState(0), states=states), asked, lambda _, __: False
    )
    fewer = {state: label for state, label in states.items() if state != (1, 1)}
    assert "leads out" in why(system, proof(system, Idle(), Rank(0, 1), states=fewer), asked)
    assert "in a state in which something is" in why(
        system, proof(system, Idle(), AwaitedState(0), states={(0, 0): 0, (1, 0): 0, (1, 1): 1}), asked
    )


def test_two_units_that_help_in_turn_need_never_happen() -> None:
    """Neither is enabled all the time, if the state swings between them."""
    system = flags(
        ({**on(A, "x"), **on(B, "x")}, {A: "y"}, "one"),
        ({**on(A, "x"), **on(B)}, {A: "y"}, "other"),
        (on(B, "x"), {B: "y"}, None),
        (on(B), {B: "x"}, None),
    )
    states = {(0, 0): 0, (0, 1): 1, (1, 0): 2, (1, 1): 2}
    labels = Rank(0, 0), Rank(0, 1), AwaitedState(0)
    assert "brings what is waited for no nearer" in why(system, proof(system, *labels, states=states), GOAL)


def test_what_an_event_waits_for_beside_comes_for_a_pipeline_alone() -> None:
    """That a pipeline can go on at last says nothing of another event that waits for the same."""
    system = flags(({**on(A, "x"), **on(B)}, {A: "y"}, "unit"), ({}, {B: "y"}, "other"))
    given = proof(system, Rank(0, 0), AwaitedState(0), states={(0,): 0, (1,): 1}, known=1)
    with pytest.raises(CertificateRefusedError, match="depends on `flag b`"):
        check_obligation(system, given, GOAL, lambda _, __: True)


def test_who_waits_does_not_stop_to_wait() -> None:
    """`a leads to b`: a goes away, and b never comes."""
    system = flags((on(A, "x"), {A: "y"}, "unit"))
    asked = Obligation(goal=(on(B),), comes=True, trigger=({**on(A, "x"), **on(B, "x")},))
    states = {(0, 0): 0, (1, 0): 1}
    assert "no nearer" in why(system, proof(system, Rank(0, 0), Idle(), states=states), asked)


def test_a_rank_shows_more_than_is_asked_where_nothing_need_come() -> None:
    system = flags((on(A, "x"), {A: "y"}, "unit"))
    given = proof(system, Rank(0, 0), AwaitedState(0), states={(0,): 0, (1,): 1}, known=1)
    check_obligation(system, given, Obligation(goal=(on(A),)), lambda _, __: False)
