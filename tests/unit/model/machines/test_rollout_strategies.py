"""The strategies do what paragraphs 41 to 46 of docs/semantics.md say, instance by instance."""

from __future__ import annotations

import pytest

from skewproof.model.deployment import Component, Instruction, Kind, Readiness, Strategy
from skewproof.model.machines.fleets import NOBODY
from skewproof.model.machines.machine import Life, read
from skewproof.model.machines.rollout_strategies import build_rollout
from skewproof.model.machines.rollouts import Goal, Rollout

DEPLOY, PROMOTE = Goal(Instruction.DEPLOY, "V2"), Goal(Instruction.PROMOTE, "V2")
BACK = Goal(Instruction.ROLLBACK, "V1")


def fleet(*goals: Goal, kind: Kind = Kind.SERVICE, **values: object) -> Rollout:
    component = Component("s", kind, **values)  # type: ignore[arg-type]
    return build_rollout(component, ("V1", "V2"), goals or (DEPLOY,))


def arrows(found: Rollout) -> set[tuple[str, str, str]]:
    return {(t.source, t.trigger, t.target) for t in read(found.machine).transitions}


def counts(state: str) -> dict[str, int]:
    """`2×V1 1×V2` as numbers."""
    if state == NOBODY:
        return {}
    return {part.split("×")[1]: int(part.split("×")[0]) for part in state.split()}


def ends(found: Rollout, goal: Goal) -> set[str]:
    """The states that no trigger of the goal leaves."""
    life = read(found.machine)
    return set(life.states) - {t.source for t in life.transitions if t.trigger in found.triggers(goal)}


def test_rolling_with_one_replica_spawns_before_it_retires() -> None:
    found = fleet()
    assert read(found.machine).states == ("1×V1", "1×V1 1×V2", "1×V2")
    assert arrows(found) == {("1×V1", "spawn V2", "1×V1 1×V2"), ("1×V1 1×V2", "retire V1", "1×V2")}


def test_surge_of_all_may_retire_as_soon_as_one_more_is_up() -> None:
    """Kubernetes' words allow it, whatever one might hope of `max_surge: 100%`."""
    states = read(fleet(replicas=2, max_surge=2).machine).states
    assert states == ("2×V1", "2×V1 1×V2", "2×V1 2×V2", "1×V1 1×V2", "1×V1 2×V2", "2×V2")


@pytest.mark.parametrize("replicas", [1, 2, 3, 5])
@pytest.mark.parametrize(("surge", "unavailable"), [(1, 0), (2, 0), (5, 0), (0, 1), (0, 2), (1, 1), (2, 2)])
def test_no_state_breaks_surge_or_unavailability_and_the_goal_is_always_reached(
    replicas: int, surge: int, unavailable: int
) -> None:
    found = fleet(replicas=replicas, max_surge=surge, max_unavailable=unavailable)
    for state in read(found.machine).states:
        assert max(replicas - unavailable, 0) <= sum(counts(state).values()) <= replicas + surge
    assert ends(found, DEPLOY) == {f"{replicas}×V2"}


def test_with_one_unavailable_a_lone_service_can_be_down() -> None:
    found = fleet(max_surge=0, max_unavailable=1)
    assert read(found.machine).states == ("1×V1", NOBODY, "1×V2")
    assert found.serving[NOBODY] == frozenset()


def test_components_that_live_alike_share_one_machine() -> None:
    one = build_rollout(Component("a", Kind.SERVICE, 3), ("V1", "V2"), (DEPLOY,))
    assert one is build_rollout(Component("b", Kind.SERVICE, 3), ("V1", "V2"), (DEPLOY,))
    own, others = (
        build_rollout(Component(name, Kind.SERVICE, 3, migrates=(f"db-{name}",)), ("V1", "V2"), (DEPLOY,))
        for name in "ab"
    )
    assert own is others, "whichever databases they bring along"
    assert own is not one


def test_a_component_that_nothing_deploys_stays_as_it_is() -> None:
    assert read(build_rollout(Component("a", Kind.SERVICE, 3), ("V1", "V2"), ()).machine) == Life(
        ("3×V1",), "3×V1", ()
    )


def test_recreate_takes_all_down_before_any_comes_up() -> None:
    found = fleet(replicas=2, strategy=Strategy.RECREATE)
    assert read(found.machine).states == ("2×V1", "1×V1", NOBODY, "1×V2", "2×V2")
    assert ends(found, DEPLOY) == {"2×V2"}


