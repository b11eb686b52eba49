"""What a hop is for PostgreSQL, Redis and AMQP: real drivers, real servers, handlers of our own."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pika
import psycopg
import pytest
import redis

from skewproof.properties.harness import (
    Finding,
    HarnessError,
    MixedVersions,
    Part,
    Plain,
    Postgres,
    RabbitMQ,
    Redis,
    Trial,
    Wires,
    Worker,
    learn,
)
from skewproof.properties.harness.site import Site
from support.harness_samples import DEPLOYMENT

Handler = Callable[[str, Wires], Any]


def read_row(_: str, wires: Wires) -> Any:
    with connect(wires) as connection:
        return connection.execute("SELECT id FROM rows WHERE id = %s", (7,)).fetchall()[0][0]


def connect(wires: Wires, **options: Any) -> psycopg.Connection[Any]:
    return psycopg.connect(f"postgresql://me@{wires.address('db')}/mine", autocommit=True, **options)


def cache(wires: Wires) -> Any:
    host, port = wires.address("cache").split(":")
    return redis.Redis(host, int(port))


def broker(wires: Wires) -> Any:
    return closing(pika.BlockingConnection(pika.URLParameters(f"amqp://{wires.address('queue')}/%2F")))


def tell(version: str, wires: Wires) -> Any:
    cache(wires).set("note", version)
    publish(version, wires)


def publish(version: str, wires: Wires) -> Any:
    with broker(wires) as connection:
        channel = connection.channel()
        channel.queue_declare("news")
        channel.basic_publish("", "news", version.encode())


def listen(_: str, wires: Wires) -> Any:
    with broker(wires) as connection:
        channel = connection.channel()
        channel.queue_declare("news")
        method, _properties, body = channel.basic_get("news")
        channel.basic_ack(method.delivery_tag)
    return body + cache(wires).get("note")


@dataclass
class OverWires(MixedVersions):
    """The sample of the harness, over real stores; a test gives what is different."""

    folder: Path
    servers: Mapping[str, str]
    back: Handler = read_row
    told: Handler = tell
    jobs: Handler = listen
    topics: Mapping[str, str] = field(default_factory=lambda: {"news": "news"})
    keys: Mapping[str, str] = field(default_factory=lambda: {"note": "note"})
    cache_server: str = ""

    def __post_init__(self) -> None:
        file = self.folder / "sample.yaml"
        file.write_text(f"{DEPLOYMENT}changes: {{}}", "utf-8")
        self.deployment = file  # type: ignore[misc]  # a sample has a file of its own

    def parts(self) -> Mapping[str, Part]:
        return {
            "front": Plain(lambda _, wires: lambda *_: wires.call("back", "value", {"id": 1})),
            "back": Plain(self.start_back),
            "jobs": Worker(lambda version, wires: lambda: self.jobs(version, wires)),
            "db": Postgres(
                schema="CREATE TABLE rows (id int); CREATE TABLE log (said text)",
                seed="INSERT INTO rows VALUES (7)",
                migrations={"V2": {"row": "ALTER TABLE rows ADD COLUMN more int"}},
                tables={"rows": "row"},
                server=self.servers["database"],
            ),
            "cache": Redis(self.keys, self.cache_server),
            "queue": RabbitMQ(self.topics, server=self.servers["queue"]),
        }

    def start_back(self, version: str, wires: Wires) -> Any:
        return lambda subject, *_: (self.back if subject == "value" else self.told)(version, wires)

    def perform(self, request: str, root: Any) -> Any:
        if request == "listen":
            return root()
        return root.call("front", "page") if request == "ask" else root.call("back", "told")


Made = Callable[..., OverWires]


@pytest.fixture
def make(tmp_path: Path, servers: Mapping[str, str]) -> Made:
    return lambda **given: OverWires(tmp_path, servers, **given)


def alone(harness: OverWires) -> list[str]:
    """What is said of the versions alone."""
    with Trial(harness) as trial:
        return list(map(str, trial.alone))


# --- all of it ----------------------------------------------------------------------------------


def test_every_hop_is_met_in_the_form_that_the_run_says(make: Made) -> None:
    said: list[bytes] = []

    def jobs(version: str, wires: Wires) -> Any:
        said.append(version.encode() + b":" + listen(version, wires))

    with Trial(make(jobs=jobs)) as trial:
        assert trial.alone == ()
        assert said == [b"V1:V1V1", b"V2:V2V2"]
        said.clear()
        assert {lesson.finding for lesson in learn(trial)} == {Finding.WORKS}
    assert {b"V1:V2V1", b"V1:V1V2", b"V2:V1V2", b"V2:V2V1"} <= set(said)


# --- PostgreSQL ---------------------------------------------------------------------------------


def several(_: str, wires: Wires) -> Any:
    with connect(wires) as connection:
        connection.execute("SELECT current_database(); SELECT 'a;b' FROM rows; SELECT count(*) FROM rows")
        connection.execute("SELECT oid FROM pg_class LIMIT 1")


def prepared(_: str, wires: Wires) -> Any:
    with connect(wires, prepare_threshold=0) as connection:
        for number in (7, 8):
            connection.execute("SELECT id FROM rows WHERE id = %s", (number,)).fetchall()


def pipelined(_: str, wires: Wires) -> Any:
    with connect(wires) as connection, connection.pipeline():
        connection.execute("SELECT id FROM rows")
        connection.execute("SELECT id FROM rows WHERE id > %s", (1,))


def copied_out(_: str, wires: Wires) -> Any:
    with connect(wires) as connection, connection.cursor().copy("COPY rows TO STDOUT") as copy:
        return len(list(copy))


@pytest.mark.parametrize("back", [several, prepared, pipelined, copied_out])
def test_statements_of_one_hop_are_that_hop(make: Made, back: Handler) -> None:
    assert alone(make(back=back)) == []


def writes_instead(_: str, wires: Wires) -> Any:
    with connect(wires) as connection, connection.cursor().copy("COPY rows FROM STDIN") as copy:
        copy.write_row([8])


def touches_another(_: str, wires: Wires) -> Any:
    with connect(wires) as connection:
        connection.execute("INSERT INTO public.log VALUES ('hello')")


@pytest.mark.parametrize(
    ("back", "words"),
    [
        (
            writes_instead,
            "takes the hop `back writes db: row` where the request `ask` declares `back reads db: row`",
        ),
        (touches_another, "`back` writes the table `log`, which `db` does not name"),
    ],
)
def test_a_statement_that_is_another_hop_is_told(make: Made, back: Handler, words: str) -> None:
    assert words in "\n".join(alone(make(back=back)))


def test_a_lock_that_another_request_holds_is_no_fault_of_this_one(make: Made) -> None:
    """As where several are played at once: somebody has the table, and the statement gives up."""

    def back(_: str, wires: Wires) -> Any:
        with connect(wires) as connection:
            connection.execute("SELECT id FROM rows")

    with Trial(make(back=back)) as trial, trial.world() as world:
        request = next(r for r in trial.deployment.requests if r.name == "ask")
        server: Any = trial.site.servers["db"]
        with server._connect(server._database(world.folder.name)) as other, other.transaction():
            other.execute("LOCK TABLE rows")
            session = trial.run(world, request, trial.alone_at("V1", request))
        assert session.impossible


# --- Redis --------------------------------------------------------------------------------------


def as_hash(version: str, wires: Wires) -> Any:
    cache(wires).hset("note", mapping={"text": version, "more": "x"})
    publish(version, wires)


def in_transaction(version: str, wires: Wires) -> Any:
    with cache(wires).pipeline(transaction=True) as pipeline:
        pipeline.set("note", "nothing").set("note", version).expire("note", 600).execute()
    publish(version, wires)


def read_hash(_: str, wires: Wires) -> Any:
    news = listen_to_news(wires)
    return news + cache(wires).hgetall("note")[b"text"]


def listen_to_news(wires: Wires) -> bytes:
    with broker(wires) as connection:
        method, _, body = connection.channel().basic_get("news", auto_ack=True)
        assert method is not None
        return bytes(body)


@pytest.mark.parametrize(("told", "jobs"), [(as_hash, read_hash), (in_transaction, listen)])
def test_values_of_any_type_are_found_in_the_form_of_their_writer(
    make: Made, told: Handler, jobs: Handler
) -> None:
    said: list[bytes] = []

    def hear(version: str, wires: Wires) -> Any:
        said.append(version.encode() + b":" + jobs(version, wires))

    with Trial(make(told=told, jobs=hear)) as trial:
        assert trial.alone == ()
        assert said == [b"V1:V1V1", b"V2:V2V2"]
        said.clear()
        learn(trial)
    assert {b"V1:V1V2", b"V2:V2V1"} <= set(said)


def test_a_key_that_is_thrown_away_is_gone_in_every_form(make: Made) -> None:
    def told(version: str, wires: Wires) -> Any:
        cache(wires).set("note", version)
        cache(wires).delete("note")
        publish(version, wires)

    said: list[Any] = []

    def jobs(_: str, wires: Wires) -> Any:
        listen_to_news(wires)
        said.append(cache(wires).get("note"))

    with Trial(make(told=told, jobs=jobs)) as trial:
        assert trial.alone == ()
    assert said == [None, None]


def test_a_key_without_a_subject_is_told(make: Made) -> None:
    with pytest.raises(HarnessError, match="`cache` has no subject for `note`; its patterns are other:"):
        Trial(make(keys={"other:*": "note"}))


@pytest.fixture
def given_redis(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of a server that runs already, and wants a password."""
    site = Site({"cache": Redis({})}, tmp_path / "site")
    site.open()
    url = urlsplit(site.servers["cache"].url)
    host, port = str(url.hostname), int(url.port or 0)
    redis.Redis(host, port).set("somebody's", 1)
    redis.Redis(host, port).config_set("requirepass", "pass:word")
    yield f"redis://:pass%3Aword@{host}:{port}/9"
    site.close()


