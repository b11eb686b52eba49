"""The oracle on more than two versions and on flags, worked out by hand (paragraphs 35 to 40, 49, 50)."""

from typing import Any

import pytest

from support.by_hand import CALL, DATABASE, GLUE, READ, REDIS, WRITE, ZED, deployment, hazard, steps, told
from support.oracle import judge

THREE: dict[str, Any] = {"versions": ["V1", "V2", "V3"]}


def test_each_action_aims_one_version_further() -> None:
    # into A, V2 up, V1 down, into B, V3 up, call, write: 7. The schema is V1 until the event in C; the
    # fifth migrate has nothing to do, for there is no fourth version. One order.
    changes = {"database/cart": {"breaks": {"schema": ["V3 -> V1"]}}}
    pipeline = "A: deploy glue\nB: deploy glue\nC: migrate database\nD: migrate database\nE: migrate database"
    judgement = judge(deployment(GLUE | DATABASE, [WRITE], pipeline, changes, **THREE))
    assert told(judgement) == {"2 schema V3->V1": hazard("B C", length=7, inevitable=True)}
    assert judgement.interleavings == 1


def test_a_schema_passes_through_every_version_between() -> None:
    # into A, V2, call, write: 4; one more for V3. V1 -> V3 breaks, for V1 -> V2 does (39).
    changes = {"database/cart": {"breaks": ["V1 -> V2"]}}
    judgement = judge(
        deployment(GLUE | DATABASE, [WRITE], "A: migrate database to V3", changes, **THREE),
    )
    assert told(judgement) == {
        "2 schema V1->V2": hazard("A", length=4, inevitable=True),
        "2 schema V1->V3": hazard("A (after)", length=5, inevitable=True),
    }


def test_revert_and_rollback_aim_one_version_back() -> None:
    # Schema: V1 V2 V1. Glue: V1 V2 V1, rolled back before the revert: V2 always finds V2.
    changes = {"database/cart": {"breaks": ["V2 -> V1"]}}
    pipeline = "A: migrate database\nB: deploy glue\nC: rollback glue\nD: revert database"
    assert judge(deployment(GLUE | DATABASE, [WRITE], pipeline, changes)).verdict == "safe"
    changes = {"database/cart": {"breaks": ["V1 -> V2"]}}
    judgement = judge(deployment(GLUE | DATABASE, [WRITE], pipeline, changes))
    assert told(judgement) == {"2 schema V1->V2": hazard("A B C D", length=4, inevitable=True)}


@pytest.mark.parametrize(("whole", "window"), [(False, "A B"), (True, "A")])
def test_purge_aims_as_high_as_its_release(whole: bool, window: str) -> None:
    # The first sync leaves V2. In a release of its own the purge has nothing to do; with the second
    # sync in the same release it is V3 that stays, so V2 is gone before B.
    pipeline = steps("A: sync redis, purge redis\nB: sync redis")
    releases = [pipeline] if whole else [pipeline[:1], pipeline[1:]]
    changes = {"redis/product": {"breaks": ["V1 -> V2"]}}
    data = deployment(GLUE | REDIS, [READ], "", changes, releases=releases, **THREE)
    del data["pipeline"]
    judgement = judge(data)
    # into A, V2 in, call, read: 4. Then: into A, V2 in, V1 out, on, [V2 out,] into B, V3 in, call, read.
    assert told(judgement) == {
        "2 content V1->V2": hazard(window, length=4, inevitable=True),
        "2 content V1->V3": hazard("B (after)", length=9 if whole else 8, inevitable=True),
    }


def test_steps_of_one_name_are_told_by_their_release() -> None:
    # into, V2, call, write: 4; and in the second release the next version.
    changes = {"database/cart": {"breaks": ["V1 -> V2"]}}
    releases = [steps("Install: migrate database"), {"next": steps("Install: migrate database\nEnd")}]
    data = deployment(GLUE | DATABASE, [WRITE], "", changes, releases=releases, **THREE)
    del data["pipeline"]
    windows = {name: found.window for name, found in told(judge(data)).items()}
    assert windows == {
        "2 schema V1->V2": {"release 1: Install", "next: Install"},
        "2 schema V1->V3": {"next: Install", "End", "(after)"},
    }


