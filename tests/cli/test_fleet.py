"""A folder of deployments, and the parts of one: the same verdicts by one process, by many, by a cluster, and
when workers die."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from skewproof.properties.engines.slicing.solver import LISTED_STATES
from support.command import PATIENCE_S, ROOT, invoke, seconds_of_work, skewproof, start, wait_until

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
    done = invoke("check", str(fleet))
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
    told: list[dict[str, Any]] = json.loads(invoke("check", str(fleet), "--format", "json").stdout)
    assert [file["status"] for file in told] == [1, 0, 1, 3]
    for file in told:
        jsonschema.validate(file["answer"], schema)
        alone = invoke("check", file["file"], "--format", "json")
        assert (json.loads(alone.stdout), alone.returncode) == (file["answer"], file["status"])


def test_what_is_asked_of_one_file_is_asked_of_each(tmp_path: Path) -> None:
    """A failed deploy stays half-way, where new and old meet for good."""
    file = tmp_path / "skewproof.yaml"
    file.write_text(chain(2, "{breaks: [V2 -> V1]}").replace("deploy s0 s1", "deploy s1, deploy s0"))
    alone = [invoke("check", str(file), "--format", "json", *more) for more in ([], ["--failures"])]
    fleet = [invoke("check", str(tmp_path), "--format", "json", *m) for m in ([], ["--failures"])]
    assert [json.loads(done.stdout)[0]["answer"] for done in fleet] == [json.loads(a.stdout) for a in alone]
    assert alone[0].stdout != alone[1].stdout


def test_the_worst_status_counts_and_a_wrong_file_hides_no_other(fleet: Path) -> None:
    (fleet / "b/wrong.skew.yaml").write_text("components: {a: {kind: servcie}}\n")
    done = invoke("check", str(fleet))
    assert done.returncode == 2
    assert "! WRONG" in done.stdout
    assert "2 unsafe" in done.stdout
    assert "did you mean `service`?" in done.stderr
    assert "Traceback" not in done.stderr
    only_safe = invoke("check", str(fleet / "a" / "one.skew.yaml"))
    assert only_safe.returncode == 0
    (fleet / "a/deeper/two.skew.yaml").unlink()
    assert invoke("check", str(fleet / "a")).returncode == 0


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
    done = invoke("check", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "skewproof.yaml" in done.stderr


def test_time_is_for_the_whole_run(fleet: Path) -> None:
    invoke(
        "check", str(fleet / "a")
    )  # or time would be up while modules are imported, before there are files
    done = invoke("check", str(fleet / "a"), "--timeout", "0.0001", "--format", "json")
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


def test_a_limit_that_a_worker_hits_is_named_with_what_was_covered() -> None:
    """The deployment alone fits under it; with the longest request it does not."""
    limited = [*SCCOS, "--max-states", "10000"]
    done = skewproof(*limited, "--jobs", "2")
    assert done.returncode == 3, done.stderr
    assert "more than 10,000 states (--max-states)" in " ".join(done.stdout.split())
    assert done.stdout == skewproof(*limited).stdout


def canaries(services: int, replicas: int) -> str:
    """A call chain in canary rollouts, no two of the same size: as many slices, of some 30,000 states each
    with 30 replicas."""
    names = [f"s{n}" for n in range(services)]
    calls = "".join(f"    - {a} calls {b}: x\n" for a, b in zip(["client", *names], names, strict=False))
    fleets = (
        f"{{kind: service, replicas: {replicas + n}, strategy: {{canary: 2}}}}" for n in range(services)
    )
    return (
        "components:\n"
        + "".join(f"  {name}: {fleet}\n" for name, fleet in zip(names, fleets, strict=True))
        + f"requests:\n  walk:\n{calls}"
        + f"pipeline: [Begin: [deploy {' '.join(names)}], Finish: [promote {' '.join(names)}]]\n"
        + "changes:\n"
        + "".join(f"  {name}/x: {{breaks: [V2 -> V1]}}\n" for name in names)
    )


@pytest.fixture(scope="module")
def heavy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five slices, of which the first fits under what one process lists before it hires others."""
    file = tmp_path_factory.mktemp("heavy") / "heavy.yaml"
    file.write_text(canaries(6, 30))
    return file


@pytest.fixture(scope="module")
def heavy_alone(heavy: Path) -> subprocess.CompletedProcess[str]:
    """What one process tells of it."""
    return skewproof("check", str(heavy), "--format", "json")


def test_the_slices_of_one_file_are_shared(
    heavy: Path, heavy_alone: subprocess.CompletedProcess[str]
) -> None:
    shared = skewproof("check", str(heavy), "--format", "json", "--jobs", "2")
    assert (shared.stdout, shared.returncode, shared.stderr) == (heavy_alone.stdout, 1, "")
    assert json.loads(heavy_alone.stdout)["statistics"]["engine"] == "slice"


PROBE = """
import atexit, sys
atexit.register(lambda: print([name for name in ("multiprocessing", "networkx") if name in sys.modules]))
from skewproof.cli import main
sys.argv[0] = "skewproof"
main()
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_small_file_does_not_pay_for_a_pool(jobs: str, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(canaries(4, 5))
    command = [sys.executable, "-c", PROBE, "check", str(tmp_path / "small.yaml"), "--jobs", jobs]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


# Workers that die


@pytest.fixture(scope="module")
def long_fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four files of some seconds each, enumerated."""
    folder = tmp_path_factory.mktemp("long")
    for number, middle in enumerate([SAFE, UNSAFE, SAFE, UNSAFE]):
        (folder / f"{number}.skew.yaml").write_text(chain(5, middle, replicas=2))
    return folder


