"""The oracle on small deployments whose judgement is worked out by hand in the comments."""

from typing import Any

import pytest

from support.by_hand import (
    CALL,
    CARRY,
    DATABASE,
    GLUE,
    RABBIT,
    READ,
    REDIS,
    SCHEDULER,
    WRITE,
    ZED,
    deployment,
    hazard,
    told,
)
from support.oracle import judge

# Aspects


def test_call_between_versions_is_a_race() -> None:
    # into Services, zed V2 up, client -> glue V1, glue V1 -> zed V2: 4 events. While the request is
    # on glue V1 the step cannot end. All of glue first avoids it. Two ways of 2 events: C(4,2) = 6.
    changes = {"zed/cart": {"breaks": ["V1 -> V2"], "severity": "corruption"}}
    judgement = judge(deployment(GLUE | ZED, [CALL], "Services: deploy glue zed", changes))
    assert told(judgement) == {"2 call V1->V2": hazard("Services", length=4, severity="corruption")}
    assert (judgement.verdict, judgement.avoidable, judgement.interleavings) == ("unsafe", True, 6)
    assert not judgement.residue | judgement.unjudged | judgement.never_mixed


def test_two_races_shut_each_others_way_out() -> None:
    # Glue first: V2 -> V1; zed first: V1 -> V2; each avoidable, not both.
    data = deployment(GLUE | ZED, [CALL], "Services: deploy glue zed", {"zed/cart": {"breaks": "both"}})
    judgement = judge(data)
    assert told(judgement) == {
        "2 call V1->V2": hazard("Services", length=4),
        "2 call V2->V1": hazard("Services", length=4),
    }
    assert not judgement.avoidable


def test_schema_before_the_service_is_inevitable() -> None:
    # into Install, migrate, client -> glue V1, write: 4. Still so in Services until glue V1 is down.
    changes = {"database/cart": {"breaks": ["V1 -> V2"]}}
    data = deployment(GLUE | DATABASE, [WRITE], "Install: migrate database\nServices: deploy glue", changes)
    judgement = judge(data)
    assert told(judgement) == {"2 schema V1->V2": hazard("Install Services", length=4, inevitable=True)}
    assert (judgement.avoidable, judgement.interleavings) == (False, 1)


def test_schema_after_the_service_is_safe() -> None:
    # Only V2 -> V1 pairs meet, and those do not break; the request on glue V1 holds the step.
    changes = {"database/cart": {"breaks": ["V1 -> V2"]}}
    data = deployment(GLUE | DATABASE, [WRITE], "Services: deploy glue\nInstall: migrate database", changes)
    judgement = judge(data)
    assert (judgement.verdict, judgement.avoidable) == ("safe", True)
    assert not judgement.never_mixed


def test_content_nobody_brings_forward() -> None:
    # into Services, glue V2 up, client -> glue V2, read V1: 4; nothing ever syncs: residue.
    changes = {"redis/product": {"breaks": {"content": ["V2 -> V1"]}}}
    judgement = judge(deployment(GLUE | REDIS, [READ], "Services: deploy glue", changes))
    assert told(judgement) == {"2 content V2->V1": hazard("Services (after)", length=4, inevitable=True)}
    assert judgement.residue == {"redis/product"}


def test_content_that_an_old_writer_puts_back() -> None:
    # into Install, new form in, old form out, into Services, glue V2 up, a V1 write, call, read: 8.
    # Writers may stay silent, so a race; what they wrote may stay: residue.
    requests = [READ, "client calls glue: page\nglue writes redis: product"]
    changes = {"redis/product": {"breaks": ["V2 -> V1"]}}
    judgement = judge(
        deployment(GLUE | REDIS, requests, "Install: sync redis\nServices: deploy glue", changes)
    )
    assert told(judgement) == {"2 content V2->V1": hazard("Services (after)", length=8)}
    assert judgement.avoidable
    assert judgement.residue == {"redis/product"}


