"""What an image is: a database, a cache, a broker, or the team's own code."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..deployment import Kind

_NAMES = {
    Kind.DATABASE: "postgres postgresql postgis pgvector timescaledb mysql mariadb percona mongo mongodb "
    "cassandra scylla cockroach cockroachdb couchdb couchbase mssql oracle clickhouse neo4j influxdb "
    "dynamodb etcd yugabyte yugabytedb tidb arangodb rethinkdb firebird sqlserver",
    Kind.CACHE: "redis valkey memcached keydb dragonfly hazelcast elasticsearch opensearch elastic solr "
    "meilisearch typesense minio azurite seaweedfs",
    Kind.BROKER: "rabbitmq kafka redpanda nats activemq artemis pulsar mosquitto emqx nsq rocketmq elasticmq",
}
_KINDS = {word: kind for kind, words in _NAMES.items() for word in words.split()}

_HELPERS = (
    "exporter ui commander express manager operator proxy backup connect client sentinel admin migrate "
    "migration migrations tools bouncer insight schema registry rest mirror dashboards dashboard kibana "
    "consumer producer worker api gateway sidecar init bench benchmark cli adminer twemproxy box"
)
_BESIDE = frozenset(_HELPERS.split())
"""Words of an image that works beside a store: `postgres-exporter`, `kafka-ui`."""

_PORTS = {
    5432: Kind.DATABASE,
    3306: Kind.DATABASE,
    27017: Kind.DATABASE,
    1433: Kind.DATABASE,
    1521: Kind.DATABASE,
    9042: Kind.DATABASE,
    6379: Kind.CACHE,
    11211: Kind.CACHE,
    5672: Kind.BROKER,
    9092: Kind.BROKER,
    4222: Kind.BROKER,
    61616: Kind.BROKER,
}
"""Ports that protocols of stores are registered with at IANA, or have by custom."""


def find_store(image: str, name: str, ports: Iterable[int] = ()) -> Kind | None:
    """The kind of a store; None for anything else. `name` is the workload's.

    >>> find_store("postgres:16", "db"), find_store("prometheuscommunity/postgres-exporter", "metrics")
    (<Kind.DATABASE: 'database'>, None)
    """
    repository, _, tag = _without_digest(image).rpartition("/")[2].partition(":")
    words = _words(repository)
    if _BESIDE & {*words, *_words(name)}:
        return None
    for word in (*words, *_words(tag)):
        if word in _KINDS:
            return _KINDS[word]
    by_port = {_PORTS[port] for port in ports if port in _PORTS}
    return by_port.pop() if len(by_port) == 1 else None


def name_repository(image: str) -> str:
    """The image without its registry, tag and digest: what it is called."""
    return _without_digest(image).rpartition("/")[2].partition(":")[0]


def _without_digest(image: str) -> str:
    return image.partition("@")[0][:300]


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9]+|(?<=[a-z])\d+$", text.lower()) if word]


_MIGRATION = re.compile(
    r"\bmigrat(?:e|es|ion|ions|or)\b|\balembic\b.{0,60}\bupgrade\b|\bflyway\b|\bliquibase\b|\bdb:migrate\b|"
    r"\bdbmate\b.{0,30}\bup\b|\bgoose\b.{0,60}\bup\b|\bprisma\b.{0,30}\bdb push\b|\bdbdeploy\b|"
    r"\bdb[-_:]upgrade\b",
    re.IGNORECASE,
)


def is_migration(*texts: str) -> bool:
    """Whether a name, image or command is one that migrates a database."""
    return any(find_migration(text[:5_000]) is not None for text in texts)


def find_migration(text: str) -> int | None:
    """Where in a text a database is migrated."""
    found = _MIGRATION.search(text.replace("_", "-"))
    return found.start() if found else None
