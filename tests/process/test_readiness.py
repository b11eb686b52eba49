"""Who is ready: the program that was started, and nobody who answers in its place."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from skewproof.properties.harness import HarnessError, RabbitMQ, Redis
from skewproof.properties.harness.services.brokers import BrokerAddress
from skewproof.properties.harness.services.brokers import _is_up as is_broker_up
from skewproof.properties.harness.services.postgres import PostgresAddress, _is_up
from skewproof.properties.harness.services.redis import _is_up as is_redis_up
from skewproof.properties.harness.services.spawning import (
    NotReadyError,
    Spawned,
    Ward,
    is_listening,
    need_free,
    reserve_port,
)
from skewproof.properties.harness.site import Site
from support.command import PATIENCE_S

LISTENS = (
    "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1])))\nwhile True: s.accept()"
)


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    ward = Ward(tmp_path / "one")
    yield ward
    ward.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Ward]:
    """That of another harness."""
    ward = Ward(tmp_path / "other")
    yield ward
    ward.close()


def listen(ward: Ward, port: int) -> Spawned:
    return ward.spawn("it", [sys.executable, "-c", LISTENS, str(port)])


def test_who_has_ended_is_not_ready_though_somebody_answers(ward: Ward) -> None:
    ended = ward.spawn("it", [sys.executable, "-c", "raise SystemExit('ConfigError: no licence')"])
    ended.wait(PATIENCE_S)
    with pytest.raises(NotReadyError, match="it ended with status 1: ConfigError: no licence"):
        ended.wait_until(lambda: True, 1, "it is not ready")


def test_who_is_to_end_and_fails_is_told(ward: Ward) -> None:
    failing = ward.spawn("it", [sys.executable, "-c", "raise SystemExit('ConfigError: no licence')"])
    with pytest.raises(NotReadyError, match="it ended with status 1: ConfigError: no licence"):
        failing.wait_to_its_end(PATIENCE_S, "it does not end")
    ward.spawn("it", [sys.executable, "-c", ""]).wait_to_its_end(PATIENCE_S, "it does not end")
    slow = ward.spawn("it", [sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(NotReadyError, match=r"it does not end within 0.1 s"):
        slow.wait_to_its_end(0.1, "it does not end")


def test_a_port_that_another_harness_was_quicker_to_take_is_told(ward: Ward, other: Ward) -> None:
    with reserve_port() as port:
        quicker, slower = listen(other, port), ward.spawn("it", ["sleep", "60"])
        quicker.wait_until(lambda: is_listening(port), PATIENCE_S, "it does not listen")
        assert quicker.listens_at(port)
        words = rf"port {port} was taken meanwhile by .* \(process {quicker.pid}\), of another harness"
        with pytest.raises(NotReadyError, match=words):
            slower.wait_until(lambda: slower.listens_at(port), PATIENCE_S, "it does not listen")


def test_a_port_that_another_instance_of_the_same_test_has_is_told(ward: Ward, other: Ward) -> None:
    with reserve_port() as port:
        first = listen(ward, port)
        first.wait_until(lambda: is_listening(port), PATIENCE_S, "it does not listen")
        own, strangers = (tell_taken(port, one.token) for one in (ward, other))
    by = rf"port {port} is taken by \S+ \(process {first.pid}\)"
    advice = "; leave `port` out, and a free one is chosen"
    assert re.fullmatch(rf"{by}, another instance that this test has started: .*{advice}", own)
    assert re.fullmatch(f"{by}{advice}", strangers)


def tell_taken(port: int, token: str) -> str:
    with pytest.raises(HarnessError) as told:
        need_free(port, token)
    return str(told.value)


def test_the_server_of_another_cluster_is_not_ours(servers: Mapping[str, str]) -> None:
    found = urlsplit(servers["database"])
    assert found.port is not None
    assert found.username is not None
    address = PostgresAddress(found.hostname or "", found.port, found.username)
    with psycopg.connect(servers["database"]) as connection:
        ((cluster,),) = connection.execute("SHOW data_directory").fetchall()
    assert _is_up(address, cluster)
    assert not _is_up(address, "/elsewhere")


def test_the_broker_of_another_node_is_not_ours(servers: Mapping[str, str]) -> None:
    if "SKEWPROOF_RABBITMQ" in os.environ:
        pytest.skip("its node has a name of its own")
    port = urlsplit(servers["queue"]).port
    assert port is not None
    address = BrokerAddress("127.0.0.1", port)
    assert is_broker_up(address, f"skewproof{port}")
    assert not is_broker_up(address, "skewproof1")


def test_a_redis_that_another_harness_uses_is_not_shared(ward: Ward, tmp_path: Path) -> None:
    with reserve_port() as port:
        server = ward.spawn("redis", ["redis-server", "--port", str(port), "--save", ""], {}, ward.folder)
        server.wait_until(lambda: is_redis_up(port, server.pid), PATIENCE_S, "it takes no connections")
    part, another = (Redis({}, server=f"redis://127.0.0.1:{port}/{number}") for number in (3, 4))
    first = part.open("cache", Site({}, tmp_path))
    with pytest.raises(HarnessError, match="another harness uses database 3 of the Redis server of `cache`"):
        part.open("cache", Site({}, tmp_path))
    another.open("cache", Site({}, tmp_path)).close()
    first.close()
    part.open("cache", Site({}, tmp_path)).close()


def test_a_broker_that_another_harness_uses_is_not_shared(servers: Mapping[str, str], tmp_path: Path) -> None:
    part = RabbitMQ({}, server=servers["queue"])
    first = part.open("queue", Site({}, tmp_path))
    with pytest.raises(
        HarnessError, match="another harness uses the virtual host `/` of the RabbitMQ server"
    ):
        part.open("queue", Site({}, tmp_path))
    first.close()
    part.open("queue", Site({}, tmp_path)).close()


def test_a_broker_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with (
        reserve_port() as port,
        pytest.raises(HarnessError, match=f"`queue` at 127.0.0.1:{port} lets nobody"),
    ):
        RabbitMQ({}, server=f"amqp://127.0.0.1:{port}/").open("queue", Site({}, tmp_path))


def test_the_redis_of_another_process_is_not_ours(ward: Ward) -> None:
    with reserve_port() as port:
        server = ward.spawn("redis", ["redis-server", "--port", str(port), "--save", ""], {}, ward.folder)
        server.wait_until(lambda: is_redis_up(port, server.pid), PATIENCE_S, "it takes no connections")
        assert not is_redis_up(port, server.pid + 1)
