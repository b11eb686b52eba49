"""From which states events lead to a goal, told by guards: `a01 b2` is a in 0 or 1, and b in 2."""

from __future__ import annotations

import pytest

from skewproof.model.compiler import backwards
from skewproof.model.compiler.backwards import Backwards
from skewproof.model.compiler.errors import TooManyCasesError
from skewproof.model.compiler.system import Event, EventKind, Guard, Value
from skewproof.model.names import VariableKey, instances_of
from support.causes import made_up

DOMAINS = {instances_of(name): tuple(values) for name, values in {"a": "0123", "b": "012", "c": "01"}.items()}


def guard(text: str) -> dict[VariableKey, frozenset[Value]]:
    return {instances_of(part[0]): frozenset(part[1:]) for part in text.split()}


def event(text: str) -> Event:
    """`a0 b1 > a1`: with a at 0 and b at 1, a comes to 1."""
    before, _, after = text.partition(">")
    effect = {instances_of(part[0]): part[1] for part in after.split()}
    return Event(made_up(EventKind.MOVE), guard(before), effect)


def told(found: Guard) -> str:
    parts = ((str(key.subject), "".join(sorted(map(str, allowed)))) for key, allowed in found.items())
    return " ".join(sorted(name + values for name, values in parts))


def leading(goal: list[str], *events: str) -> list[str]:
    """The guards of the states from which the events lead to one of the goals; `` holds everywhere."""
    made = [event(text) for text in events]

    def changing(key: VariableKey) -> list[Event]:
        return [one for one in made if key in one.effect]

    found = Backwards(DOMAINS.__getitem__, changing).leading_to(tuple(map(guard, goal)))
    return sorted(map(told, found))


def test_without_events_the_goal_alone_leads_to_itself() -> None:
    assert leading(["a1 b2"]) == ["a1 b2"]
    assert leading([]) == []
    assert leading([""]) == [""]


# --- one variable ---


def test_an_event_leads_to_the_goal_from_where_it_can_happen() -> None:
    assert leading(["a0"], "a1 > a0") == ["a01"]
    assert leading(["a3"], "a1 > a3") == ["a13"]


def test_an_event_that_can_always_happen_leads_there_from_everywhere() -> None:
    assert leading(["a1"], "> a1") == [""]


def test_an_event_to_elsewhere_leads_to_no_goal() -> None:
    assert leading(["a1"], "a0 > a2") == ["a1"]
    assert leading(["a1"], "a0 > b1") == ["a1"]


def test_events_lead_to_the_goal_one_after_the_other() -> None:
    assert leading(["a3"], "a1 > a2", "a2 > a3") == ["a123"]
    assert leading(["a3"], "a2 > a3", "a1 > a2", "a0 > a1") == [""]


def test_what_an_event_leaves_alone_must_be_as_the_goal_wants_it() -> None:
    assert leading(["a1 b1"], "a0 > a1") == ["a01 b1"]


def test_what_an_event_asks_of_other_variables_must_hold_before_it() -> None:
    assert leading(["a1"], "a0 b1 > a1") == ["a01 b1", "a1"]


def test_the_event_and_the_goal_may_both_ask_something_of_a_variable() -> None:
    assert leading(["a1 b01"], "a0 b12 > a1") == ["a01 b1", "a1 b01"]


def test_an_event_that_asks_what_the_goal_excludes_leads_nowhere() -> None:
    assert leading(["a1 b1"], "a0 b0 > a1") == ["a1 b1"]


def test_what_one_event_needs_another_can_bring() -> None:
    assert leading(["a1"], "a0 b1 > a1", "b0 > b1") == ["a01 b01", "a1"]
    assert leading(["a1"], "a0 b1 > a1", "> b1") == ["a01"]


def test_events_alike_but_for_what_they_ask_of_others_are_told_apart() -> None:
    assert leading(["a1"], "a0 b0 > a1", "a2 b1 > a1") == ["a01 b0", "a1", "a12 b1"]


# --- several variables at once ---


def test_an_event_that_changes_two_variables_must_bring_both_to_the_goal() -> None:
    assert leading(["a1 b1"], "a0 b0 > a1 b1") == ["a0 b0", "a1 b1"]
    assert leading(["a1 b2"], "a0 b0 > a1 b1") == ["a1 b2"]
    assert leading(["a2 b1"], "a0 b0 > a1 b1") == ["a2 b1"]


def test_what_the_goal_leaves_open_an_event_may_change() -> None:
    assert leading(["a1"], "a0 b0 > a1 b1") == ["a0 b0", "a1"]
    assert leading(["a1"], "a0 > a1 b1") == ["a01"]


def test_a_change_of_two_variables_asks_of_a_third_what_event_and_goal_do() -> None:
    assert leading(["a1 c1"], "a0 b0 > a1 b1") == ["a0 b0 c1", "a1 c1"]
    assert leading(["a1"], "a0 b0 c0 > a1 b1") == ["a0 b0 c0", "a1"]
    assert leading(["a1 c1"], "a0 b0 c0 > a1 b1") == ["a1 c1"]


def test_each_of_the_events_that_change_the_same_variables_can_lead_there() -> None:
    assert leading(["a1 b1"], "a0 b0 > a1 b1", "a2 b2 > a1 b1", "a3 b0 > a1 b0") == [
        "a0 b0",
        "a1 b1",
        "a2 b2",
    ]


# --- what a variable can never have ---


def test_a_goal_that_no_state_can_meet_is_none() -> None:
    assert leading(["a9"]) == []
    assert leading(["a1 b9", "a2"]) == ["a2"]


def test_an_event_that_can_never_happen_leads_nowhere() -> None:
    assert leading(["a1"], "a9 > a1") == ["a1"]
    assert leading(["a1"], "a0 b9 > a1") == ["a1"]
    assert leading(["a1 b1"], "a9 b0 > a1 b1") == ["a1 b1"]
    assert leading(["a1 b1"], "a0 b0 > a9 b1") == ["a1 b1"]


# --- few guards ---


def test_guards_that_differ_in_one_variable_are_one() -> None:
    assert leading(["a1 b1", "a2 b1"]) == ["a12 b1"]
    assert leading(["c0", "c1"]) == [""]
    assert leading(["a1 c0", "a1 c1"]) == ["a1"]


def test_guards_that_differ_in_two_variables_are_two() -> None:
    assert leading(["a1 b1", "a2 b2"]) == ["a1 b1", "a2 b2"]
    assert leading(["a1", "b1"]) == ["a1", "b1"]
    assert leading(["a1 b1", "a1 c1"]) == ["a1 b1", "a1 c1"]


def test_a_guard_that_lies_in_another_is_left_out() -> None:
    assert leading(["a1", "a1 b1"]) == ["a1"]
    assert leading(["a01 b1", "a1 b1 c1", "b2 c0"]) == ["a01 b1", "b2 c0"]


def test_more_guards_than_a_condition_may_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backwards, "MAX_GUARDS", 3)
    two = "a0 b0 > a1 b1", "a2 b2 > a1 b1"
    assert len(leading(["a1 b1"], *two)) == 3
    with pytest.raises(TooManyCasesError):
        leading(["a1 b1"], *two, "a3 b1 c0 > a1 b1")
