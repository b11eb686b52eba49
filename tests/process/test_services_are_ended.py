"""A harness that is killed, and one whose disk is full, leaves nothing running and nothing lying about."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

from support.services import list_marked

SCRIPT = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from support.services import Services
from skewproof.properties.harness import HarnessError, Trial

try:
    with Trial(Services(Path({folder!r}), "", habit={habit!r})) as trial:
        with trial.world() as world:
            world.spawn([("front", "V1"), ("back", "V1")])
            print(trial.site.ward.token, trial.site.ward.folder, flush=True)
            input()
except HarnessError as error:
    print(error, flush=True)
"""


def start(folder: Path, habit: str = "", **env: str) -> subprocess.Popen[str]:
    script = dedent(SCRIPT).format(path=[p for p in sys.path if p], folder=str(folder), habit=habit)
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_harness_that_is_killed_takes_everything_with_it(tmp_path: Path, number: signal.Signals) -> None:
    with start(tmp_path, "has a daemon") as harness:
        assert harness.stdout is not None
        token, folder = harness.stdout.readline().split()
        names = {process.name() for process in list_marked(token)}
        assert {"node", "postgres", "sleep"} <= names
        assert any(name.startswith("python") for name in names)
        harness.send_signal(number)
        harness.wait()
        end = time.monotonic() + 30
        while (list_marked(token) or Path(folder).exists()) and time.monotonic() < end:
            time.sleep(0.1)
        assert list_marked(token) == []
        assert not Path(folder).exists()
