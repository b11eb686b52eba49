"""The command line as a user types it: in this process, or in one of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from contextlib import chdir, nullcontext
from pathlib import Path
from unittest import mock

from click.testing import CliRunner

from skewproof.cli.program import run

ROOT = Path(__file__).parents[2]
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
