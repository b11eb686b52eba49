"""A harness as a test case: what fails, and how it is repeated."""

from __future__ import annotations

import os
import re
import sys
import unittest
from collections.abc import Callable, Iterator
from math import inf
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

from skewproof.properties.harness import Comparison, Result, Run, Trial, Wires, as_test_case, find_failures
from skewproof.properties.harness.exploring import Effort, explore, find
from support.harness_samples import (
    DEPLOYMENT,
    RENAME,
    Made,
    Sample,
    Versioned,
    ask_back,
    asks_by_version,
    more,
    old_column,
    read_row,
    when,
)


@pytest.fixture
def sample(tmp_path: Path) -> Made:
    return lambda **parts: Sample(tmp_path, **parts)


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


class CrowdedError(RuntimeError):
    """Two of them are at it at once."""


class OneAtATime(Sample):
    """Its front serves nobody while it serves somebody, which one request alone never sees."""

    def __init__(self, tmp_path: Path, **more: Any) -> None:
        self.inside = 0
        super().__init__(tmp_path, front=self.serve, **more)

    def serve(self, version: str, wires: Wires) -> Any:
        if self.inside:
            raise CrowdedError(version)
        self.inside += 1
        try:
            return ask_back(version, wires)
        finally:
            self.inside -= 1


@pytest.mark.usefixtures("without_chance")
def test_a_play_that_fails_is_repeated_by_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = as_test_case(fresh(lambda: OneAtATime(tmp_path)), max_examples=100)
    failed, _ = results(case)
    assert set(failed) == {"test_several_requests_at_once"}
    told = failed["test_several_requests_at_once"].partition("seen, not predicted:")[2]
    monkeypatch.setenv("SKEWPROOF_RUN", told.partition("SKEWPROOF_RUN='")[2].partition("'")[0])
    failed, skipped = results(case)
    assert set(failed) == {"test_the_run_that_is_repeated"}
    assert failed["test_the_run_that_is_repeated"].partition("seen, not predicted:")[2] == told
    assert skipped == 4


@pytest.mark.parametrize(
    ("line", "words"),
    [("@0.999", "choice 2 is 999, and 4 things can come next"), ("@a", "and a play of several `@4.0.2`")],
)
def test_a_play_that_there_is_not_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, words: str
) -> None:
    monkeypatch.setenv("SKEWPROOF_RUN", line)
    failed, _ = results(as_test_case(fresh(lambda: Sample(tmp_path)), max_examples=5))
    assert words in failed["test_the_run_that_is_repeated"]


FRONT_FIRST = "  - Front: [deploy front]\n  - Install: [migrate db]\n  - Back: [deploy back]\n"


def test_what_explains_no_failure_explains_none_of_a_run_that_is_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that the file calls broken, and that does nothing, comes before the hop that fails."""
    text = DEPLOYMENT.replace("  - Install: [migrate db]\n  - Deploy: [deploy back front]\n", FRONT_FIRST)
    vain = "changes: {back/value: {breaks: {call: [V2 -> V1]}}}"

    def made() -> Sample:
        return Sample(tmp_path, back=old_column, migration=RENAME, text=text, changes_text=vain)

    def fails_after_it(result: Result) -> bool:
        return result.failure is not None and result.failure.hop == 3 and result.blamed != ()

    with Trial(made()) as trial:
        found = find(Comparison(trial), fails_after_it, max_examples=500, seed=1)
    assert found is not None
    monkeypatch.setenv("SKEWPROOF_RUN", str(found.run))
    failed, _ = results(as_test_case(fresh(made), max_examples=5))
    assert "no such column: id" in failed["test_the_run_that_is_repeated"]


def test_a_strict_test_case_fails_for_what_never_happens(tmp_path: Path) -> None:
    text = "changes: {back/value: {breaks: {call: [V1 -> V2]}}}"
    made = fresh(lambda: Sample(tmp_path, changes_text=text))
    assert results(as_test_case(made, max_examples=5)) == ({}, 0)
    failed, _ = results(as_test_case(made, is_strict=True, max_examples=5))
    assert "it was met, and nothing failed" in failed["test_everything_that_can_be_met"]


def test_a_tour_that_is_cut_short_is_no_success(tmp_path: Path) -> None:
    case = as_test_case(fresh(lambda: Sample(tmp_path)), max_examples=5, max_states=10)
    failed, _ = results(case)
    assert "the tour ends at 10 states; raise max_states" in failed["test_everything_that_can_be_met"]


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


def test_in_pytest_a_failure_is_what_happened_and_no_frame(pytester: pytest.Pytester, tmp_path: Path) -> None:
    pytester.makepyfile(
        test_mine=f"""
        from hypothesis import Phase, settings
        from pathlib import Path
        from skewproof.properties.harness import as_test_case
        from support.harness_samples import Versioned, asks_by_version

        settings.register_profile("quick", derandomize=True, database=None, phases=[Phase.generate])
        settings.load_profile("quick")

        class Mine(Versioned):
            def __init__(self):
                super().__init__(Path({str(tmp_path)!r}), front=asks_by_version)

        TestMine = as_test_case(Mine, max_examples=60)
        """
    )
    before = settings.get_current_profile_name()
    shown = pytester.runpytest_inprocess("-q", "-p", "no:skewproof")
    settings.load_profile(before)
    assert shown.parseoutcomes()["failed"] == 3
    text = shown.stdout.str()
    assert text.count("does not understand V1") >= 3
    assert "SKEWPROOF_RUN='" in text
    assert "Traceback" not in text
    assert re.search(r"\.py:\d", text) is None
    assert "TestMine::test_everything_that_can_be_met - Failed: seen" in text


CHANCE = """
from pathlib import Path
from hypothesis import settings
from skewproof.properties.harness import HarnessError, as_test_case
from support.harness_samples import RENAME, Sample, ask_back, old_column

