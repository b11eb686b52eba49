"""Services of Amazon ECS and the stores beside them, from a plan of Terraform or OpenTofu in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ..deployment import Kind
from ..names import Place
from .addresses import Hosts, is_good_name
from .ecs import count_tasks, find_shift, read_deployment
from .json_files import Json, text_of
from .outside import find_outside
from .planned import Resource, list_resources
from .seen import OUTSIDE, Basis, Origin, SeenParts, SeenStep, SeenUnit
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


def see_plan(plan: Mapping[str, Json], file: str, seen: SeenParts) -> None:
    """Adds what a plan says."""
    _Reading(list(list_resources(plan)), Place(file, 1, 1), seen).see()


class _Reading:
    def __init__(self, resources: list[Resource], place: Place, seen: SeenParts) -> None:
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
            name = one.text(key) or one.base.rpartition(".")[2]
            while name in taken:
                name += f"-{one.type.removeprefix('aws_').replace('_', '-')}"
            if is_good_name(name):
                taken.add(name)
                yield one.address, name
            else:
                self.seen.refuse(f"`{name[:80]}`, the name of {one.address[:200]}, cannot be one", self.place)

    def _service(self, one: Resource, hosts: Hosts) -> None:
        name = self.names[one.address]
        count = count_tasks(one, name, self.resources)
        if count == 0:
            self.seen.remark(f"{one.address} is left out: no task of it is wanted", self.place)
            return
        task = self._find_task(one)
        containers = list(_list_containers(task))
        image = next((text for text in (text_of(container, "image") for container in containers) if text), "")
        kind = find_store(image, name)
        has_check = any(isinstance(container.get("healthCheck"), dict) for container in containers)
        balanced = bool(one.values.get("load_balancer"))
        ready = (("readiness", "event"),) if has_check or balanced else ()
        rolled = read_deployment(one, count, find_shift(one, name, self.resources))
        settings = () if kind else (*rolled.keys, *ready)
        is_open = balanced or any(container.get("portMappings") for container in containers)
        notes = () if kind else rolled.notes
        self.seen.add(SeenUnit(name, self._origin(one), kind, settings, is_open, image or None, notes))
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
                is_meant = reference == target.base or reference.startswith(f"{target.base}.")
                if is_meant and target.address in self.names and target.type in _STORES:
                    origin = self._origin(one, f"{reference} in {(task or one).address}")
                    self.seen.link(name, [self.names[target.address]], Basis.ADDRESS, origin)

    def _find_task(self, service: Resource) -> Resource | None:
        for task in self.tasks.values():
            if service.refers_to(task):
                return task
        family = self.names[service.address]
        return next((task for task in self.tasks.values() if task.text("family") == family), None)


def _list_endpoints(one: Resource) -> Iterator[str]:
    """The hosts of a store that the plan knows."""
    for key in _ENDPOINTS if one.type in _STORES else ():
        host = (one.text(key) or "").partition("://")[2] or one.text(key) or ""
        yield from (name for name in [host.partition(":")[0]] if name)


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
