"""The command line as a user types it: in this process, or in one of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from contextlib import chdir, nullcontext
from pathlib import Path
from unittest import mock

from click.testing import CliRunner

from skewproof.cli.program import run

ROOT = Path(__file__).parents[2]

PATIENCE_S = 300
"""So long a test waits for what takes a moment, on a machine that does much else."""
SKEWPROOF = shutil.which("skewproof", path=sysconfig.get_path("scripts"))


def skewproof(
    *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """What the command printed, and its exit status."""
    assert SKEWPROOF, "the console script is not installed"
    env = {**os.environ, "PYTHONIOENCODING": "utf-8", **environment}
    return subprocess.run(
        [SKEWPROOF, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=env,
        cwd=cwd,
        check=False,
    )


_STARTED: list[subprocess.Popen[str]] = []


def start(*arguments: str, cwd: Path | None = None) -> subprocess.Popen[str]:
    """The command in a process and a group of its own, which hears the signals that who started the tests had
    asked to ignore (`nohup`, `&` in a script). `end_started` kills it."""
    assert SKEWPROOF, "the console script is not installed"
    _STARTED.append(
        subprocess.Popen(
            [SKEWPROOF, *arguments],
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_heed_signals,
        )
    )
    return _STARTED[-1]


def end_started() -> None:
    """Kills what was started and still runs: a test that fails leaves nothing that eats the machine."""
    while _STARTED:
        process = _STARTED.pop()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_until(is_so: Callable[[], object], what: str) -> None:
    """Returns as soon as it is so; fails, in these words, where it is not in a long time."""
    end_s = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end_s, what
        time.sleep(0.01)


def seconds_of_work(pid: int) -> float:
    """What a process has spent of the processor; 0 for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _heed_signals() -> None:
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def invoke(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """As `skewproof`, in this process: the whole of the program, with streams that are no terminal.
    Not for what is about the process: signals, pipes, workers, memory, users' code, what is imported."""
    streams = CliRunner().isolation(env=environment)
    words = mock.patch.object(sys, "argv", ["skewproof", *arguments])
    with chdir(cwd) if cwd else nullcontext(), streams as (out, err, _), words:
        try:
            run()
        except SystemExit as left:
            status = left.code
        sys.stdout.flush()
        sys.stderr.flush()
        told = [stream.getvalue().decode().replace("\r\n", "\n") for stream in (out, err)]
    assert isinstance(status, int | None)
    return subprocess.CompletedProcess(arguments, status or 0, *told)
