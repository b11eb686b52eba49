"""The oracle's reading of what a release begins with and changes (paragraphs 73, 75, 76, 83)."""

from typing import Any

import pytest

from support.by_hand import DATABASE, GLUE, RABBIT, READ, REDIS, SCHEDULER, ZED, deployment, hazard, told
from support.oracle import judge
from support.oracle_plan import Plan, read_plan

CACHE = GLUE | REDIS
PAGE = "client calls glue: page\n"
NEW_READ = PAGE + "glue reads redis: product since V2"
NEW_WRITE = PAGE + "glue writes redis: product since V2"
ROLL = "A: deploy glue"


def plan_of(
    components: dict[str, Any], requests: list[str], pipeline: str, changes: Any, **rest: Any
) -> Plan:
    return read_plan(deployment(components, requests, pipeline, changes, **rest))


def first(components: dict[str, Any], requests: list[str], pipeline: str, **change: Any) -> list[int]:
    """What redis/product holds at the start, where a change says no more than this."""
    plan = plan_of(components, requests, pipeline, {"redis/product": {"breaks": "both"} | change})
    return sorted(plan.first["redis/product"])


@pytest.mark.parametrize(
    ("requests", "pipeline", "change", "forms"),
    [
        ([READ], ROLL, {}, [0]),  # V1 reads it
        ([NEW_READ], ROLL, {}, [0]),  # V1 does not, but nothing else puts anything there
        ([NEW_READ], "A: sync redis", {}, []),
        ([NEW_READ], "A: start sync redis/product when false", {}, []),
        ([NEW_READ], "A: sync redis/cart", {}, [0]),  # of another contract
        ([NEW_WRITE], ROLL, {}, []),
        ([NEW_WRITE, READ], ROLL, {}, [0]),
        ([NEW_READ, "client reads redis: product"], "A: sync redis", {}, [0]),  # anonymous: at any time
        ([NEW_READ, "client writes redis: product"], "A: sync redis", {}, [0]),
        ([PAGE + "glue reads redis: cart"], "A: sync redis", {}, [0]),  # no hop of product at all
        ([READ], ROLL, {"starts": "empty"}, []),
        ([READ], ROLL, {"starts": ["V1", "V2"]}, [0, 1]),
        ([READ], ROLL, {"exists": ["V2"]}, []),
        ([READ], ROLL, {"exists": ["V1"]}, [0]),
        ([READ], ROLL, {"exists": ["V2"], "starts": ["V2"]}, [1]),
    ],
)
def test_what_a_cache_holds_at_the_start(
    requests: list[str], pipeline: str, change: dict[str, Any], forms: list[int]
) -> None:
    assert first(CACHE, requests, pipeline, **change) == forms


def test_sync_in_the_rollback_puts_a_form_there() -> None:
    changes = {"redis/product": {"breaks": "both"}}
    plan = plan_of(CACHE, [NEW_READ], ROLL, changes, rollback=[{"R": ["sync redis"]}])
    assert not plan.first["redis/product"]


def test_forward_puts_a_form_there() -> None:
    # A forward that carries what was obtained does; one that carries nothing leaves nothing (56).
    for carried, forms in (("r", 0), ("nothing", 1)):
        relay = (
            f"client calls glue: page\nglue reads redis: r\nglue forwards rabbit: m using {carried} since V2"
        )
        changes = {"rabbit/m": {"breaks": "both"}, "redis/r": {}}
        plan = plan_of(GLUE | RABBIT | REDIS, [relay], ROLL, changes)
        assert len(plan.first["rabbit/m"]) == forms


@pytest.mark.parametrize(
    ("source", "forms"),
    [
        ({}, [0]),  # the schema
        ({"rows": "kept"}, [0]),  # what lies there
        ({"rows": "kept", "starts": ["V2"]}, [1]),
        ({"exists": ["V2"]}, []),  # not there yet
        (None, [0]),  # not changed, so no source
    ],
)
def test_copy_starts_with_what_its_source_starts_with(
    source: dict[str, Any] | None, forms: list[int]
) -> None:
    text = READ + "\nglue reads database: cart"
    changes: dict[str, Any] = {"redis/product": {"breaks": "both", "from": "database/cart"}}
    changes |= {} if source is None else {"database/cart": source}
    plan = plan_of(CACHE | DATABASE, [text], "A: sync redis", changes)
    assert sorted(plan.first["redis/product"]) == forms


