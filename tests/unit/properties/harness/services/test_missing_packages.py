"""A server whose client is not installed: said in words, with what to install."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from skewproof.properties.harness import HarnessError, Postgres, RabbitMQ, Redis
from skewproof.properties.harness.lines import Client
from skewproof.properties.harness.services.calls import PREFACE, speak_http
from skewproof.properties.harness.site import Site


@pytest.mark.parametrize(
    ("part", "package", "words"),
    [
        (Postgres(schema="", tables={}), "psycopg", "`it` is PostgreSQL, and the package psycopg is missing"),
        (Redis(keys={}), "redis", "`it` is Redis, and the package redis is missing"),
        (RabbitMQ(topics={}), "pika", "`it` is RabbitMQ, and the package pika is missing"),
    ],
)
def test_what_is_missing_is_named(
    part: Postgres | Redis | RabbitMQ,
    package: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, "skewproof.properties.harness.services.rabbitmq", raising=False)
    with pytest.raises(HarnessError) as told:
        part.open("it", Site({}, tmp_path))
    assert str(told.value) == f"{words}; install `skewproof[services]`"


def test_http2_without_its_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "h2"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "h2", None)
    monkeypatch.delitem(sys.modules, "skewproof.properties.harness.services.http2", raising=False)
    ours, theirs = socket.socketpair()
    with Client(fileno=ours.detach()) as client, theirs:
        theirs.sendall(PREFACE)
        line: Any = SimpleNamespace(provider="back")
        with pytest.raises(HarnessError, match="`back` is called in HTTP/2, and the package h2"):
            speak_http(line, client)
