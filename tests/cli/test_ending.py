"""How the program ends: at once and in words, also while Python still imports, and its workers with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.command import PATIENCE_S, SKEWPROOF, seconds_of_work, start, wait_until
from support.projects import SAFE


def large(folder: Path) -> None:
    """Four files that no enumeration ends on in a minute."""
    names = [f"s{n}" for n in range(8)]
    calls = "".join(f"    - {a} calls {b}: x\n" for a, b in zip(["client", *names], names, strict=False))
    text = (
        "components:\n"
        + "".join(f"  {name}: {{kind: service, replicas: 5}}\n" for name in names)
        + f"requests:\n  chain:\n{calls}"
        + f"pipeline: [Roll: [deploy {' '.join(names)}]]\nchanges:\n  s4/x: {{breaks: none}}\n"
    )
    for number in range(4):
        (folder / f"{number}.skew.yaml").write_text(text)


def is_ours(pid: int) -> bool:
    """Whether Python runs there as far as our first line: it handles SIGTERM."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
DELAYS_S = [0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.25]


@pytest.mark.parametrize(("number", "delay_s"), list(zip(SIGNALS * 4, DELAYS_S * 2, strict=False)))
def test_an_early_signal_leaves_a_word(number: signal.Signals, delay_s: float, tmp_path: Path) -> None:
    large(tmp_path)
    process = start(
        "check", "0.skew.yaml", "--engine", "reference", "--max-states", "1000000000", cwd=tmp_path
    )
    while not is_ours(process.pid):
        assert process.poll() is None
        time.sleep(0.001)
    time.sleep(delay_s)
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out, err) == (128 + number, "", "interrupted: no verdict\n")


COUNTED = """
import atexit, signal, sys
counts = [len(sys.modules)]
handle = signal.signal
def counting(number, handler):
    if number == signal.SIGTERM and len(counts) == 1:
        counts.append(len(sys.modules))
    return handle(number, handler)
signal.signal = counting
atexit.register(lambda: print(*counts, len(sys.modules), file=sys.stderr))
import skewproof.cli
skewproof.cli.main()
"""
"""How many modules are loaded by Python's own start, when a signal is first handled, and at the end."""


def test_the_program_can_be_interrupted_soon_after_it_is_typed(tmp_path: Path) -> None:
    """Before a signal is handled nearly nothing is imported but what Python itself starts with."""
    (tmp_path / "skewproof.yaml").write_text(SAFE)
    done = subprocess.run(
        [sys.executable, "-c", COUNTED, "check", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    python, handled, whole = map(int, done.stderr.split())
    assert (handled - python) * 10 < whole - python


def test_what_nohup_ignores_stays_ignored(tmp_path: Path) -> None:
    """At whatever moment it comes: it is sent again and again."""
    assert SKEWPROOF
    (tmp_path / "skewproof.yaml").write_text(SAFE)
    process = subprocess.Popen(
        ["bash", "-c", f'trap "" HUP; exec "{SKEWPROOF}" check .'],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: is_ours(process.pid), "it does not start")
    while process.poll() is None:
        process.send_signal(signal.SIGHUP)
        time.sleep(0.005)
    _, err = process.communicate()
    assert (process.returncode, err) == (0, "")


def test_a_signal_leaves_no_half_written_file(tmp_path: Path) -> None:
    large(tmp_path)
    process = start("space", "0.skew.yaml", "--graphml", "out", "--max-states", "1000000000", cwd=tmp_path)
    wait_until(lambda: seconds_of_work(process.pid) > 1.5, "it does not work")
    before = set(tmp_path.iterdir())
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 143
    assert {file.name for file in before} == {f"{n}.skew.yaml" for n in range(4)}
    assert set(tmp_path.iterdir()) == before
    process.communicate()


def workers(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [child for child in map(int, listed) if b"spawn_main" in command_of(child)]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def wait_until_gone(pids: list[int]) -> list[int]:
    """Those that are still there after a long time."""
    for _ in range(PATIENCE_S * 10):
        left = [pid for pid in pids if b"spawn_main" in command_of(pid)]
        if not left:
            return []
        time.sleep(0.1)
    return left


@pytest.mark.parametrize("after_s", [0.0, 0.1, 2.0], ids=["at once", "while they import", "at work"])
@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT]
)
def test_workers_end_with_their_parent(number: signal.Signals, after_s: float, tmp_path: Path) -> None:
    large(tmp_path)
    process = start(
        "check", ".", "--jobs", "2", "--engine", "reference", "--max-states", "1000000000", cwd=tmp_path
    )
    hired: list[int] = []
    while not hired:
        assert process.poll() is None
        hired = workers(process.pid)
    time.sleep(after_s)
    hired = workers(process.pid)
    process.send_signal(number)
    process.wait(PATIENCE_S)
    left = wait_until_gone(hired)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert hired
    assert left == []
    if number not in (signal.SIGKILL, signal.SIGQUIT):  # of those Python's own start of a worker may complain
        assert "Traceback" not in err


def test_ctrl_c_at_a_terminal_reaches_workers_that_import(tmp_path: Path) -> None:
    """A terminal sends it to the whole group of processes."""
    large(tmp_path)
    for after_s in (0.0, 0.05, 0.15):
        process = start("check", ".", "--jobs", "2", "--engine", "reference", cwd=tmp_path)
        while not workers(process.pid):
            assert process.poll() is None
        time.sleep(after_s)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, out, err) == (130, "", "interrupted: no verdict\n")
