"""Ends what a harness started when the harness is gone, however it went.

Run as a program of its own: `python -I warden.py MARK TOKEN FOLDER`. It waits until its standard input ends,
which happens when the harness closes it and as well when the harness is killed. Then it ends each process
that has MARK=TOKEN in its environment, as all that the harness starts have, their children too, and removes
FOLDER. It imports nothing of skewproof, so that it starts quickly and depends on nothing.
"""

from __future__ import annotations

import os
import shutil
import sys
import time

import psutil

GRACE_S = 3.0
PASSES = 20
"""So often it looks again for what was started while it looked."""


def list_marked(mark: str, token: str) -> list[psutil.Process]:
    """The processes of that token. One that cleared its environment is not found."""
    own = os.getpid()
    return [
        process
        for process in psutil.process_iter()
        if process.pid != own and _is_marked(process, mark, token)
    ]


def _is_marked(process: psutil.Process, mark: str, token: str) -> bool:
    try:
        return bool(process.environ().get(mark) == token)
    except (psutil.Error, OSError):
        return False


def end_all(mark: str, token: str, grace_s: float = GRACE_S) -> None:
    """Asks each to end, and kills after `grace_s` what is still there."""
    for _ in range(PASSES):
        marked = list_marked(mark, token)
        if not marked:
            return
        _tell_all(marked, "terminate")
        _, alive = psutil.wait_procs(marked, grace_s)
        _tell_all(alive, "kill")
        psutil.wait_procs(alive, grace_s)


def _tell_all(processes: list[psutil.Process], what: str) -> None:
    for process in processes:
        try:
            getattr(process, what)()
        except (psutil.Error, OSError):  # it is gone already
            continue


def main() -> None:
    mark, token, folder = sys.argv[1:]
    while os.read(0, 4096):
        pass
    end_all(mark, token)
    for _ in range(PASSES):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(0.1)


if __name__ == "__main__":
    main()