def in_a_database_of_its_own(version: str, wires: Wires) -> Any:
    host, port = wires.address("cache").split(":")
    redis.Redis(host, int(port), db=3).set("note", version)
    publish(version, wires)


def test_a_given_server_is_used_and_left_as_it_was(make: Made, given_redis: str) -> None:
    """Whatever database an instance selects: the two that say `listen` read the one that they are given."""
    with Trial(make(told=in_a_database_of_its_own, cache_server=given_redis)) as trial:
        assert trial.alone == ()
        assert all(lesson.finding is Finding.WORKS for lesson in learn(trial))
    with redis.Redis.from_url(given_redis) as left, redis.Redis.from_url(given_redis[:-1] + "0") as others:
        assert (left.dbsize(), others.dbsize()) == (0, 1)


def test_a_given_database_that_holds_anything_is_left_alone(make: Made, given_redis: str) -> None:
    told = r"database 0 of the Redis server of `cache` is not empty \(keys: 1\)"
    with pytest.raises(HarnessError, match=told):
        Trial(make(cache_server=given_redis[:-1] + "0"))
    for wrong, said in (
        ("http://x", "is a URL, `redis://"),
        ("redis://127.0.0.1:1", "the Redis server of `cache`: "),
    ):
        with pytest.raises(HarnessError, match=said):
            Trial(make(cache_server=wrong))


