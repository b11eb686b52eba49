"""One process, measured: the time of the processor, peak memory, and how it ended.

Not the time on the wall: on a machine that others use as well it measures them. What is measured
here has one thread, and waits for nothing.
"""

from __future__ import annotations

import math
import os
import resource
import subprocess
import tempfile
from dataclasses import dataclass
from functools import partial
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
    """The process, ended after `limit_s` seconds of the processor, or where it asks for more than 8 GiB."""
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(
            command, cwd=folder, stdout=told, stderr=subprocess.STDOUT, preexec_fn=partial(_limit, limit_s)
        )
        _, status, usage = os.wait4(process.pid, 0)
        told.seek(0)
        output = told.read().decode(errors="replace")
    code = os.waitstatus_to_exitcode(status)
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, code if code >= 0 else None, output)


def _limit(limit_s: float) -> None:
    most_s = math.ceil(limit_s)
    resource.setrlimit(resource.RLIMIT_CPU, (most_s, most_s))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
