"""Services of Amazon ECS and the stores beside them, from a plan of Terraform or OpenTofu in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from ..deployment import Kind
from ..names import Place
from .addresses import Hosts, is_good_name
from .json_files import Json, as_dict, as_dicts, text_of
from .outside import find_outside
from .seen import OUTSIDE, Basis, Origin, Seen, SeenStep, SeenUnit
from .stores import find_store

_STORES = {
    "aws_db_instance": (Kind.DATABASE, "identifier"),
    "aws_rds_cluster": (Kind.DATABASE, "cluster_identifier"),
    "aws_dynamodb_table": (Kind.DATABASE, "name"),
    "aws_docdb_cluster": (Kind.DATABASE, "cluster_identifier"),
    "aws_elasticache_cluster": (Kind.CACHE, "cluster_id"),
    "aws_elasticache_replication_group": (Kind.CACHE, "replication_group_id"),
    "aws_elasticache_serverless_cache": (Kind.CACHE, "name"),
    "aws_opensearch_domain": (Kind.CACHE, "domain_name"),
    "aws_sqs_queue": (Kind.BROKER, "name"),
    "aws_mq_broker": (Kind.BROKER, "broker_name"),
    "aws_msk_cluster": (Kind.BROKER, "cluster_name"),
    "aws_kinesis_stream": (Kind.BROKER, "name"),
    "aws_sns_topic": (Kind.BROKER, "name"),
}
_ENDPOINTS = (
    "address",
    "endpoint",
    "reader_endpoint",
    "primary_endpoint_address",
    "configuration_endpoint_address",
    "configuration_endpoint",
)
"""Where a store that is there already is reached."""
_UNREAD = frozenset(
    {
        "aws_lambda_function",
        "aws_apprunner_service",
        "google_cloud_run_service",
        "google_cloud_run_v2_service",
        "azurerm_container_app",
        "azurerm_linux_web_app",
        "kubernetes_deployment",
        "kubernetes_deployment_v1",
        "kubernetes_manifest",
        "helm_release",
        "nomad_job",
    }
)
"""Resources that run code in a way that is not read."""
_SERVICE, _TASK = "aws_ecs_service", "aws_ecs_task_definition"
_INDEX = re.compile(r"\[[^\]]*\]")


class Resource(Struct, frozen=True):
    """A resource as it is planned; `references` are the addresses that its arguments name."""

    address: str
    type: str
    values: Mapping[str, Json]
    references: tuple[str, ...]

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        return value if isinstance(value, str) else None

    def number(self, key: str, default: int) -> int:
        value = self.values.get(key)
        return value if isinstance(value, int) and 0 <= value <= 100_000 else default


def see_plan(plan: Mapping[str, Json], file: str, seen: Seen) -> None:
    """Adds what a plan says."""
    _Reading(list(_list_resources(plan)), Place(file, 1, 1), seen).see()


class _Reading:
    def __init__(self, resources: list[Resource], place: Place, seen: Seen) -> None:
        self.resources, self.place, self.seen = resources, place, seen
        self.names = dict(self._name_resources())
        self.tasks = {one.address: one for one in resources if one.type == _TASK}

    def see(self) -> None:
        services = [one for one in self.resources if one.type == _SERVICE and one.address in self.names]
        hosts = Hosts()
        for one in self.resources:
            if one.address in self.names:
                hosts.add(self.names[one.address], self.names[one.address])
                for host in _list_endpoints(one):
                    hosts.add(host, self.names[one.address])
        for one in self.resources:
            if one.type in _UNREAD:
                self.seen.remark(
                    f"{one.address} runs code in a way that is not read, so it is left out", self.place
                )
        for one in self.resources:
            if one.type in _STORES and one.address in self.names:
                self.seen.add(SeenUnit(self.names[one.address], self._origin(one), _STORES[one.type][0]))
        for one in services:
            self._service(one, hosts)
        if services:
            self.seen.rollout.append(SeenStep("Apply", Origin("terraform apply", self.place), (), (), True))

    def _origin(self, one: Resource, words: str = "") -> Origin:
        return Origin(words or one.address, self.place)

    def _name_resources(self) -> Iterator[tuple[str, str]]:
        taken: set[str] = set()
        for one in self.resources:
            key = "name" if one.type == _SERVICE else _STORES.get(one.type, ("", ""))[1]
            if not key:
                continue
            name = one.text(key) or _INDEX.sub("", one.address).rpartition(".")[2]
            while name in taken:
                name += f"-{one.type.removeprefix('aws_').replace('_', '-')}"
            if is_good_name(name):
                taken.add(name)
                yield one.address, name
            else:
                self.seen.refuse(f"`{name[:80]}`, the name of {one.address[:200]}, cannot be one", self.place)

    def _service(self, one: Resource, hosts: Hosts) -> None:
        name = self.names[one.address]
        if one.number("desired_count", 1) == 0:
            self.seen.remark(f"{one.address} is left out: no task of it is wanted", self.place)
            return
        task = self._find_task(one)
        containers = list(_list_containers(task))
        image = next((text for text in (text_of(container, "image") for container in containers) if text), "")
        kind = find_store(image, name)
        has_check = any(isinstance(container.get("healthCheck"), dict) for container in containers)
        balanced = bool(one.values.get("load_balancer"))
        ready = (("readiness", "event"),) if has_check or balanced else ()
        settings = () if kind else (*_strategy(one), *ready)
        is_open = balanced or any(container.get("portMappings") for container in containers)
        self.seen.add(SeenUnit(name, self._origin(one), kind, settings, is_open, image or None))
        if balanced:
            self.seen.link(
                OUTSIDE, [name], Basis.ENTRANCE, self._origin(one, f"load_balancer of {one.address}")
            )
        for container in containers:
            for variable, value in _list_variables(container):
                origin = self._origin(one, variable)
                queues = self._find_queues(value)
                if not queues:
                    for host, unit in find_outside(
                        variable, value, origin, hosts, self.seen, self.names.values()
                    ):
                        hosts.add(host, unit)
                self.seen.link(name, queues or hosts.find(variable, value), Basis.ADDRESS, origin)
        self._references(name, one, task)

    def _find_queues(self, value: str) -> list[str]:
        """The queue of a URL; all queues of a region are at one host."""
        queues = [one for one in self.resources if one.type == "aws_sqs_queue" and one.address in self.names]
        if "://sqs." not in value:
            return []
        return [self.names[one.address] for one in queues if value.endswith(f"/{one.text('name')}")]

    def _references(self, name: str, one: Resource, task: Resource | None) -> None:
        """Stores and services that the task names by reference: their addresses are not known yet."""
        for reference in (*one.references, *(task.references if task else ())):
            for target in self.resources:
                base = _INDEX.sub("", target.address)
                is_meant = reference == base or reference.startswith(f"{base}.")
                if is_meant and target.address in self.names and target.type in _STORES:
                    origin = self._origin(one, f"{reference} in {(task or one).address}")
                    self.seen.link(name, [self.names[target.address]], Basis.ADDRESS, origin)

    def _find_task(self, service: Resource) -> Resource | None:
        for task in self.tasks.values():
            base = _INDEX.sub("", task.address)
            if any(one == base or one.startswith(f"{base}.") for one in service.references):
                return task
        family = self.names[service.address]
        return next((task for task in self.tasks.values() if task.text("family") == family), None)


def _list_endpoints(one: Resource) -> Iterator[str]:
    """The hosts of a store that the plan knows."""
    for key in _ENDPOINTS if one.type in _STORES else ():
        host = (one.text(key) or "").partition("://")[2] or one.text(key) or ""
        yield from (name for name in [host.partition(":")[0]] if name)


def _strategy(one: Resource) -> tuple[tuple[str, str], ...]:
    """ECS starts up to the maximum percent (rounded down) and keeps the healthy minimum (rounded up)."""
    controller = _first(one.values.get("deployment_controller"))
    if text_of(controller, "type") == "CODE_DEPLOY":
        return (*_replicas(one), ("strategy", "blue-green"))
    is_daemon = one.text("scheduling_strategy") == "DAEMON"
    count = 2 if is_daemon else one.number("desired_count", 1)
    most = one.number("deployment_maximum_percent", 100 if is_daemon else 200)
    least = one.number("deployment_minimum_healthy_percent", 0 if is_daemon else 100)
    more = "100%" if most == 200 else str(max(0, count * most // 100 - count))
    fewer = str(max(0, count - -(-count * least // 100)))
    return (*_replicas(one), ("max_surge", more), ("max_unavailable", "1" if more == fewer == "0" else fewer))


def _replicas(one: Resource) -> tuple[tuple[str, str], ...]:
    count = 2 if one.text("scheduling_strategy") == "DAEMON" else one.number("desired_count", 1)
    return (("replicas", str(count)),) if count > 1 else ()


def _list_containers(task: Resource | None) -> Iterator[dict[str, Json]]:
    """The containers of a task, where they are known before `apply`."""
    text = task.text("container_definitions") if task else None
    try:
        found = json.loads(text) if text and len(text) <= 1_000_000 else []
    except (ValueError, RecursionError):
        return
    yield from (one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()


def _list_variables(container: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for one in container.get("environment") or ():
        if isinstance(one, dict) and isinstance(one.get("name"), str) and isinstance(one.get("value"), str):
            yield one["name"], one["value"]


def _list_resources(plan: Mapping[str, Json]) -> Iterator[Resource]:
    """The resources of all modules, with what their arguments refer to."""
    references = dict(_list_references(as_dict(as_dict(plan.get("configuration")).get("root_module")), ""))
    modules = [as_dict(as_dict(plan.get("planned_values")).get("root_module"))]
    for module in modules:
        for one in as_dicts(module.get("resources")):
            address, kind = text_of(one, "address"), text_of(one, "type")
            if address and kind and one.get("mode") in (None, "managed"):
                found = references.get(_INDEX.sub("", address), ())
                yield Resource(address, kind, as_dict(one.get("values")), found)
        modules += as_dicts(module.get("child_modules"))


def _list_references(module: Mapping[str, Json], prefix: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for one in as_dicts(module.get("resources")):
        found = tuple(f"{prefix}{name}" for name in _references_in(one.get("expressions")))
        yield f"{prefix}{text_of(one, 'address')}", found
    for name, call in as_dict(module.get("module_calls")).items():
        yield from _list_references(as_dict(as_dict(call).get("module")), f"{prefix}module.{name}.")


def _references_in(value: Json) -> Iterator[str]:
    """All `references` below a value; JSON that was read has a limited depth."""
    for one in value if isinstance(value, list) else ():
        yield from _references_in(one)
    for key, one in value.items() if isinstance(value, dict) else ():
        if key == "references" and isinstance(one, list):
            yield from (name for name in one if isinstance(name, str))
        else:
            yield from _references_in(one)


def _first(value: Json) -> dict[str, Json]:
    return as_dict(value[0]) if isinstance(value, list) and value else as_dict(value)