# --- AMQP ---------------------------------------------------------------------------------------


def publish_by_exchange(version: str, wires: Wires) -> Any:
    cache(wires).set("note", version)
    with broker(wires) as connection:
        channel = connection.channel()
        channel.exchange_declare("paper", "topic")
        channel.queue_declare("news")
        channel.queue_bind("news", "paper", "local.#")
        headers = pika.BasicProperties(headers={"by": version}, content_type="text/plain")
        channel.basic_publish("paper", "local.today", version.encode() * 100_000, headers)


def test_what_an_exchange_routes_is_found_with_its_properties(make: Made) -> None:
    heard: list[Any] = []

    def jobs(_: str, wires: Wires) -> Any:
        with broker(wires) as connection:
            channel = connection.channel()
            method, properties, body = channel.basic_get("news")
            heard.append(
                (method.exchange, method.routing_key, properties.headers, properties.content_type, len(body))
            )
            channel.basic_ack(method.delivery_tag)
        cache(wires).get("note")

    topics = {"news": "news", "paper/local.*": "news"}
    assert alone(make(told=publish_by_exchange, jobs=jobs, topics=topics)) == []
    assert heard == [("paper", "local.today", {"by": v}, "text/plain", 200_000) for v in ("V1", "V2")]


def test_a_message_that_no_queue_takes_is_lost_as_it_is(make: Made) -> None:
    def told(version: str, wires: Wires) -> Any:
        cache(wires).set("note", version)
        with broker(wires) as connection:
            channel = connection.channel()
            channel.queue_declare("news")
            channel.exchange_declare("nobody", "fanout")
            channel.basic_publish("nobody", "news", b"lost")

    said = alone(make(told=told, topics={"news": "news", "nobody/*": "news"}))
    assert said
    assert all(
        "does not serve `listen`: it waits for a message that no other request leaves" in line
        for line in said
    )


def test_a_publisher_that_waits_for_the_broker_is_answered(make: Made) -> None:
    def told(version: str, wires: Wires) -> Any:
        cache(wires).set("note", version)
        with broker(wires) as connection:
            channel = connection.channel()
            channel.queue_declare("news")
            channel.confirm_delivery()
            channel.basic_publish("", "news", version.encode(), mandatory=True)

    assert alone(make(told=told)) == []


def test_a_queue_that_is_not_there_is_the_consumers_failure(make: Made) -> None:
    def jobs(_: str, wires: Wires) -> Any:
        with broker(wires) as connection:
            connection.channel().basic_get("newz")

    said = alone(make(jobs=jobs))
    assert len(said) == 2
    assert "NOT_FOUND - no queue 'newz'" in said[0]


def test_publishing_in_a_transaction_is_refused(make: Made) -> None:
    def told(version: str, wires: Wires) -> Any:
        cache(wires).set("note", version)
        with broker(wires) as connection:
            channel = connection.channel()
            channel.queue_declare("news")
            channel.tx_select()
            channel.basic_publish("", "news", version.encode())
            channel.tx_commit()

    with pytest.raises(
        HarnessError, match="`back` publishes to `queue` in a transaction, which is not driven"
    ):
        Trial(make(told=told))


def test_tls_is_refused_though_the_code_copes(make: Made) -> None:
    """What it does without the answer shows nothing of a mix."""

    def tell_or_not(version: str, wires: Wires) -> None:
        host, _, port = wires.address("cache").partition(":")
        with suppress(OSError), socket.create_connection((host, int(port))) as plain:
            ssl.create_default_context().wrap_socket(plain, server_hostname="cache")
        tell(version, wires)

    with pytest.raises(HarnessError, match="`back` speaks TLS to `cache`, which the harness cannot read"):
        Trial(make(told=tell_or_not))
