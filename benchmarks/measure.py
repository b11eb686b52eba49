"""One process, measured: wall time, peak memory, and how it ended."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

GIB = 2**30
MOST_MEMORY = 8 * GIB


@dataclass(frozen=True, slots=True)
class Run:
    """`status` is the exit status, None where the limit ended it; memory is that of this process alone."""

    seconds: float
    peak_mib: float
    status: int | None
    output: str


def run(command: list[str], limit_s: float, folder: Path | None = None) -> Run:
    """The process, ended after `limit_s` seconds, or where it asks for more than 8 GiB."""
    with tempfile.TemporaryFile() as told:
        begin_s = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdout=told, stderr=subprocess.STDOUT, preexec_fn=_limit_memory
        )
        clock = threading.Timer(limit_s, process.kill)
        clock.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin_s
        clock.cancel()
        told.seek(0)
        output = told.read().decode(errors="replace")
    code = os.waitstatus_to_exitcode(status)
    return Run(seconds, usage.ru_maxrss / 1024, code if code >= 0 else None, output)


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
