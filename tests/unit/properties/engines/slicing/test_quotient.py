"""The quotient of a rollout: checked against the full machine without the quotient's help."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import pairwise, product
from typing import Any

import pytest

from skewproof.model.deployment import Component, Instruction, Kind, Readiness, Strategy
from skewproof.model.machines.machine import Life, Transition, build, read
from skewproof.model.machines.rollout_strategies import build_rollout
from skewproof.model.machines.rollouts import Goal, Rollout, own_rollout
from skewproof.properties.engines.slicing.quotient import Quotient, build_quotient

VERSIONS = ("V1", "V2")
FORWARD = (Goal(Instruction.DEPLOY, "V2"),)
COUNTS = range(1, 7)


def lives(**fields: Any) -> Rollout:
    return build_rollout(Component("s", Kind.SERVICE, **fields), VERSIONS, FORWARD)


def rolling(replicas: int, surge: int, unavailable: int) -> Rollout:
    return lives(replicas=replicas, max_surge=surge, max_unavailable=unavailable)


def every() -> Iterator[dict[str, Any]]:
    """Each strategy, with and without readiness, for up to six replicas and every limit."""
    limits = [(s, u) for s in range(7) for u in range(7) if s or u]
    for replicas, (surge, unavailable) in product(COUNTS, limits):
        if surge <= replicas and unavailable <= replicas:
            yield {"replicas": replicas, "max_surge": surge, "max_unavailable": unavailable}
    for replicas, strategy in product(COUNTS, (Strategy.RECREATE, Strategy.BLUE_GREEN, Strategy.CANARY)):
        yield {"replicas": replicas, "strategy": strategy, "canary": 2}
    for replicas, strategy in product((1, 2, 4), Strategy):
        yield {"replicas": replicas, "strategy": strategy, "readiness": Readiness()}
    yield {"stays": True}


EVERY = list(every())


def labels(rollout: Rollout) -> dict[str, Hashable]:
    """What the request, the drain, the traffic and the pipeline see of a state."""
    onwards = onward(rollout)
    return {
        state: (
            rollout.serving[state],
            frozenset(version for version, count in rollout.present[state].items() if count),
            rollout.writing[state],
            bool(onwards[state]),
        )
        for state in read(rollout.machine).states
    }


def onward(rollout: Rollout) -> dict[str, list[str]]:
    life = read(rollout.machine)
    triggers = rollout.others.union(*rollout.goals.values())
    found: dict[str, list[str]] = {state: [] for state in life.states}
    for arrow in life.transitions:
        if arrow.trigger in triggers:
            found[arrow.source].append(arrow.target)
    return found


def silently(state: str, after: dict[str, list[str]], same: dict[str, str]) -> set[str]:
    """The states that can be reached within the class of a state."""
    seen, frontier = {state}, [state]
    while frontier:
        for reached in after[frontier.pop()]:
            if same[reached] == same[state] and reached not in seen:
                seen.add(reached)
                frontier.append(reached)
    return seen


def assert_bisimilar(reduced: Quotient) -> None:
    """States of a class look alike, and whatever one can do next, each other can, after silent steps."""
    full, same = reduced.full, dict(reduced.class_of)
    label, after = labels(full), onward(full)
    entered = {
        state: {same[t] for s in silently(state, after, same) for t in after[s] if same[t] != same[state]}
        for state in same
    }
    for state, its_class in same.items():
        assert label[state] == label[its_class]
        assert entered[state] == entered[its_class], "one of the class can go where another cannot"
    small = onward(reduced.rollout)
    for its_class in set(same.values()):
        assert set(small[its_class]) == entered[its_class], "the quotient steps where the machine does"
    assert labels(reduced.rollout) == {state: label[state] for state in set(same.values())}


def paths(reduced: Quotient) -> Iterator[tuple[str, ...]]:
    """Every path of classes from the start."""
    small = onward(reduced.rollout)
    frontier: list[tuple[str, ...]] = [(read(reduced.rollout.machine).initial,)]
    while frontier:
        path = frontier.pop()
        yield path
        frontier += [(*path, reached) for reached in small[path[-1]]]


def fewest(reduced: Quotient, path: tuple[str, ...]) -> int:
    """The fewest events of the full machine that go through exactly these classes, layer by layer."""
    after, same = onward(reduced.full), reduced.class_of
    layer = {(read(reduced.full.machine).initial, 0)}
    for count in range(10_000):
        if any(place == len(path) - 1 for _, place in layer):
            return count
        layer = {
            (reached, place + (same[reached] != same[state]))
            for state, place in layer
            for reached in after[state]
            if same[reached] == path[place] or same[reached] == path[place + 1]
        }
    raise AssertionError("the path of classes leads nowhere")


@pytest.mark.parametrize("fields", EVERY, ids=str)
def test_classes_are_bisimilar_and_weights_exact(fields: dict[str, Any]) -> None:
    reduced = build_quotient(lives(**fields))
    assert_bisimilar(reduced)
    for path in paths(reduced):
        weight = sum(reduced.weights[pair] for pair in pairwise(path))
        assert weight == fewest(reduced, path)
        assert sum(map(len, reduced.runs(path))) == weight


@pytest.mark.parametrize(("surge", "unavailable"), [(1, 0), (0, 1), (1, 1)])
def test_a_hundred_replicas_have_no_more_classes_than_three(surge: int, unavailable: int) -> None:
    few, many = (build_quotient(rolling(count, surge, unavailable)) for count in (3, 100))
    assert len(set(many.class_of.values())) == len(set(few.class_of.values())) <= 6


def test_runs_follow_the_machine() -> None:
    reduced = build_quotient(rolling(3, 1, 0))
    first, second = reduced.runs(("3×V1", "3×V1 1×V2", "3×V2"))
    assert [arrow.trigger for arrow in first] == ["spawn V2"]
    assert [arrow.trigger for arrow in second] == ["retire V1", "spawn V2"] * 2 + ["retire V1"]


def machine(*arrows: tuple[str, str], serving: dict[str, list[str]]) -> Rollout:
    transitions = [Transition(f"go to {target}", source, target) for source, target in arrows]
    triggers = {arrow.trigger for arrow in transitions}
    return own_rollout(build(serving, next(iter(serving)), transitions), serving, deploy=triggers)


def test_states_that_look_alike_but_go_elsewhere_stay_apart() -> None:
    """`b` and `c` serve the same; only from `b` can the service go down."""
    serving = {"a": ["V1"], "b": ["V1", "V2"], "c": ["V1", "V2"], "down": [], "end": ["V2"]}
    arrows = ("a", "b"), ("a", "c"), ("b", "down"), ("b", "c"), ("down", "end"), ("c", "end")
    reduced = build_quotient(machine(*arrows, serving=serving))
    assert reduced.class_of["b"] != reduced.class_of["c"]
    assert_bisimilar(reduced)


def test_a_machine_that_can_turn_for_ever_is_not_taken_for_one_that_cannot() -> None:
    serving = {"a": ["V1"], "b": ["V1"], "c": ["V1"], "end": ["V2"]}
    turning = build_quotient(machine(("a", "b"), ("b", "a"), ("b", "end"), ("c", "end"), serving=serving))
    assert turning.class_of["c"] != turning.class_of["b"]


def test_weights_that_depend_on_the_way_leave_the_machine_as_it_is() -> None:
    """The short way into {V2} is the long way out: no weights of classes are exact."""
    serving = {"a": ["V1"], "m": ["V1", "V2"], "x": ["V2"], "y": ["V2"], "z": ["V2"], "n": [], "end": ["V2"]}
    arrows = ("a", "m"), ("a", "n"), ("m", "x"), ("n", "z"), ("x", "y"), ("y", "z"), ("z", "end")
    reduced = build_quotient(machine(*arrows, serving=serving))
    assert set(reduced.class_of) == set(reduced.class_of.values())
    assert set(reduced.weights.values()) == {1}


def test_the_same_rollout_has_one_quotient() -> None:
    assert build_quotient(rolling(4, 1, 0)) is build_quotient(rolling(4, 1, 0))


def test_classes_have_no_counts_to_be_mistaken_for_instances() -> None:
    reduced = build_quotient(rolling(4, 1, 0))
    assert not reduced.rollout.counts
    assert isinstance(read(reduced.rollout.machine), Life)


def test_a_machine_that_two_kinds_of_move_drive_is_left_as_it_is() -> None:
    """A canary is begun by one action and promoted by another: their events are not each other's silence."""
    goals = (Goal(Instruction.DEPLOY, "V2"), Goal(Instruction.PROMOTE, "V2"))
    canary = Component("s", Kind.SERVICE, 4, strategy=Strategy.CANARY)
    reduced = build_quotient(build_rollout(canary, VERSIONS, goals))
    assert reduced.rollout is reduced.full
    assert set(reduced.weights.values()) == {1}
