"""A Dask cluster that loses its scheduler or a worker, or gets its first worker late: the same verdicts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from support.command import PATIENCE_S, ROOT, seconds_of_work, skewproof, start, wait_until

FILES = 4


@dataclass(frozen=True)
class Cluster:
    """`pid` is that of the process of the scheduler, whose children are the workers. It says a line for each
    job that comes."""

    pid: int
    address: str
    said: IO[str]

    def wait_for_a_job(self) -> None:
        assert self.said.readline() == "a job\n"


@contextmanager
def cluster(workers: int = 2) -> Iterator[Cluster]:
    command = [sys.executable, str(ROOT / "tests" / "support" / "dask_cluster.py"), str(workers)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Cluster(process.pid, process.stdout.readline().strip(), process.stdout)
        process.stdin.close()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of a second or more each, as the reference engine judges them."""
    folder = tmp_path_factory.mktemp("fleet")
    names = [f"s{n}" for n in range(5)]
    calls = ", ".join(f"{a} calls {b}: x" for a, b in zip(["client", *names], names, strict=False))
    for number, breaks in zip(range(FILES), ["none", "both"] * FILES, strict=False):
        (folder / f"{number}.skew.yaml").write_text(
            f"components: {{{', '.join(f'{name}: {{kind: service, replicas: 2}}' for name in names)}}}\n"
            f"requests: {{walk: [{calls}]}}\npipeline: [Roll: [deploy {' '.join(names)}]]\n"
            f"changes: {{s2/x: {{breaks: {breaks}}}}}\n"
        )
    return folder


@pytest.fixture(scope="module")
def told_alone(fleet: Path) -> str:
    """What one process tells of it."""
    return skewproof(*asked(fleet)).stdout


def begin(fleet: Path, on: Cluster) -> subprocess.Popen[str]:
    return start(*asked(fleet), "--cluster", on.address)


def asked(fleet: Path) -> list[str]:
    return ["check", str(fleet), "--engine", "reference", "--format", "json"]


def workers_of(on: Cluster) -> list[int]:
    threads = Path(f"/proc/{on.pid}/task").glob("*/children")  # not all are begun by the first one
    listed = [pid for thread in threads for pid in thread.read_text().split()]
    return [pid for pid in map(int, listed) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@contextmanager
def a_worker_at_work(fleet: Path, on: Cluster) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A worker that has computed for longer than it takes to import skewproof, and the command, which has
    given all its jobs away and is held: it takes no result while this lasts, however late we look."""
    idle = {pid: seconds_of_work(pid) for pid in workers_of(on)}
    process = begin(fleet, on)
    for _ in range(FILES):
        on.wait_for_a_job()
    process.send_signal(signal.SIGSTOP)
    busy: list[int] = []

    def look() -> list[int]:
        busy[:] = [pid for pid, before_s in idle.items() if seconds_of_work(pid) > before_s + 1.0]
        return busy

    wait_until(look, "no worker worked")
    yield busy[0], process
    process.send_signal(signal.SIGCONT)


def test_a_scheduler_that_is_killed_costs_time_and_no_verdict(fleet: Path, told_alone: str) -> None:
    with cluster() as lost:
        with a_worker_at_work(fleet, lost) as (_, process):
            for pid in (lost.pid, *workers_of(lost)):
                os.kill(pid, signal.SIGKILL)
        output, errors = process.communicate(timeout=PATIENCE_S)
    assert "a worker was lost" in errors
    assert "Traceback" not in errors
    assert (process.returncode, output) == (1, told_alone)


def test_a_worker_that_is_killed_costs_time_and_no_verdict(fleet: Path, told_alone: str) -> None:
    with cluster() as smaller:
        with a_worker_at_work(fleet, smaller) as (worker, process):
            os.kill(worker, signal.SIGKILL)
        output, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, output) == (1, told_alone)
    assert "Traceback" not in errors


def test_a_worker_that_joins_late_is_given_the_jobs(fleet: Path, told_alone: str) -> None:
    with cluster(workers=0) as empty:
        process = begin(fleet, empty)
        time.sleep(3)
        assert process.poll() is None, "nobody is there to do it"
        join = [sys.executable, "-m", "distributed.cli.dask_worker", empty.address, "--nthreads", "1"]
        with subprocess.Popen(
            [*join, "--no-nanny", "--no-dashboard"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as late:
            output, errors = process.communicate(timeout=PATIENCE_S)
            late.terminate()
    assert (process.returncode, output, errors) == (1, told_alone, "")
