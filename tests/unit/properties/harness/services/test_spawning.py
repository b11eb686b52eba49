"""Ports of what a harness starts: nobody else's, until the program itself listens."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from skewproof.properties.harness.errors import HarnessError
from skewproof.properties.harness.services import spawning
from skewproof.properties.harness.services.spawning import LOOPBACK, Spawned, reserve_port

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def use_one_port(monkeypatch: pytest.MonkeyPatch) -> int:
    """The only port from which to choose, free now."""
    with reserve_port() as port:
        monkeypatch.setattr(spawning, "PORTS", range(port, port + 1))
    return port


def test_who_reserves_gets_none_that_is_reserved_or_listened_at(monkeypatch: pytest.MonkeyPatch) -> None:
    port = use_one_port(monkeypatch)
    with reserve_port() as first:
        assert first == port
        with pytest.raises(HarnessError, match=r"no port from \d+ to \d+ is free"), reserve_port():
            pass
        listening = socket.create_server((LOOPBACK, first))
    with listening, pytest.raises(HarnessError), reserve_port():
        pass
    with reserve_port() as again:
        assert again == port


def test_the_system_gives_none_of_them_away() -> None:
    """Else a line of the harness may get the port between its choice and the program's start."""
    if EPHEMERAL.exists():
        lowest = int(EPHEMERAL.read_text().split()[0])
        assert lowest >= spawning.PORTS.stop
    assert all(1024 < port < 32_768 for port in (spawning.PORTS.start, spawning.PORTS.stop))


def test_a_number_that_is_somebody_elses_now_gets_no_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has ended, and the system has given its number to another: here to this process."""
    sent: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda pid, number: sent.append(pid))
    ended: Any = SimpleNamespace(pid=os.getpid(), returncode=0, poll=lambda: 0, wait=lambda *_: 0)
    Spawned("it", ended, tmp_path / "log", "token").stop(0)
    assert sent == []


def test_who_was_killed_by_others_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "killpg", lambda *_: None)
    statuses = [-signal.SIGKILL, -signal.SIGTERM, -signal.SIGSEGV, 0, 7, None]
    some: list[Any] = [
        SimpleNamespace(pid=2**22 + 1, returncode=one, poll=lambda one=one: one, wait=lambda *_: None)
        for one in statuses
    ]
    spawned = [Spawned("it", one, tmp_path / "log", "token") for one in some]
    assert [one.is_killed for one in spawned] == [True, True, False, False, False, False]
    spawned[0].kill()
    assert not spawned[0].is_killed
