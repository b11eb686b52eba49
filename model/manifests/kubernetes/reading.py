"""Manifests of Kubernetes as units, links and steps."""

from __future__ import annotations

from collections.abc import Iterable

from ...deployment import Kind
from ..jobs import describe_job
from ..outside import find_outside
from ..seen import OUTSIDE, Basis, SeenParts
from ..stores import is_migration
from ..views import View
from .course import JobRun, list_steps
from .environment import list_files, list_told
from .kustomize import apply_kustomizations
from .network import Network
from .objects import Cluster, collect
from .operators import list_operated, remark_unread
from .policies import Policies
from .workloads import Workload, list_workloads, make_unit


def see_kubernetes(documents: Iterable[View], seen: SeenParts) -> None:
    """Adds what manifests say."""
    cluster = collect(apply_kustomizations(documents, seen), seen)
    _Reading(cluster, seen).see()


class _Reading:
    def __init__(self, cluster: Cluster, seen: SeenParts) -> None:
        self.cluster, self.seen = cluster, seen
        self.workloads = list_workloads(cluster, seen)
        self.network = Network(cluster, self.workloads)

    def see(self) -> None:
        jobs = [one for one in self.workloads if one.object.kind == "Job"]
        running = [one for one in self.workloads if one.object.kind != "Job"]
        reached = {name for one in self.network.list_services() for name in self.network.behind(one)}
        units = {one.name: make_unit(one, one.name in reached, []) for one in running}
        for store in list_operated(self.cluster, self.workloads):
            self.seen.add(store.unit)
            for name in store.services:
                self.network.add_service(name, store.object.namespace, store.unit.name)
        remark_unread(self.cluster, self.seen)
        self._find_outside([*(one for one in running if not units[one.name].is_store), *jobs])
        databases = {name for name, unit in (units | self.seen.units).items() if unit.kind is Kind.DATABASE}
        for one in running:
            self.seen.add(make_unit(one, one.name in reached, self._migrated(one, databases)))
            if not units[one.name].is_store:
                self._links(one)
            if one.rolled.kept:
                self.seen.kept.add(one.name)
        for name, origin in self.network.list_entrances():
            self.seen.link(OUTSIDE, [name], Basis.ENTRANCE, origin)
        Policies(self.cluster, running, self.seen).see()
        rolled = [one for one in running if not units[one.name].is_store]
        self.seen.rollout += list_steps([self._job(one, databases) for one in jobs], rolled)
        self.seen.title = self.seen.title or self._title()

    def _find_outside(self, workloads: Iterable[Workload]) -> None:
        """Makes stores known that no manifest has."""
        taken = {one.name for one in self.workloads}
        for one in workloads:
            containers = [*one.containers(), *one.init_containers()]
            texts = [told for container in containers for told in list_told(one, container, self.cluster)]
            for told in (*texts, *list_files(one, self.cluster)):
                hosts = self.network.hosts_of(one.namespace)
                new = [*find_outside(told.name, told.text, told.origin, hosts, self.seen, taken)]
                for host, unit in new:
                    self.network.add_outside(host, unit)

    def _links(self, one: Workload) -> None:
        hosts = self.network.hosts_of(one.namespace)
        for container in (*one.containers(), *one.init_containers()):
            for told in list_told(one, container, self.cluster):
                found = hosts.find(told.name, told.text)
                self.seen.link(one.name, found, Basis.ADDRESS, told.origin)
                self.seen.note_topic(one.name, told.name, told.text)
                unknown = hosts.find_unknown(told.name, told.text)
                self.seen.note_unknown(one.name, told.name, unknown, told.origin.place)
        for told in list_files(one, self.cluster):
            self.seen.link(one.name, hosts.find("", told.text), Basis.ADDRESS, told.origin)

    def _migrated(self, one: Workload, databases: set[str]) -> list[str]:
        """The databases that its init containers migrate."""
        found: list[str] = []
        for container in one.init_containers():
            if _migrates(container):
                used = self._used(one, container, databases) or self._used_by_all(one, databases)
                found += used if len(used) == 1 else []
        return list(dict.fromkeys(found))

    def _used(self, one: Workload, container: View, among: set[str]) -> list[str]:
        hosts = self.network.hosts_of(one.namespace)
        found = [
            unit
            for told in list_told(one, container, self.cluster)
            for unit in hosts.find(told.name, told.text)
        ]
        return [unit for unit in dict.fromkeys(found) if unit in among]

    def _used_by_all(self, one: Workload, among: set[str]) -> list[str]:
        found = [unit for container in one.containers() for unit in self._used(one, container, among)]
        return list(dict.fromkeys(found))

    def _job(self, one: Workload, databases: set[str]) -> JobRun:
        containers = [*one.containers(), *one.init_containers()]
        used = list(
            dict.fromkeys(unit for container in containers for unit in self._used(one, container, databases))
        )
        migrates = is_migration(one.object.name) or any(map(_migrates, containers))
        if migrates and not used and len(databases) == 1:
            used = list(databases)
        return JobRun(one, *describe_job(one.object.name, used, migrates))

    def _title(self) -> str | None:
        """The application that all labels agree on."""
        label = ("metadata", "labels", "app.kubernetes.io/part-of")
        titles = {one.view.at(*label).text for one in self.cluster.objects.values()} - {None}
        return titles.pop() if len(titles) == 1 else None


def _migrates(container: View) -> bool:
    texts = [container.at("name").text or "", container.at("image").text or ""]
    texts += [" ".join(text for key in ("command", "args") for text, _ in container.at(key).texts())]
    return is_migration(*texts)
