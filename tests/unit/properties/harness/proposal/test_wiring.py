"""Addresses of Compose become those of the harness, and no secret is copied."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from skewproof.model.deployment import Kind
from skewproof.model.manifests.compose.containers import Container
from skewproof.model.names import Place
from skewproof.properties.harness.proposal.wiring import Peer, Wired, wire
from skewproof.properties.harness.proposal.writing import Blank

PEERS = {
    "api": Peer("api", Kind.SERVICE, ("api",), (8000,)),
    "back": Peer("back", Kind.SERVICE, ("back", "back.internal"), (9000,)),
    "db": Peer("db", Kind.DATABASE, ("db",), (5432,)),
    "cache": Peer("cache", Kind.CACHE, ("cache",), (6379,)),
    "queue": Peer("queue", Kind.BROKER, ("queue",), (5672,)),
}


def wired(env: Mapping[str, str], words: tuple[str, ...] = ("serve",), port: int | None = 8000) -> Wired:
    place = Place("compose.yaml", 1, 1)
    return wire(
        Container("api", "", place, words, False, ".", ".", env, (8000,), "", (), ("api",)), PEERS, port
    )


@pytest.mark.parametrize(
    ("name", "value", "becomes"),
    [
        ("BACK_URL", "http://back:9000/v1", "http://{back}/v1"),
        ("BACK_URL", "http://back.internal/", "http://{back}/"),
        ("SELF_URL", "http://api:8000", "http://127.0.0.1:{port}"),
        (
            "DATABASE_URL",
            "postgresql+psycopg://u:pw@db:5432/shop?x=1",
            "postgresql+psycopg://u@{db}/shop?x=1",
        ),
        ("CACHE", "redis://:pw@cache:6379/0", "redis://{cache}/0"),
        ("AMQP_URL", "amqp://u:pw@queue:5672/shop", "amqp://guest:guest@{queue}/"),
        ("DSN", "host=db port=5432 dbname=shop", "host={db:host} port={db:port} dbname=shop"),
        ("BACK_ADDR", "back:9000", "{back}"),
        ("LISTEN", "0.0.0.0:8000", "127.0.0.1:{port}"),
        ("LISTEN", ":8000", ":{port}"),
        ("URLS", "http://*:8000", "http://127.0.0.1:{port}"),
        ("PORT", "8000", "{port}"),
        ("HOST", "0.0.0.0", "127.0.0.1"),
        ("MODE", "back", "back"),  # a word, and no address
        ("TIMEOUT", "8000", "8000"),
        ("NAME", "feedback:9000", "feedback:9000"),
    ],
)
def test_a_value(name: str, value: str, becomes: str) -> None:
    assert wired({name: value}).env[name] == becomes


def test_a_host_and_its_port_go_together() -> None:
    env = {"DB_HOST": "db", "DB_PORT": "5432", "CACHE_HOST": "cache"}
    found = wired(env).env
    assert (found["DB_HOST"], found["DB_PORT"]) == ("{db:host}", "{db:port}")
    asked = [(name, value) for name, value in found.items() if isinstance(name, Blank)]
    assert [value for _, value in asked] == ["{cache:port}"]
    assert "beside `CACHE_HOST`" in asked[0][0].words


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_TOKEN", "s3cret"),
        ("DB_PASSWORD", "s3cret"),
        ("BACK_URL", "http://me:s3cret@back:9000"),
        ("SENTRY", "https://me:s3cret@example.org/1"),
    ],
)
def test_no_secret_is_copied(name: str, value: str) -> None:
    found = wired({name: value}).env[name]
    assert isinstance(found, Blank)
    assert "s3cret" not in found.words


def test_a_port_in_the_command_counts() -> None:
    told = wired({}, ("serve", "--port=8000", "--back", "http://back:9000"))
    assert told.words == ("serve", "--port={port}", "--back", "http://{back}")
    assert told.is_told_port
    assert not wired({}, ("serve",)).is_told_port


def test_braces_of_others_are_not_filled_in() -> None:
    assert isinstance(wired({"TEMPLATE": "Hello {name}"}).env["TEMPLATE"], Blank)
    assert wired({"JSON": '{"a": 1}'}).env["JSON"] == '{"a": 1}'
