"""Several worlds of real processes at once, and that nothing of them is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from support.command import PATIENCE_S
from support.services import PROGRAMS

MODULE = """
import sys
from pathlib import Path
from skewproof.properties.harness import Process, as_test_case
from support.gradual_flags import Gradual, form_of

HERE = Path(__file__).parent
TEXT = '''
components: {front: {kind: service}, back: {kind: service}}
requests: {ask: [client calls front: page, front calls back: value]}
pipeline: [Deploy: [deploy back front], Switch: [enable new per instance]]
flags: {new: {guards: [back/value], understands: own}}
'''

class Mine(Gradual):
    def __init__(self):
        super().__init__(HERE, "changes: {back/value: {breaks: {call: both}}}", text=TEXT)

    def parts(self):
        words = [sys.executable, str(HERE / "flagged.py"), "{version}", "{port}", "{flags}"]
        return {"front": super().parts()["front"], "back": Process(words, {"GET /*": "value"}, port=PORT)}

    def ask_in_form(self, _, wires):
        return wires.http("back").request("GET", f"/{form_of(wires)}").status

TestMine = as_test_case(Mine, max_examples=8)
"""


SIGNS = "import os; open('starts.txt', 'a').write(os.environ['SKEWPROOF_HARNESS'] + '\\n')"
"""Each service writes down, as it starts, of which trial it is."""


def start(folder: Path, *options: str, port: int = 0) -> subprocess.Popen[str]:
    text = (PROGRAMS / "flagged.py").read_text("utf-8")
    assert "\nVERSION" in text
    (folder / "flagged.py").write_text(text.replace("\nVERSION", f"\n{SIGNS}\nVERSION"), "utf-8")
    (folder / "test_mine.py").write_text(MODULE.replace("PORT", str(port)), "utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py", *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )


def list_running(folder: Path) -> list[psutil.Process]:
    """The services of the harness that lies in the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            is_ours = str(folder / "flagged.py") in process.cmdline()
        except (psutil.Error, OSError):
            continue
        found += [process] if is_ours and process.status() != psutil.STATUS_ZOMBIE else []
    return found


def mark_of(process: psutil.Process) -> str:
    try:
        return process.environ().get("SKEWPROOF_HARNESS", "")
    except (psutil.Error, OSError):
        return ""


def test_several_worlds_of_processes_are_there_at_once_and_find_what_is(tmp_path: Path) -> None:
    with start(tmp_path, "--skewproof-jobs=2", "-k", "interleavings") as tests:
        assert "1 passed" in tests.communicate()[0]
    started = (tmp_path / "starts.txt").read_text("utf-8").split()
    assert len(set(started)) == 2, "a trial of the test, which does a share, too, and one of the worker"
    own, workers = started[0], next(trial for trial in started if trial != started[0])
    assert started.index(workers) < len(started) - started[::-1].index(own) - 1, "both go on at once"
    assert list_running(tmp_path) == []


def test_workers_end_with_a_test_that_is_killed(tmp_path: Path) -> None:
    with start(tmp_path, "--skewproof-jobs=2") as tests:
        trials: set[str] = set()
        while len(trials) < 2 and tests.poll() is None:
            trials |= {mark_of(process) for process in list_running(tmp_path)} - {""}
        workers = psutil.Process(tests.pid).children(recursive=True)
        assert tests.poll() is None, "it is killed while workers are at work"
        tests.send_signal(signal.SIGKILL)
        tests.wait()
    end = time.monotonic() + PATIENCE_S
    while (list_running(tmp_path) or any(one.is_running() for one in workers)) and time.monotonic() < end:
        time.sleep(0.1)
    assert list_running(tmp_path) == []
    assert [one for one in workers if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.parametrize("jobs", ["2", "0"])
def test_what_there_is_only_once_is_not_shared(tmp_path: Path, jobs: str) -> None:
    with start(tmp_path, f"--skewproof-jobs={jobs}", port=18_999) as tests:
        told = tests.communicate()[0]
    if jobs == "2":
        assert "several worlds at once need parts of their own: `back` has the port 18999; run it" in told
    else:
        assert tests.returncode == pytest.ExitCode.USAGE_ERROR
