"""What became of each declared pair, on deployments of two or three components."""

from __future__ import annotations

import pytest

from skewproof.model.language import loads
from skewproof.properties import Unknown, check
from skewproof.properties.verdict import CoveredCell, Reach

PARTS = """
components: {web: {kind: service}, api: {kind: service}, db: {kind: database}, c: {kind: cache}}
requests: {get: [client calls web: get, web calls api: a, web reads db: t, web reads c: p, web writes c: p]}
"""


def cells(pipeline: str, changes: str) -> list[CoveredCell]:
    answer = check(loads(f"{PARTS}pipeline: {pipeline}\nchanges: {changes}"))
    return [cell for one in answer.coverage for cell in one.cells]


@pytest.mark.parametrize(
    ("pipeline", "changes", "reach", "why"),
    [
        ("[R: [deploy web api]]", "{api/a: {breaks: [V1 -> V2]}}", Reach.MET, ""),
        (
            "[A: [deploy api], B: [deploy web]]",
            "{api/a: {breaks: [V2 -> V1]}}",
            Reach.HELD_APART,
            "provider V1 is last in A, consumer V2 first in B",
        ),
        (
            "[A: [deploy web], B: [migrate db]]",
            "{db/t: {breaks: {schema: [V1 -> V2]}}}",
            Reach.HELD_APART,
            "consumer V1 is last in A, provider V2 first in B",
        ),
        (
            "[A: [deploy web]]",
            "{api/a: {breaks: [V1 -> V2]}}",
            Reach.OUT_OF_REACH,
            "nothing deploys api at V2",
        ),
        (
            "[A: [deploy api]]",
            "{api/a: {breaks: [V2 -> V1]}}",
            Reach.OUT_OF_REACH,
            "no consumer of api/a is ever V2",
        ),
        (
            "[A: [deploy web]]",
            "{db/t: {breaks: {schema: [V1 -> V2]}}}",
            Reach.OUT_OF_REACH,
            "nothing migrates db/t to V2",
        ),
        (
            "[A: [deploy api]]",
            "{c/p: {breaks: {content: [V1 -> V2]}}}",
            Reach.OUT_OF_REACH,
            "nothing brings V2 data to c/p",
        ),
        (
            "[A: [deploy api]]",
            "{web/get: {breaks: [V1 -> V2]}}",
            Reach.OUT_OF_REACH,
            "only a client without a version stands at web/get",
        ),
        (
            "[A: [deploy web api]]",
            "{api/a: {breaks: {token: [V1 -> V2]}}}",
            Reach.OUT_OF_REACH,
            "no hop at api/a is `using` what an earlier hop of its request obtained",
        ),
        (
            "[A: [deploy web api]]",
            "{web/get: {breaks: {token: [V1 -> V2]}}}",
            Reach.OUT_OF_REACH,
            "no hop at web/get is `using` what an earlier hop of its request obtained",
        ),
        (
            "[A: [deploy web], B: [start deploy api when all web at V1]]",
            "{api/a: {breaks: [V1 -> V2]}}",
            Reach.NOT_TAKEN,
            "no run brings the provider's V2, though an action of the file would",
        ),
    ],
)
def test_what_became_of_a_pair(pipeline: str, changes: str, reach: Reach, why: str) -> None:
    (cell,) = cells(pipeline, changes)
    assert (cell.reach, cell.why) == (reach, why)


def test_a_version_that_runs_no_hop_of_the_contract_does_not_know_it() -> None:
    text = PARTS.replace("web calls api: a", "web calls api: a since V2")
    answer = check(
        loads(
            f"{text}pipeline: [A: [deploy api], B: [deploy web]]\nchanges: {{api/a: {{breaks: [V1 -> V2]}}}}"
        )
    )
    ((cell,),) = (one.cells for one in answer.coverage)
    assert (cell.reach, cell.why) == (Reach.NOT_KNOWN, "V1 does not know it")


def test_one_pair_that_is_held_apart_is_enough_for_its_declaration() -> None:
    both = cells(
        "[A: [deploy api], B: [deploy web]]", "{api/a: {breaks: [V2 -> V1]}, db/t: {skew: {older: 0}}}"
    )
    assert {str(cell.contract): cell.reach for cell in both} == {
        "api/a": Reach.HELD_APART,
        "db/t": Reach.OUT_OF_REACH,
    }


def test_a_wildcard_is_idle_only_if_it_is_so_everywhere() -> None:
    pipeline = "[A: [deploy api], B: [deploy web]]"
    more = PARTS.replace("web writes c: p", "web writes c: p, client calls api: b")
    text = f"{more}pipeline: {pipeline}\nchanges: {{api/*: {{breaks: [V2 -> V1]}}}}"
    answer = check(loads(text))
    assert not answer.idle
    assert {str(c.contract): c.reach for one in answer.coverage for c in one.cells} == {
        "api/a": Reach.HELD_APART,
        "api/b": Reach.OUT_OF_REACH,
    }


def test_a_wildcard_whose_contracts_all_have_entries_of_their_own_is_idle() -> None:
    changes = "{api/*: {breaks: both}, api/a: {breaks: none}}"
    answer = check(loads(f"{PARTS}pipeline: [A: [deploy api web]]\nchanges: {changes}"))
    assert isinstance(answer.verdict, Unknown)
    assert [one.entry for one in answer.idle] == ["api/*"]


def test_a_hazard_elsewhere_leaves_the_verdict_unsafe() -> None:
    changes = "{api/a: {breaks: both}, db/t: {breaks: {schema: [V1 -> V2]}}}"
    answer = check(loads(f"{PARTS}pipeline: [A: [deploy api web]]\nchanges: {changes}"))
    assert answer.hazards
    assert [one.entry for one in answer.idle] == ["db/t"]


STALLED = """
components: {web: {kind: service}, api: {kind: service}}
requests: {get: [client calls web: get, web calls api: a]}
flags: {approved: {}}
PIPELINES
changes: {api/a: {breaks: [V2 -> V1]}}
"""
WAITS_FOR_EVER = "[A: [deploy api when approved.on], B: [deploy web], C: [enable approved]]"


@pytest.mark.parametrize(
    ("pipelines", "failures"),
    [
        (f"pipeline: {WAITS_FOR_EVER}", False),
        (f"pipeline: {WAITS_FOR_EVER}\nrollback: [Back: [rollback web api]]", True),
        (f"pipelines: {{one: {WAITS_FOR_EVER}, two: [T: [await approved]]}}", False),
    ],
    ids=["", "fails", "several"],
)
def test_what_lies_behind_a_stall_is_not_taken(pipelines: str, failures: bool) -> None:
    """The pipeline never comes to B, though a part without `api` and the flag would."""
    answer = check(loads(STALLED.replace("PIPELINES", pipelines)), failures=failures)
    (cell,) = (cell for one in answer.coverage for cell in one.cells)
    assert (cell.reach, cell.consumer_in) == (Reach.NOT_TAKEN, ())
