"""The machines do what DESIGN 3.1 and 3.4 say, and a user's own are read or refused."""

from __future__ import annotations

from typing import Any

import pytest
from transitions import Machine

from skewproof.model.deployment import Instruction
from skewproof.model.machines.machine import (
    EMPTY,
    Running,
    UnsupportedMachineError,
    build_content_machine,
    build_gradual_switch,
    build_ladder,
    build_pipeline_machine,
    build_switch,
    list_subsets,
    read,
)
from skewproof.model.machines.rollouts import Goal, own_rollout


def test_content_goes_through_both_to_new() -> None:
    arrows = {
        (t.trigger, t.source): t.target for t in read(build_content_machine(("V1", "V2")).machine).transitions
    }
    assert arrows["fill V2", "V1"] == "V1 + V2"
    assert arrows["clear before V2", "V1 + V2"] == "V2"
    assert ("clear before V2", "V1") not in arrows, "the old form goes only while the new one is there"
    assert arrows["write V1", "V2"] == "V1 + V2"
    assert arrows["purge before V2", "V1"] == EMPTY
    assert arrows["use up V2", "V2"] == EMPTY


def from_(machine: Machine, state: str) -> dict[str, str]:
    """Where each trigger leads from the state."""
    return {t.trigger: t.target for t in read(machine).transitions if t.source == state}


def test_content_can_be_any_set_of_forms_and_is_the_first_at_the_start() -> None:
    forms = build_content_machine(("V1", "V2"))
    life = read(forms.machine)
    assert life.states == (EMPTY, "V1", "V2", "V1 + V2")
    assert life.initial == "V1"
    assert forms.held["V1 + V2"] == {"V1", "V2"}
    assert forms.named(frozenset({"V2"})) == "V2"


def test_what_can_become_of_content_with_two_of_three_forms() -> None:
    forms = build_content_machine(("V1", "V2", "V3"), copies=False)
    assert from_(forms.machine, "V1 + V2") == {
        "drop": EMPTY,
        "write V3": "V1 + V2 + V3",
        "fill V3": "V1 + V2 + V3",
        "use up V1": "V2",
        "use up V2": "V1",
        "clear before V2": "V2",
        "purge before V2": "V2",
        "purge before V3": EMPTY,
        "purge but V1": "V1",
        "purge but V2": "V2",
        "purge but V3": EMPTY,
    }


def test_a_copy_can_keep_any_part_of_what_it_holds() -> None:
    copied = from_(build_content_machine(("V1", "V2"), copies=True).machine, "V1 + V2")
    kept = {trigger: target for trigger, target in copied.items() if trigger.startswith("keep")}
    assert kept == {"keep ": EMPTY, "keep V1": "V1", "keep V2": "V2"}


def test_subsets_come_with_the_smaller_ones_first() -> None:
    assert list(map(sorted, list_subsets({2, 1}))) == [[], [1], [2], [1, 2]]


def test_a_switch_is_thrown_and_thrown_back() -> None:
    life = read(build_switch("off", "on", "enable", "disable"))
    assert (life.states, life.initial) == (("off", "on"), "off")
    assert {(t.trigger, t.source, t.target) for t in life.transitions} == {
        ("enable", "off", "on"),
        ("disable", "on", "off"),
    }


def test_a_pipeline_starts_at_its_first_position_and_can_part() -> None:
    machine = build_pipeline_machine(("0 (before)", "1 A", "2 A (stopped)"), ((1,), (2,), ()))
    assert read(machine).initial == "0 (before)"
    assert from_(machine, "0 (before)") == {"go on to 1 A": "1 A"}
    assert from_(machine, "1 A") == {"go on to 2 A (stopped)": "2 A (stopped)"}
    assert from_(machine, "2 A (stopped)") == {}


def test_a_live_run_asks_whether_a_condition_holds_now() -> None:
    machine = own(conditions="b.up")
    asked: list[str] = []

    def holds(condition: str) -> bool:
        asked.append(condition)
        return len(asked) > 1

    run = Running(machine, holds=holds)
    assert not run.fires("deploy")
    assert run.now == "old"
    assert run.fires("deploy")
    assert run.now == "new"
    assert asked == ["b.up", "b.up"]


def test_a_live_run_follows_the_machine_and_refuses_what_it_has_not() -> None:
    run = Running(build_switch("running", "suspended", "suspend", "resume"))
    assert run.fires("suspend")
    assert run.now == "suspended"
    assert not run.fires("suspend")
    assert run.now == "suspended"


def test_a_schema_goes_one_version_at_a_time_and_back() -> None:
    life = read(build_ladder(("a", "b", "c")))
    assert (life.states, life.initial) == (("a", "b", "c"), "a")
    arrows = {(t.trigger, t.source, t.target) for t in life.transitions}
    assert arrows == {
        ("advance", "a", "b"),
        ("go back", "b", "a"),
        ("advance", "b", "c"),
        ("go back", "c", "b"),
    }


