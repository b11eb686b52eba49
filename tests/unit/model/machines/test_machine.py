"""The machines do what DESIGN 3.1 and 3.4 say, and a user's own are read or refused."""

from __future__ import annotations

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
    build_switch,
    read,
)
from skewproof.model.machines.rollout_strategies import Goal, own_rollout


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


def test_a_live_run_follows_the_machine_and_refuses_what_it_has_not() -> None:
    run = Running(build_switch("running", "suspended", "suspend", "resume"))
    assert run.fires("suspend")
    assert run.now == "suspended"
    assert not run.fires("suspend")
    assert run.now == "suspended"


def test_a_schema_goes_one_version_at_a_time_and_back() -> None:
    life = read(build_ladder(("a", "b", "c")))
    arrows = {(t.trigger, t.source, t.target) for t in life.transitions}
    assert arrows == {
        ("advance", "a", "b"),
        ("go back", "b", "a"),
        ("advance", "b", "c"),
        ("go back", "c", "b"),
    }


def test_a_gradual_flag_is_taken_up_at_once_or_in_two_halves() -> None:
    arrows = {
        (t.trigger, t.source): t.target for t in read(build_gradual_switch("off", "partly", "on")).transitions
    }
    assert arrows["enable", "off"] == arrows["enable last", "partly"] == "on"
    assert arrows["enable first", "off"] == "partly"
    assert ("enable first", "partly") not in arrows


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


@pytest.mark.parametrize(
    ("machine", "serving", "word"),
    [
        (own(conditions=lambda: True), {"old": ["V1"], "new": ["V2"]}, "a function as a condition"),
        (own(before=lambda: None), {"old": ["V1"], "new": ["V2"]}, "callbacks"),
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


def test_callbacks_of_states_and_nested_states_are_refused() -> None:
    from transitions.extensions import HierarchicalMachine

    entering = Machine(
        model=None, states=[{"name": "a", "on_enter": "call"}], initial="a", auto_transitions=False
    )
    with pytest.raises(UnsupportedMachineError, match="callbacks"):
        read(entering)
    nested = HierarchicalMachine(
        model=None, states=[{"name": "a", "children": ["b"]}], initial="a", auto_transitions=False
    )
    with pytest.raises(UnsupportedMachineError, match="nested"):
        read(nested)


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
