"""A harness that is killed, and one whose disk is full, leaves nothing running and nothing lying about."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import psutil
import pytest

from support.command import PATIENCE_S
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
            print(trial.site.ward.token, trial.site.ward.folder, world.folder.parent, flush=True)
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
        token, *folders = harness.stdout.readline().split()
        assert len(folders) == 2
        names = {process.name() for process in list_marked(token)}
        assert {"node", "postgres", "sleep"} <= names
        assert any(name.startswith("python") for name in names)
        harness.send_signal(number)
        harness.wait()
        end = time.monotonic() + PATIENCE_S
        while (list_marked(token) or any(Path(f).exists() for f in folders)) and time.monotonic() < end:
            time.sleep(0.1)
        assert list_marked(token) == []
        assert not any(Path(folder).exists() for folder in folders)


TITLED = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from skewproof.properties.harness.services.spawning import Ward, is_listening, reserve_port

ward = Ward(Path({folder!r}))
with reserve_port() as port:
    redis = ward.spawn("redis", ["redis-server", "--port", str(port), "--save", "60 1"], folder=ward.folder)
    redis.wait_until(lambda: is_listening(port), 30, "it does not listen")
print(redis.pid, flush=True)
input()
"""


def test_who_writes_a_title_over_its_environment_is_ended_too(tmp_path: Path) -> None:
    """Redis does; it also refuses to end where it cannot save."""
    script = TITLED.format(path=[p for p in sys.path if p], folder=str(tmp_path / "own"))
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as harness:
        assert harness.stdout is not None
        pid = int(harness.stdout.readline())
        assert "SKEWPROOF_HARNESS" not in psutil.Process(pid).environ()
        harness.kill()
        harness.wait()
        end = time.monotonic() + PATIENCE_S
        while psutil.pid_exists(pid) and time.monotonic() < end:
            time.sleep(0.1)
        assert not psutil.pid_exists(pid)
