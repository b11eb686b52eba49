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

import pytest

from support.command import ROOT, SKEWPROOF, skewproof

FILES = 4


@dataclass(frozen=True)
class Cluster:
    """`pid` is that of the process of the scheduler, whose children are the workers."""

    pid: int
    address: str


@contextmanager
def cluster(workers: int = 2) -> Iterator[Cluster]:
    command = [sys.executable, str(ROOT / "tests" / "support" / "dask_cluster.py"), str(workers)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Cluster(process.pid, process.stdout.readline().strip())
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
    assert SKEWPROOF
    command = [SKEWPROOF, *asked(fleet), "--cluster", on.address]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def asked(fleet: Path) -> list[str]:
    return ["check", str(fleet), "--engine", "reference", "--format", "json"]


def workers_of(on: Cluster) -> list[int]:
    threads = Path(f"/proc/{on.pid}/task").glob("*/children")  # not all are begun by the first one
    listed = [pid for thread in threads for pid in thread.read_text().split()]
    return [pid for pid in map(int, listed) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def seconds_of_work(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def a_worker_at_work(on: Cluster, process: subprocess.Popen[str]) -> int:
    """A worker that has computed since now for longer than it takes to import skewproof."""
    idle = {pid: seconds_of_work(pid) for pid in workers_of(on)}
    for _ in range(1200):
        assert process.poll() is None, process.communicate()
        busy = [pid for pid, before_s in idle.items() if seconds_of_work(pid) > before_s + 1.0]
        if busy:
            return busy[0]
        time.sleep(0.05)
    raise AssertionError("no worker worked")


def test_a_scheduler_that_is_killed_costs_time_and_no_verdict(fleet: Path, told_alone: str) -> None:
    with cluster() as lost:
        process = begin(fleet, lost)
        a_worker_at_work(lost, process)
        for pid in (lost.pid, *workers_of(lost)):
            os.kill(pid, signal.SIGKILL)
        output, errors = process.communicate(timeout=300)
    assert "a worker was lost" in errors
    assert "Traceback" not in errors
    assert (process.returncode, output) == (1, told_alone)


def test_a_worker_that_is_killed_costs_time_and_no_verdict(fleet: Path, told_alone: str) -> None:
    with cluster() as smaller:
        process = begin(fleet, smaller)
        os.kill(a_worker_at_work(smaller, process), signal.SIGKILL)
        output, errors = process.communicate(timeout=300)
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
            output, errors = process.communicate(timeout=300)
            late.terminate()
    assert (process.returncode, output, errors) == (1, told_alone, "")
