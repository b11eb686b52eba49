"""The oracle on data with a life, conditions and failures, worked out by hand (paragraphs 51 to 61)."""

from typing import Any

import pytest

from support.by_hand import (
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
    properties,
    steps,
    told,
)
from support.oracle import judge

NEW_SCHEMA: dict[str, Any] = {"database/cart": {"breaks": {"schema": ["V1 -> V2"]}}}
OLD_SCHEMA: dict[str, Any] = {"database/cart": {"breaks": {"schema": ["V2 -> V1"]}}}


def test_move_waits_for_its_condition() -> None:
    # The migration comes when glue V1 is gone: (up, down), then migrate and the end in either order.
    pipeline = "A: start migrate database when all glue at V2\nB: deploy glue"
    judgement = judge(deployment(GLUE | DATABASE, [WRITE], pipeline, NEW_SCHEMA))
    assert (judgement.verdict, judgement.interleavings) == ("safe", 2)


def test_await_is_left_only_while_its_condition_holds() -> None:
    # Nobody suspends the scheduler: the pipeline waits in B, no complete run. The path ends there.
    pipeline = "A: start deploy scheduler\nB: await scheduler when scheduler.suspended\nM: migrate database"
    text = "scheduler writes database: cart"
    judgement = judge(deployment(SCHEDULER | DATABASE, [text], pipeline, NEW_SCHEMA))
    assert (judgement.verdict, judgement.avoidable, judgement.interleavings) == ("unsafe", False, 1)
    # into A, into B: there nothing can change any more, with the scheduler up or not; and A leads there.
    assert judgement.stall == hazard("(before) A B", length=0, inevitable=True)
    # A stop after a failure is no stall, even one for good.
    judgement = judge(
        deployment(SCHEDULER | DATABASE, [text], "M: migrate database", NEW_SCHEMA), failures=True
    )
    assert judgement.stall is None


def test_failure_is_no_way_out_of_a_stall() -> None:
    # The rollback would be complete; but a pipeline that can only fail has stalled.
    data = deployment(
        SCHEDULER | DATABASE,
        ["scheduler writes database: cart"],
        "A: deploy scheduler when scheduler.suspended",
        NEW_SCHEMA,
        rollback=steps("R: revert database"),
    )
    assert judge(data, failures=True).stall == hazard("(before) A", length=0, inevitable=True)
    assert judge(data).stall == hazard("(before) A", length=0, inevitable=True)


def test_content_that_expires() -> None:
    # As content nobody brings forward, but it may be gone before glue V2 is up: no longer inevitable.
    changes = {"redis/product": {"breaks": {"content": ["V2 -> V1"]}, "expires": True}}
    judgement = judge(deployment(GLUE | REDIS, [READ], "A: deploy glue", changes))
    assert told(judgement) == {"2 content V2->V1": hazard("A (after)", length=4)}
    assert judgement.residue == {"redis/product"}
    assert judgement.interleavings == 1


def test_expire_waits_for_the_last_token() -> None:
    # With a purge the request takes V1 past it; with an expire the step waits for it.
    changes = {"redis/product": {"breaks": "none"}, "database/cart": {"breaks": ["V1 -> V2"]}}
    verdicts = {
        verb: judge(
            deployment(REDIS | DATABASE, [CARRY], f"A: {verb} redis\nM: migrate database", changes)
        ).verdict
        for verb in ("purge", "expire")
    }
    assert verdicts == {"purge": "unsafe", "expire": "safe"}


def test_expire_of_a_contract_without_content() -> None:
    # Glue answers V1, then it is V2; the token of V1 is waited for before zed moves.
    text = "client calls glue: page\nclient calls zed: cart using page"
    changes = {"glue/page": {"breaks": "none"}, "zed/cart": {"breaks": {"token": ["V1 -> V2"]}}}
    pipeline = "A: deploy glue\nE: expire glue\nZ: deploy zed"
    assert judge(deployment(GLUE | ZED, [text], pipeline, changes)).verdict == "safe"
    pipeline = "A: deploy glue\nE: start expire glue\nZ: deploy zed"
    assert judge(deployment(GLUE | ZED, [text], pipeline, changes)).verdict == "unsafe"


def test_derived_store_follows_its_source() -> None:
    # In A the source is V1: nothing to do. into A, into B, migrate, into C, V2 in, call, read: 7.
    text = READ + "\nglue reads database: product"
    changes = {
        "redis/product": {"breaks": {"content": ["V1 -> V2"]}, "from": "database/product"},
        "database/product": {"breaks": "none"},
    }
    pipeline = "A: sync redis\nB: migrate database\nC: sync redis"
    judgement = judge(deployment(GLUE | REDIS | DATABASE, [text], pipeline, changes))
    assert told(judgement) == {"2 content V1->V2": hazard("C (after)", length=7, inevitable=True)}
    assert judgement.interleavings == 1


