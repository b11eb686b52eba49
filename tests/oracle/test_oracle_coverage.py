"""The oracle on what was judged at all, worked out by hand (paragraphs 67 to 74)."""

from typing import Any

import pytest

from support.by_hand import (
    CALL,
    CARRY,
    DATABASE,
    GLUE,
    RABBIT,
    REDIS,
    SCHEDULER,
    WRITE,
    ZED,
    deployment,
    told,
)
from support.oracle import Cell, Judgement, Status, judge

MET, APART, OUT = Status.MET, Status.HELD_APART, Status.OUT_OF_REACH
NOT_TAKEN, NOT_KNOWN, ASSUMED = Status.NOT_TAKEN, Status.NOT_KNOWN, Status.ASSUMED


def statuses(judgement: Judgement) -> dict[str, Status]:
    """By what is said and the pair, of the deployment's only entry."""
    return {
        f"{key.says} {key.consumer}->{key.provider}": cell.status
        for key, cell in judgement.coverage.cells.items()
    }


def covered(
    components: dict[str, Any], requests: list[str], pipeline: str, change: dict[str, Any], **rest: Any
) -> dict[str, Status]:
    """The cells of one change; the entry is the last hop's contract."""
    ((head, tail),) = deployment(components, requests, "", None)["requests"][str(len(requests) - 1)][
        -1
    ].items()
    contract = f"{head.split()[2]}/{tail.split()[0]}"
    return statuses(judge(deployment(components, requests, pipeline, {contract: change}, **rest)))


# Declarations and their cells


@pytest.mark.parametrize(
    ("change", "cells"),
    [
        ({"breaks": "both"}, {"breaks V1->V2", "breaks V2->V1"}),
        ({"breaks": "V1 -> V2"}, {"breaks V1->V2"}),
        (
            {"breaks": {"schema": "both", "token": ["V2 -> V1"]}},
            {"breaks schema V1->V2", "breaks schema V2->V1", "breaks token V2->V1"},
        ),
        ({"breaks": "none"}, set()),
        ({"breaks": []}, set()),
        ({"breaks": {"schema": "none"}}, set()),
        ({}, set()),
        ({"exists": ["V2"]}, {"exists V1->V1", "exists V2->V1"}),
        ({"exists": ["V1", "V2"]}, set()),
        ({"skew": {"older": 0, "newer": 1}}, {"skew older V1->V2"}),
        ({"skew": {"schema": {"newer": 0}}}, {"skew schema newer V2->V1"}),
    ],
)
def test_cells_are_what_is_written(change: dict[str, Any], cells: set[str]) -> None:
    assert set(covered(GLUE | DATABASE, [WRITE], "A: deploy glue", change)) == cells


def test_pairs_that_only_follow_are_no_cells() -> None:
    versions = {"versions": ["V1", "V2", "V3"]}
    cells = covered(GLUE | DATABASE, [WRITE], "A: deploy glue", {"breaks": ["V1 -> V2"]}, **versions)
    assert set(cells) == {"breaks V1->V2"}  # not V1->V3 (39)


def test_pessimism_and_taken_sources_declare_nothing() -> None:
    changes = {"database/cart": {"breaks": {"token": ["V1 -> V2"]}}}
    judgement = judge(deployment(REDIS | DATABASE, [CARRY], "A: migrate database", changes), pessimistic=True)
    assert {key.contract for key in judgement.coverage.cells} == {"database/cart"}


def test_wildcard_is_idle_only_everywhere() -> None:
    text = "client calls glue: page\nglue writes database: cart\nglue writes log: line"
    data = deployment(GLUE | DATABASE | {"log": {"kind": "database"}}, [text], "A: migrate database", {})
    data["changes"] = {
        "database/*": {"breaks": {"schema": "V2 -> V1"}},
        "log/*": {"breaks": {"schema": "V1 -> V2"}},
    }
    judgement = judge(data)
    # glue stays V1, and nothing migrates the log.
    assert judgement.coverage.idle == {("database/*", "breaks schema"), ("log/*", "breaks schema")}
    assert judgement.verdict == "unknown"
    data["requests"]["1"] = [{"client calls glue": "page"}, {"glue writes database": "user"}]
    data["changes"] |= {"database/cart": {"breaks": "none"}, "log/line": {"breaks": "none"}}
    judgement = judge(data)
    # database/* names the user alone now, log/* nothing at all.
    assert {(key.entry, key.contract) for key in judgement.coverage.cells} == {
        ("database/*", "database/user")
    }
    assert judgement.coverage.idle == {("database/*", "breaks schema"), ("log/*", "breaks schema")}


