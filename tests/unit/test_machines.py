"""The machines do what DESIGN 3.1 and 3.4 say, and a user's own are read or refused."""

from __future__ import annotations

import pytest
from transitions import Machine

from skewproof.model.machines import (
    EMPTY,
    NOBODY,
    Running,
    UnsupportedMachineError,
    content,
    own_rollout,
    read,
    rolling,
    sequence,
    switch,
)


def counts(state: str) -> dict[str, int]:
    """`2×V1 1×V2` as numbers."""
    if state == NOBODY:
        return {}
    return {part.split("×")[1]: int(part.split("×")[0]) for part in state.split()}


def test_rolling_with_one_replica_spawns_before_it_retires() -> None:
    life = read(rolling("V1", "V2", 1, 1, 0).machine)
    assert life.states == ("1×V1", "1×V1 1×V2", "1×V2")
    assert [(t.trigger, t.source, t.target) for t in life.transitions] == [
        ("spawn V2", "1×V1", "1×V1 1×V2"),
        ("retire V1", "1×V1 1×V2", "1×V2"),
    ]


def test_surge_of_all_may_retire_as_soon_as_one_more_is_up() -> None:
    """Kubernetes' words allow it, whatever one might hope of `max_surge: 100%`."""
    life = read(rolling("V1", "V2", 2, 2, 0).machine)
    assert life.states == ("2×V1", "2×V1 1×V2", "2×V1 2×V2", "1×V1 1×V2", "1×V1 2×V2", "2×V2")


@pytest.mark.parametrize("replicas", [1, 2, 3, 5])
@pytest.mark.parametrize(("surge", "unavailable"), [(1, 0), (2, 0), (5, 0), (0, 1), (0, 2), (1, 1), (2, 2)])
def test_no_state_breaks_surge_or_unavailability_and_the_goal_is_always_reached(
    replicas: int, surge: int, unavailable: int
) -> None:
    life = read(rolling("V1", "V2", replicas, surge, unavailable).machine)
    for state in life.states:
        assert max(replicas - unavailable, 0) <= sum(counts(state).values()) <= replicas + surge
    stuck = set(life.states) - {t.source for t in life.transitions}
    assert stuck == {f"{replicas}×V2"}


def test_with_one_unavailable_a_lone_service_can_be_down() -> None:
    rollout = rolling("V1", "V2", 1, 0, 1)
    assert read(rollout.machine).states == ("1×V1", NOBODY, "1×V2")
    assert rollout.serving[NOBODY] == frozenset()


def test_components_that_live_alike_share_one_machine() -> None:
    assert rolling("V1", "V2", 3, 1, 0) is rolling("V1", "V2", 3, 1, 0)


def test_content_goes_through_both_to_new() -> None:
    arrows = {(t.trigger, t.source): t.target for t in read(content(("V1", "V2")).machine).transitions}
    assert arrows["fill V2", "V1"] == "V1 + V2"
    assert arrows["clear before V2", "V1 + V2"] == "V2"
    assert ("clear before V2", "V1") not in arrows, "the old form goes only while the new one is there"
    assert arrows["write V1", "V2"] == "V1 + V2"
    assert arrows["purge before V2", "V1"] == EMPTY
    assert arrows["use up V2", "V2"] == EMPTY


def test_a_live_run_follows_the_machine_and_refuses_what_it_has_not() -> None:
    run = Running(switch("running", "suspended", "suspend", "resume"))
    assert run.fires("suspend")
    assert run.now == "suspended"
    assert not run.fires("suspend")
    assert run.now == "suspended"


def test_a_sequence_goes_one_way() -> None:
    life = read(sequence(("a", "b", "c"), "advance"))
    assert [(t.source, t.target) for t in life.transitions] == [("a", "b"), ("b", "c")]


def own(**arrow: object) -> Machine:
    transitions = [{"trigger": "deploy", "source": "old", "dest": "new", **arrow}]
    return Machine(
        model=None, states=["old", "new"], initial="old", transitions=transitions, auto_transitions=False
    )


def test_an_own_machine_is_a_rollout() -> None:
    rollout = own_rollout(own(), {"old": ["V1"], "new": ["V2"]})
    assert rollout.serving == {"old": frozenset({"V1"}), "new": frozenset({"V2"})}
    assert rollout.deploy == {"deploy"}


@pytest.mark.parametrize(
    ("machine", "serving", "word"),
    [
        (own(conditions=lambda: True), {"old": ["V1"], "new": ["V2"]}, "conditions or callbacks"),
        (own(before=lambda: None), {"old": ["V1"], "new": ["V2"]}, "conditions or callbacks"),
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