def test_queue_that_the_next_version_brings() -> None:
    # Before the reconfiguration nobody can publish, not even in the form of the same version: call,
    # publish: 2. into A, V2 up, call, publish: 4. Nothing lies there before: a consumer waits.
    requests = ["client calls glue: page\nglue publishes rabbit: mail", "scheduler consumes rabbit: mail"]
    changes = {"rabbit/mail": {"breaks": {"content": ["V1 -> V1"]}, "exists": ["V2"]}}
    data = deployment(GLUE | SCHEDULER | RABBIT, requests, "A: deploy glue\nB: reconfigure rabbit", changes)
    judgement = judge(data)
    assert told(judgement) == {
        "2 schema V1->V1": hazard("(before) A", length=2, inevitable=True),
        "2 schema V2->V1": hazard("A B", length=4, inevitable=True),
        "1 schema V1->V1": hazard("(before) A B", length=1, inevitable=True),
    }
    # The other way round: it goes with the reconfiguration, and takes its messages along.
    changes = {"rabbit/mail": {"breaks": {"content": ["V1 -> V1"]}, "exists": ["V1"]}}
    judgement = judge(deployment(SCHEDULER | RABBIT, requests[1:], "B: reconfigure rabbit", changes))
    assert told(judgement) == {
        "1 content V1->V1": hazard("(before) B", length=1, inevitable=True),
        "1 schema V1->V2": hazard("B (after)", length=3, inevitable=True),
    }
    assert not judgement.residue


def test_message_is_passed_on_as_it_was_obtained() -> None:
    # Glue is V1 for ever, and passes V2 on: into A, V2 in, passed on by others, consumed: 4.
    requests = [
        "client calls glue: page\nglue reads redis: product\nglue forwards rabbit: mail using product",
        "scheduler consumes rabbit: mail",
    ]
    changes: dict[str, Any] = {"redis/product": {}, "rabbit/mail": {"breaks": {"content": ["V1 -> V2"]}}}
    data = deployment(GLUE | SCHEDULER | REDIS | RABBIT, requests, "A: sync redis", changes)
    assert told(judge(data)) == {"1 content V1->V2": hazard("A (after)", length=4)}
    # Judged by its token alone, if that is said (76): into A, V2 in, call, read, forward: 5.
    changes["rabbit/mail"] = {"breaks": "both"}
    data = deployment(GLUE | REDIS | RABBIT, requests[:1], "A: sync redis", changes)
    assert told(judge(data)) == {}
    changes["rabbit/mail"] = {"breaks": {"token": "both"}}
    data = deployment(GLUE | REDIS | RABBIT, requests[:1], "A: sync redis", changes)
    assert told(judge(data)) == {"3 token V2->V1": hazard("A (after)", length=5, inevitable=True)}


def test_severity_by_aspect() -> None:
    # Zed is down between, and glue V1 meets zed V2: into A, down, call, attempt; or up as well, call.
    zed = {"zed": {"kind": "service", "strategy": "recreate"}}
    changes = {
        "zed/cart": {"breaks": ["V1 -> V2"], "severity": {"token": "corruption", "schema": "degraded"}}
    }
    data = deployment(GLUE | zed, ["client calls glue: page\nglue calls zed: cart"], "A: deploy zed", changes)
    assert told(judge(data)) == {
        "2 unavailable V1->None": hazard("A", length=4, inevitable=True, severity="corruption"),
        "2 call V1->V2": hazard("A (after)", length=5, inevitable=True),
    }
    changes["zed/cart"]["severity"] = {"call": "degraded"}
    data = deployment(GLUE | zed, ["client calls glue: page\nglue calls zed: cart"], "A: deploy zed", changes)
    assert {found.severity for found in told(judge(data)).values()} == {"degraded"}


# Failure


def test_failure_and_rollback() -> None:
    # Nothing, V2 up, or V1 down as well, then it fails and goes back; or it is over: 4 orders.
    rollback = steps("A: rollback glue")
    changes = {"redis/product": {"breaks": {"content": ["V2 -> V1"]}}}
    data = deployment(GLUE | REDIS, [READ], "A: deploy glue", changes, rollback=rollback)
    judgement = judge(data, failures=True)
    (found,) = told(judgement).values()
    assert found.window == {"A", "rollback: A", "(after)"}
    assert (found.length, found.span, found.inevitable, found.for_ever) == (4, 0, False, True)
    assert (judgement.avoidable, judgement.interleavings) == (True, 4)
    assert judge(data).interleavings == 1


