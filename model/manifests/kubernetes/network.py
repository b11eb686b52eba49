"""Hosts and what is behind them: Services, routes of Istio; and what calls come in from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..addresses import Hosts
from ..seen import Origin
from ..views import View
from .objects import Cluster, Object, selects, share
from .workloads import Workload

_DOMAINS = ("", ".svc", ".svc.cluster.local")
_MOST_PODS = 20
"""Pods of a StatefulSet that have a name each."""
_ISTIO = ("networking.istio.io",)
_GATEWAY = ("gateway.networking.k8s.io",)
_ROUTES = ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute")


@dataclass(slots=True)
class Network:
    """Services with the workloads behind them."""

    cluster: Cluster
    workloads: list[Workload]
    _behind: dict[int, list[str]] = field(default_factory=dict)
    _hosts: dict[str, Hosts] = field(default_factory=dict)
    _labelled: dict[tuple[str, str], list[Workload]] = field(default_factory=dict)
    _qualified: Hosts = field(default_factory=Hosts)

    def __post_init__(self) -> None:
        for one in self.workloads:
            for pair in one.labels.items():
                self._labelled.setdefault(pair, []).append(one)
        self._qualified = self._qualify()

    def list_services(self) -> list[Object]:
        return self.cluster.of("Service", "")

    def behind(self, service: Object) -> list[str]:
        """The workloads whose pods a Service selects; none without a selector."""
        if id(service) not in self._behind:
            wanted = {key.text: value.text or "" for key, value in service.spec.at("selector").entries()}
            # those with the rarest of its labels are few
            labelled = min((self._labelled.get(pair, []) for pair in wanted.items()), key=len, default=[])
            self._behind[id(service)] = [
                one.name
                for one in labelled
                if wanted.items() <= one.labels.items() and share(one.namespace, service.namespace)
            ]
        return self._behind[id(service)]

    def find(self, host: str, namespace: str) -> list[str]:
        """The workloads behind a host, as somebody in the namespace knows it."""
        return list(self.hosts_of(namespace).find_exactly(host))

    def hosts_of(self, namespace: str) -> Hosts:
        """Hosts as pods of a namespace know them."""
        if namespace not in self._hosts:
            hosts = Hosts(dict(self._qualified.by_name))
            for service in self.list_services():
                if share(service.namespace, namespace):
                    hosts.add(service.name, *self.behind(service))
            for one in self.workloads:
                known = hosts.find_exactly(one.object.name)
                if not known and share(one.namespace, namespace):
                    hosts.add(one.object.name, one.name)
            self._add_routes(hosts, namespace)
            self._hosts[namespace] = hosts
        return self._hosts[namespace]

    def add_service(self, name: str, namespace: str, unit: str) -> None:
        """Makes a Service known that no manifest has, as its operator makes it."""
        for domain in _DOMAINS:
            self._qualified.add(f"{name}.{namespace or 'default'}{domain}", unit)
        for own in {namespace, *(one.namespace for one in self.workloads)}:
            if share(own, namespace):
                self.hosts_of(own).add(name, unit)

    def add_outside(self, host: str, unit: str) -> None:
        """Makes a store known that runs somewhere else; everybody knows it by the same name."""
        for hosts in (self._qualified, *self._hosts.values()):
            hosts.add(host, unit)

    def _qualify(self) -> Hosts:
        """Hosts with their namespaces, which all know. A workload stands for a Service that is absent."""
        hosts = Hosts()
        for service in self.list_services():
            for domain in _DOMAINS:
                host = f"{service.name}.{service.namespace or 'default'}{domain}"
                hosts.add(host, *self.behind(service))
        for one in self.workloads:
            for host in _own_hosts(one):
                if not hosts.find_exactly(host):
                    hosts.add(host, one.name)
        return hosts

    def _add_routes(self, hosts: Hosts, namespace: str) -> None:
        """Calls of the host of a VirtualService within the mesh go to its destinations."""
        for one in self.cluster.of("VirtualService", *_ISTIO):
            gateways = {text for text, _ in one.spec.at("gateways").texts()}
            if gateways and "mesh" not in gateways:
                continue
            targets = {unit for host, _ in list_destinations(one) for unit in hosts.find_exactly(host)}
            for host, _ in one.spec.at("hosts").texts():
                if targets and ("." in host or share(one.namespace, namespace)):
                    hosts.add(host, *sorted(targets))
        for entry in self.cluster.of("ServiceEntry", *_ISTIO):
            units = [one.name for one in self.workloads if _is_selected(entry, one)]
            for host, _ in entry.spec.at("hosts").texts():
                hosts.add(host, *units)

    def list_entrances(self) -> Iterator[tuple[str, Origin]]:
        """The workloads that are called from outside, and what says so."""
        for service in self.list_services():
            if (
                service.spec.at("type").text in ("LoadBalancer", "NodePort")
                or service.spec.at("externalIPs").is_list
            ):
                yield from ((unit, Origin(service.words, service.place)) for unit in self.behind(service))
        for one in self.cluster.of("Ingress"):
            for view in one.spec.walk():
                for name in (view.at("serviceName"), view.at("service", "name")):
                    yield from self._entering(one, name)
        for kind in _ROUTES:
            for one in self.cluster.of(kind, *_GATEWAY):
                for rule in one.spec.at("rules").items():
                    for backend in rule.at("backendRefs").items():
                        yield from self._entering(one, backend.at("name"))
        for one in self.cluster.of("Route", "route.openshift.io"):
            yield from self._entering(one, one.spec.at("to", "name"))
        for one in self.cluster.of("VirtualService", *_ISTIO):
            gateways = {text for text, _ in one.spec.at("gateways").texts()}
            if gateways - {"mesh"}:
                for host, place in list_destinations(one):
                    origin = Origin(one.words, place.place)
                    yield from ((unit, origin) for unit in self.find(host, one.namespace))

    def _entering(self, one: Object, name: View) -> Iterator[tuple[str, Origin]]:
        if name.text is not None:
            origin = Origin(one.words, name.place)
            yield from ((unit, origin) for unit in self.find(name.text, one.namespace))


def _own_hosts(one: Workload) -> Iterator[str]:
    """Names of pods of a StatefulSet, and the workload's own, with a namespace."""
    governing = one.object.spec.at("serviceName").text
    if one.object.kind == "StatefulSet" and governing:
        for number in range(min(one.replicas, _MOST_PODS)):
            for domain in ("", *(f".{one.namespace or 'default'}{domain}" for domain in _DOMAINS)):
                yield f"{one.object.name}-{number}.{governing}{domain}"
    yield from (f"{one.object.name}.{one.namespace or 'default'}{domain}" for domain in _DOMAINS)


def list_destinations(one: Object) -> Iterator[tuple[str, View]]:
    """The hosts to which a VirtualService routes."""
    for protocol in ("http", "tcp", "tls"):
        for rule in one.spec.at(protocol).items():
            for route in rule.at("route").items():
                host = route.at("destination", "host")
                if host.text is not None:
                    yield host.text, host


def _is_selected(entry: Object, workload: Workload) -> bool:
    selector = entry.spec.at("workloadSelector")
    wanted = {key.text: value.text or "" for key, value in selector.at("labels").entries()}
    return (
        bool(wanted)
        and wanted.items() <= workload.labels.items()
        and share(entry.namespace, workload.namespace)
    )


def select(workloads: list[Workload], selector: View, namespace: str) -> list[Workload]:
    """The workloads in a namespace whose pods a selector fits."""
    return [one for one in workloads if share(one.namespace, namespace) and selects(selector, one.labels)]
