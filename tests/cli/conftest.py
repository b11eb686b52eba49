"""Pytest as users run it in their projects, in this process."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Pytester forgets afterwards what a run imported; the part of PyYAML that is in C is loaded once in a
# process, and would go on with classes that are forgotten.
import skewproof.model.language.document  # noqa: F401
from support.command import end_started


@pytest.fixture(autouse=True)
def _nothing_is_left_running() -> Iterator[None]:
    yield
    end_started()


RunPytest = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_pytest(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> RunPytest:
    """What pytest prints in a folder. Not for what is about the process: workers, what is imported."""

    def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(folder)
        done = pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)
        return subprocess.CompletedProcess(arguments, int(done.ret), done.stdout.str(), done.stderr.str())

    return run