def test_sources_in_a_ring_are_none() -> None:
    changes = {"redis/product": {"from": "redis/cart"}, "redis/cart": {"from": "redis/product"}}
    changes["redis/more"] = {"from": "redis/cart"}
    text = READ + "\nglue writes redis: cart since V2\nglue reads redis: more"
    plan = plan_of(CACHE, [text], "A: sync redis", changes)
    assert {name: sorted(forms) for name, forms in plan.first.items()} == {
        "redis/product": [0],
        "redis/cart": [],
        "redis/more": [],
    }


def test_new_key_meets_nobody() -> None:
    # V1 neither reads nor writes it; what V2 finds, V2 wrote. Had it started with V1, V2 would find that.
    changes: dict[str, Any] = {"redis/product": {"breaks": "both"}}
    judgement = judge(deployment(CACHE, [NEW_READ, NEW_WRITE], ROLL, changes))
    assert (judgement.verdict, judgement.residue) == ("safe", frozenset())
    changes = {"redis/product": {"breaks": "both", "starts": ["V1"]}}
    judgement = judge(deployment(CACHE, [NEW_READ, NEW_WRITE], ROLL, changes))
    # into A, glue V2 up, call, read: 4.
    assert told(judgement) == {"2 content V2->V1": hazard("A (after)", length=4, inevitable=True)}


# Bare pairs at a broker


QUEUE = ["client calls glue: page\nglue publishes rabbit: m", "scheduler consumes rabbit: m"]


@pytest.mark.parametrize(
    ("pipeline", "rest", "moves"),
    [
        (ROLL, {}, False),
        ("A: reconfigure rabbit", {}, True),
        ("A: start reconfigure rabbit/m when false", {}, True),
        ("A: reconfigure rabbit/other", {}, False),
        ("A: revert rabbit", {}, True),
        (ROLL, {"rollback": [{"R": ["revert rabbit"]}]}, True),
    ],
)
@pytest.mark.parametrize("change", [{"breaks": ["V2 -> V1"]}, {"skew": {"newer": 0}}])
def test_bare_pair_at_a_broker(
    change: dict[str, Any], pipeline: str, rest: dict[str, Any], moves: bool
) -> None:
    plan = plan_of(GLUE | SCHEDULER | RABBIT, QUEUE, pipeline, {"rabbit/m": change}, **rest)
    pair = frozenset({(1, 0)})
    of_configuration = pair if moves else frozenset()
    breaks = plan.changes["rabbit/m"].breaks
    assert (breaks["content"], breaks["token"], breaks["schema"]) == (
        pair,
        of_configuration,
        of_configuration,
    )


def test_pessimism_speaks_of_messages_too() -> None:
    for pipeline, aspects in (
        (ROLL, {"content"}),
        ("A: reconfigure rabbit, deploy glue", {"content", "schema"}),
    ):
        judgement = judge(deployment(GLUE | SCHEDULER | RABBIT, QUEUE, pipeline, None), pessimistic=True)
        assert {key.aspect for key in judgement.hazards if key.hop != 1 or key.request == "1"} == aspects


def test_written_aspect_of_a_broker_stays() -> None:
    changes = {"rabbit/m": {"breaks": {"schema": ["V2 -> V1"]}}}
    judgement = judge(deployment(GLUE | SCHEDULER | RABBIT, QUEUE, ROLL, changes))
    # into A, glue V2 up, call, publish: 4; nothing ever configures it.
    assert told(judgement) == {"2 schema V2->V1": hazard("A (after)", length=4, inevitable=True)}


def test_skew_by_aspect() -> None:
    changes = {"rabbit/m": {"skew": {"content": {"newer": 0}, "schema": {"older": 0}}}}
    breaks = plan_of(GLUE | SCHEDULER | RABBIT, QUEUE, ROLL, changes).changes["rabbit/m"].breaks
    assert breaks == {
        "call": frozenset(),
        "token": frozenset(),
        "content": frozenset({(1, 0)}),
        "schema": frozenset({(0, 1)}),
    }


# Sources of `using`


CARRY = "client calls glue: page\nglue reads redis: product\nglue writes database: cart using redis/product"


