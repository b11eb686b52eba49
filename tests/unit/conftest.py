"""A unit test starts no process: what does belongs in `tests/process` or `tests/cli`."""

from __future__ import annotations

import gc
import subprocess

import pytest


@pytest.fixture(autouse=True)
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a unit test starts a process; see tests/README.md for where it belongs")

    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)


@pytest.fixture(autouse=True, scope="module")
def keep() -> None:
    """What modules before left is not looked through each time that an engine frees what it held."""
    gc.freeze()
