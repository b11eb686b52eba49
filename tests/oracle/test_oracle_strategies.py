"""The oracle on strategies, drains and clients, worked out by hand (paragraphs 41 to 48)."""

from typing import Any

import pytest

from support.by_hand import CALL, DATABASE, GLUE, READ, REDIS, SCHEDULER, WRITE, ZED, deployment, hazard, told
from support.oracle import judge
from support.oracle_state import Instances

OLD_CONTENT: dict[str, Any] = {"redis/product": {"breaks": {"content": ["V2 -> V1"]}}}
OLD_SCHEMA: dict[str, Any] = {"database/cart": {"breaks": {"schema": ["V2 -> V1"]}}}
NEW_SCHEMA: dict[str, Any] = {"database/cart": {"breaks": {"schema": ["V1 -> V2"]}}}


def glue(**keys: Any) -> dict[str, Any]:
    return {"glue": {"kind": "service", **keys}}


def test_recreate_takes_all_down_first() -> None:
    # into A, down, down, an attempt: 4. Down, down, up, up: one order.
    data = deployment(
        glue(replicas=2, strategy="recreate"), ["client calls glue: page"], "A: deploy glue", {}
    )
    judgement = judge(data)
    assert told(judgement) == {"1 unavailable None->None": hazard("A", length=4, inevitable=True)}
    assert judgement.interleavings == 1


def test_blue_green_switches_at_once() -> None:
    # into A, V2 up, V2 up, switch, call, read: 6; then the old ones go. One order.
    data = deployment(glue(replicas=2, strategy="blue-green") | REDIS, [READ], "A: deploy glue", OLD_CONTENT)
    judgement = judge(data)
    assert told(judgement) == {"2 content V2->V1": hazard("A (after)", length=6, inevitable=True)}
    assert judgement.interleavings == 1


def test_blue_that_was_never_live_writes_nothing() -> None:
    # into A, V2 up, switch, V2 written, a read by scheduler V1: 5 (4 if the new one wrote beside).
    requests = ["client calls glue: page\nglue writes redis: product", "scheduler reads redis: product"]
    changes = {"redis/product": {"breaks": ["V1 -> V2"]}}
    components = glue(strategy="blue-green") | REDIS | SCHEDULER
    judgement = judge(deployment(components, requests, "A: deploy glue", changes))
    assert told(judgement) == {"1 content V1->V2": hazard("A (after)", length=5)}
    draining = Instances((1, 1), (0, 0), live=1, drained=frozenset({0}), down=(0, 0))
    assert (draining.taking_calls, draining.writing) == ([1], [0, 1])


def test_the_request_holds_the_drain_of_blue() -> None:
    # call V1, V2 up, switch: the request is still on V1, which stays, so the step is not over.
    data = deployment(
        glue(strategy="blue-green") | DATABASE, [WRITE], "A: deploy glue\nB: migrate database", NEW_SCHEMA
    )
    assert judge(data).verdict == "safe"


@pytest.mark.parametrize("promoted", [False, True])
def test_canary_waits_to_be_promoted(promoted: bool) -> None:
    # (2,0) (2,1): over. Promoted: (1,1) (1,2) (0,2), for the surge of one is used up. One order.
    # Else two V1 stay: into A, V2 up, into M, migrate, call, write: 6, for ever.
    pipeline = "A: deploy glue\n" + ("P: promote glue\n" if promoted else "") + "M: migrate database"
    data = deployment(glue(replicas=2, strategy={"canary": 1}) | DATABASE, [WRITE], pipeline, NEW_SCHEMA)
    judgement = judge(data)
    broken = {"2 schema V1->V2": hazard("M (after)", length=6, inevitable=True)}
    assert (told(judgement), judgement.interleavings) == ({} if promoted else broken, 1)