def test_wildcard_is_not_idle_where_one_contract_is_judged() -> None:
    text = "client calls glue: page\nglue writes database: cart\nglue calls zed: x\nglue calls zed: y"
    data = deployment(
        GLUE | ZED | DATABASE, [text], "A: deploy zed", {"zed/*": {"breaks": {"call": "V1 -> V2"}}}
    )
    data["requests"]["1"] = [{"client calls zed": "z"}]
    judgement = judge(data)
    found = {key.contract: cell.status for key, cell in judgement.coverage.cells.items()}
    assert found == {"zed/x": MET, "zed/y": MET, "zed/z": OUT}  # an anonymous client has no version
    assert not judgement.coverage.idle


# What becomes of a cell


def test_met_apart_and_out_of_reach() -> None:
    # Glue V1 and the schema V2 meet; glue never becomes V2.
    cells = covered(GLUE | DATABASE, [WRITE], "A: migrate database", {"breaks": {"schema": "both"}})
    assert cells == {"breaks schema V1->V2": MET, "breaks schema V2->V1": OUT}
    # First glue, then the schema: V2 meets V1; V1 and the schema V2 never see each other.
    pipeline = "A: deploy glue\nB: migrate database"
    data = deployment(GLUE | DATABASE, [WRITE], pipeline, {"database/cart": {"breaks": "V1 -> V2"}})
    [cell] = judge(data).coverage.cells.values()
    assert cell == Cell(APART, frozenset({"(before)", "A"}), frozenset({"B", "(after)"}))


def test_apart_in_a_common_state() -> None:
    # The scheduler is suspended while it is V1 and the schema V2: both are there, and no job is.
    pipeline = "A: suspend scheduler\nB: migrate database\nC: deploy scheduler\nD: resume scheduler"
    changes = {"database/cart": {"breaks": {"schema": "V1 -> V2"}}}
    data = deployment(SCHEDULER | DATABASE, ["scheduler writes database: cart"], pipeline, changes)
    [cell] = judge(data).coverage.cells.values()
    assert (cell.status, cell.together, set(cell.consumer_at & cell.provider_at)) == (APART, True, {"B", "C"})


def test_flag_holds_apart() -> None:
    # Off, both behave as V1; on when both are V2.
    flags = {"f": {"guards": ["zed/cart"]}}
    pipeline = "A: deploy glue zed\nB: enable f"
    cells = covered(GLUE | ZED, [CALL], pipeline, {"breaks": "both"}, flags=flags)
    assert cells == {"breaks V1->V2": APART, "breaks V2->V1": APART}


def test_bare_cell_has_the_best_of_its_aspects() -> None:
    # By schema out of reach, for nothing migrates; by content V2 reads the V1 rows.
    text = "client calls glue: page\nglue reads database: cart"
    change = {"breaks": "both", "rows": "kept"}
    cells = covered(GLUE | DATABASE, [text], "A: deploy glue", change)
    assert cells == {"breaks V1->V2": OUT, "breaks V2->V1": MET}


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("client calls glue: page\nglue forwards zed: cart", {"breaks": "both"}),
        ("client calls zed: cart", {"breaks": "both"}),
        (CALL, {"breaks": {"token": "both"}}),
    ],
)
def test_aspect_that_no_hop_is_judged_in(text: str, change: dict[str, Any]) -> None:
    judgement = judge(deployment(GLUE | ZED, [text], "A: deploy glue zed", {"zed/cart": change}))
    assert set(statuses(judgement).values()) == {OUT}
    assert (judgement.verdict, len(judgement.coverage.idle)) == ("unknown", 1)


