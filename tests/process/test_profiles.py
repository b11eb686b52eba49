"""The profiles of our own property tests, and that a printed failure can be had again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FAILING = """
from hypothesis import given, reproduce_failure, strategies as st
from support.profiles import tried


@tried(200)
@given(st.integers())
def test_small(number: int) -> None:
    print("tried", number)
    assert number < 1000
"""


def run(folder: Path, test: str, profile: str) -> str:
    """What pytest says of the test, under our own conftest."""
    (folder / "conftest.py").write_text((TESTS / "conftest.py").read_text())
    (folder / "test_it.py").write_text(test)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TESTS), "HYPOTHESIS_PROFILE": profile},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("profile", ["laptop", "ci", "nightly"])
def test_a_failing_example_is_reproduced_from_the_printed_line(profile: str, tmp_path: Path) -> None:
    printed = re.search(r"@reproduce_failure\(.*\)", run(tmp_path, FAILING, profile))
    assert printed is not None
    again = run(tmp_path, FAILING.replace("@tried", f"{printed[0]}\n@tried"), profile)
    assert re.findall(r"^tried (\d+)$", again, re.M)[:1] == ["1000"], "at the first try"


def test_ci_tries_the_same_each_time(tmp_path: Path) -> None:
    """And a laptop does not."""
    noted = FAILING.replace("number < 1000", "True").replace('print("tried", number)', "note(number)")
    noted += "\n\ndef note(number):\n    with open('tried', 'a') as file:\n        print(number, file=file)\n"

    def numbers(profile: str, folder: str) -> list[str]:
        (tmp_path / folder).mkdir()
        run(tmp_path / folder, noted, profile)
        return (tmp_path / folder / "tried").read_text().splitlines()

    first = numbers("ci", "first")
    assert len(set(first)) > 100
    assert first == numbers("ci", "second")
    assert first != numbers("laptop", "third")


def test_a_profile_that_there_is_not_is_refused(tmp_path: Path) -> None:
    assert "there are laptop, ci, nightly" in run(tmp_path, FAILING, "Laptop")
