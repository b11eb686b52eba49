"""Ends what a harness started when the harness is gone, however it went.

Run as a program of its own: `python -I warden.py MARK TOKEN FOLDER…`. It waits until its standard input ends,
which happens when the harness closes it and as well when the harness is killed. Until then it is told, a line
each, who was started: `[PID, CREATED, REMOVAL]` in JSON, the leader of a session, when it began, and the
command that removes what it has started elsewhere (a container; no words for nothing). Then it ends each
process of these sessions, and each that has MARK=TOKEN in its environment: a daemon has left its session,
and a program that gives itself a title (Redis, gunicorn) has written over its environment. It runs each
REMOVAL, and removes each FOLDER. It imports nothing of skewproof, so that it starts quickly and depends on
nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress

import psutil

GRACE_S = 3.0
PASSES = 20
"""So often it looks again for what was started while it looked."""


def list_ours(mark: str, token: str, leaders: Mapping[int, float]) -> list[psutil.Process]:
    """The processes of that token, and of the sessions that these processes lead or led."""
    others = (process for process in psutil.process_iter() if process.pid != os.getpid())
    return [process for process in others if _is_led(process, leaders) or _is_marked(process, mark, token)]


def _is_led(process: psutil.Process, leaders: Mapping[int, float]) -> bool:
    """The number of a session is taken as long as somebody is in it; who leads a later one began later."""
    try:
        session = os.getsid(process.pid)
        if session not in leaders:
            return False
        return not psutil.pid_exists(session) or psutil.Process(session).create_time() == leaders[session]
    except (psutil.Error, OSError):
        return False


def _is_marked(process: psutil.Process, mark: str, token: str) -> bool:
    try:
        return bool(process.environ().get(mark) == token)
    except (psutil.Error, OSError):
        return False


def end_all(mark: str, token: str, leaders: Mapping[int, float], grace_s: float = GRACE_S) -> None:
    """Asks each to end, and kills after `grace_s` what is still there."""
    for _ in range(PASSES):
        ours = list_ours(mark, token, leaders)
        if not ours:
            return
        _tell_all(ours, "terminate")
        _, alive = psutil.wait_procs(ours, grace_s)
        _tell_all(alive, "kill")
        psutil.wait_procs(alive, grace_s)


def _tell_all(processes: list[psutil.Process], what: str) -> None:
    for process in processes:
        try:
            getattr(process, what)()
        except (psutil.Error, OSError):  # it is gone already
            continue


def main() -> None:
    mark, token, *folders = sys.argv[1:]
    started = [json.loads(line) for line in sys.stdin if line.endswith("\n")]  # else it was killed as it told
    end_all(mark, token, {pid: created for pid, created, _ in started})
    for removal in (removal for _, _, removal in started if removal):
        with suppress(OSError):
            subprocess.run(removal, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603
    for _ in range(PASSES):
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        if not any(map(os.path.exists, folders)):
            return
        time.sleep(0.1)


if __name__ == "__main__":
    main()
