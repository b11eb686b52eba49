"""Stores that run somewhere else, as addresses of those who use them tell: managed databases and the like."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from msgspec import Struct

from ..deployment import Kind
from .addresses import Hosts
from .hosts import MAX_SCANNED, list_words, says_address
from .seen import Origin, SeenParts, SeenUnit

_DATABASES = "postgres mysql mariadb mongodb sqlserver oracle cockroachdb cassandra clickhouse"
_CACHES = "redis memcached opensearch"
_BROKERS = "rabbitmq kafka nats mqtt activemq pulsar sqs sns servicebus"
_KINDS = {
    **dict.fromkeys(_DATABASES.split(), Kind.DATABASE),
    **dict.fromkeys(_CACHES.split(), Kind.CACHE),
    **dict.fromkeys(_BROKERS.split(), Kind.BROKER),
}
"""Products by what they are."""

_SCHEMES = {
    "postgresql": "postgres",
    "pgsql": "postgres",
    "mongo": "mongodb",
    "mssql": "sqlserver",
    "rediss": "redis",
    "valkey": "redis",
    "memcache": "memcached",
    "amqp": "rabbitmq",
    "amqps": "rabbitmq",
    "tls+nats": "nats",
    "mqtts": "mqtt",
    **{word: word for word in _KINDS if word not in ("sqs", "sns", "servicebus", "opensearch")},
}
"""Schemes of URLs; of one like `mysql+pymysql` the first part counts."""
_PORTS = {
    "5432": "postgres",
    "3306": "mysql",
    "27017": "mongodb",
    "1433": "sqlserver",
    "1521": "oracle",
    "9042": "cassandra",
    "6379": "redis",
    "11211": "memcached",
    "5672": "rabbitmq",
    "5671": "rabbitmq",
    "9092": "kafka",
    "9096": "kafka",
    "4222": "nats",
    "61616": "activemq",
}
_DOMAINS = (
    (re.compile(r"^(sqs|sns)\.[\w-]+\.amazonaws\.com$"), None),
    (re.compile(r"\.kafka\.[\w-]+\.amazonaws\.com$|\.confluent\.cloud$"), "kafka"),
    (re.compile(r"\.mq\.[\w-]+\.(?:amazonaws\.com|on\.aws)$"), "rabbitmq"),
    (re.compile(r"\.cache\.amazonaws\.com$|\.redis\.cache\.windows\.net$|\.upstash\.io$"), "redis"),
    (re.compile(r"\.(?:es|aoss)\.amazonaws\.com$"), "opensearch"),
    (re.compile(r"\.postgres\.database\.azure\.com$"), "postgres"),
    (re.compile(r"\.mysql\.database\.azure\.com$"), "mysql"),
    (re.compile(r"\.database\.windows\.net$"), "sqlserver"),
    (re.compile(r"\.mongodb\.net$|\.docdb\.amazonaws\.com$"), "mongodb"),
    (re.compile(r"\.servicebus\.windows\.net$"), "servicebus"),
)
"""Domains of those who run stores for others; None: the product is the first part of the host."""
_WORDS = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "pg": "postgres",
    "mysql": "mysql",
    "mongo": "mongodb",
    "mongodb": "mongodb",
    "redis": "redis",
    "memcached": "memcached",
    "kafka": "kafka",
    "rabbitmq": "rabbitmq",
    "amqp": "rabbitmq",
    "nats": "nats",
    "db": "database",
    "database": "database",
}
"""Words of a variable that holds a bare host."""

_HOST = r"([A-Za-z0-9](?:[\w.-]{0,250}\w)?)"
_URL = re.compile(
    rf"(?<![\w.+-])([a-z][a-z0-9+.-]{{0,30}})://(?:[^/@\s]{{0,300}}@)?({_HOST[1:-1]}"
    rf"(?::\d{{1,5}})?(?:,{_HOST[1:-1]}(?::\d{{1,5}})?){{0,20}})",
    re.I,
)
_PAIR = re.compile(rf"(?<![\w.@/:-]){_HOST}:(\d{{4,5}})(?![\w.:])")
_BARE = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){2,10}")
_OWN = re.compile(r"(?:localhost|127\.[\d.]+|0\.0\.0\.0|::1)$", re.I)
_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")


class OutsideStore(Struct, frozen=True):
    """What a store is called (its product), and the hosts by which one text knows it."""

    product: str
    kind: Kind
    hosts: tuple[str, ...]


def find_outside(
    name: str, value: str, origin: Origin, hosts: Hosts, seen: SeenParts, taken: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Adds the stores that a variable names and no manifest has; gives their hosts, and what they are called.
    `taken` are names of other units."""
    for store in list_stores(name, value):
        known = hosts.find_all(store.hosts)
        unit = known[0] if known else _name(store, {*taken, *seen.units})
        if not known:
            words = f"{origin.words} names it, no manifest has it".strip()
            seen.add(SeenUnit(unit, Origin(words, origin.place), store.kind))
        yield from ((host, unit) for host in store.hosts if not hosts.find_exactly(host))


def _name(store: OutsideStore, taken: Collection[str]) -> str:
    """A host without a domain is a name that somebody gave it; others are called by their product."""
    wanted = store.hosts[0] if "." not in store.hosts[0] else store.product
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name


def list_stores(name: str, value: str) -> Iterator[OutsideStore]:
    """The stores that a value names, whoever runs them.

    >>> [(one.product, one.hosts) for one in list_stores("DATABASE_URL", "postgresql://u:p@db.example.com/shop")]
    [('postgres', ('db.example.com',))]
    >>> [one.product for one in list_stores("KAFKA_BROKERS", "b-1.example.com:9092,b-2.example.com:9092")]
    ['kafka']
    >>> list(list_stores("API_URL", "https://api.example.com"))
    []
    """
    if len(value) > MAX_SCANNED:
        return
    found: dict[str, list[str]] = {}
    for host, product in _list_hosts(name, value.strip()):
        if product in _KINDS or product == "database":
            found.setdefault(product, []).append(host)
    for product, hosts in found.items():
        kept = tuple(dict.fromkeys(host for host in hosts if not _OWN.match(host)))
        if kept:
            yield OutsideStore(product, _KINDS.get(product, Kind.DATABASE), kept)


def _list_hosts(name: str, value: str) -> Iterator[tuple[str, str]]:
    for scheme, listed in _URL.findall(value):
        for one in listed.split(","):
            host = one.partition(":")[0]
            product = _SCHEMES.get(scheme.lower().split("+")[0]) or _find_by_domain(host)
            yield host, product or ""
    if not says_address(name):
        return
    if "://" not in value:
        yield from ((host, _PORTS.get(port, "")) for host, port in _PAIR.findall(value))
    if _BARE.fullmatch(value):
        words = list_words(name)
        product = next((told for word, told in _WORDS.items() if word in words), "")
        yield value, _find_by_domain(value) or product


def _find_by_domain(host: str) -> str | None:
    for pattern, product in _DOMAINS:
        if found := pattern.search(host.lower()):
            return product or found[1]
    return None