def test_kept_rows_until_the_backfill() -> None:
    # V2 reads an old row from the first glue V2 until backfill throws the old form away. Nobody writes.
    # The schema is not migrated and breaks nowhere; the other contract has no rows of its own.
    text = "client calls glue: page\nglue reads database: cart\nglue reads database: user"
    changes = {
        "database/cart": {"breaks": {"content": "both"}, "rows": "kept"},
        "database/user": {"breaks": {"content": "both"}},
    }
    pipeline = "Services: deploy glue\nRows: backfill database"
    judgement = judge(deployment(GLUE | DATABASE, [text], pipeline, changes))
    assert told(judgement) == {"2 content V2->V1": hazard("Services Rows", length=4, inevitable=True)}
    assert not judgement.residue


def test_token_from_an_old_form_against_a_new_schema() -> None:
    # into Install, migrate, call, read V1, write with it: 5. Glue stays V1: no residue to speak of.
    text = (
        "client calls glue: page\nglue reads redis: product\nglue writes database: cart using redis/product"
    )
    changes = {"redis/product": {"breaks": "none"}, "database/cart": {"breaks": {"token": ["V1 -> V2"]}}}
    judgement = judge(deployment(GLUE | REDIS | DATABASE, [text], "Install: migrate database", changes))
    assert told(judgement) == {"3 token V1->V2": hazard("Install (after)", length=5, inevitable=True)}
    assert not judgement.residue


def test_forward_is_judged_by_its_token_alone() -> None:
    # Glue passes on what the client got from redis, V1 for ever: against zed V2, and no call aspect.
    # into Services, zed V2 up, read, client -> glue, glue -> zed V2: 5. Zed V2 always comes.
    text = "client reads redis: product\nclient calls glue: page\nglue forwards zed: cart using product"
    changes = {"redis/product": {"breaks": "none"}, "zed/cart": {"breaks": "both"}}
    judgement = judge(deployment(GLUE | ZED | REDIS, [text], "Services: deploy zed", changes))
    assert told(judgement) == {"3 token V1->V2": hazard("Services (after)", length=5, inevitable=True)}


# Requests take time


def test_request_on_the_last_old_instance_holds_the_step() -> None:
    # Glue is wholly V2 before zed starts, unless a request could stay on glue V1: it cannot.
    pipeline = "First: deploy glue\nSecond: deploy zed"
    judgement = judge(deployment(GLUE | ZED, [CALL], pipeline, {"zed/cart": {"breaks": ["V1 -> V2"]}}))
    assert (judgement.verdict, judgement.interleavings) == ("safe", 1)


def test_token_of_an_instance_that_answered_outlives_it() -> None:
    # Glue answered, so nothing holds it: into First, client -> glue V1, V2 up, V1 down, into Second,
    # zed V2 up, client -> zed V2: 7 events, one step begun in flight. A quick request cannot.
    text = "client calls glue: page\nclient calls zed: cart using page"
    changes = {"glue/page": {"breaks": "none"}, "zed/cart": {"breaks": {"token": ["V1 -> V2"]}}}
    judgement = judge(deployment(GLUE | ZED, [text], "First: deploy glue\nSecond: deploy zed", changes))
    assert told(judgement) == {"2 token V1->V2": hazard("Second (after)", length=7, span=1)}
    assert judgement.avoidable
    assert judgement.unjudged == judgement.never_mixed == {"glue/page"}


@pytest.mark.parametrize(("max_span", "verdict"), [(None, "unsafe"), (0, "safe"), (1, "unsafe")])
def test_max_span_leaves_out_longer_requests(max_span: int | None, verdict: str) -> None:
    # read V1 in First (before it is synced), migrate in Second: into First, read, two of sync,
    # into Second, migrate, write: 7 events; a step between costs one more of span and of length.
    changes = {"redis/product": {"breaks": "none"}, "database/cart": {"breaks": ["V1 -> V2"]}}
    pipeline = "First: sync redis\nSecond: migrate database"
    rest = {} if max_span is None else {"assume": {"max_span": max_span}}
    judgement = judge(deployment(REDIS | DATABASE, [CARRY], pipeline, changes, **rest))
    expected = {"2 token V1->V2": hazard("Second (after)", length=7, span=1)}
    assert (judgement.verdict, told(judgement)) == (verdict, expected if verdict == "unsafe" else {})
    slower = judge(deployment(REDIS | DATABASE, [CARRY], pipeline.replace("\n", "\nBreak\n"), changes))
    assert told(slower) == {"2 token V1->V2": hazard("Second (after)", length=8, span=2)}


