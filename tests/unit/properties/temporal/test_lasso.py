"""Runs that wait for ever: which are fair, and which one is told."""

from __future__ import annotations

import pytest

from skewproof.model.deployment.formula import Formula, Modality
from skewproof.model.deployment.predicate import Constant
from skewproof.model.resources.limits import Limits
from skewproof.properties.temporal.lasso import (
    find_fair_components,
    find_lasso,
    find_waiting_sets,
    is_fair_loop,
)
from skewproof.properties.temporal.monitor import build_monitor
from skewproof.properties.temporal.runs import Runs, watch
from support.graphs import arrows_of, letter, reached

EVENTUALLY = build_monitor(Formula(Modality.EVENTUALLY, Constant(True)))


def runs(arrows: str, goal: str = "z") -> Runs:
    """The runs of the graph, in which `goal` must come."""
    found = reached(arrows)
    holds = [(letter(found, index) in goal, False) for index in range(len(found.states))]
    return watch(found, EVENTUALLY, holds, Limits())


def waits(arrows: str, goal: str = "z") -> str:
    """The states in which a fair run can wait for ever."""
    found = runs(arrows, goal)
    nodes = (node for part in find_waiting_sets(found) for node in part)
    return "".join(sorted(letter(found.reached, found.nodes[node][0]) for node in nodes))


@pytest.mark.parametrize(
    ("arrows", "where"),
    [
        ("az1", ""),
        ("ab1 bz1", ""),
        ("ab1", "b"),
        ("ab1 az1", "b"),
        ("ab", "ab"),
        ("az", "a"),
        ("ab1 ba1", "ab"),
        ("aa", "a"),
        ("aa az1", ""),
    ],
    ids=[
        "what must happen happens",
        "and what must happen after it",
        "nothing is left that must happen",
        "one unit may choose the wrong way",
        "nobody must go on",
        "nor to the goal",
        "going round is fair",
        "standing still beside a circle of nobody's",
        "but not while a unit could go on",
    ],
)
def test_where_a_fair_run_can_wait(arrows: str, where: str) -> None:
    assert waits(arrows) == where


def test_a_circle_in_which_one_unit_turns_and_another_starves_is_no_fair_run() -> None:
    assert waits("ab1 ba1 az2 bz2") == ""


def test_a_circle_in_which_the_other_is_not_always_enabled_is_fair() -> None:
    assert waits("ab1 ba1 az2") == "ab"


def test_a_circle_in_which_each_unit_has_its_turn_is_fair() -> None:
    assert waits("ab1 ba2 aa2 bb1") == "ab"


def test_an_event_that_leaves_the_circle_is_no_turn() -> None:
    assert waits("ab1 ba1 az2 bz2 aa3 ba3") == ""


def test_a_unit_that_turns_in_a_larger_circle_is_satisfied() -> None:
    """In `ab` alone the second unit starves; round by `c` it does not."""
    assert waits("ab1 ba1 bc2 ac2 ca1 cz3") == "abc"


def test_traffic_may_go_round_for_ever_but_not_starve_a_move() -> None:
    assert waits("ab ba") == "ab"
    assert waits("ab ba az1 bz1") == ""


def lasso_of(arrows: str, goal: str = "z") -> tuple[str, str] | None:
    found = find_lasso(runs(arrows, goal))
    return None if found is None else (arrows_of(found.stem), arrows_of(found.loop))


def test_there_is_none_where_no_fair_run_waits() -> None:
    assert lasso_of("ab1 bz1") is None


def test_a_run_that_stands_still_has_no_loop() -> None:
    assert lasso_of("ab1 bc1") == ("ab1 bc1", "")


def test_the_stem_is_a_shortest_way_into_it() -> None:
    stem, loop = lasso_of("ab1 bc1 cd1 ad1 de1 ed1") or ("", "")
    assert (stem, loop) in {("ad1", "de1 ed1"), ("ad1", "de1")}
    assert loop == "de1 ed1"


def test_the_loop_gives_each_unit_its_turn() -> None:
    _, loop = lasso_of("ab1 ba1 ac2 ca2 bd2 db2") or ("", "")
    assert {arrow[2] for arrow in loop.split()} == {"1", "2"}
    assert loop.split()[0][0] == loop.split()[-1][1], "it comes back"
    assert all(one[1] == other[0] for one, other in zip(loop.split(), loop.split()[1:], strict=False))


def test_of_two_places_to_wait_the_first_that_a_run_can_reach_is_told() -> None:
    """The circle through `b` is nearer, though its far end is found last."""
    assert lasso_of("ab1 ac1 be1 cd1 dc1 ef1 fb1") == ("ab1", "be1 ef1 fb1")


def test_a_unit_that_is_not_enabled_somewhere_on_the_way_round_is_owed_nothing() -> None:
    assert lasso_of("ab ba az2") == ("", "ab ba")


def test_the_way_round_does_not_leave_the_places_where_it_waits() -> None:
    assert lasso_of("az2 ab ba") == ("", "ab ba")


def test_a_place_where_as_much_is_owed_settles_nothing() -> None:
    assert lasso_of("ab ba ac ca az2 bz2") == ("", "ac ca")


def test_a_way_round_may_pass_a_smaller_circle() -> None:
    assert lasso_of("ab bc cb cd da az2 bz2 cz2") == ("", "ab bc cd da")


def test_a_loop_is_fair_if_whoever_could_always_go_on_does() -> None:
    (one,) = reached("aa1").edges[0]
    unit, other = frozenset({"1"}), frozenset({"1", "2"})
    assert is_fair_loop([unit], [one[0]])
    assert not is_fair_loop([other], [one[0]])
    assert is_fair_loop([other, unit], [one[0]])
    assert is_fair_loop([frozenset()], [])
    assert not is_fair_loop([unit], [])


def test_parts_are_the_largest_circles() -> None:
    found = reached("ab1 ba1 bc1 cd1 dc1")
    units = [frozenset(e.group for e, _ in row if e.group) for row in found.edges]
    parts = find_fair_components(
        range(4), lambda node: found.edges[node], lambda node: frozenset(units[node])
    )
    assert sorted("".join(sorted(letter(found, n) for n in part)) for part in parts) == ["ab", "cd"]
