"""Deployment files under pytest, in projects of users."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from junitparser import JUnitXml

from support.projects import SAFE, STORY, UNSAFE, pytest_in, write
from support.shops import CORNER_SHOP

from .conftest import RunPytest


def outcomes(printed: str) -> dict[str, str]:
    """By its id, what became of each test (of `pytest -v`)."""
    return dict(re.findall(r"^(\S+::[^\n]*?) (PASSED|FAILED|SKIPPED)", printed, re.M))


def test_a_safe_release_passes(tmp_path: Path, run_pytest: RunPytest) -> None:
    done = run_pytest(write(tmp_path, skewproof__yaml=SAFE), "-v")
    assert done.returncode == 0, done.stdout
    assert outcomes(done.stdout) == {
        "skewproof.yaml::write report": "PASSED",
        "skewproof.yaml::browse": "PASSED",
        "skewproof.yaml::nightly report": "PASSED",
        "skewproof.yaml::everything else": "PASSED",
    }
    assert not (tmp_path / ".skewproof").exists()


def test_an_unsafe_one_fails_with_the_story_and_a_drawing_and_nothing_of_our_stack(
    tmp_path: Path, run_pytest: RunPytest
) -> None:
    done = run_pytest(write(tmp_path, skewproof__yaml=UNSAFE), "-v")
    assert done.returncode == 1
    assert [name for name, what in outcomes(done.stdout).items() if what == "FAILED"] == [
        "skewproof.yaml::write report"
    ]
    assert STORY in done.stdout
    assert "changed in skewproof.yaml:25, hop in skewproof.yaml:11" in done.stdout
    assert "FAILED skewproof.yaml::write report - stock V1 → db V2 (report, schema)" in done.stdout
    assert "Traceback" not in done.stdout
    assert ".py:" not in done.stdout
    (drawn,) = (tmp_path / ".skewproof").glob("*.svg")
    assert f"drawn: .skewproof/{drawn.name}" in done.stdout
    assert (tmp_path / ".skewproof" / ".gitignore").read_text() == "*\n"


def test_what_is_accepted_fails_no_test_and_is_told(tmp_path: Path) -> None:
    accepting = UNSAFE + "accept: [{request: write report, reason: the report is late}]\n"
    done = pytest_in(write(tmp_path, skewproof__yaml=accepting), "-rP")
    assert done.returncode == 0, done.stdout
    assert "accepted: 1 hazard, write report (report, schema): the report is late" in done.stdout
    narrow = accepting.replace("reason:", "in: (before), reason:")
    done = pytest_in(write(tmp_path, skewproof__yaml=narrow))
    assert done.returncode == 1


def test_drawings_go_where_they_are_wanted(tmp_path: Path, run_pytest: RunPytest) -> None:
    done = run_pytest(write(tmp_path, skewproof__yaml=UNSAFE), "--skewproof-drawings", "out/put")
    assert done.returncode == 1
    assert len(list((tmp_path / "out" / "put").glob("*.svg"))) == 1
    assert not (tmp_path / ".skewproof").exists()


def test_a_drawing_that_fails_hides_no_story(tmp_path: Path, run_pytest: RunPytest) -> None:
    done = run_pytest(write(tmp_path, skewproof__yaml=UNSAFE), "--skewproof-drawings", "skewproof.yaml/x")
    assert STORY in done.stdout
    assert "not drawn: cannot write" in done.stdout


def test_what_pytest_can_do_to_tests_it_can_do_to_these(tmp_path: Path, run_pytest: RunPytest) -> None:
    twice = UNSAFE.replace(
        "  browse:", "  write another:\n    - client calls stock: x\n    - stock writes db: report\n  browse:"
    )
    write(tmp_path, skewproof__yaml=twice, other__skew__yaml=SAFE)
    picked = run_pytest(tmp_path, "-v", "-k", "browse")
    assert set(outcomes(picked.stdout).values()) == {"PASSED"}
    assert len(outcomes(picked.stdout)) == 2
    first = run_pytest(tmp_path, "-v", "-x", "skewproof.yaml")
    assert len(outcomes(first.stdout)) == 1
    by_id = run_pytest(tmp_path, "-v", "skewproof.yaml::write another")
    assert outcomes(by_id.stdout) == {"skewproof.yaml::write another": "FAILED"}
    marked = run_pytest(tmp_path, "-v", "-m", "not skewproof_request")
    assert list(outcomes(marked.stdout)) == [
        "other.skew.yaml::everything else",
        "skewproof.yaml::everything else",
    ]
    spread = pytest_in(tmp_path, "-q", "-n", "2")
    assert "2 failed, 7 passed" in spread.stdout


def test_junit_output_has_the_story(tmp_path: Path, run_pytest: RunPytest) -> None:
    run_pytest(write(tmp_path, skewproof__yaml=UNSAFE), "--junitxml=junit.xml")
    (suite,) = JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    cases = {case.name: case for case in suite}
    assert sorted(cases) == ["browse", "everything else", "nightly report", "write report"]
    (failure,) = cases["write report"].result
    assert STORY in failure.text
    assert cases["browse"].result == []


def test_a_wrong_file_is_one_error_in_our_words(tmp_path: Path, run_pytest: RunPytest) -> None:
    write(tmp_path, bad__skew__yaml=SAFE.replace("web calls", "web cals"), skewproof__yaml=SAFE)
    done = run_pytest(tmp_path, "--continue-on-collection-errors")
    assert "1 error" in done.stdout
    assert "4 passed" in done.stdout
    assert "unknown verb `cals`; did you mean `calls`?" in done.stdout
    assert "bad.skew.yaml:" in done.stdout
    assert ".py:" not in done.stdout


def test_a_limit_or_nothing_to_judge_is_no_success(tmp_path: Path, run_pytest: RunPytest) -> None:
    done = run_pytest(write(tmp_path, skewproof__yaml=SAFE.split("changes")[0]), "-q")
    assert "4 failed" in done.stdout
    assert "no verdict: nothing was given to judge" in done.stdout
    assert "NAME.changes.yaml" in done.stdout


CHANGES = "changes: {db/report: {breaks: [V1 -> V2]}}\n"


@pytest.mark.parametrize(
    ("files", "arguments"),
    [
        ({"skewproof__yaml": SAFE, "skewproof__changes__yaml": CHANGES}, []),
        ({"shop__skew__yaml": SAFE, "shop__changes__yaml": CHANGES}, []),
        ({"skewproof__yaml": SAFE, "release__yaml": CHANGES}, ["--skewproof-changes", "release.yaml"]),
        ({"skewproof__yaml": SAFE, "release__yaml": CHANGES}, ["-o", "skewproof_changes=release.yaml"]),
    ],
    ids=["beside skewproof.yaml", "beside NAME.skew.yaml", "option", "ini"],
)
def test_where_the_changes_come_from(
    files: dict[str, str], arguments: list[str], tmp_path: Path, run_pytest: RunPytest
) -> None:
    done = run_pytest(write(tmp_path, **files), "-q", *arguments)
    assert "1 failed, 3 passed" in done.stdout, done.stdout
    assert STORY in done.stdout


def test_the_engine_can_be_named(tmp_path: Path, run_pytest: RunPytest) -> None:
    write(tmp_path, skewproof__yaml=SAFE)
    assert run_pytest(tmp_path, "--skewproof-engine", "reference").returncode == 0
    done = run_pytest(tmp_path, "--skewproof-engine", "steam")
    assert done.returncode == 2
    assert "no engine 'steam'; there are auto, " in done.stdout
    assert ".py:" not in done.stdout


TESTS = """
import pytest
from skewproof.properties import assert_no_hazardous_path, check