def test_read_that_misses_carries_nothing() -> None:
    # As above, with a purge: into First, read, purge, into Second, migrate, write: 6. After the purge
    # a read finds nothing, goes on, and its write carries no token.
    changes = {"redis/product": {"breaks": "none"}, "database/cart": {"breaks": ["V1 -> V2"]}}
    pipeline = "First: purge redis\nSecond: migrate database"
    judgement = judge(deployment(REDIS | DATABASE, [CARRY], pipeline, changes))
    assert told(judgement) == {"2 token V1->V2": hazard("Second (after)", length=6, span=1)}
    assert judgement.avoidable


def test_consume_from_an_empty_queue_waits() -> None:
    # Nobody publishes. A quick job never comes past the purged queue; one that consumed before it
    # finds glue down: into First, consume, purge, into Second, glue V1 down, call: 6.
    text = "scheduler consumes rabbit: mail\nscheduler calls glue: send"
    glue = {"glue": {"kind": "service", "max_surge": 0, "max_unavailable": 1}}
    pipeline = "First: purge rabbit\nSecond: deploy glue"
    judgement = judge(
        deployment(glue | SCHEDULER | RABBIT, [text], pipeline, {"rabbit/mail": {"breaks": "none"}})
    )
    assert told(judgement) == {"2 unavailable V1->None": hazard("Second", length=6, span=1)}
    assert judgement.avoidable


def test_empty_queue_is_judged_by_its_configuration() -> None:
    # into First, purge, into Second, reconfigure, an attempt: 5. (If the message is used up instead,
    # the purge has nothing to do: as many.) Nobody publishes, so the job waits and is judged waiting.
    changes = {"rabbit/mail": {"breaks": "both"}}
    pipeline = "First: purge rabbit\nSecond: reconfigure rabbit"
    text = "scheduler consumes rabbit: mail"
    judgement = judge(deployment(SCHEDULER | RABBIT, [text], pipeline, changes))
    assert told(judgement) == {"1 schema V1->V2": hazard("Second (after)", length=5, inevitable=True)}


# Jobs


JOB = "scheduler reads database: product\nscheduler writes database: product"
INSTALL = "Install: migrate database, deploy scheduler, resume scheduler"


def test_suspend_waits_for_the_job_and_admits_none() -> None:
    changes = {"database/product": {"breaks": ["V1 -> V2"]}}
    data = deployment(SCHEDULER | DATABASE, [JOB], f"Pre: suspend scheduler\n{INSTALL}", changes)
    judgement = judge(data)
    assert (judgement.verdict, judgement.interleavings) == ("safe", 1)
    assert judgement.never_mixed == {"database/product"}


def test_suspend_in_the_background_comes_too_late() -> None:
    # into Pre, into Install, migrate, read: 4, write: 5. A quick job fails if it comes before the
    # suspend has its effect, which may be at once. The resume is passed first and a late suspend
    # makes no difference to the jobs of scheduler V1, which is gone by then.
    changes = {"database/product": {"breaks": ["V1 -> V2"]}}
    data = deployment(SCHEDULER | DATABASE, [JOB], f"Pre: start suspend scheduler\n{INSTALL}", changes)
    assert told(judge(data)) == {
        "1 schema V1->V2": hazard("Install", length=4),
        "2 schema V1->V2": hazard("Install", length=5),
    }


# Background moves


