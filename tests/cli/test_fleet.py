"""A folder of deployments: the same verdicts by one process, by many, by a cluster, and when workers die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from support.command import ROOT, SKEWPROOF, skewproof

SAFE, UNSAFE, UNJUDGED = "{breaks: none}", "{breaks: [V2 -> V1]}", None
ENUMERATE = ("--engine", "reference")


def chain(services: int, middle: str | None, replicas: int = 1) -> str:
    """A call chain whose services all roll out at once; the contract in the middle changes."""
    names = [f"s{n}" for n in range(services)]
    calls = "".join(f"    - {a} calls {b}: x\n" for a, b in zip(["client", *names], names, strict=False))
    changes = f"changes: {{s{services // 2}/x: {middle}}}\n" if middle is not None else ""
    return (
        "components:\n"
        + "".join(f"  {name}: {{kind: service, replicas: {replicas}}}\n" for name in names)
        + f"requests:\n  walk:\n{calls}pipeline: [Roll: [deploy {' '.join(names)}]]\n{changes}"
    )


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    files = {
        "b/skewproof.yaml": chain(2, UNSAFE),
        "a/one.skew.yaml": chain(2, SAFE),
        "a/deeper/two.skew.yaml": chain(3, UNSAFE),
        "a/other.yaml": "not: a deployment\n",
        "skewproof.yaml": chain(2, UNJUDGED),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def verdicts(output: str) -> list[tuple[str, int, str | None]]:
    return [
        (file["file"], file["status"], file["answer"] and file["answer"]["verdict"])
        for file in json.loads(output)
    ]


def test_every_deployment_below_a_folder_is_checked(fleet: Path) -> None:
    done = skewproof("check", str(fleet))
    rows = [line.split()[1:3] for line in done.stdout.splitlines() if str(fleet) in line]
    assert rows == [
        ["UNSAFE", str(fleet / "a/deeper/two.skew.yaml")],
        ["SAFE", str(fleet / "a/one.skew.yaml")],
        ["UNSAFE", str(fleet / "b/skewproof.yaml")],
        ["UNKNOWN", str(fleet / "skewproof.yaml")],
    ]
    assert done.stdout.splitlines()[-1] == "4 files: 1 safe, 2 unsafe, 1 unknown; exit status 1"
    assert (done.returncode, done.stderr) == (1, "")


def test_a_list_in_json_has_each_answer_whole(fleet: Path) -> None:
    schema = json.loads((ROOT / "docs" / "verdict.schema.json").read_text())
    told: list[dict[str, Any]] = json.loads(skewproof("check", str(fleet), "--format", "json").stdout)
    assert [file["status"] for file in told] == [1, 0, 1, 3]
    for file in told:
        jsonschema.validate(file["answer"], schema)
        alone = skewproof("check", file["file"], "--format", "json")
        assert (json.loads(alone.stdout), alone.returncode) == (file["answer"], file["status"])


def test_what_is_asked_of_one_file_is_asked_of_each(tmp_path: Path) -> None:
    """A failed deploy stays half-way, where new and old meet for good."""
    file = tmp_path / "skewproof.yaml"
    file.write_text(chain(2, "{breaks: [V2 -> V1]}").replace("deploy s0 s1", "deploy s1, deploy s0"))
    alone = [skewproof("check", str(file), "--format", "json", *more) for more in ([], ["--failures"])]
    fleet = [skewproof("check", str(tmp_path), "--format", "json", *m) for m in ([], ["--failures"])]
    assert [json.loads(done.stdout)[0]["answer"] for done in fleet] == [json.loads(a.stdout) for a in alone]
    assert alone[0].stdout != alone[1].stdout


def test_the_worst_status_counts_and_a_wrong_file_hides_no_other(fleet: Path) -> None:
    (fleet / "b/wrong.skew.yaml").write_text("components: {a: {kind: servcie}}\n")
    done = skewproof("check", str(fleet))
    assert done.returncode == 2
    assert "! WRONG" in done.stdout
    assert "2 unsafe" in done.stdout
    assert "did you mean `service`?" in done.stderr
    assert "Traceback" not in done.stderr
    only_safe = skewproof("check", str(fleet / "a" / "one.skew.yaml"))
    assert only_safe.returncode == 0
    (fleet / "a/deeper/two.skew.yaml").unlink()
    assert skewproof("check", str(fleet / "a")).returncode == 0


def test_a_machine_of_its_own_is_no_matter_of_a_folder() -> None:
    """Two files may name modules that are called alike."""
    done = skewproof("check", str(ROOT / "examples" / "failover"), "--allow-code")
    assert (done.returncode, done.stdout) == (2, "")
    assert "one by one" in done.stderr
    told = skewproof("check", str(ROOT / "examples" / "failover"))
    assert told.returncode == 2
    assert "WRONG" in told.stdout
    assert "--allow-code" in told.stderr


def test_a_folder_without_deployments_is_wrong_usage(tmp_path: Path) -> None:
    done = skewproof("check", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "skewproof.yaml" in done.stderr


def test_time_is_for_the_whole_run(fleet: Path) -> None:
    done = skewproof("check", str(fleet / "a"), "--timeout", "0.0001", "--format", "json")
    assert [verdict for *_, verdict in verdicts(done.stdout)] == ["unknown", "unknown"]
    assert done.returncode == 3


def test_many_processes_tell_what_one_tells(fleet: Path) -> None:
    alone = skewproof("check", str(fleet), "--format", "json")
    shared = skewproof("check", str(fleet), "--format", "json", "--jobs", "2")
    assert (shared.stdout, shared.returncode) == (alone.stdout, alone.returncode)
    assert shared.stderr == ""


SCCOS = ["check", str(ROOT / "examples" / "sccos" / "deployment.yaml"), "--pessimistic", *ENUMERATE]


def test_the_requests_of_one_file_are_shared() -> None:
    alone = skewproof(*SCCOS, "--format", "json")
    shared = skewproof(*SCCOS, "--format", "json", "--jobs", "2")
    assert (shared.stdout, shared.returncode, shared.stderr) == (alone.stdout, 1, "")


def test_a_limit_that_a_worker_hits_is_named() -> None:
    """The deployment alone fits under it; with the longest request it does not."""
    done = skewproof(*SCCOS, "--max-states", "10000", "--jobs", "2")
    assert done.returncode == 3, done.stderr
    assert "more than 10,000 states (--max-states)" in " ".join(done.stdout.split())


# Workers that die


@pytest.fixture
def long_fleet(tmp_path: Path) -> Path:
    """Four files of some seconds each, enumerated."""
    for number, middle in enumerate([SAFE, UNSAFE, SAFE, UNSAFE]):
        (tmp_path / f"{number}.skew.yaml").write_text(chain(5, middle, replicas=2))
    return tmp_path


def children(pid: int) -> list[int]:
    """The worker processes: the children that compute, not the one that tracks resources."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [child for child in map(int, listed) if b"spawn_main" in _command(child)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _seconds_of_work(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def a_worker_at_work(process: subprocess.Popen[str]) -> int:
    """A worker in the middle of a job: it has computed for longer than imports take."""
    for _ in range(600):
        assert process.poll() is None, "it was over before a worker could be killed"
        busy = [child for child in children(process.pid) if _seconds_of_work(child) > 1.0]
        if busy:
            return busy[0]
        time.sleep(0.1)
    raise AssertionError("no worker worked")