def test_a_gradual_flag_is_taken_up_at_once_or_in_two_halves() -> None:
    machine = build_gradual_switch("off", "partly", "on")
    assert (read(machine).states, read(machine).initial) == (("off", "partly", "on"), "off")
    assert from_(machine, "off") == {"enable": "on", "enable first": "partly"}
    assert from_(machine, "on") == {"disable": "off", "disable first": "partly"}
    assert from_(machine, "partly") == {
        "enable": "on",
        "enable last": "on",
        "disable": "off",
        "disable last": "off",
    }


def own(**arrow: object) -> Machine:
    transitions = [{"trigger": "deploy", "source": "old", "dest": "new", **arrow}]
    return Machine(
        model=None, states=["old", "new"], initial="old", transitions=transitions, auto_transitions=False
    )


def test_an_own_machine_is_a_rollout() -> None:
    rollout = own_rollout(own(), {"old": ["V1"], "new": ["V2"]})
    assert rollout.serving == {"old": frozenset({"V1"}), "new": frozenset({"V2"})}
    assert rollout.triggers(Goal(Instruction.DEPLOY, "V2")) == {"deploy"}
    assert not rollout.triggers(Goal(Instruction.ROLLBACK, "V1")), "it says nothing of a way back"


def test_in_each_state_of_an_own_machine_one_instance_of_each_version_that_serves_is_up() -> None:
    rollout = own_rollout(own(), {"old": ["V2", "V1"], "new": ["V2"]})
    assert rollout.counts == {"old": {"V1": 1, "V2": 1}, "new": {"V2": 1}}
    assert rollout.counts == rollout.present == rollout.running
    assert rollout.writing == rollout.serving


@pytest.mark.parametrize("named", [{"deploy": ["deplyo"]}, {"faults": ["crash"]}])
def test_a_trigger_that_an_own_machine_has_not_is_refused(named: dict[str, list[str]]) -> None:
    (missing,) = next(iter(named.values()))
    with pytest.raises(UnsupportedMachineError, match=f"no trigger {missing}"):
        own_rollout(own(), {"old": ["V1"], "new": ["V2"]}, **named)


@pytest.mark.parametrize(
    ("machine", "serving", "word"),
    [
        (own(conditions=lambda: True), {"old": ["V1"], "new": ["V2"]}, "a function as a condition"),
        (own(prepare="call"), {"old": ["V1"], "new": ["V2"]}, "callbacks"),
        (own(before=lambda: None), {"old": ["V1"], "new": ["V2"]}, "callbacks"),
        (own(after="call"), {"old": ["V1"], "new": ["V2"]}, "callbacks"),
        (own(dest=None), {"old": ["V1"], "new": ["V2"]}, "internal"),
        (own(), {"old": ["V1"]}, "says nothing of new"),
        (own(), {"old": ["V1"], "new": ["V2"], "newer": []}, "no state of the machine: newer"),
    ],
)
def test_what_a_finite_life_cannot_hold_is_refused(
    machine: Machine, serving: dict[str, list[str]], word: str
) -> None:
    with pytest.raises(UnsupportedMachineError, match=word):
        own_rollout(machine, serving)


@pytest.mark.parametrize("when", ["prepare_event", "before_state_change", "after_state_change"])
def test_callbacks_of_a_machine_are_refused(when: str) -> None:
    called: dict[str, Any] = {when: "call"}
    machine = Machine(model=None, states=["a"], initial="a", auto_transitions=False, **called)
    with pytest.raises(UnsupportedMachineError, match="callbacks"):
        read(machine)


@pytest.mark.parametrize("when", ["on_enter", "on_exit"])
def test_callbacks_of_states_are_refused(when: str) -> None:
    machine = Machine(model=None, states=[{"name": "a", when: "call"}], initial="a", auto_transitions=False)
    with pytest.raises(UnsupportedMachineError, match="callbacks"):
        read(machine)


def test_nested_states_are_refused_if_only_one_is() -> None:
    from transitions.extensions import HierarchicalMachine
    from transitions.extensions.nesting import NestedState

    nested = HierarchicalMachine(
        model=None, states=[{"name": "a", "children": ["b"]}], initial="a", auto_transitions=False
    )
    mixed = Machine(model=None, states=["a", NestedState("b")], initial="a", auto_transitions=False)
    for machine in (nested, mixed):
        with pytest.raises(UnsupportedMachineError, match="nested"):
            read(machine)


def test_conditions_are_predicates_and_the_first_that_holds_wins() -> None:
    arrows = [
        {"trigger": "elect", "source": "none", "dest": "old", "conditions": "a.up(V1)", "unless": "b.up"},
        {"trigger": "elect", "source": "none", "dest": "new"},
        {"trigger": "elect", "source": "none", "dest": "never"},
    ]
    machine = Machine(
        model=None,
        states=["none", "old", "new", "never"],
        initial="none",
        transitions=arrows,
        auto_transitions=False,
    )
    found = [(t.target, t.conditions) for t in read(machine).transitions]
    assert found == [
        ("old", ("a.up(V1)", "not (b.up)")),
        ("new", ("not ((a.up(V1)) and (not (b.up)))",)),
    ], "the library never makes the third"
