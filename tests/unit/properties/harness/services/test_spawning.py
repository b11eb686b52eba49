"""Ports of what a harness starts: nobody else's, until the program itself listens."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from skewproof.properties.harness.errors import HarnessError
from skewproof.properties.harness.services import spawning
from skewproof.properties.harness.services.spawning import LOOPBACK, reserve_port

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