def test_source_that_no_change_names() -> None:
    # into A, the schema V2, call, read V1, write with it: 5; as with `redis/product: {breaks: none}`.
    changes: dict[str, Any] = {"database/cart": {"breaks": {"token": ["V1 -> V2"]}}}
    pipeline = "A: migrate database, sync redis"
    judgement = judge(deployment(CACHE | DATABASE, [CARRY], pipeline, changes))
    assert told(judgement) == {"3 token V1->V2": hazard("A (after)", length=5, inevitable=True)}
    named = judge(
        deployment(CACHE | DATABASE, [CARRY], pipeline, changes | {"redis/product": {"breaks": "none"}})
    )
    assert (named.hazards, named.residue) == (judgement.hazards, judgement.residue)
    pipeline = "A: migrate database"  # nobody is told that redis/product does not mix, unless it is named
    judgement = judge(deployment(CACHE | DATABASE, [CARRY], pipeline, changes))
    named = judge(deployment(CACHE | DATABASE, [CARRY], pipeline, changes | {"redis/product": {}}))
    assert (named.never_mixed, judgement.never_mixed) == (frozenset({"redis/product"}), frozenset())


def test_only_carried_sources_are_taken() -> None:
    # redis/product is carried to a hop that nothing changes; nothing is told of what is taken.
    text = "client reads redis: product\nclient calls zed: add using product\nclient reads redis: cart"
    more = "client reads redis: cart\nclient writes database: cart using cart"
    plan = plan_of(ZED | REDIS | DATABASE, [text, more], "A: deploy zed", {"database/cart": {}})
    assert set(plan.changes) == {"database/cart", "redis/cart"}
    judgement = judge(
        deployment(ZED | REDIS | DATABASE, [text, more], "A: deploy zed", {"database/cart": {}})
    )
    assert (judgement.unjudged, judgement.never_mixed) == (frozenset(), frozenset({"database/cart"}))


def test_sources_of_what_is_forwarded_are_taken() -> None:
    # What lies in rabbit/m came from redis/r, and is carried on to the database.
    relay = "client reads redis: r\nclient forwards rabbit: m using r"
    work = "scheduler consumes rabbit: m\nscheduler writes database: cart using m"
    plan = plan_of(
        SCHEDULER | RABBIT | REDIS | DATABASE, [relay, work], "A: sync redis", {"database/cart": {}}
    )
    assert set(plan.changes) == {"database/cart", "rabbit/m", "redis/r"}


# Zero and zero


@pytest.mark.parametrize(
    ("given", "least", "most"),
    [
        ({"max_surge": "0%"}, 1, 2),
        ({"max_surge": 0, "max_unavailable": "25%"}, 1, 2),
        ({"max_surge": "0%", "max_unavailable": 0}, 1, 2),
        ({"max_surge": "10%", "max_unavailable": 0}, 2, 3),  # rounded up
        ({"max_unavailable": "49%"}, 2, 3),  # rounded down; the surge is 1
        ({"max_surge": 0, "max_unavailable": "50%"}, 1, 2),
    ],
)
def test_percentages_that_come_to_nothing(given: dict[str, Any], least: int, most: int) -> None:
    glue = {"glue": {"kind": "service", "replicas": 2} | given}
    component = plan_of(glue, [PAGE.strip()], ROLL, {}).components["glue"]
    assert (component.least, component.most) == (least, most)


def test_nothing_and_nothing_is_refused() -> None:
    glue = {"glue": {"kind": "service", "replicas": 2, "max_surge": 0}}
    with pytest.raises(ValueError, match="both 0"):
        plan_of(glue, [PAGE.strip()], ROLL, {})


def test_subject_with_spaces() -> None:
    # The same contract however it is written: hop, change, flag, action, `using`.
    text = 'client calls glue: GET /cart/{id}\nclient calls zed: x using "GET /cart/{id}" glue/y'
    flags = {"f": {"guards": ['glue/"GET /cart/{id}"']}}
    changes = {'glue/"GET /cart/{id}"': {}, "zed/x": {"breaks": "both"}}
    plan = plan_of(GLUE | ZED, [text], 'A: expire glue/"GET /cart/{id}"', changes, flags=flags)
    assert set(plan.changes) == {"glue/GET /cart/{id}", "zed/x"}
    assert set(plan.guards) == {"glue/GET /cart/{id}"}
    assert plan.requests[0].hops[1].sources == ("glue/GET /cart/{id}",)
    assert [move.target for move in plan.possible] == ["glue/GET /cart/{id}"]
