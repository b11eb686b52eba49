"""The sockets of an instance: what is said there is dealt with before its answer counts."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread
from time import monotonic, sleep

import pytest

from skewproof.properties.harness.lines import Client, is_hung_up


@pytest.fixture
def pair() -> Iterator[tuple[Client, socket.socket]]:
    ours, theirs = socket.socketpair()
    client = Client(fileno=ours.detach())
    yield client, theirs
    client.close()
    theirs.close()


def wait_for(what: bool, client: Client) -> bool:
    end = monotonic() + 5
    while client.is_quiet() != what and monotonic() < end:
        sleep(0.001)
    return client.is_quiet() == what


def test_a_connection_is_quiet_when_all_that_was_said_has_been_taken_and_dealt_with(
    pair: tuple[Client, socket.socket],
) -> None:
    client, theirs = pair
    taken: list[bytes] = []
    busy = [True]

    def listen() -> None:
        while chunk := client.recv(100):
            taken.append(chunk)
            while busy[0]:
                sleep(0.001)

    thread = Thread(target=listen)
    thread.start()
    assert wait_for(True, client)
    theirs.sendall(b"hello")
    assert not client.is_quiet()  # said, and not taken, or not dealt with: never quiet in between
    while not taken:
        assert not client.is_quiet()
    busy[0] = False
    assert wait_for(True, client)
    theirs.close()
    thread.join(5)
    assert taken == [b"hello"]


def test_who_has_hung_up_is_seen_and_who_is_silent_is_not(pair: tuple[Client, socket.socket]) -> None:
    client, theirs = pair
    assert not is_hung_up(client)
    theirs.sendall(b"x")
    assert not is_hung_up(client)
    assert client.recv(1) == b"x"
    theirs.close()
    assert is_hung_up(client)