def test_contract_that_no_request_meets() -> None:
    judgement = judge(deployment(GLUE | ZED, [CALL], "A: deploy glue zed", {"zed/other": {"breaks": "both"}}))
    assert (judgement.verdict, set(judgement.coverage.idle)) == ("unknown", {("zed/other", "breaks")})


def test_token_is_obtained_from_a_source() -> None:
    # V1 lies in redis, the schema comes to V2: met. V2 never lies there.
    text = "client calls glue: page\nglue reads redis: product\nglue writes database: cart using product"
    cells = covered(GLUE | REDIS | DATABASE, [text], "A: migrate database", {"breaks": {"token": "both"}})
    assert cells == {"breaks token V1->V2": MET, "breaks token V2->V1": OUT}
    cells = covered(
        GLUE | REDIS | DATABASE, [text], "A: migrate database\nB: sync redis", {"breaks": {"token": "both"}}
    )
    assert cells == {"breaks token V1->V2": MET, "breaks token V2->V1": APART}


@pytest.mark.parametrize(
    ("pipeline", "cells"),
    [
        ("A: reconfigure rabbit\nB: deploy glue", {"V1->V1": MET, "V2->V1": APART, "None->V1": MET}),
        ("A: deploy glue\nB: reconfigure rabbit", {"V1->V1": MET, "V2->V1": MET, "None->V1": MET}),
    ],
)
def test_queue_that_is_not_there(pipeline: str, cells: dict[str, Status]) -> None:
    relay = "client reads redis: r\nclient forwards rabbit: m using r"
    put = "client calls glue: page\nglue publishes rabbit: m"
    found = covered(GLUE | REDIS | RABBIT, [relay, put], pipeline, {"exists": ["V2"]})
    assert found == {f"exists {pair}": status for pair, status in cells.items()}


def test_worker_that_only_starts_is_a_side() -> None:
    # V2 never becomes ready, and pulls; a called one would not run the hop.
    components = RABBIT | {"scheduler": {"kind": "worker", "readiness": "false"}}
    change = {"breaks": {"content": "V2 -> V1"}}
    assert covered(components, ["scheduler consumes rabbit: m"], "A: deploy scheduler", change) == {
        "breaks content V2->V1": MET
    }
    called = "client calls scheduler: run\nscheduler consumes rabbit: m"
    assert covered(components, [called], "A: deploy scheduler", change) == {
        "breaks content V2->V1": NOT_TAKEN
    }


# Not taken, not known


@pytest.mark.parametrize(
    ("pipeline", "rest", "status"),
    [
        ("A: deploy glue", {}, OUT),
        ("A: start migrate database when false", {}, NOT_TAKEN),
        ("A: start migrate database\nB: revert database to V1", {}, NOT_TAKEN),  # called off at once
        ("A: deploy glue", {"rollback": [{"R": ["migrate database"]}]}, NOT_TAKEN),
        ("A: start migrate database/other when false", {}, OUT),
    ],
)
def test_action_that_never_takes_effect(pipeline: str, rest: dict[str, Any], status: Status) -> None:
    cells = covered(GLUE | DATABASE, [WRITE], pipeline, {"breaks": {"schema": "V1 -> V2"}}, **rest)
    assert cells == {"breaks schema V1->V2": status}


@pytest.mark.parametrize(
    ("pipeline", "status"),
    [
        ("A: deploy zed", OUT),
        ("A: start sync redis when false", NOT_TAKEN),
        ("A: start deploy glue when false", NOT_TAKEN),  # which writes V2
    ],
)
def test_form_that_never_comes(pipeline: str, status: Status) -> None:
    write = "client calls glue: page\nglue writes redis: product"
    read = "client calls zed: page\nzed reads redis: product"
    cells = covered(GLUE | ZED | REDIS, [write, read], pipeline, {"breaks": {"content": "V1 -> V2"}})
    assert cells == {"breaks content V1->V2": status}


