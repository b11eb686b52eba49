"""Every run of a deployment, watched by a monitor."""

from __future__ import annotations

import pytest

from skewproof.model.deployment.formula import Formula, Modality
from skewproof.model.deployment.predicate import Constant
from skewproof.model.resources.limits import Limits
from skewproof.properties.temporal.monitor import Mode, build_monitor
from skewproof.properties.temporal.runs import Runs, can_satisfy, watch
from support.graphs import arrows_of, letter, reached


def watched(modality: Modality, arrows: str, left: str, right: str = "") -> Runs:
    """The runs of a graph; `left` and `right` of the formula hold in the states of these letters."""
    found = reached(arrows)
    names = [letter(found, index) for index in range(len(found.states))]
    right_side = Constant(True) if modality.is_binary else None
    formula = Formula(modality, Constant(True), right_side)
    return watch(found, build_monitor(formula), [(name in left, name in right) for name in names], Limits())


def in_mode(runs: Runs, mode: Mode) -> str:
    return "".join(sorted(letter(runs.reached, runs.nodes[node][0]) for node in runs.in_mode(mode)))


@pytest.mark.parametrize(
    ("modality", "left", "right", "modes"),
    [
        (Modality.ALWAYS, "ab", "", "FFBB"),
        (Modality.NEVER, "c", "", "FFBF"),
        (Modality.EVENTUALLY, "c", "", "WWFF"),
        (Modality.EVENTUALLY, "a", "", "FFFF"),
        (Modality.LEADS_TO, "b", "d", "FWWF"),
        (Modality.LEADS_TO, "b", "b", "FFFF"),
        (Modality.LEADS_TO, "", "", "FFFF"),
        (Modality.LEADS_TO, "bd", "c", "FWFW"),
        (Modality.BEFORE, "b", "c", "WFFF"),
        (Modality.BEFORE, "c", "b", "WBFF"),
        (Modality.BEFORE, "b", "b", "WFFF"),
        (Modality.BEFORE, "", "c", "WWBW"),
        (Modality.UNTIL, "ab", "c", "WWFF"),
        (Modality.UNTIL, "a", "c", "WBFF"),
        (Modality.UNTIL, "", "a", "FFFF"),
        (Modality.UNTIL, "abcd", "", "WWWW"),
    ],
)
def test_what_a_monitor_thinks_along_a_line(modality: Modality, left: str, right: str, modes: str) -> None:
    runs = watched(modality, "ab bc cd", left, right)
    assert "".join(mode.name[0] for _, mode in runs.nodes) == modes


@pytest.mark.parametrize("modality", [Modality.EVENTUALLY, Modality.LEADS_TO, Modality.UNTIL])
def test_some_formulas_oblige_what_they_wait_for(modality: Modality) -> None:
    right = Constant(True) if modality.is_binary else None
    found = build_monitor(Formula(modality, Constant(True), right))
    assert not found.accepts(Mode.WAITING)
    assert found.accepts(Mode.FINE)


@pytest.mark.parametrize("modality", [Modality.ALWAYS, Modality.NEVER, Modality.BEFORE])
def test_others_may_wait_for_ever(modality: Modality) -> None:
    right = Constant(True) if modality.is_binary else None
    found = build_monitor(Formula(modality, Constant(True), right))
    assert found.accepts(Mode.WAITING)
    assert not found.accepts(Mode.BROKEN)


def test_a_state_that_is_reached_in_two_modes_is_two_nodes() -> None:
    runs = watched(Modality.EVENTUALLY, "ab ac bd cd", "b")
    assert len(runs.nodes) == 5
    assert in_mode(runs, Mode.WAITING) == "acd"
    assert in_mode(runs, Mode.FINE) == "bd"


def test_a_story_leads_to_its_node_on_a_shortest_way() -> None:
    runs = watched(Modality.EVENTUALLY, "ab bc ac cd", "b")
    ends = [n for n, (state, mode) in enumerate(runs.nodes) if letter(runs.reached, state) == "d"]
    stories = {runs.nodes[n][1]: arrows_of(runs.story(n)) for n in ends}
    assert stories == {Mode.WAITING: "ac cd", Mode.FINE: "ab bc cd"}


def complete(runs: Runs, ends: str) -> list[bool]:
    return [letter(runs.reached, index) in ends for index in range(len(runs.reached.states))]


@pytest.mark.parametrize(
    ("modality", "left", "ends", "can"),
    [
        (Modality.ALWAYS, "abcd", "d", True),
        (Modality.ALWAYS, "abd", "d", True),
        (Modality.ALWAYS, "ad", "d", False),
        (Modality.ALWAYS, "bcd", "d", False),
        (Modality.ALWAYS, "abc", "d", False),
        (Modality.EVENTUALLY, "b", "d", True),
        (Modality.EVENTUALLY, "d", "d", True),
        (Modality.EVENTUALLY, "", "d", False),
        (Modality.EVENTUALLY, "abcd", "", False),
    ],
    ids=str,
)
def test_whether_some_complete_run_satisfies_the_formula(
    modality: Modality, left: str, ends: str, can: bool
) -> None:
    runs = watched(modality, "ab ac bd cd", left)
    assert can_satisfy(runs, complete(runs, ends)) == can


def test_to_wait_for_what_is_not_obliged_satisfies() -> None:
    runs = watched(Modality.BEFORE, "ab", "", "")
    assert can_satisfy(runs, complete(runs, "b"))


def test_the_units_of_a_node_are_those_that_could_go_on_there() -> None:
    runs = watched(Modality.ALWAYS, "ab1 ac2 ba bc2", "abc")
    assert [runs.groups(node) for node in range(3)] == [{"1", "2"}, {"2"}, set()]