def test_blue_green_switches_the_traffic_at_once() -> None:
    found = fleet(replicas=2, strategy=Strategy.BLUE_GREEN)
    beside, after = "2×V1 2×V2, traffic on V1", "2×V1 2×V2, traffic on V2, V1 drains"
    assert (beside, "switch to V2", after) in arrows(found)
    assert found.serving[beside] == {"V1"}
    assert found.serving[after] == {"V2"}
    assert found.writing[beside] == {"V1"}, "green instances do nothing yet"
    assert found.writing[after] == {"V1", "V2"}, "what drains still writes"
    assert not list(found.lost(beside, after, pulled=False)), "the switch takes nobody away"
    assert ends(found, DEPLOY) == {"2×V2, traffic on V2"}


def test_blue_green_goes_back_while_the_old_ones_drain() -> None:
    found = fleet(DEPLOY, BACK, replicas=1, strategy=Strategy.BLUE_GREEN)
    draining = "1×V1 1×V2, traffic on V2, V1 drains"
    assert (draining, "switch to V1", "1×V1 1×V2, traffic on V1, V2 drains") in arrows(found)


def test_a_canary_holds_until_it_is_promoted() -> None:
    found = fleet(DEPLOY, PROMOTE, replicas=3, strategy=Strategy.CANARY, canary=1)
    assert ends(found, DEPLOY) >= {"3×V1 1×V2"}
    assert "3×V1 1×V2" not in ends(found, PROMOTE)
    assert ends(found, PROMOTE) == {"3×V2"}


def test_a_canary_of_all_instances_stands_beside_the_old_ones() -> None:
    found = fleet(DEPLOY, replicas=2, strategy=Strategy.CANARY, canary=5)
    assert ends(found, DEPLOY) == {"2×V1 2×V2"}


def test_what_starts_takes_no_calls_and_counts_as_surge() -> None:
    found = fleet(replicas=1, readiness=Readiness())
    starting = "1×V1 1×V2 starting"
    assert found.serving[starting] == {"V1"}
    assert {t for s, t, _ in arrows(found) if s == starting} == {"ready V2"}, "V1 must wait"


def test_a_rollback_stops_what_is_starting() -> None:
    found = fleet(DEPLOY, BACK, replicas=1, readiness=Readiness())
    assert ("1×V1 1×V2 starting", "stop V2", "1×V1") in arrows(found)


def test_clients_that_stay_only_become_more() -> None:
    found = fleet(kind=Kind.CLIENT, stays=True)
    assert arrows(found) == {("V1", "publish V2", "V1 + V2")}
    assert ends(found, DEPLOY) == {"V1 + V2"}


def test_an_instance_counts_as_gone_only_when_fewer_are_there() -> None:
    found = fleet(replicas=2)
    assert list(found.lost("2×V1 1×V2", "1×V1 1×V2", pulled=False)) == ["V1"]
    assert found.remains("1×V1 1×V2", "V1", pulled=False)
    assert not list(found.lost("2×V1", "2×V1 1×V2", pulled=False))


def test_the_last_instance_of_a_version_is_lost_and_does_not_remain() -> None:
    found = fleet()
    assert list(found.lost("1×V1 1×V2", "1×V2", pulled=False)) == ["V1"]
    assert found.remains("1×V1 1×V2", "V1", pulled=False)
    assert not found.remains("1×V2", "V1", pulled=False)


def test_a_job_that_was_pulled_can_stand_on_a_worker_that_is_starting() -> None:
    found = fleet(DEPLOY, BACK, kind=Kind.WORKER, replicas=1, readiness=Readiness())
    starting = "1×V1 1×V2 starting"
    assert found.there(starting, pulled=True) == {"V1": 1, "V2": 1}
    assert found.there(starting, pulled=False) == {"V1": 1}
    assert list(found.lost(starting, "1×V1", pulled=True)) == ["V2"]
    assert not list(found.lost(starting, "1×V1", pulled=False))
    ready = fleet(kind=Kind.WORKER, readiness=Readiness(), pulls_when_ready=True)
    assert ready.there(starting, pulled=True) == {"V1": 1}, "this one pulls when it is ready"


# --- one rule a test: which events there are, and which are not ---


def from_(found: Rollout, state: str) -> set[str]:
    """The triggers that leave the state."""
    return {trigger for source, trigger, _ in arrows(found) if source == state}


@pytest.mark.parametrize("replicas", [2, 3])
def test_blue_green_switches_only_when_all_are_ready(replicas: int) -> None:
    found = fleet(replicas=replicas, strategy=Strategy.BLUE_GREEN)
    switches = {source for source, trigger, _ in arrows(found) if trigger == "switch to V2"}
    assert switches == {f"{replicas}×V1 {replicas}×V2, traffic on V1"}