def test_version_that_does_not_know_the_contract() -> None:
    text = "client calls glue: page\nglue reads redis: product since V2\nglue writes redis: product since V2"
    cells = covered(GLUE | REDIS, [text], "A: deploy glue", {"breaks": "both"})
    assert cells == {"breaks V1->V2": NOT_KNOWN, "breaks V2->V1": NOT_KNOWN}
    # Callers know nothing of what their provider knows: zed V2 is never there, whoever calls it.
    text = "client calls glue: page\nglue calls zed: cart until V1"
    assert covered(GLUE | ZED, [text], "A: deploy glue", {"breaks": "V1 -> V2"}) == {"breaks V1->V2": OUT}
    # Nor does it excuse an aspect that is never judged.
    text = "client calls glue: page\nglue calls zed: cart since V2"
    assert set(covered(GLUE | ZED, [text], "A: deploy glue", {"breaks": {"token": "both"}}).values()) == {OUT}


# Flags


def test_flag_that_goes_on_after_the_end() -> None:
    # Clients stay: with the flag on, client V1 meets glue V2. Not before the end, and it need not come.
    components = GLUE | {"app": {"kind": "client", "stays": True}}
    flags = {"f": {"guards": ["glue/page"], "understands": "own"}}
    changes = {"glue/page": {"breaks": ["V1 -> V2"]}}
    judgement = judge(
        deployment(components, ["app calls glue: page"], "A: deploy glue app", changes, flags=flags)
    )
    [found] = told(judgement).values()
    assert (set(found.window), found.inevitable, found.for_ever) == ({"(after)"}, False, True)
    # into A, glue V2, app V2, glue V1 gone, into (after), the flag, the call: 7.
    assert (found.length, set(judgement.enabled_after)) == (7, {"f"})
    never = judge(deployment(components, ["app calls glue: page"], "A: deploy glue app", changes))
    assert [h.length for h in never.hazards.values()] == [3]


def test_only_flags_that_nobody_enables_and_that_guard() -> None:
    flags = {"f": {"guards": ["zed/cart"]}, "g": {"guards": ["glue/page"]}, "h": {"guards": []}}
    pipeline = "A: start enable f when false\nB: disable g"
    judgement = judge(deployment(GLUE | ZED, [CALL], pipeline, {"zed/cart": {}}, flags=flags))
    assert judgement.enabled_after == {"g"}
    assert judgement.interleavings == 1  # no event of the interleavings


# Assumptions


@pytest.mark.parametrize(
    ("assumption", "status", "wrong"),
    [
        ("database/cart schema V1 -> V2", ASSUMED, False),
        ("database/cart V1 -> V2", ASSUMED, False),
        ("database/cart schema V2 -> V1", OUT, True),  # of no cell
        ("database/cart content V1 -> V2", OUT, True),
    ],
)
def test_cell_that_is_assumed_away(assumption: str, status: Status, wrong: bool) -> None:
    changes = {"database/cart": {"breaks": {"schema": "V1 -> V2"}}}
    assume = {"never": [assumption]}
    judgement = judge(deployment(GLUE | DATABASE, [WRITE], "A: deploy glue", changes, assume=assume))
    assert statuses(judgement) == {"breaks schema V1->V2": status}
    assert judgement.verdict == ("unknown" if status is OUT else "safe")
    assert judgement.coverage.wrong_assumptions == ({assumption} if wrong else set())


def test_assumption_that_does_not_hold() -> None:
    changes = {"database/cart": {"breaks": "V1 -> V2"}}
    assume = {"never": ["database/cart schema V1 -> V2"]}
    judgement = judge(deployment(GLUE | DATABASE, [WRITE], "A: migrate database", changes, assume=assume))
    assert (judgement.verdict, set(judgement.coverage.wrong_assumptions)) == ("unsafe", set(assume["never"]))


def test_apart_only_by_max_span() -> None:
    # Without the limit a request reads V1 in A and writes with it in B.
    text = "client reads redis: product\nclient writes database: cart using product"
    changes = {"database/cart": {"breaks": {"token": "V1 -> V2"}}}
    pipeline = "A: sync redis\nB: migrate database"
    for span, by_span in ((0, True), (1, False)):
        data = deployment(REDIS | DATABASE, [text], pipeline, changes, assume={"max_span": span})
        [cell] = judge(data).coverage.cells.values()
        assert (cell.status, cell.by_span) == ((APART, True) if by_span else (MET, False))