def test_rollback_overtakes_the_deploy_that_still_runs() -> None:
    # Straight on: the deploy has had no moment to do anything.
    changes = {"database/cart": {"breaks": ["V2 -> V1"]}}
    data = deployment(GLUE | DATABASE, [WRITE], "A: start deploy glue\nB: rollback glue", changes)
    judgement = judge(data)
    assert (judgement.verdict, judgement.interleavings) == ("safe", 1)
    # With a step between: into A, into M, V2 up, call, write: 5. In B from (1,0), (1,1) or (0,1) back.
    data = deployment(GLUE | DATABASE, [WRITE], "A: start deploy glue\nM\nB: rollback glue", changes)
    judgement = judge(data)
    assert told(judgement) == {"2 schema V2->V1": hazard("M B", length=5)}
    assert judgement.interleavings == 3


def test_skew_forgives_one_version() -> None:
    # into A, V2, V3, call, write: 5.
    changes = {"database/cart": {"skew": {"older": 1}}}
    data = deployment(GLUE | DATABASE, [WRITE], "A: migrate database to V3", changes, **THREE)
    assert told(judge(data)) == {"2 schema V1->V3": hazard("A (after)", length=5, inevitable=True)}
    # Newer consumers are limited too: into A, V2 up, V1 down, [into B,] V3 up, call, write.
    changes = {"database/cart": {"skew": {"newer": 1}}}
    data = deployment(GLUE | DATABASE, [WRITE], "A: deploy glue, deploy glue", changes, **THREE)
    assert told(judge(data)) == {"2 schema V3->V1": hazard("A (after)", length=7, inevitable=True)}


def test_flag_of_a_version_holds_only_that_one_back() -> None:
    # Since V3: V1 and V2 are as they are and meet in A; V3 behaves as V2 until all are V3.
    flags: dict[str, Any] = {"f": {"guards": ["zed/cart"], "since": "V3"}}
    changes = {"zed/cart": {"breaks": "both"}}
    pipeline = "A: deploy glue zed\nB: deploy glue zed\nC: enable f"
    data = deployment(GLUE | ZED, [CALL], pipeline, changes, flags=flags, **THREE)
    assert told(judge(data)) == {
        "2 call V1->V2": hazard("A", length=4),
        "2 call V2->V1": hazard("A", length=4),
    }
    # Else V2 behaves as V1, V3 as V2: into A, four events, into B, one V3 up, two calls: 9.
    del flags["f"]["since"]
    data = deployment(GLUE | ZED, [CALL], pipeline, changes, flags=flags, **THREE)
    assert told(judge(data)) == {
        "2 call V1->V2": hazard("B", length=9),
        "2 call V2->V1": hazard("B", length=9),
    }


@pytest.mark.parametrize("instance", ["", " per instance"])
@pytest.mark.parametrize("understands", ["both", "own"])
def test_flag_taken_up_instance_by_instance(instance: str, understands: str) -> None:
    # While it is partly on glue may see on and zed off: into A, four events, into B, partly, two calls.
    flags = {"f": {"guards": ["zed/cart"], "understands": understands}}
    data = deployment(
        GLUE | ZED,
        [CALL],
        f"A: deploy glue zed\nB: enable f{instance}",
        {"zed/cart": {"breaks": "both"}},
        flags=flags,
    )
    broken = {
        "2 call V1->V2": hazard("B", length=9, inevitable=True),
        "2 call V2->V1": hazard("B", length=9, inevitable=True),
    }
    assert told(judge(data)) == (broken if instance and understands == "own" else {})


def test_plain_disable_takes_one_event_from_partly() -> None:
    # Partly is passed: the enable's first event in the background, then off at once or on and off.
    # E (enable, two events) beside X (into M), then the disable: it begins with something to do if E has
    # begun; if not, it is over at once and the enable still comes.
    data = deployment(GLUE, ["client calls glue: page"], "A: start enable f per instance\nB: disable f", {})
    data["flags"] = {"f": {"guards": ["glue/page"]}}
    # The disable is reached by the same event that starts the enable, so it is idle and over: then
    # (partly, on) are laid beside (after): C(3,1) = 3.
    assert judge(data).interleavings == 3


def test_code_that_understands_its_own_form_only_reads_by_its_form() -> None:
    # Off: glue V2 reads V1 as V1. On: into A, V2 up, V1 down, into B, on, call, read: 7.
    flags = {"f": {"guards": ["redis/product"], "understands": "own"}}
    changes = {"redis/product": {"breaks": {"content": "both"}}}
    data = deployment(GLUE | REDIS, [READ], "A: deploy glue\nB: enable f", changes, flags=flags)
    assert told(judge(data)) == {"2 content V2->V1": hazard("B (after)", length=7, inevitable=True)}