def test_sync_goes_on_past_the_end() -> None:
    # V1 in redis until the sync that Sync starts is over; it has its effect only past Sync, at the end.
    # A complete run has waited for it: no residue. One order of all events.
    changes = {"redis/product": {"breaks": ["V2 -> V1"]}}
    pipeline = "Services: deploy glue\nSync: start sync redis"
    judgement = judge(deployment(GLUE | REDIS, [READ], pipeline, changes))
    assert told(judgement) == {
        "2 content V2->V1": hazard("Services Sync (after)", length=4, inevitable=True, for_ever=False)
    }
    assert (judgement.residue, judgement.interleavings) == (frozenset(), 1)


def test_sync_beside_the_rollout_is_a_race() -> None:
    # into Sync, into Services, glue V2 up, call, read V1: 5. (spawn, retire, end) beside (add, drop):
    # C(5,2) = 10 orders. The sync may be over before the first glue V2.
    changes = {"redis/product": {"breaks": ["V2 -> V1"]}}
    pipeline = "Sync: start sync redis\nServices: deploy glue"
    judgement = judge(deployment(GLUE | REDIS, [READ], pipeline, changes))
    assert told(judgement) == {"2 content V2->V1": hazard("Services (after)", length=5, for_ever=False)}
    assert (judgement.avoidable, judgement.interleavings) == (True, 10)


def test_await_closes_the_window() -> None:
    changes = {"redis/product": {"breaks": ["V2 -> V1"]}}
    pipeline = "Sync: start sync redis, await redis/product\nServices: deploy glue"
    judgement = judge(deployment(GLUE | REDIS, [READ], pipeline, changes))
    assert (judgement.verdict, judgement.interleavings) == ("safe", 1)


def test_background_move_that_ended_stays_ended() -> None:
    # The flag is on, then off, and the started enable does not put it on again: all forms are V1.
    changes = {"zed/cart": {"breaks": "both"}}
    flags = {"dark": {"guards": ["zed/cart"]}}
    pipeline = "Try: start enable dark, await dark, disable dark\nServices: deploy glue zed"
    assert judge(deployment(GLUE | ZED, [CALL], pipeline, changes, flags=flags)).verdict == "safe"


def test_drain_waits_for_the_old_messages() -> None:
    # V2 scheduler cannot read V1 messages; no glue V1 is left to publish any when the drain begins.
    # Messages are used up by traffic, so the only path of moves ends in Drain.
    requests = ["client calls glue: page\nglue publishes rabbit: mail", "scheduler consumes rabbit: mail"]
    pair = ["V2 -> V1"]
    changes: dict[str, Any] = {"rabbit/mail": {"breaks": {"schema": pair, "content": pair}}}
    pipeline = "Services: deploy glue\nDrain: drain rabbit\nWorkers: deploy scheduler"
    judgement = judge(deployment(GLUE | SCHEDULER | RABBIT, requests, pipeline, changes))
    assert told(judgement) == {
        "2 schema V2->V1": hazard("Services Drain Workers (after)", length=4, inevitable=True)
    } | {"1 schema V2->V1": hazard("Workers (after)", length=8, inevitable=True)}
    changes = {"rabbit/mail": {"breaks": {"content": ["V2 -> V1"]}}}  # the configuration aside
    judgement = judge(deployment(GLUE | SCHEDULER | RABBIT, requests, pipeline, changes))
    assert (judgement.verdict, judgement.residue, judgement.interleavings) == ("safe", frozenset(), 1)
    without = pipeline.replace("Drain: drain rabbit\n", "")
    hurried = judge(deployment(GLUE | SCHEDULER | RABBIT, requests, without, changes))
    # into Services, glue V2 up, V1 down, into Workers, scheduler V2 up, consume: 6; or all used up before.
    assert told(hurried) == {"1 content V2->V1": hazard("Workers (after)", length=6)}
    assert hurried.residue == {"rabbit/mail"}


# Replicas


