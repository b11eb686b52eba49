"""The oracle on queues, and on workers that pull from them, worked out by hand (paragraphs 44, 79, 80)."""

from typing import Any

import pytest

from support.by_hand import DATABASE, GLUE, RABBIT, SCHEDULER, ZED, deployment, hazard, told
from support.oracle import judge
from support.oracle_deployment import first_state
from support.oracle_plan import read_plan
from support.oracle_rollout import rollout_events
from support.oracle_state import Grip, Instances, put

PUT = "client calls glue: page\nglue publishes rabbit: m"
WORK = "scheduler consumes rabbit: m"
MESSAGES: dict[str, Any] = {"rabbit/m": {"breaks": {"content": ["V2 -> V1"]}}}
NONE: dict[str, Any] = {"rabbit/m": {}}
ALL = GLUE | SCHEDULER | RABBIT


def worker(**spec: Any) -> dict[str, Any]:
    return GLUE | RABBIT | {"scheduler": {"kind": "worker"} | spec}


# Using up


@pytest.mark.parametrize(
    ("requests", "pipeline", "stalls"),
    [
        ([PUT, WORK], "A: deploy glue, drain rabbit", False),
        ([PUT, WORK], "A: suspend scheduler, deploy glue, drain rabbit", True),
        ([PUT], "A: deploy glue, drain rabbit", False),  # no consumer is declared
        # V1 does not run the hop, and V2 comes too late.
        ([PUT, WORK + " since V2"], "A: deploy glue, drain rabbit, deploy scheduler", True),
        ([PUT, WORK + " since V2"], "A: deploy glue, deploy scheduler, drain rabbit", False),
        ([PUT, "client consumes rabbit: m"], "A: suspend scheduler, deploy glue, drain rabbit", False),
        # A called consumer is no job of the scheduler's.
        (
            [PUT, "client calls glue: x\nglue consumes rabbit: m"],
            "A: suspend scheduler, deploy glue, drain rabbit",
            False,
        ),
        # One of two workers goes on.
        (
            [PUT, WORK, "scheduler calls glue: x\nglue consumes rabbit: m"],
            "A: suspend scheduler, deploy glue, drain rabbit",
            True,
        ),
    ],
)
def test_queue_is_emptied_by_whoever_consumes(requests: list[str], pipeline: str, stalls: bool) -> None:
    judgement = judge(deployment(ALL, requests, pipeline, NONE))
    assert (judgement.stall is not None) == stalls
    assert judgement.verdict == ("unsafe" if stalls else "safe")


def test_pair_that_breaks_is_used_up_all_the_same() -> None:
    judgement = judge(
        deployment(ALL, [PUT, WORK], "A: deploy scheduler, deploy glue, drain rabbit", MESSAGES)
    )
    assert judgement.stall is None
    # into A, V2 up, consume: 3. V1 may all have been used up before.
    assert told(judgement) == {"1 content V2->V1": hazard("A", length=3)}


# Pulling


@pytest.mark.parametrize(
    ("spec", "length"),
    [
        ({}, 3),  # into A, V2 up, consume
        ({"readiness": "event"}, 3),  # into A, V2 starts, consume
        ({"readiness": "false"}, 3),
        ({"readiness": "event", "pulls": "ready"}, 4),  # ready before it consumes
        ({"readiness": "false", "pulls": "ready"}, None),
        ({"strategy": "blue-green"}, 3),  # on standby
        ({"strategy": "blue-green", "pulls": "ready"}, 4),  # the switch before
    ],
)
def test_worker_pulls_as_soon_as_it_runs(spec: dict[str, Any], length: int | None) -> None:
    judgement = judge(deployment(worker(**spec), [PUT, WORK], "A: deploy scheduler", MESSAGES))
    assert [found.length for found in told(judgement).values()] == ([] if length is None else [length])


def test_job_that_begins_otherwise_starts_at_a_ready_one() -> None:
    # V2 never becomes ready; as a job that consumes first it would meet the schema.
    changes: dict[str, Any] = {"database/cart": {"breaks": {"schema": ["V2 -> V1"]}}}
    components = worker(readiness="false") | DATABASE
    text = "scheduler writes database: cart"
    assert not judge(deployment(components, [text], "A: deploy scheduler", changes)).hazards
    pulled = "scheduler consumes rabbit: m\n" + text
    judgement = judge(deployment(components, [pulled], "A: deploy scheduler", changes))
    # into A, V2 starts, consume (rabbit/m is not changed), write: 4.
    assert told(judgement) == {"2 schema V2->V1": hazard("A", length=4, inevitable=True)}


