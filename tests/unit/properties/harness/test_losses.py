"""Nobody is up, or the instance goes with the request on it: what is said, and what real callers do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from skewproof.model.deployment import Aspect
from skewproof.properties.harness import Comparison, RemoteError, Wires
from skewproof.properties.harness.course import BrokenPair
from skewproof.properties.lookups.lookup import HazardKind
from support.harness_samples import DEPLOYMENT, Sample, ask_back, compared

ABSENT = DEPLOYMENT.replace("back:  {kind: service}", "back: {kind: service, strategy: recreate}")
ABRUPT = DEPLOYMENT.replace("back:  {kind: service}", "back: {kind: service, drain: abrupt}")
OUTER = DEPLOYMENT.replace("front: {kind: service}", "front: {kind: service, drain: abrupt}")


def seen(comparison: Comparison, kind: HazardKind) -> set[tuple[str, int]]:
    return {(request, pair.hop) for request, pair in comparison.seen if pair.kind is kind}


def refuted(comparison: Comparison, kind: HazardKind) -> set[tuple[str, int]]:
    return {(request, pair.hop) for request, pair in comparison.refuted if pair.kind is kind}


def falls_back(_: str, wires: Wires) -> Any:
    try:
        return wires.call("back", "value", {"id": 1})
    except RemoteError:
        return 0


def insists(_: str, wires: Wires) -> Any:
    while True:
        try:
            return wires.call("back", "value", {"id": 1})
        except RemoteError:
            continue


@pytest.mark.parametrize(
    ("text", "kind"), [(ABSENT, HazardKind.UNAVAILABLE), (ABRUPT, HazardKind.INTERRUPTED)], ids=str
)
def test_a_caller_that_fails_of_it_shows_it(tmp_path: Path, text: str, kind: HazardKind) -> None:
    comparison = compared(Sample(tmp_path, text=text, front=ask_back))
    assert comparison.unpredicted == []
    assert seen(comparison, kind) == {("ask", 2), ("tell", 1)}
    assert refuted(comparison, kind) == set()


@pytest.mark.parametrize(
    ("text", "kind"), [(ABSENT, HazardKind.UNAVAILABLE), (ABRUPT, HazardKind.INTERRUPTED)], ids=str
)
def test_a_caller_that_copes_with_it_is_told(tmp_path: Path, text: str, kind: HazardKind) -> None:
    comparison = compared(Sample(tmp_path, text=text, front=falls_back))
    assert comparison.unpredicted == []
    assert seen(comparison, kind) == {("tell", 1)}
    assert refuted(comparison, kind) == {("ask", 2)}
    told = [str(found) for found in comparison.never_seen()]
    assert (
        f"predicted, never seen: ask, hop 2 `front calls back: value`, {kind}: it was met, and nothing failed"
        in told
    )
    assert comparison.reachable_never_seen() == []  # no pair: being ready for it is no fault of the file


@pytest.mark.parametrize("text", [ABSENT, ABRUPT], ids=["nobody is up", "the instance goes"])
def test_of_a_caller_that_asks_again_and_again_nothing_is_concluded(tmp_path: Path, text: str) -> None:
    comparison = compared(Sample(tmp_path, text=text, front=insists))
    assert comparison.unpredicted == []
    for found in (comparison.seen, comparison.refuted):
        assert not [
            pair for request, pair in found if request == "ask" and pair.kind is not HazardKind.INCOMPATIBLE
        ]


def test_where_the_outer_of_two_goes_the_client_has_no_answer(tmp_path: Path) -> None:
    comparison = compared(Sample(tmp_path, text=OUTER, front=falls_back))
    assert comparison.unpredicted == []
    assert seen(comparison, HazardKind.INTERRUPTED) == {("ask", 1)}
    (found,) = [one for key, one in comparison.seen.items() if key[1].kind is HazardKind.INTERRUPTED]
    assert found.result.story[-1] == "✗ hop 1: the instance of `front` was taken away"


def test_a_worker_that_goes_has_not_done_its_job(tmp_path: Path) -> None:
    text = DEPLOYMENT.replace("jobs:  {kind: worker}", "jobs: {kind: worker, drain: abrupt}")
    comparison = compared(Sample(tmp_path, text=text))
    assert comparison.unpredicted == []
    assert seen(comparison, HazardKind.INTERRUPTED) == {("listen", 1)}


def test_where_somebody_is_always_up_nothing_is_met(tmp_path: Path) -> None:
    comparison = compared(Sample(tmp_path))
    assert (comparison.seen, comparison.refuted) == ({}, set())


def reads_or_fails(version: str, wires: Wires) -> Any:
    columns = [row[1] for row in wires.connect("db").execute("PRAGMA table_info(rows)")]
    if version == "V1" and "more" in columns:
        raise ValueError("V1 does not know this table")
    return wires.connect("db").execute("SELECT id FROM rows").fetchone()[0]


def test_what_fails_beside_it_is_not_explained_by_it(tmp_path: Path) -> None:
    comparison = compared(Sample(tmp_path, text=ABSENT, back=reads_or_fails))
    (wrong,) = comparison.unpredicted
    assert "V1 does not know this table" in str(wrong)
    assert seen(comparison, HazardKind.UNAVAILABLE) == {("ask", 2), ("tell", 1)}


def test_pairs_are_told_as_before() -> None:
    assert str(BrokenPair(2, Aspect.CALL, "V1", "V2")) == "call V1 -> V2"
    assert str(BrokenPair(2, None, "V1", None, HazardKind.UNAVAILABLE)) == "unavailable"