def test_canary_rolls_back() -> None:
    # (2,1) (2,0): V2 is gone before M.
    pipeline = "A: deploy glue\nB: rollback glue\nM: migrate database\nN: revert database"
    data = deployment(glue(replicas=2, strategy={"canary": 1}) | DATABASE, [WRITE], pipeline, OLD_SCHEMA)
    judgement = judge(data)
    # into A, V2 up, call, write: 4.
    assert told(judgement) == {"2 schema V2->V1": hazard("A B", length=4, inevitable=True)}
    assert judgement.interleavings == 1


def test_instance_becomes_ready_by_an_event_of_its_own() -> None:
    # into A, started, ready, call, read: 5. A starting one cannot replace the old one: one order.
    judgement = judge(deployment(glue(readiness="event") | REDIS, [READ], "A: deploy glue", OLD_CONTENT))
    assert told(judgement) == {"2 content V2->V1": hazard("A (after)", length=5, inevitable=True)}
    assert judgement.interleavings == 1


@pytest.mark.parametrize(
    ("readiness", "verdict"),
    [
        ("event", "unsafe"),
        ("database.version == V2", "safe"),
        ({"V2": "database.version == V2"}, "safe"),
        ({"V1": "database.version == V2"}, "unsafe"),
    ],
)
def test_instance_becomes_ready_only_while_the_predicate_holds(readiness: Any, verdict: str) -> None:
    # V2 is ready before the migration, or not before it.
    pipeline = "A: start deploy glue\nM: migrate database\nE: await glue"
    data = deployment(glue(readiness=readiness) | DATABASE, [WRITE], pipeline, OLD_SCHEMA)
    assert judge(data).verdict == verdict


def test_starting_instance_of_an_overtaken_deploy_is_stopped() -> None:
    # In M nothing, started, ready, or V1 gone; back in B from each: (1,0); one starting is stopped;
    # (1,1) V2 goes; (0,1) V1 starts, is ready, V2 goes. Four orders, and one V1 at the end of each.
    pipeline = "A: start deploy glue\nM\nB: rollback glue"
    data = deployment(glue(readiness="event") | DATABASE, [WRITE], pipeline, OLD_SCHEMA)
    judgement = judge(data)
    assert told(judgement) == {"2 schema V2->V1": hazard("M B", length=6)}
    assert judgement.interleavings == 4


@pytest.mark.parametrize("replicas", [1, 2])
def test_abrupt_drain_cuts_the_request_off(replicas: int) -> None:
    # into A, V2 up, call V1, V1 goes: 4, whether another V1 is left or not. No quick request sees it.
    data = deployment(glue(drain="abrupt", replicas=replicas) | DATABASE, [WRITE], "A: deploy glue", {})
    assert told(judge(data)) == {"1 interrupted None->V1": hazard("A", length=4)}
    data = deployment(glue(replicas=replicas) | DATABASE, [WRITE], "A: deploy glue", {})
    assert judge(data).verdict == "safe"


def test_abrupt_drain_of_the_worker_that_runs_the_job() -> None:
    # into A, V2 up, first hop, V1 goes: 4. The second hop calls nobody that could be cut off.
    jobs = {"scheduler": {"kind": "worker", "drain": "abrupt"}}
    text = "scheduler reads database: product\nscheduler calls zed: cart"
    data = deployment(jobs | ZED | DATABASE, [text], "A: deploy scheduler", {})
    assert told(judge(data)) == {"1 interrupted V1->None": hazard("A", length=4)}


def test_suspend_waits_for_the_job_under_every_drain() -> None:
    jobs = {"scheduler": {"kind": "worker", "drain": "abrupt"}}
    text = "scheduler reads database: cart\nscheduler writes database: cart"
    data = deployment(jobs | DATABASE, [text], "A: suspend scheduler\nM: migrate database", NEW_SCHEMA)
    assert judge(data).verdict == "safe"


def test_clients_that_stay_call_for_ever() -> None:
    # into A, glue V2 up, call by V1: 3. V2 of the app comes out when all of glue is V2.
    app = {"app": {"kind": "client", "stays": True}}
    changes = {"glue/page": {"breaks": "both"}}
    data = deployment(GLUE | app, ["app calls glue: page"], "A: deploy glue\nB: deploy app", changes)
    judgement = judge(data)
    assert told(judgement) == {"1 call V1->V2": hazard("A B (after)", length=3, inevitable=True)}
    assert judgement.interleavings == 1


