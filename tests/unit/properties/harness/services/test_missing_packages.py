"""A server whose client is not installed: said in words, with what to install."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from skewproof.properties.harness import HarnessError, Postgres, RabbitMQ, Redis
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