def children(pid: int) -> list[int]:
    """The worker processes: the children that compute, not the one that tracks resources."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [child for child in map(int, listed) if b"spawn_main" in _command(child)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def a_worker_at_work(process: subprocess.Popen[str]) -> int:
    """A worker in the middle of a job: it has computed for longer than imports take."""
    busy: list[int] = []

    def look() -> list[int]:
        assert process.poll() is None, "it was over before a worker could be killed"
        busy[:] = [child for child in children(process.pid) if seconds_of_work(child) > 1.0]
        return busy

    wait_until(look, "no worker worked")
    return busy[0]


@pytest.fixture(scope="module")
def long_slices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of some seconds, in one file."""
    file = tmp_path_factory.mktemp("slices") / "slices.yaml"
    file.write_text(canaries(20, 30))
    return file


def begin(path: Path, *more: str) -> subprocess.Popen[str]:
    return start("check", str(path), "--format", "json", "--jobs", "2", *more)


def test_a_killed_worker_costs_time_and_no_verdict(long_fleet: Path) -> None:
    process = begin(long_fleet, *ENUMERATE)
    os.kill(a_worker_at_work(process), signal.SIGKILL)
    output, errors = process.communicate(timeout=PATIENCE_S)
    assert "a worker was lost" in errors
    assert [(status, verdict) for _, status, verdict in verdicts(output)] == [
        (0, "safe"),
        (1, "unsafe"),
        (0, "safe"),
        (1, "unsafe"),
    ]
    assert process.returncode == 1
    assert output == invoke("check", str(long_fleet), *ENUMERATE, "--format", "json").stdout


def test_a_worker_that_is_killed_over_a_slice_costs_time_and_no_verdict(long_slices: Path) -> None:
    process = begin(long_slices)
    os.kill(a_worker_at_work(process), signal.SIGKILL)
    output, errors = process.communicate(timeout=PATIENCE_S)
    assert "a worker was lost" in errors
    assert process.returncode == 1
    assert output == invoke("check", str(long_slices), "--format", "json").stdout


def test_what_a_pool_left_behind_is_removed_without_a_word() -> None:
    program = """
import multiprocessing, os
from skewproof.cli.pool import Pool
if __name__ == "__main__":
    pool = Pool(1)
    lock = multiprocessing.get_context("spawn").Lock()
    print(lock._semlock.name, flush=True)
    os._exit(0)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
    if sys.platform == "linux":
        assert not Path(f"/dev/shm/sem.{ended.stdout.strip().lstrip('/')}").exists()


@pytest.mark.parametrize("work", ["long_fleet", "long_slices"])
def test_ctrl_c_ends_the_workers_too(work: str, request: pytest.FixtureRequest) -> None:
    process = begin(request.getfixturevalue(work), *(ENUMERATE if work == "long_fleet" else ()))
    a_worker_at_work(process)
    workers = children(process.pid)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, output, errors.strip()) == (130, "", "interrupted: no verdict")
    assert workers
    assert not [worker for worker in workers if b"spawn_main" in _command(worker)]


def test_what_workers_explored_until_time_was_up_counts(tmp_path: Path) -> None:
    """However slow the machine is: with more time once there was too little for anybody to be hired, of what
    no machine is through with by then."""
    file = tmp_path / "slices.yaml"
    file.write_text(canaries(60, 30))
    for seconds in ("3", "12", "48"):
        process = begin(file, "--timeout", seconds)
        output, _ = process.communicate(timeout=PATIENCE_S)
        answer = json.loads(output)
        statistics = answer["statistics"]
        if process.returncode == 1:  # some hazards were found before
            assert {one["limit"] for one in answer["left_open"]} == {"--timeout"}
        else:
            assert (process.returncode, statistics["limit"]) == (3, "--timeout")
        if statistics["states"] > LISTED_STATES:
            return
    pytest.fail("no more was explored than one process does before it hires others")


# A cluster


def test_a_cluster_tells_what_one_process_tells(
    fleet: Path, heavy: Path, heavy_alone: subprocess.CompletedProcess[str]
) -> None:
    def checked(path: Path) -> list[str]:
        return ["check", str(path), "--format", "json"]

    command = [sys.executable, str(ROOT / "tests" / "support" / "dask_cluster.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as cluster:
        assert cluster.stdin
        assert cluster.stdout
        address = cluster.stdout.readline().strip()
        done = {path: skewproof(*checked(path), "--cluster", address) for path in (fleet, heavy)}
        cluster.stdin.close()
    for path, alone in ((fleet, skewproof(*checked(fleet))), (heavy, heavy_alone)):
        shared = done[path]
        assert (shared.stdout, shared.returncode) == (alone.stdout, alone.returncode), shared.stderr


def test_a_cluster_that_does_not_answer_is_wrong_usage(fleet: Path) -> None:
    done = invoke("check", str(fleet), "--cluster", "127.0.0.1:9")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no scheduler answers at 127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr


def test_nor_is_one_waited_for_that_takes_the_connection_and_says_nothing(fleet: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        done = skewproof("check", str(fleet), "--cluster", address)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"no scheduler answers at {address}" in done.stderr