def test_a_declared_client_is_held_by_its_request() -> None:
    # The client of V1 is not gone while its request runs, so the schema waits; an anonymous one would
    # not be judged at all.
    app = {"client": {"kind": "client"}}
    text = "client reads database: cart\nclient writes database: cart"
    data = deployment(app | DATABASE, [text], "A: deploy client\nM: migrate database", NEW_SCHEMA)
    assert judge(data).verdict == "safe"
    data = deployment(app | DATABASE, [text], "M: migrate database\nA: deploy client", NEW_SCHEMA)
    # into M, migrate, read: 3, write: 4.
    assert told(judge(data)) == {
        "1 schema V1->V2": hazard("M A", length=3, inevitable=True),
        "2 schema V1->V2": hazard("M A", length=4, inevitable=True),
    }


def test_hop_that_only_the_new_version_runs() -> None:
    # V1 passes over the call: no V1 -> V2. into A, glue V2 up, call, call: 4.
    changes = {"zed/cart": {"breaks": "both"}}
    data = deployment(GLUE | ZED, [CALL + " since V2"], "A: deploy glue zed", changes)
    assert told(judge(data)) == {"2 call V2->V1": hazard("A", length=4)}
    data = deployment(GLUE | ZED, [CALL + " until V1"], "A: deploy glue zed", changes)
    assert told(judge(data)) == {"2 call V1->V2": hazard("A", length=4)}


def test_nobody_called_makes_no_hops() -> None:
    # Zed V1 is never called, so it does not write: only zed V1 that glue V2 called does, into A, migrate
    # ... the schema is V2 first: into M, migrate, into A, glue V2 up, call, call, write: 7.
    text = "client calls glue: page\nglue calls zed: cart since V2\nzed writes database: cart"
    pipeline = "M: migrate database\nA: deploy glue\nZ: deploy zed"
    data = deployment(GLUE | ZED | DATABASE, [text], pipeline, NEW_SCHEMA)
    assert told(judge(data)) == {"3 schema V1->V2": hazard("A Z", length=7, inevitable=True)}


def test_traffic_writes_only_what_its_version_runs() -> None:
    # Glue V1 does not write; into A, glue V2 up, written, a read by scheduler V1: 4; and no V1 form
    # comes back after the purge.
    requests = [
        "client calls glue: page\nglue writes redis: product since V2",
        "scheduler reads redis: product",
    ]
    changes = {"redis/product": {"breaks": ["V1 -> V2"]}}
    data = deployment(GLUE | SCHEDULER | REDIS, requests, "A: deploy glue", changes)
    assert told(judge(data)) == {"1 content V1->V2": hazard("A (after)", length=4)}
    changes = {"redis/product": {"breaks": ["V1 -> V1"]}}
    data = deployment(GLUE | SCHEDULER | REDIS, requests, "P: purge redis\nA: deploy glue", changes)
    assert told(judge(data)) == {"1 content V1->V1": hazard("(before) P", length=1, inevitable=True)}


@pytest.mark.parametrize(("route", "length"), [(None, 4), ("session", 5), ("carried", 5)])
def test_routing_keeps_a_request_on_its_version_while_it_is_up(route: str | None, length: int) -> None:
    # into A, call V1, V2 up, [V1 down,] call V2. A quick one stays where it was.
    keys = {} if route is None else {"route": route}
    text = "client calls glue: page\nclient calls glue: next using page"
    changes = {"glue/page": {"breaks": "none"}, "glue/next": {"breaks": {"token": ["V1 -> V2"]}}}
    data = deployment(glue(**keys), [text], "A: deploy glue", changes)
    assert told(judge(data)) == {
        "2 token V1->V2": hazard("A (after)", length=length, inevitable=route is None),
    }