settings.register_profile("told", print_blob=True, derandomize=False, database=None)
settings.load_profile("told")

calls = []

def ends_one_day(version, wires):
    calls.append(version)
    if len(calls) > 12:
        raise HarnessError("the machine has gone")
    return ask_back(version, wires)

def fails_now_and_then(version, wires):
    calls.append(version)
    if len(calls) % 17 == 16:
        raise ValueError("bad luck")
    return ask_back(version, wires)

def tested(name, **different):
    def begin(self):
        folder = Path({folder!r}) / name
        folder.mkdir()
        Sample.__init__(self, folder, **different)

    case = as_test_case(type(name, (Sample,), {{"__init__": begin}}), max_examples=500)
    case._tour_is_right = case._each_serves_alone  # so that chance has to find it
    return case

TestWrong = tested("wrong", back=old_column, migration=RENAME)
TestEnding = tested("ending", front=ends_one_day)
TestFitful = tested("fitful", front=fails_now_and_then)
"""


def test_in_pytest_hypothesis_says_nothing_of_its_own(pytester: pytest.Pytester, tmp_path: Path) -> None:
    """Its lines that repeat an example, or a seed, are for functions that a harness does not have."""
    pytester.makepyfile(test_mine=CHANCE.format(folder=str(tmp_path)))
    before = settings.get_current_profile_name()
    shown = pytester.runpytest_inprocess("-q", "-p", "no:skewproof", "-k", "random or several")
    settings.load_profile(before)
    assert shown.parseoutcomes()["failed"] == 6
    text = shown.stdout.str()
    for said in ("no such column", "the machine has gone", "it failed once, and did not when it was run"):
        assert text.count(said) >= 2
    for word in ("reproduce", "@seed", "Traceback", "Explanation", "Captured stdout", "hypothesis."):
        assert word not in text


# --- a budget -----------------------------------------------------------------------------------


def test_what_there_was_no_time_for_has_not_passed(tmp_path: Path) -> None:
    case = as_test_case(fresh(lambda: Sample(tmp_path)), max_examples=5, budget_s=0)
    outcome = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(outcome)
    told = {test.id().rpartition(".")[2]: words for test, words in outcome.skipped}
    assert set(told) == {
        "test_everything_that_can_be_met",
        "test_random_interleavings",
        "test_several_requests_at_once",
    }
    assert re.fullmatch(
        r"no time is left after 0 s: 0 of \d\d things that can be met were tried",
        told["test_everything_that_can_be_met"],
    )
    assert "0 of 5 random interleavings were tried" in told["test_random_interleavings"]
    assert "0 of 1 plays with several requests were tried" in told["test_several_requests_at_once"]
    assert (outcome.failures, outcome.errors) == ([], [])


def test_with_time_enough_nothing_is_skipped(tmp_path: Path) -> None:
    assert results(as_test_case(fresh(lambda: Sample(tmp_path)), max_examples=5, budget_s=600)) == ({}, 0)


def test_what_was_found_before_time_was_up_fails(tmp_path: Path) -> None:
    """A run that fails is told, though there is no time for another one."""
    clock = [0.0]

    class Late(Comparison):
        def run(self, run: Run) -> Result:
            result = super().run(run)
            clock.extend([inf] if self.is_unpredicted(result) else [])
            return result

    with Trial(Versioned(tmp_path, front=asks_by_version)) as trial:
        explored = explore(Late(trial), Effort(100, until=1.0, seed=1), now=lambda: clock[-1])
    assert clock[-1] == inf
    assert explored.wrong is not None


def test_a_prediction_for_which_there_was_no_time_is_told_so(tmp_path: Path) -> None:
    text = "changes: {back/value: {breaks: {call: [V1 -> V2]}}}"
    with Trial(Versioned(tmp_path, front=asks_by_version, changes_text=text)) as trial:
        comparison = Comparison(trial)
        comparison.tour(until=0)
        told = [str(one) for one in comparison.never_seen()]
    assert (comparison.toured, comparison.seen) == (0, {})
    assert comparison.untried > 0
    assert [one.rpartition(": ")[2] for one in told] == ["there was no time left to try it"]


BUDGETED = """
import pytest
from hypothesis import Phase, settings
from pathlib import Path
from skewproof.properties.harness import as_test_case
from support.harness_samples import Sample

