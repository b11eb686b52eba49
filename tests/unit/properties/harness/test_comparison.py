"""What the harness says when reality does, or does not, what the model predicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from skewproof.model.deployment import Aspect
from skewproof.properties.harness import Comparison, HarnessError, Outcome, Run, Trial, Wires, Wrong
from skewproof.properties.harness.tour import find_tour
from support.harness_samples import (
    DEPLOYMENT,
    RENAME,
    Made,
    Sample,
    Versioned,
    ask_back,
    asks_by_version,
    compared,
    old_column,
    read_row,
    said,
)


@pytest.fixture
def sample(tmp_path: Path) -> Made:
    return lambda **parts: Sample(tmp_path, **parts)


def test_what_works_in_every_mix_is_quiet(sample: Made) -> None:
    comparison = compared(sample())
    assert (comparison.seen, comparison.unpredicted) == ({}, [])
    assert comparison.is_complete
    assert comparison.toured > 20


# --- seen, not predicted ------------------------------------------------------------------------


def test_a_call_that_breaks_unpredicted_is_told_with_its_shortest_run(tmp_path: Path) -> None:
    harness = Versioned(tmp_path, front=asks_by_version)
    comparison = compared(harness)
    wrong = [wrong for wrong in comparison.unpredicted if "V2 does not understand V1" in str(wrong)]
    assert len(comparison.unpredicted) == 2
    assert str(wrong[0]).splitlines() == [
        "seen, not predicted, in `ask`:",
        "  1  request: client calls front V1: page",
        "  2  Install begins: migrate db",
        "  3  db/row: schema V1 → V2",
        "  4  Deploy begins: deploy back front",
        "  5  back: spawn V2 (1×V1 1×V2)",
        "  6  request: front V1 calls back V2: value",
        "  7  ✗ hop 2: ValueError: V2 does not understand V1",
        f"  repeat it: SKEWPROOF_RUN='{wrong[0].result.run}'",
    ]


def test_a_run_repeats_from_its_line(tmp_path: Path) -> None:
    harness = Versioned(tmp_path, front=asks_by_version)
    first = compared(harness).unpredicted[0].result
    with Trial(harness) as trial:
        again = Comparison(trial).run(Run.parse(str(first.run)))
    assert again == first


def test_a_run_that_does_not_fit_is_refused(sample: Made) -> None:
    with Trial(sample()) as trial, pytest.raises(HarnessError, match="there is no choice 99 here"):
        Comparison(trial).run(Run("ask", (99,)))


# --- predicted ----------------------------------------------------------------------------------


def test_what_is_predicted_and_happens_is_seen(tmp_path: Path) -> None:
    comparison = compared(
        Versioned(
            tmp_path, front=asks_by_version, changes_text="changes: {back/value: {breaks: {call: both}}}"
        )
    )
    assert {str(seen) for seen in comparison.seen.values()} == {
        "predicted and seen: ask, hop 2 `front calls back: value`, call V1 -> V2",
        "predicted and seen: ask, hop 2 `front calls back: value`, call V2 -> V1",
    }
    assert comparison.unpredicted == []


def test_what_is_predicted_and_does_not_happen_is_told(sample: Made) -> None:
    comparison = compared(sample(changes_text="changes: {back/value: {breaks: {call: [V1 -> V2]}}}"))
    assert [found.why for found in comparison.reachable_never_seen()] == ["it was met, and nothing failed"]


def test_what_no_run_can_meet_is_told_apart(sample: Made) -> None:
    comparison = compared(sample(changes_text="changes: {db/row: {breaks: {schema: [V2 -> V1]}}}"))
    assert comparison.reachable_never_seen() == []
    assert [found.why for found in comparison.never_seen()] == ["no run meets it"]


FRONT_FIRST = DEPLOYMENT.partition("pipeline:")[0] + (
    "pipeline:\n  - Front: [deploy front]\n  - Install: [migrate db]\n  - Back: [deploy back]\n"
)
"""Old `back` meets the new schema only in calls of new `front`."""


def test_what_lies_behind_a_failure_is_told_apart(tmp_path: Path) -> None:
    text = "changes: {back/value: {breaks: {call: both}}, db/row: {breaks: {schema: [V1 -> V2]}}}"
    comparison = compared(Versioned(tmp_path, front=asks_by_version, changes_text=text, text=FRONT_FIRST))
    never = {str(found.key[1]): found.why for found in comparison.never_seen()}
    assert never == {
        "call V1 -> V2": "no run meets it",
        "schema V1 -> V2": "what comes before it always fails first",
    }


def test_a_prediction_that_does_nothing_excuses_no_failure_behind_it(sample: Made) -> None:
    """Old code fails at the new schema; the file blames the call before it, which is innocent."""
    text = "changes: {back/value: {breaks: {call: both}}}"
    rename = "ALTER TABLE rows RENAME COLUMN id TO number"

    def by_version(version: str, wires: Wires) -> Any:
        column = "id" if version == "V1" else "number"
        return wires.connect("db").execute(f"SELECT {column} FROM rows").fetchone()[0]

    comparison = compared(sample(back=by_version, migration=rename, changes_text=text))
    assert comparison.unpredicted
    assert all("no such column: id" in text for text in said(comparison))


def test_what_fails_only_behind_an_innocent_prediction_is_unpredicted_all_the_same(sample: Made) -> None:
    """Here no run meets the new schema by old code but through a call that the file calls broken."""
    harness = sample(
        text=FRONT_FIRST,
        back=old_column,
        migration=RENAME,
        changes_text="changes: {back/value: {breaks: {call: both}}}",
    )
    comparison = compared(harness)
    assert any("no such column: id" in text for text in said(comparison))
    assert comparison.seen == {}


def test_a_meeting_is_predicted_to_break_by_the_pairs_that_it_is_and_by_no_other(sample: Made) -> None:
    text = """
changes:
  back/value: {breaks: {call: [V1 -> V2]}}
  db/row:     {breaks: {schema: [V1 -> V2]}}
  queue/news: {breaks: {content: [V2 -> V1]}}
  cache/note: {breaks: {content: [V1 -> V2]}}
"""
    broken = {
        ("ask", 2, Aspect.CALL): ("V1", "V2"),
        ("ask", 3, Aspect.SCHEMA): ("V1", "V2"),
        ("listen", 1, Aspect.CONTENT): ("V2", "V1"),
        ("listen", 2, Aspect.CONTENT): ("V1", "V2"),
    }
    with Trial(sample(changes_text=text)) as trial:
        courses = Comparison(trial).courses
    for course in courses.values():
        stops = find_tour(course).stops
        assert stops
        for stop in stops:
            met = stop.encounter
            sides = {Aspect.CALL: met.callee, Aspect.SCHEMA: met.schema, Aspect.CONTENT: met.found}
            expected = {
                aspect
                for aspect, other in sides.items()
                if broken.get((course.request.name, met.hop, aspect)) == (met.caller, other)
            }
            assert {pair.aspect for pair in stop.broken} == expected


# --- oracles ------------------------------------------------------------------------------------


def test_a_wrong_answer_is_corruption_at_the_last_hop_of_who_answered(sample: Made) -> None:
    def oracle(outcome: Outcome) -> str | None:
        return f"it is {outcome.response}" if outcome.request == "ask" and outcome.response != 7 else None

    def doubled(version: str, wires: Wires) -> Any:
        value = ask_back(version, wires)
        return value if version == "V1" else value // 10

    def tenfold(version: str, wires: Wires) -> Any:
        return read_row(version, wires) * (1 if version == "V1" else 10)

    comparison = compared(sample(front=doubled, back=tenfold, oracle=oracle))
    failures = [wrong.result.failure for wrong in comparison.unpredicted]
    assert {(f.hop, f.is_corruption, f.evidence) for f in failures if f} == {
        (2, True, "it is 70"),
        (2, True, "it is 0"),
    }


def test_an_oracle_can_name_the_hop_and_may_assert(sample: Made) -> None:
    def named(outcome: Outcome) -> Wrong | None:
        has_more = len(outcome.rows("db", "SELECT * FROM rows")[0]) > 1
        return Wrong("no", hop="back reads db: row") if outcome.request == "ask" and has_more else None

    with Trial(sample(oracle=named)) as trial:
        words = [failure.words for failure in trial.alone if failure.request == "ask"]
    assert words == ["no (at hop 3, `back reads db: row`)"]

    def asserts(outcome: Outcome) -> None:
        assert outcome.request != "ask", "never"

    with Trial(sample(oracle=asserts)) as trial:
        assert ["AssertionError: never" in str(failure) for failure in trial.alone] == [True, True]


def test_an_oracle_that_blames_no_hop_of_the_request_is_refused(sample: Made) -> None:
    with pytest.raises(HarnessError, match="blames `x`, which is no hop of `ask`"):
        Trial(sample(oracle=lambda _: Wrong("no", hop="x")))


# --- wrong harnesses ----------------------------------------------------------------------------


def test_all_parts_that_do_not_fit_are_told_at_once(sample: Made) -> None:
    harness = sample()
    parts = {**harness.parts(), "db": harness.parts()["front"], "more": harness.parts()["db"]}
    del parts["cache"]
    harness.parts = lambda: parts  # type: ignore[method-assign]
    with pytest.raises(HarnessError) as raised:
        Trial(harness)
    for words in (
        "`db` is a database and has a part Plain",
        "`cache` is a cache and has no part",
        "`more` is no",
    ):
        assert words in str(raised.value)