def test_blue_green_waits_for_those_that_are_starting() -> None:
    found = fleet(replicas=2, strategy=Strategy.BLUE_GREEN, readiness=Readiness())
    assert from_(found, "2×V1 1×V2 1×V2 starting, traffic on V1") == {"ready V2"}
    assert from_(found, "2×V1 2×V2, traffic on V1") == {"switch to V2"}


def test_blue_green_retires_nobody_before_the_switch() -> None:
    found = fleet(replicas=2, strategy=Strategy.BLUE_GREEN)
    assert from_(found, "2×V1, traffic on V1") == {"spawn V2"}
    assert from_(found, "2×V1 1×V2, traffic on V1") == {"spawn V2"}


def test_blue_green_retires_what_drains_and_then_it_drains_no_more() -> None:
    found = fleet(replicas=2, strategy=Strategy.BLUE_GREEN)
    assert from_(found, "2×V1 2×V2, traffic on V2, V1 drains") == {"retire V1"}
    assert found.writing["1×V1 2×V2, traffic on V2, V1 drains"] == {"V1", "V2"}
    assert found.writing["2×V2, traffic on V2"] == {"V2"}


def test_what_drains_is_there_but_takes_no_calls() -> None:
    found = fleet(replicas=1, strategy=Strategy.BLUE_GREEN)
    state = "1×V1 1×V2, traffic on V2, V1 drains"
    assert found.counts[state] == {"V2": 1}
    assert found.present[state] == {"V1": 1, "V2": 1}


def test_recreate_brings_nobody_up_beside_an_old_one() -> None:
    found = fleet(replicas=2, strategy=Strategy.RECREATE)
    assert from_(found, "2×V1") == {"retire V1"}
    assert from_(found, "1×V1") == {"retire V1"}
    assert from_(found, NOBODY) == {"spawn V2"}


def test_recreate_waits_for_old_ones_that_are_starting() -> None:
    found = fleet(DEPLOY, BACK, replicas=1, strategy=Strategy.RECREATE, readiness=Readiness())
    assert from_(found, "1×V2 starting") == {"ready V2", "stop V2"}
    assert ("1×V2 starting", "stop V2", NOBODY) in arrows(found)


def test_rolling_never_spawns_beyond_the_surge() -> None:
    found = fleet(replicas=3, max_surge=1)
    assert from_(found, "3×V1") == {"spawn V2"}
    assert from_(found, "3×V1 1×V2") == {"retire V1"}
    assert from_(found, "2×V1 1×V2") == {"spawn V2"}
    assert from_(found, "3×V2") == set()


def test_rolling_spawns_no_more_than_the_replicas() -> None:
    found = fleet(replicas=2, max_surge=5)
    assert max(counts(state).get("V2", 0) for state in read(found.machine).states) == 2


def test_rolling_counts_those_that_are_starting_as_surge_but_not_as_available() -> None:
    found = fleet(replicas=2, max_surge=1, max_unavailable=0, readiness=Readiness())
    assert from_(found, "2×V1 1×V2 starting") == {"ready V2"}
    assert from_(found, "2×V1 1×V2") == {"retire V1"}
    loose = fleet(replicas=2, max_surge=1, max_unavailable=1, readiness=Readiness())
    assert from_(loose, "2×V1 1×V2 starting") == {"ready V2", "retire V1"}


def test_a_canary_begins_with_as_many_as_it_says() -> None:
    found = fleet(DEPLOY, replicas=3, strategy=Strategy.CANARY, canary=2)
    assert read(found.machine).states == ("3×V1", "3×V1 1×V2", "3×V1 2×V2")
    assert {trigger for _, trigger, _ in arrows(found)} == {"spawn canary V2"}


def test_a_canary_retires_nobody() -> None:
    found = fleet(DEPLOY, replicas=2, strategy=Strategy.CANARY, canary=1, max_unavailable=2)
    assert "V1" in found.serving[next(iter(ends(found, DEPLOY)))]
    assert not any("retire" in trigger for _, trigger, _ in arrows(found))


def test_a_canary_becomes_ready() -> None:
    found = fleet(DEPLOY, replicas=2, strategy=Strategy.CANARY, canary=1, readiness=Readiness())
    assert read(found.machine).states == ("2×V1", "2×V1 1×V2 starting", "2×V1 1×V2")
    assert from_(found, "2×V1 1×V2 starting") == {"ready canary V2"}