def test_the_default(deployment):
    assert check(deployment).hazards

@pytest.mark.skewproof("other.skew.yaml", changes="safe.yaml")
def test_another(deployment):
    assert deployment.system == "other"
    assert not check(deployment).hazards

def test_no_path(deployment):
    assert_no_hazardous_path(deployment)
"""


def test_the_fixture_gives_the_deployment_and_a_hunt_is_drawn(tmp_path: Path) -> None:
    write(tmp_path, test_it__py=TESTS, safe__yaml="changes: {db/report: {breaks: none}}")
    write(tmp_path, other__skew__yaml=UNSAFE.replace("Corner shop", "other"), skewproof__yaml=UNSAFE)
    done = pytest_in(tmp_path, "-q", "test_it.py")
    assert "3 passed" in done.stdout, done.stdout
    write(tmp_path, skewproof__yaml=CORNER_SHOP)
    done = pytest_in(tmp_path, "-q", "test_it.py", "-k", "no_path")
    assert "if this path exists: client calls web: page" in done.stdout
    (drawn,) = (tmp_path / ".skewproof").glob("*.svg")
    assert f"drawn: .skewproof/{drawn.name}" in done.stdout


def test_pytest_starts_no_later_where_there_is_no_deployment(tmp_path: Path) -> None:
    probe = """
import sys
def test_it():
    ours = {name for name in sys.modules if name.split(".")[0] == "skewproof"}
    assert ours == {"skewproof", "skewproof.pytest_plugin"}
"""
    done = pytest_in(write(tmp_path, test_it__py=probe), "-q", "-p", "no:hypothesispytest")
    assert done.returncode == 0, done.stdout


def test_a_property_is_a_test_and_a_stall_is_not_lost(tmp_path: Path, run_pytest: RunPytest) -> None:
    stated = SAFE + (
        "properties:\n  reports wait: always cron.suspended\n  shops are open: always web.up >= 1\n"
    )
    done = run_pytest(write(tmp_path, skewproof__yaml=stated), "-v", "-k", "property or else")
    assert outcomes(done.stdout) == {
        "skewproof.yaml::property reports wait": "FAILED",
        "skewproof.yaml::property shops are open": "PASSED",
        "skewproof.yaml::everything else": "PASSED",
    }
    assert "always cron.suspended" in done.stdout
    assert len(list((tmp_path / ".skewproof").glob("*.svg"))) == 1


def test_names_are_text_and_nothing_else(tmp_path: Path, run_pytest: RunPytest) -> None:
    hostile = UNSAFE.replace("  write report:", '  "../../[red] $(x) :: <b>":')
    done = run_pytest(write(tmp_path, skewproof__yaml=hostile), "-v", "--junitxml=junit.xml")
    assert done.returncode == 1
    assert "skewproof.yaml::../../[red] $(x) :: <b> FAILED" in done.stdout
    assert len(list((tmp_path / ".skewproof").glob("*.svg"))) == 1
    (suite,) = JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    assert any("[red] $(x) :: <b>" in case.name for case in suite), "pytest itself adds a bracket there"
