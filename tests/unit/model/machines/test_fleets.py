"""What a fleet is to others, and how a person would name it."""

from __future__ import annotations

import pytest

from skewproof.model.deployment import Component, Kind
from skewproof.model.machines.fleets import NOBODY, Fleet, FleetReader, add_instances

NONE = (0, 0)


def reader(kind: Kind = Kind.SERVICE, *, pulls_when_ready: bool = False) -> FleetReader:
    return FleetReader(Component("a", kind, pulls_when_ready=pulls_when_ready), ("V1", "V2"))


@pytest.mark.parametrize(
    ("fleet", "name"),
    [
        (Fleet(NONE, NONE, NONE), NOBODY),
        (Fleet((2, 1), (0, 1), (1, 0)), "2×V1 1×V2 1×V2 starting 1×V1 restarting"),
        (Fleet((1, 0), NONE, NONE, terminating=frozenset({0, 1})), "1×V1, V1 and V2 terminating"),
        (
            Fleet((1, 1), NONE, NONE, live=1, drained=frozenset({0})),
            "1×V1 1×V2, traffic on V2, V1 drains",
        ),
    ],
)
def test_a_fleet_is_named_as_a_person_would_say_it(fleet: Fleet, name: str) -> None:
    assert reader().name(fleet) == name


def test_only_the_version_with_the_traffic_takes_calls_and_what_drains_still_writes() -> None:
    both = Fleet((1, 2), NONE, NONE, live=1, drained=frozenset({0}))
    assert reader().counts(both) == {"V2": 2}
    assert reader().present(both) == {"V1": 1, "V2": 2}
    assert reader().writing(both) == {"V1", "V2"}
    assert [both.has_served(version) for version in (0, 1)] == [True, True]
    assert not Fleet((1, 2), NONE, NONE, live=1).has_served(0)


@pytest.mark.parametrize(
    ("read", "running"),
    [
        (reader(), {"V1": 1}),
        (reader(Kind.WORKER), {"V1": 2, "V2": 1}),
        (reader(Kind.WORKER, pulls_when_ready=True), {"V1": 1}),
    ],
)
def test_a_worker_pulls_as_soon_as_it_runs(read: FleetReader, running: dict[str, int]) -> None:
    assert read.running(Fleet((1, 0), (0, 1), (1, 0))) == running


def test_instances_are_counted_by_what_becomes_of_them() -> None:
    fleet = Fleet((2, 0), (0, 1), (1, 0), terminating=frozenset({0}))
    assert (fleet.all, fleet.of(0), fleet.done(0), fleet.done(1)) == (4, 3, 3, 0)
    assert reader().every(fleet) == {"V1": 3, "V2": 1}
    assert reader().starting(fleet) == {"V1", "V2"}
    assert reader().restarting(fleet) == {"V1": 1}
    assert reader().terminating(fleet) == {"V1"}
    assert add_instances((1, 2), 1, -2) == (1, 0)