settings.register_profile("quick", derandomize=True, database=None, phases=[Phase.generate])
settings.load_profile("quick")

class Mine(Sample):
    def __init__(self):
        super().__init__(Path({folder!r}))

{mark}
class TestMine(as_test_case(Mine, max_examples=5)):
    pass
"""


@pytest.mark.parametrize(
    ("mark", "options", "seconds"),
    [
        ("@pytest.mark.skewproof_budget(0)", [], "0"),
        ("", ["--skewproof-budget=0.001"], "0.001"),
        ("@pytest.mark.skewproof_budget(0)", ["--skewproof-budget=600"], "0"),
        ("@pytest.mark.skewproof_budget(600)", ["--skewproof-budget=0"], None),
    ],
)
def test_in_pytest_a_marker_and_an_option_give_a_budget(
    pytester: pytest.Pytester, tmp_path: Path, mark: str, options: list[str], seconds: str | None
) -> None:
    pytester.makepyfile(test_mine=BUDGETED.format(folder=str(tmp_path), mark=mark))
    before = settings.get_current_profile_name()
    shown = pytester.runpytest_inprocess("-q", *options)
    settings.load_profile(before)
    text = shown.stdout.str()
    if seconds is None:
        shown.assert_outcomes(passed=5)
        assert "not tried" not in text
        return
    shown.assert_outcomes(passed=2, skipped=3)
    assert "skewproof: not tried" in text
    assert f"TestMine::test_random_interleavings: no time is left after {seconds} s: 0 of 5 random" in text


def test_in_pytest_a_marker_without_seconds_is_told(pytester: pytest.Pytester, tmp_path: Path) -> None:
    mark = "@pytest.mark.skewproof_budget('soon')"
    pytester.makepyfile(test_mine=BUDGETED.format(folder=str(tmp_path), mark=mark))
    shown = pytester.runpytest_inprocess("-q")
    assert "the marker skewproof_budget takes seconds: skewproof_budget(60)" in shown.stderr.str()


# --- several worlds at once ---------------------------------------------------------------------

SHARED = """
from pathlib import Path
from skewproof.properties.harness import as_test_case
from support.harness_samples import Sample, Versioned, asks_by_version

class Mine({base}):
    def __init__(self):
        super().__init__(Path({folder!r}), {arguments})

TestMine = as_test_case(Mine, max_examples={examples})
"""


def run_shared(pytester: pytest.Pytester, folder: Path, base: str, arguments: str, *options: str) -> Any:
    named = {"base": base, "folder": str(folder), "arguments": arguments}
    pytester.makepyfile(test_mine=SHARED.format(**named, examples=40 if arguments else 4))
    return pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", *options)


def test_workers_that_share_the_runs_find_the_same(
    pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    arguments = "front=asks_by_version"
    alone = run_shared(pytester, tmp_path, "Versioned", arguments, "-k", "everything")
    shared = run_shared(pytester, tmp_path, "Versioned", arguments, "--skewproof-jobs=2")
    shared.assert_outcomes(failed=3, passed=2)
    told = re.findall(r"SKEWPROOF_RUN='[^']*'", alone.stdout.str())
    assert told
    assert set(told) <= set(re.findall(r"SKEWPROOF_RUN='[^']*'", shared.stdout.str()))
    assert "Traceback" not in shared.stdout.str()


def test_workers_that_find_nothing_pass(
    pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    run_shared(pytester, tmp_path, "Sample", "", "--skewproof-jobs=2").assert_outcomes(passed=5)
