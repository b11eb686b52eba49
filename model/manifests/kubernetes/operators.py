"""Stores that operators run from resources of their own, and what else runs pods and is not read."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ...deployment import Kind
from ..seen import Origin, SeenParts, SeenUnit
from .objects import Cluster, Object
from .workloads import Workload


class _Resource(Struct, frozen=True):
    """`services` are the names of the Services that the operator makes, `*` for the resource's own."""

    kind: str
    group: str
    store: Kind
    services: str


_RESOURCES = tuple(
    _Resource(*one)
    for one in (
        ("Kafka", "kafka.strimzi.io", Kind.BROKER, "*-kafka-bootstrap *-kafka-brokers"),
        ("Redpanda", "cluster.redpanda.com", Kind.BROKER, "*"),
        ("RabbitmqCluster", "rabbitmq.com", Kind.BROKER, "* *-nodes"),
        ("Cluster", "postgresql.cnpg.io", Kind.DATABASE, "*-rw *-ro *-r"),
        ("postgresql", "acid.zalan.do", Kind.DATABASE, "* *-repl *-pooler"),
        (
            "PostgresCluster",
            "postgres-operator.crunchydata.com",
            Kind.DATABASE,
            "*-primary *-replicas *-pgbouncer *-ha",
        ),
        ("PerconaPGCluster", "pgv2.percona.com", Kind.DATABASE, "*-primary *-pgbouncer *-ha"),
        ("PerconaXtraDBCluster", "pxc.percona.com", Kind.DATABASE, "*-haproxy *-proxysql *-pxc"),
        ("PerconaServerMongoDB", "psmdb.percona.com", Kind.DATABASE, "*-rs0 *-mongos"),
        ("MongoDBCommunity", "mongodbcommunity.mongodb.com", Kind.DATABASE, "*-svc"),
        ("InnoDBCluster", "mysql.oracle.com", Kind.DATABASE, "*"),
        ("MariaDB", "k8s.mariadb.com", Kind.DATABASE, "* *-primary *-secondary"),
        ("Elasticsearch", "elasticsearch.k8s.elastic.co", Kind.CACHE, "*-es-http"),
        ("OpenSearchCluster", "opensearch.opster.io", Kind.CACHE, "*"),
        ("Redis", "redis.redis.opstreelabs.in", Kind.CACHE, "*"),
        ("RedisReplication", "redis.redis.opstreelabs.in", Kind.CACHE, "* *-master *-replica"),
        ("RedisCluster", "redis.redis.opstreelabs.in", Kind.CACHE, "*-leader *-follower"),
        ("RedisFailover", "databases.spotahome.com", Kind.CACHE, "rfs-* rfr-* rfrm-*"),
        ("Dragonfly", "dragonflydb.io", Kind.CACHE, "*"),
    )
)
"""As the documentation of each operator names them."""


class OperatedStore(Struct, frozen=True):
    unit: SeenUnit
    object: Object
    services: tuple[str, ...]


def list_operated(cluster: Cluster, workloads: list[Workload]) -> Iterator[OperatedStore]:
    """The stores of operators, with the Services by which they are called."""
    taken = {one.name for one in workloads}
    for resource in _RESOURCES:
        for one in cluster.of(resource.kind, resource.group):
            name = one.name if one.name not in taken else f"{one.name}-{resource.store}"
            taken.add(name)
            services = tuple(form.replace("*", one.name) for form in resource.services.split())
            yield OperatedStore(SeenUnit(name, Origin(one.kind, one.place), resource.store), one, services)


def remark_unread(cluster: Cluster, seen: SeenParts) -> None:
    """Tells of resources that run pods in a way that is not known."""
    for one in cluster.objects.values():
        if not one.runs_pods and one.spec.at("template", "spec", "containers").is_list:
            message = f"{one.words} ({one.group}) runs pods in a way that is not read, so it is left out"
            seen.remark(message, one.place)