def test_suspended_worker_pulls_nothing() -> None:
    judgement = judge(deployment(ALL, [PUT, WORK], "A: suspend scheduler, deploy scheduler", MESSAGES))
    assert not judgement.hazards


@pytest.mark.parametrize(("pulls", "writes"), [({}, True), ({"pulls": "ready"}, False)])
def test_what_pulls_writes(pulls: dict[str, Any], writes: bool) -> None:
    # Others' jobs on the starting V2 leave V2 rows, which V1 cannot read; its own job is on V1.
    components = worker(readiness="false", **pulls) | DATABASE
    job = "scheduler consumes rabbit: m\nscheduler writes database: cart"
    ask = "client calls glue: page\nglue reads database: cart"
    changes: dict[str, Any] = {"database/cart": {"breaks": {"content": ["V1 -> V2"]}, "rows": "kept"}}
    judgement = judge(deployment(components, [job, ask], "A: deploy scheduler", changes))
    # into A, V2 starts, it writes, call, read: 5. No run is complete, so every hazard is inevitable.
    assert told(judgement) == ({"2 content V1->V2": hazard("A", length=5, inevitable=True)} if writes else {})


def test_called_worker_writes_nothing_while_it_starts() -> None:
    components = worker(readiness="false") | DATABASE
    called = "client calls scheduler: run\nscheduler writes database: cart"
    ask = "client calls glue: page\nglue reads database: cart"
    changes: dict[str, Any] = {"database/cart": {"breaks": {"content": ["V1 -> V2"]}, "rows": "kept"}}
    assert not judge(deployment(components, [called, ask], "A: deploy scheduler", changes)).hazards


# What a pulled job holds up


HELD = "scheduler consumes rabbit: m\nscheduler calls zed: x\nscheduler calls zed: y"


def test_stop_of_the_instance_that_pulled_waits() -> None:
    # V2 pulls while it starts. It is stopped only after the job, so zed is V1 as long as V2 calls it.
    components = worker(readiness="false") | ZED
    changes: dict[str, Any] = {"zed/y": {"breaks": ["V2 -> V2"]}}
    pipeline = "A: start deploy scheduler\nM\nB: rollback scheduler\nC: deploy zed"
    judgement = judge(deployment(components, [HELD], pipeline, changes))
    assert not judgement.hazards
    # Without the rollback nothing is stopped: into A, into M, V2 starts, consume, into C, zed V2, x, y: 8.
    judgement = judge(deployment(components, [HELD], "A: start deploy scheduler\nM\nC: deploy zed", changes))
    assert [found.length for found in told(judgement).values()] == [8]


@pytest.mark.parametrize(("pulls", "found"), [({}, True), ({"pulls": "ready"}, False)])
def test_stop_cuts_a_pulled_job_off(pulls: dict[str, Any], found: bool) -> None:
    # into A, into M, V2 starts, into B, consume, the stop: 6.
    components = worker(readiness="false", drain="abrupt", **pulls) | ZED
    pipeline = "A: start deploy scheduler\nM\nB: rollback scheduler"
    judgement = judge(deployment(components, [HELD], pipeline, {"zed/y": {}}))
    assert told(judgement) == ({"1 interrupted V2->None": hazard("B", length=6)} if found else {})


@pytest.mark.parametrize(("called", "retires"), [(True, False), (False, True)])
def test_last_ready_one_may_go_while_another_starts(called: bool, retires: bool) -> None:
    # One V1 is ready, one starts. A job that pulled may be on the one that starts; a call was not.
    components = worker(replicas=2, readiness="event", max_surge=0, max_unavailable=2)
    plan = read_plan(deployment(components, [WORK], "A: deploy scheduler", NONE))
    instances = Instances((1, 0), (1, 0), None, frozenset(), (0, 0))
    state = first_state(plan)
    state = state._replace(positions=(1,), up=put(state.up, "scheduler", instances))
    [move] = plan.positions[1].moves
    on = frozenset({("scheduler", 0)})
    grip = Grip(on, frozenset(), ()) if called else Grip(frozenset(), on, ())
    events = rollout_events(plan, state, move, grip)
    taken = [event.was_ready for event in events if event.taken == ("scheduler", 0)]
    assert taken == ([False, True] if retires else [False])  # the one that starts can always be stopped