def test_single_instance_that_goes_before_the_next_comes() -> None:
    # into Services, V1 down, an attempt: 3; no surge, so every run passes there.
    glue = {"glue": {"kind": "service", "max_surge": 0, "max_unavailable": 1}}
    judgement = judge(deployment(glue, ["client calls glue: page"], "Services: deploy glue", {}))
    assert told(judgement) == {"1 unavailable None->None": hazard("Services", length=3, inevitable=True)}
    surging = {"glue": {"kind": "service", "max_unavailable": "100%"}}
    judgement = judge(deployment(surging, ["client calls glue: page"], "Services: deploy glue", {}))
    assert told(judgement) == {"1 unavailable None->None": hazard("Services", length=3)}
    # spawn, retire; or retire, spawn.
    assert (judgement.avoidable, judgement.interleavings) == (True, 2)


def test_both_rounded_to_zero_is_one_unavailable() -> None:
    # 25 % of 2 is 0, so 1: down, up, down, up; one instance is always there.
    glue = {"glue": {"kind": "service", "replicas": 2, "max_surge": 0, "max_unavailable": "25%"}}
    judgement = judge(deployment(glue, ["client calls glue: page"], "Services: deploy glue", {}))
    assert (judgement.verdict, judgement.interleavings) == ("safe", 1)


# Flags


def test_flag_holds_the_new_form_back_until_all_are_new() -> None:
    flags = {"new-cart": {"guards": ["zed/cart"]}}
    changes = {"zed/cart": {"breaks": "both"}}
    pipeline = "Services: deploy glue zed\nRelease: enable new-cart"
    judgement = judge(deployment(GLUE | ZED, [CALL], pipeline, changes, flags=flags))
    assert judgement.verdict == "safe"
    assert judgement.never_mixed == {"zed/cart"}
    # On too early: into Release, on, into Services, zed (or glue) V2 up, call, call: 6.
    pipeline = "Release: enable new-cart\nServices: deploy glue zed"
    assert told(judge(deployment(GLUE | ZED, [CALL], pipeline, changes, flags=flags))) == {
        "2 call V1->V2": hazard("Services", length=6),
        "2 call V2->V1": hazard("Services", length=6),
    }


def test_flag_saves_nobody_from_a_dropped_column() -> None:
    # Glue V2 behaves as V1: into Services, V2 up, V1 down, into Install, migrate, call, write: 7.
    flags = {"new-cart": {"guards": ["database/cart"]}}
    changes = {"database/cart": {"breaks": ["V1 -> V2"]}}
    pipeline = "Services: deploy glue\nInstall: migrate database"
    judgement = judge(deployment(GLUE | DATABASE, [WRITE], pipeline, changes, flags=flags))
    assert told(judgement) == {"2 schema V1->V2": hazard("Install (after)", length=7, inevitable=True)}


def test_guarded_reader_understands_older_content() -> None:
    # Glue V2 reads V1 (understood, though the pair is mixed); glue V1 would not read V2, but none comes.
    flags = {"new-page": {"guards": ["redis/product"]}}
    data = deployment(
        GLUE | REDIS, [READ], "Services: deploy glue", {"redis/*": {"breaks": "both"}}, flags=flags
    )
    judgement = judge(data)
    assert (judgement.verdict, judgement.never_mixed) == ("safe", frozenset())


# The whole answer


def test_nothing_given_is_unknown_and_pessimism_finds_the_pairs() -> None:
    data = deployment(GLUE | ZED, [CALL], "Services: deploy glue zed", None)
    assert judge(data).verdict == "unknown"
    judgement = judge(data, pessimistic=True)
    assert set(told(judgement)) == {"2 call V1->V2", "2 call V2->V1"}
    assert judgement.unjudged == {"glue/page"}
    assert judge(deployment(GLUE | ZED, [CALL], "Services: deploy glue zed", {})).verdict == "safe"


def test_where_only_clients_without_a_version_call_nothing_is_judged() -> None:
    data = deployment(GLUE, ["client calls glue: page"], "Services: deploy glue", None)
    judgement = judge(data, pessimistic=True)
    assert judgement.verdict == "unknown"
    assert judgement.unjudged == {"glue/page"}
    none = {"glue/page": {"breaks": "none"}}
    assert (
        judge(deployment(GLUE, ["client calls glue: page"], "Services: deploy glue", none)).verdict == "safe"
    )