def test_stop_for_good_is_not_complete() -> None:
    # Without a rollback: it fails before, between, after, or it is over. The background goes on.
    data = deployment(GLUE | DATABASE, [WRITE], "A: deploy glue", NEW_SCHEMA)
    assert judge(data, failures=True).interleavings == 4
    data = deployment(
        GLUE | DATABASE, [WRITE], "S: start migrate database\nA: deploy glue\nB: await database", NEW_SCHEMA
    )
    # into S, into A, migrate, call, write: 5; not for ever, unless the pipeline stops: that is no end.
    assert told(judge(data, failures=True)) == {"2 schema V1->V2": hazard("A", length=5)}


def test_a_rollback_takes_time_of_the_request() -> None:
    # into A, it fails, into R, read V1, purge, into S, migrate, write: 8; S begins under way.
    changes = {"redis/product": {"breaks": "none"}, "database/cart": {"breaks": {"token": ["V1 -> V2"]}}}
    rollback = steps("R: purge redis\nS: migrate database")
    data = deployment(
        REDIS | DATABASE | SCHEDULER, [CARRY], "A: suspend scheduler", changes, rollback=rollback
    )
    judgement = judge(data, failures=True)
    assert told(judgement) == {"2 token V1->V2": hazard("S (after)", length=8, span=1)}


@pytest.mark.parametrize(
    ("rollback", "changes", "way_back"),
    [
        ("R: rollback glue, revert database", OLD_SCHEMA, {"A": True, "B": True}),
        ("R: revert database, rollback glue", OLD_SCHEMA, {"A": True, "B": False}),
        ("R: rollback glue, revert database", NEW_SCHEMA, {"A": False, "B": False}),
        ("R: await glue when false", OLD_SCHEMA, {"A": False, "B": False}),
    ],
)
def test_way_back(rollback: str, changes: dict[str, Any], way_back: dict[str, bool]) -> None:
    # Back in the order in which it went forward, V2 finds the schema V1; and V1 never bears V2. What
    # never ends is no way back.
    pipeline = "A: migrate database\nB: deploy glue"
    data = deployment(GLUE | DATABASE, [WRITE], pipeline, changes, rollback=steps(rollback))
    judgement = judge(data, failures=True)
    assert judgement.way_back == way_back
    assert judgement.point_of_no_return == next((s for s, has in way_back.items() if not has), None)
    assert not judge(data).way_back


def test_what_cannot_be_taken_back() -> None:
    # into A, migrate, into B, it fails, the rollback: 5. After a failure in A nothing is rolled back (78).
    rollback = steps("R: rollback glue")
    data = deployment(
        GLUE | DATABASE,
        [WRITE],
        "A: irreversible migrate database\nB: deploy glue",
        {"database/cart": {}},
        rollback=rollback,
    )
    judgement = judge(data, failures=True)
    assert properties(judgement) == {
        ("irreversible migrate database", "rollback glue"): hazard("R", length=5),
    }
    assert (judgement.verdict, judgement.hazards, judgement.avoidable) == ("unsafe", {}, True)
    assert judgement.way_back == {"A": True, "B": False}
    assert judge(data).verdict == "safe"


def test_flag_that_must_stay_on() -> None:
    # into A, on, into B: 3. Another flag may go off.
    flags = {"f": {"guards": ["glue/page"]}, "g": {"guards": ["glue/other"]}}
    text = "client calls glue: page\nclient calls glue: other"
    pipeline = "A: irreversible enable f, disable g, disable f"
    judgement = judge(deployment(GLUE, [text], pipeline, {}, flags=flags))
    # into A, on, on to disable g, on to disable f: 4.
    assert properties(judgement) == {
        ("irreversible enable f", "disable f"): hazard("A", length=4, inevitable=True),
    }
    assert (judgement.verdict, judgement.avoidable) == ("unsafe", True)  # of the hops that break: none


def test_for_ever_or_only_while_it_rolls() -> None:
    # V1 -> V2 until glue V1 is gone; without the deploy for ever.
    data = deployment(GLUE | DATABASE, [WRITE], "A: migrate database\nB: deploy glue", NEW_SCHEMA)
    assert [found.for_ever for found in told(judge(data)).values()] == [False]
    data = deployment(GLUE | DATABASE, [WRITE], "A: migrate database", NEW_SCHEMA)
    assert [found.for_ever for found in told(judge(data)).values()] == [True]