def test_a_canary_that_is_over_makes_no_more_ready() -> None:
    """Those that are starting were spawned by the promotion beside it."""
    found = fleet(DEPLOY, PROMOTE, replicas=3, strategy=Strategy.CANARY, canary=1, readiness=Readiness())
    assert "ready canary V2" in from_(found, "3×V1 1×V2 starting")
    assert from_(found, "2×V1 1×V2 1×V2 starting") == {"ready V2"}


def test_a_promotion_rolls() -> None:
    found = fleet(DEPLOY, PROMOTE, replicas=2, strategy=Strategy.CANARY, canary=1)
    assert from_(found, "2×V1 1×V2") >= {"retire V1"}
    assert found.triggers(PROMOTE) >= {"spawn V2", "retire V1"}
    assert found.triggers(DEPLOY) == {"spawn canary V2", "ready canary V2"}


def test_clients_that_stay_publish_once() -> None:
    component = Component("s", Kind.CLIENT, stays=True)
    deploy3 = Goal(Instruction.DEPLOY, "V3")
    found = build_rollout(component, ("V1", "V2", "V3"), (DEPLOY, deploy3))
    assert set(read(found.machine).states) == {"V1", "V1 + V2", "V1 + V3", "V1 + V2 + V3"}
    assert not any(source == target for source, _, target in arrows(found))


def test_clients_that_stay_are_one_of_each_version() -> None:
    found = fleet(kind=Kind.CLIENT, stays=True, replicas=3)
    assert found.counts["V1 + V2"] == {"V1": 1, "V2": 1}


def test_a_goal_that_nothing_brings_has_no_triggers_but_for_a_deploy() -> None:
    found = fleet(DEPLOY)
    assert found.triggers(BACK) == frozenset()
    assert found.triggers(PROMOTE) == frozenset()


def test_three_versions_do_not_stop_each_other_half_way() -> None:
    versions = ("V1", "V2", "V3")
    deploy3 = Goal(Instruction.DEPLOY, "V3")
    found = build_rollout(Component("s", Kind.SERVICE), versions, (DEPLOY, deploy3))
    assert ("1×V1 1×V2", "retire V2", "1×V1") in arrows(found), "on the way to V3 a V2 may go"
    assert ends(found, deploy3) == {"1×V3"}


def test_what_drains_goes_on_to_until_the_last_of_its_instances_is_down() -> None:
    found = arrows(fleet(replicas=2, strategy=Strategy.BLUE_GREEN, restarts=1))
    down = {source: target for source, trigger, target in found if trigger == "restart V1"}
    beside = "2×V2 1×V1 restarting, traffic on V2"
    assert down["2×V1 2×V2, traffic on V2, V1 drains"] == f"1×V1 {beside}, V1 drains"
    assert down["1×V1 2×V2, traffic on V2, V1 drains"] == beside


def test_what_is_down_at_the_switch_does_not_drain() -> None:
    found = arrows(fleet(replicas=1, strategy=Strategy.BLUE_GREEN, restarts=1))
    switched = {source: target for source, trigger, target in found if trigger == "switch to V2"}
    assert switched["1×V1 1×V2, traffic on V1"] == "1×V1 1×V2, traffic on V2, V1 drains"
    beside = "1×V2 1×V1 restarting, traffic on"
    assert switched[f"{beside} V1"] == f"{beside} V2"


def test_a_deploy_takes_nobody_away_of_its_own_version() -> None:
    triggers = fleet().triggers(DEPLOY)
    assert {"retire V1", "stop V1", "stop restarting V1 for V2", "spawn V2"} <= triggers
    assert not triggers & {"retire V2", "stop V2", "stop restarting V2 for V2", "spawn V1"}


def test_who_is_down_is_stopped_for_a_goal_whose_instances_are_ready_and_not_for_another() -> None:
    service = Component("s", Kind.SERVICE, readiness=Readiness(), restarts=1)
    found = build_rollout(service, ("V1", "V2", "V3"), (DEPLOY, Goal(Instruction.DEPLOY, "V3")))
    both_down = "1×V2 starting 1×V1 restarting"
    stops = {why for source, why, _ in arrows(found) if source == both_down and "restarting" in why}
    assert stops == {"stop restarting V1 for V3"}, "for V2 the one that is starting does not count"


def test_who_terminates_leaves_when_it_is_gone() -> None:
    found = fleet(terminates_later=True)
    assert not found.is_left("1×V1", "1×V1 1×V2"), "nobody goes"
    assert not found.is_left("1×V2", "1×V2"), "nobody was there who could"
    assert found.is_left("1×V2, V1 terminating", "1×V2")