def begin(folder: Path, *more: str) -> subprocess.Popen[str]:
    assert SKEWPROOF
    command = [SKEWPROOF, "check", str(folder), *ENUMERATE, "--format", "json", "--jobs", "2", *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_killed_worker_costs_time_and_no_verdict(long_fleet: Path) -> None:
    process = begin(long_fleet)
    os.kill(a_worker_at_work(process), signal.SIGKILL)
    output, errors = process.communicate(timeout=300)
    assert "a worker was lost" in errors
    assert [(status, verdict) for _, status, verdict in verdicts(output)] == [
        (0, "safe"),
        (1, "unsafe"),
        (0, "safe"),
        (1, "unsafe"),
    ]
    assert process.returncode == 1
    assert output == skewproof("check", str(long_fleet), *ENUMERATE, "--format", "json").stdout


def test_ctrl_c_ends_the_workers_too(long_fleet: Path) -> None:
    process = begin(long_fleet)
    a_worker_at_work(process)
    workers = children(process.pid)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors.strip()) == (130, "", "interrupted: no verdict")
    assert workers
    assert not [worker for worker in workers if b"spawn_main" in _command(worker)]


# A cluster


def test_a_cluster_tells_what_one_process_tells(fleet: Path) -> None:
    command = [sys.executable, str(ROOT / "tests" / "support" / "dask_cluster.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as cluster:
        assert cluster.stdin
        assert cluster.stdout
        address = cluster.stdout.readline().strip()
        done = skewproof("check", str(fleet), "--format", "json", "--cluster", address)
        cluster.stdin.close()
    alone = skewproof("check", str(fleet), "--format", "json")
    assert (done.stdout, done.returncode) == (alone.stdout, alone.returncode), done.stderr


def test_a_cluster_that_does_not_answer_is_wrong_usage(fleet: Path) -> None:
    done = skewproof("check", str(fleet), "--cluster", "127.0.0.1:9")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no scheduler answers at 127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr
