"""What the harness says when reality does, or does not, what the model predicts."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from hypothesis import Phase, settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from skewproof.model.deployment import Aspect
from skewproof.properties.harness import (
    Asgi,
    Comparison,
    HarnessError,
    Outcome,
    Part,
    Run,
    Sqlite,
    Trial,
    Wires,
    Wrong,
    Wsgi,
    as_test_case,
    find_failures,
    learn,
)
from skewproof.properties.harness.runs import Rollout, drive
from skewproof.properties.harness.tour import tour
from support.harness_samples import DEPLOYMENT, Handler, Sample, ask_back, listen, read_row

Made = Callable[..., Sample]


@pytest.fixture
def sample(tmp_path: Path) -> Made:
    return lambda **parts: Sample(tmp_path, **parts)


def compared(harness: Sample) -> Comparison:
    with Trial(harness) as trial:
        assert trial.alone == ()
        comparison = Comparison(trial)
        comparison.tour()
        return comparison


def said(comparison: Comparison) -> list[str]:
    return [str(wrong) for wrong in comparison.unpredicted]


def when(version: str, handler: Handler, otherwise: Handler) -> Handler:
    """One handler in that version, another in others."""
    return lambda own, wires: (handler if own == version else otherwise)(own, wires)


def more(_: str, wires: Wires) -> Any:
    wires.connect("db").execute("SELECT more FROM rows").fetchone()
    return 7


def test_what_works_in_every_mix_is_quiet(sample: Made) -> None:
    comparison = compared(sample())
    assert (comparison.seen, comparison.unpredicted) == ({}, [])
    assert comparison.is_complete
    assert comparison.toured > 20


# --- seen, not predicted ------------------------------------------------------------------------


def asks_by_version(version: str, wires: Wires) -> Any:
    return wires.call("back", "value", version)


class Versioned(Sample):
    """A callee that understands only callers of its own version."""

    def start_back(self, version: str, wires: Wires) -> Any:
        def handle(subject: str, *arguments: Any) -> Any:
            if subject == "value" and arguments != (version,):
                raise ValueError(f"{version} does not understand {arguments[0]}")
            return self.back(version, wires) if subject == "value" else self.told(version, wires)

        return handle


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
        stops = tour(course).stops
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


# --- the real code against the declared hops ----------------------------------------------------


def test_a_hop_that_is_not_declared_is_told(sample: Made) -> None:
    def peeks(version: str, wires: Wires) -> Any:
        wires.cache("cache").get("note")
        return ask_back(version, wires)

    with Trial(sample(front=peeks)) as trial:
        texts = [str(failure) for failure in trial.alone]
    assert texts[0].startswith(
        "V1 alone does not serve `ask`: the code takes the hop `front reads cache: note`"
    )
    assert "declares `front calls back: value`" in texts[0]


def test_no_handler_can_keep_an_undeclared_hop_to_itself(sample: Made) -> None:
    def hides(version: str, wires: Wires) -> Any:
        try:
            wires.cache("cache").get("note")
        except Exception:
            return 7
        return ask_back(version, wires)

    with Trial(sample(front=hides)) as trial:
        assert {failure.request for failure in trial.alone} == {"ask"}


def test_only_in_a_mix_an_undeclared_hop_fails_the_comparison(sample: Made) -> None:
    def peeks(version: str, wires: Wires) -> Any:
        note = wires.call("back", "value", {})
        if wires.version == "V1" and note != 7:
            wires.cache("cache").get("note")
        return 7

    comparison = compared(sample(front=peeks, back=lambda v, w: read_row(v, w) + (v == "V2")))
    assert comparison.unpredicted
    assert all(wrong.result.undeclared for wrong in comparison.unpredicted)


def test_a_handler_may_end_early_and_repeat_a_hop(sample: Made) -> None:
    def twice(version: str, wires: Wires) -> Any:
        wires.call("back", "value", 1)
        return wires.call("back", "value", 2)

    assert compared(sample(front=twice, back=lambda *_: 7)).unpredicted == []


# --- the rollout on the real thing --------------------------------------------------------------


def test_content_is_real_bytes_of_the_version_that_wrote_it(sample: Made) -> None:
    found: set[tuple[str, bytes]] = set()

    def listens(version: str, wires: Wires) -> Any:
        found.add((version, listen(version, wires)))

    compared(sample(jobs=listens))
    for reader in ("V1", "V2"):
        assert {body for version, body in found if version == reader} >= {b"V1V1", b"V1V2", b"V2V1"}


def test_a_queue_that_a_configuration_does_not_have_fails_there(sample: Made) -> None:
    text = DEPLOYMENT.replace("[migrate db]", "[migrate db, reconfigure queue]")
    with Trial(sample(text=text, topics={"news": ("V1",)})) as trial:
        assert "no topic `news` in the configuration V2" in str(trial.alone)


def test_new_code_writes_the_old_form_while_its_flag_is_off(sample: Made) -> None:
    text = DEPLOYMENT + "  - Switch: [enable new]\nflags: {new: {guards: [cache/note]}}\n"
    with Trial(sample(text=text)) as trial:
        course = Comparison(trial).courses["tell"]
        for stop in tour(course).stops:
            if stop.encounter.hop != 2:
                continue
            with trial.world() as world:
                director = Rollout(course, trial, world, stop.run.choices)
                trial.run(world, course.request, director)
                is_on = world.flags["new"]
                bodies = {
                    form: [e.body for e in world.store.entries(course.request.hops[1].contract, form)]
                    for form in ("V1", "V2")
                }
            if stop.encounter.caller == "V2":
                assert bodies["V2" if is_on else "V1"] == [b"V2"]


def test_a_migration_that_a_transaction_holds_up_is_no_failure(sample: Made) -> None:
    text = DEPLOYMENT.replace("back reads db: row", "back writes db: row\n    - back reads db: row")

    def holds(_: str, wires: Wires) -> Any:
        connection = wires.connect("db")
        connection.execute("UPDATE rows SET id = 7")
        value = connection.execute("SELECT id FROM rows").fetchone()[0]
        connection.commit()
        return value

    with Trial(sample(text=text, back=holds)) as trial:
        comparison = Comparison(trial)
        course = comparison.courses["ask"]
        results = [drive(trial, course, stop.run) for stop in tour(course).stops]
    assert any(result.impossible for result in results)
    assert not any(result.is_bad for result in results)


def test_a_migration_that_fails_is_told(sample: Made) -> None:
    with pytest.raises(HarnessError, match="the migration of `db/row` to V2: OperationalError: near"):
        Trial(sample(migration="ALTER TABEL rows"))


def test_an_instance_that_does_not_start_is_a_failure_of_the_call(sample: Made) -> None:
    class Picky(Sample):
        def start_back(self, version: str, wires: Wires) -> Any:
            wires.connect("db").execute("SELECT id FROM rows" if version == "V1" else "SELECT more FROM rows")
            return super().start_back(version, wires)

    harness = sample()
    text = DEPLOYMENT.replace("[migrate db]", "[deploy back]").replace("[deploy back front]", "[migrate db]")
    comparison = compared(Picky(harness.folder, text=text))
    assert "back V2 does not start: OperationalError: no such column: more" in said(comparison)[0]


# --- web applications ---------------------------------------------------------------------------


class Web(Sample):
    """The front is Starlette, the back Flask; the back answers 503 to a caller of another version."""

    def parts(self) -> Mapping[str, Part]:
        front = Asgi(self.start_front, {"GET /page": "page"})
        return {**super().parts(), "front": front, "back": Wsgi(self.start_flask, {"POST /*": "value"})}

    def start_front(self, version: str, wires: Wires) -> Any:
        async def page(_: Request) -> JSONResponse:
            answer = wires.http("back").request("POST", "/value", json={"version": version})
            return JSONResponse({"status": answer.status})

        return Starlette(routes=[Route("/page", page)])

    def start_flask(self, version: str, wires: Wires) -> Any:
        app = Flask("back")

        @app.post("/value")
        def value() -> Any:
            if request.get_json() != {"version": version}:
                return "not my version\n", 503
            return {"value": read_row(version, wires)}

        return app

    def perform(self, request: str, root: Any) -> Any:
        return root.http("front").request("GET", "/page")


WEB = DEPLOYMENT.partition("  tell:")[0] + "pipeline:\n  - Deploy: [deploy back front]\n"


def test_a_status_of_a_server_error_is_a_failure_even_if_the_caller_copes(tmp_path: Path) -> None:
    comparison = compared(Web(tmp_path, text=WEB))
    failures = {wrong.result.failure for wrong in comparison.unpredicted}
    assert {(f.hop, f.evidence, f.is_corruption) for f in failures if f} == {
        (2, "HTTP 503: not my version", False)
    }


# --- hops of some versions only, the way back ---------------------------------------------------

SINCE = DEPLOYMENT.replace(
    "    - back reads db: row\n", "    - back reads db: row\n    - front reads cache: note since V2\n"
)


def since_v2(version: str, wires: Wires) -> Any:
    value = ask_back(version, wires)
    if version == "V2":
        wires.cache("cache").get("note")
    return value


def test_only_the_versions_that_take_a_hop_take_it(sample: Made) -> None:
    comparison = compared(sample(text=SINCE, front=since_v2))
    assert (comparison.seen, comparison.unpredicted) == ({}, [])
    course = comparison.courses["ask"]
    met = {(s.encounter.caller, s.encounter.found) for s in tour(course).stops if s.encounter.hop == 4}
    assert met == {("V2", "V1"), ("V2", "V2")}


def test_a_version_that_takes_a_hop_that_it_should_pass_over_is_told(sample: Made) -> None:
    def always(version: str, wires: Wires) -> Any:
        value = ask_back(version, wires)
        wires.cache("cache").get("note")
        return value

    with Trial(sample(text=SINCE, front=always)) as trial:
        assert {failure.version for failure in trial.alone if failure.request == "ask"} == {"V1"}


def test_a_component_that_only_new_code_calls_is_passed_over_with_its_hops(sample: Made) -> None:
    text = DEPLOYMENT.replace(
        "    - front calls back: value\n", "    - front calls back: value since V2\n"
    ).replace("    - back reads db: row\n", "    - back reads db: row\n    - front reads cache: note\n")

    def front(version: str, wires: Wires) -> Any:
        if version == "V2":
            ask_back(version, wires)
        return wires.cache("cache").get("note") is not None

    comparison = compared(sample(text=text, front=front))
    assert (comparison.seen, comparison.unpredicted) == ({}, [])
    with Trial(sample(text=text, front=front)) as trial:
        assert {
            (lesson.trait.hop, lesson.finding) for lesson in learn(trial) if lesson.trait.request == "ask"
        } == {
            (2, "works"),
            (3, "works"),
            (4, "works"),
        }


def test_a_schema_goes_back_as_the_harness_says(sample: Made) -> None:
    text = DEPLOYMENT.replace("pipeline:", "pipeline:\n  - Try: [migrate db, revert db]")
    harness = sample(text=text, back=old_column, migration=RENAME, changes_text=BOTH)
    with (
        Trial(harness) as trial,
        pytest.raises(HarnessError, match="goes back to V1, and `reverts` does not"),
    ):
        Comparison(trial).tour()
    part = harness.parts()["db"]
    assert isinstance(part, Sqlite)
    back = replace(part, reverts={"V1": {"row": "ALTER TABLE rows RENAME COLUMN number TO id"}})
    parts = {**harness.parts(), "db": back}
    harness.parts = lambda: parts  # type: ignore[method-assign]
    comparison = compared(harness)
    assert comparison.unpredicted == []
    assert comparison.seen


BOTH = "changes: {db/row: {breaks: {schema: both}}}"
RENAME = "ALTER TABLE rows RENAME COLUMN id TO number"


def old_column(version: str, wires: Wires) -> Any:
    return (
        wires.connect("db").execute(f"SELECT {'id' if version == 'V1' else 'number'} FROM rows").fetchone()[0]
    )


def test_what_cannot_be_driven_is_refused(sample: Made) -> None:
    text = DEPLOYMENT + "  - Switch: [enable new per instance]\nflags: {new: {guards: [cache/note]}}\n"
    with pytest.raises(HarnessError, match="`per instance` is not driven on the real thing yet"):
        Trial(sample(text=text))


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


def test_rows_that_keep_their_form_are_refused(sample: Made) -> None:
    with pytest.raises(HarnessError, match="`rows: kept` is not driven on the real thing yet: db/row"):
        Trial(sample(changes_text="changes: {db/row: {breaks: both, rows: kept}}"))


# --- test cases ---------------------------------------------------------------------------------


@pytest.fixture
def without_chance() -> Iterator[None]:
    """The same examples in every run of our tests, and no time spent on shrinking them."""
    before = settings.get_current_profile_name()
    quick = settings(derandomize=True, database=None, phases=[Phase.generate])
    settings.register_profile("without chance", quick)
    settings.load_profile("without chance")
    yield
    settings.load_profile(before)


def results(case: type[unittest.TestCase]) -> tuple[dict[str, str], int]:
    """What failed, with its text, and how many tests were skipped."""
    outcome = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(outcome)
    failed = [*outcome.failures, *outcome.errors]
    return {test.id().rpartition(".")[2]: text for test, text in failed}, len(outcome.skipped)


def fresh(made: Callable[[], Sample]) -> Any:
    """A class for `as_test_case`, whose instances are the sample."""
    return type("Fresh", (), {"__new__": lambda _: made()})


@pytest.mark.usefixtures("without_chance")
def test_a_test_case_fails_with_the_run_that_repeats_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = as_test_case(fresh(lambda: Versioned(tmp_path, front=asks_by_version)), max_examples=100)
    failed, _ = results(case)
    assert set(failed) >= {"test_everything_that_can_be_met", "test_random_interleavings"}
    text = failed["test_random_interleavings"]
    assert "does not understand" in text
    line = text.partition("SKEWPROOF_RUN='")[2].partition("'")[0]
    monkeypatch.setenv("SKEWPROOF_RUN", line)
    failed, skipped = results(case)
    assert set(failed) == {"test_the_run_that_is_repeated"}
    assert skipped == 4


def test_a_strict_test_case_fails_for_what_never_happens(tmp_path: Path) -> None:
    text = "changes: {back/value: {breaks: {call: [V1 -> V2]}}}"
    made = fresh(lambda: Sample(tmp_path, changes_text=text))
    assert results(as_test_case(made, max_examples=5)) == ({}, 0)
    failed, _ = results(as_test_case(made, is_strict=True, max_examples=5))
    assert "it was met, and nothing failed" in failed["test_everything_that_can_be_met"]


def test_a_test_case_says_first_that_a_version_fails_alone(tmp_path: Path) -> None:
    case = as_test_case(fresh(lambda: Sample(tmp_path, back=when("V1", more, read_row))), max_examples=5)
    failed, skipped = results(case)
    assert set(failed) == {"test_each_version_alone"}
    assert "V1 alone does not serve `ask`: OperationalError: no such column: more" in str(failed)
    assert skipped == 3


def test_the_smallest_runs_need_every_event_that_they_have(tmp_path: Path) -> None:
    with Trial(Versioned(tmp_path, front=asks_by_version)) as trial:
        found = find_failures(Comparison(trial), max_examples=150, seed=1)
    assert found
    assert all(len(result.story) <= 8 for result in found)
