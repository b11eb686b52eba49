"""Services of Compose as units, links and steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...deployment import Kind
from ...kernel.graph import find_reachable
from ...names import Place
from ..addresses import Hosts, is_good_name
from ..jobs import describe_job
from ..outside import find_outside
from ..seen import OUTSIDE, Basis, Origin, SeenParts, SeenStep, SeenUnit
from ..stores import find_store, is_migration, name_repository
from ..views import View
from .project import load_project

_COMPLETED = "service_completed_successfully"
_PUBLISHED = re.compile(r"(?:.*:)?(\d+(?:-\d+)?):(\d+(?:-\d+)?)(?:/\w+)?")
_TARGET = re.compile(r"(?:.*:)?(\d{1,5})(?:-(\d{1,5}))?(?:/\w+)?")
_ROUTE = re.compile(r"traefik\.(?:http|tcp|udp)\.routers\..{1,200}\.rule|caddy\.reverse_proxy")
MAX_PORTS = 100
"""Of one range."""


def see_compose(files: list[Path], profiles: frozenset[str], seen: SeenParts) -> tuple[Path, ...]:
    """Adds what a project says; the files that it is made of. Raises `UnreadError`."""
    project, services, idle = load_project(files, profiles)
    for name, place in project.missing.items():
        seen.remark(f"the variable `{name}` is set nowhere, and taken as empty", place)
    for name, place in project.absent.items():
        seen.remark(f"the file `{name}` is not there, so its variables are not known", place)
    if idle:
        place = project.services.place
        seen.remark(f"left out, for no profile starts them: {', '.join(idle)} (`--profile`)", place)
    seen.title = seen.title or project.name
    reader = _Services({name: one for name, one in services.items() if _is_good(name, one, seen)}, seen)
    reader.see()
    return project.files


def _is_good(name: str, service: View, seen: SeenParts) -> bool:
    if is_good_name(name) and service.is_mapping:
        return True
    what = "is no name of a service" if service.is_mapping else "is no service: it has no keys"
    seen.refuse(f"`{name[:80]}` {what}", service.place)
    return False


@dataclass(slots=True)
class _Services:
    services: Mapping[str, View]
    seen: SeenParts

    def see(self) -> None:
        ended = {
            name
            for service in self.services.values()
            for name, (how, _) in _dependencies(service).items()
            if how == _COMPLETED and name in self.services
        }
        beside = {name for name, one in self.services.items() if _is_job(one)} - ended
        hosts = self._hosts()
        units = {name: _unit(name, one) for name, one in self.services.items()}
        units |= self._find_outside(hosts, units)
        for name, service in self.services.items():
            if name not in ended | beside:
                self.seen.add(units[name])
            if not units[name].is_store:
                self._links(name, service, hosts, ended | beside)
        self.seen.rollout += self._steps(ended, units, [name for name in self.services if name in beside])

    def _hosts(self) -> Hosts:
        hosts = Hosts()
        for name, service in self.services.items():
            hosts.add(name, name)
            for key in ("container_name", "hostname"):
                hosts.add(service.at(key).text, name)
            for _, network in service.at("networks").entries():
                for alias, _ in network.at("aliases").texts():
                    hosts.add(alias, name)
        return hosts

    def _find_outside(self, hosts: Hosts, units: Mapping[str, SeenUnit]) -> dict[str, SeenUnit]:
        """Stores that are no services, which become known by their hosts."""
        before = set(self.seen.units)
        for name, service in self.services.items():
            for variable, value in () if units[name].is_store else service.at("environment").entries():
                origin, told = Origin(variable.text, variable.place), value.text or ""
                new = [*find_outside(variable.text, told, origin, hosts, self.seen, self.services)]
                for host, unit in new:
                    hosts.add(host, unit)
        return {name: unit for name, unit in self.seen.units.items() if name not in before}

    def _links(self, name: str, service: View, hosts: Hosts, ended: set[str]) -> None:
        link = self.seen.link
        if name not in ended:
            for origin in _entrances(service):
                link(OUTSIDE, [name], Basis.ENTRANCE, origin)
        for words, place in _list_routed(service) if name not in ended else ():
            proxies = [one for one, other in self.services.items() if _is_proxy(other, words)]
            link(proxies[0] if proxies else OUTSIDE, [name], Basis.MESH, Origin(words, place))
        own = hosts.with_aliases(_aliases(service))
        for variable, value in service.at("environment").entries():
            if value.text is not None:
                found = own.find(variable.text, value.text)
                link(name, found, Basis.ADDRESS, Origin(variable.text, variable.place))
                self.seen.note_topic(name, variable.text, value.text)
                unknown = own.find_unknown(variable.text, value.text)
                self.seen.note_unknown(name, variable.text, unknown, variable.place)
        for key in ("command", "entrypoint"):
            for text, place in service.at(key).texts():
                link(name, own.find("", text), Basis.ADDRESS, Origin(key, place))
        for text, place in service.at("links").texts():
            link(name, own.find_exactly(text.partition(":")[0]), Basis.ADDRESS, Origin("links", place))
        for other, (how, place) in _dependencies(service).items():
            if other in self.services and how != _COMPLETED and other not in ended:
                link(name, [other], Basis.DEPENDENCY, Origin("depends_on", place))

    def _steps(self, ended: set[str], units: Mapping[str, SeenUnit], beside: list[str]) -> Iterable[SeenStep]:
        """Jobs that others wait for come first; who does not wait for them is deployed meanwhile, and so are
        jobs of Swarm."""
        rolled = [
            name for name in self.services if name not in {*ended, *beside} and not units[name].is_store
        ]
        jobs = [self._job(name, units) for name in beside]
        run = tuple(dict.fromkeys(f"start {action}" for actions, _ in jobs for action in actions))
        asked = tuple(note for _, notes in jobs for note in notes)
        if run:
            asked = ("nothing waits for a job of Swarm: it runs beside the rollout", *asked)
        first = next(iter(self.services.values()), None)
        if first is None:
            return
        if not ended:
            words = "docker stack deploy" if beside else "docker compose up"
            yield SeenStep("Up", Origin(words, first.place), run, asked, True)
            return
        waiting = {name for name in rolled if self._waits_for(name, ended)}
        others = [name for name in rolled if name not in waiting]
        begun = (f"start deploy {' '.join(others)}",) if others else ()
        for number, name in enumerate(name for name in self.services if name in ended):
            actions, notes = self._job(name, units)
            origin = Origin(f"service {name}", self.services[name].place)
            yield SeenStep(f"Run {name}", origin, (*(begun if number == 0 else ()), *actions), notes)
        awaited = (f"await {' '.join(others)}",) if others else ()
        deploy = (f"deploy {' '.join(sorted(waiting, key=rolled.index))}",) if waiting else ()
        yield SeenStep("Up", Origin("docker compose up", first.place), (*run, *deploy, *awaited), asked)

    def _waits_for(self, name: str, ended: set[str]) -> bool:
        """Whether a service waits for a job, or for a service that does."""

        def list_others(one: str) -> Iterable[str]:
            return _dependencies(self.services[one]) if one in self.services else ()

        return any(
            other in ended for one in find_reachable([name], list_others) for other in list_others(one)
        )

    def _job(self, name: str, units: Mapping[str, SeenUnit]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What a job does, as far as it is known; it is no unit, so its links are taken away."""
        used = [link.provider for link in self.seen.links if link.consumer == name]
        self.seen.links = [link for link in self.seen.links if link.consumer != name]
        stores = [one for one in dict.fromkeys(used) if units[one].kind is Kind.DATABASE]
        service = self.services[name]
        texts = (name, service.at("image").text or "", *(text for text, _ in service.at("command").texts()))
        return describe_job(name, stores, is_migration(*texts))


def _is_job(service: View) -> bool:
    """Whether Swarm runs it to its end, and nobody waits for it."""
    return service.at("deploy", "mode").text in ("replicated-job", "global-job")


def _unit(name: str, service: View) -> SeenUnit:
    image = service.at("image").text or ""
    kind = find_store(image, name, list_ports(service))
    settings = () if kind else (*_rollout(service), *_readiness(service))
    notes: tuple[str, ...] = ()
    if not kind and service.at("deploy", "mode").text == "global":
        notes = ("one on each node: write how many there are",)
    origin = Origin("service", service.place)
    is_own = "/" in image or "build" in {
        key.text for key, _ in service.entries()
    }  # of `nginx` all have the code
    code = image if is_own and not kind else None
    is_open = bool(list_ports(service) or _list_routed(service))
    return SeenUnit(name, origin, kind, settings, is_open, code, notes)


def _rollout(service: View) -> tuple[tuple[str, str], ...]:
    """Swarm stops one at a time and then starts one; without `update_config` all may be down at once."""
    deploy = service.at("deploy")
    replicas = deploy.at("replicas").integer or service.at("scale").integer or 1
    if deploy.at("mode").text == "global":
        replicas = 2
    counted = (("replicas", str(replicas)),) if replicas > 1 else ()
    update = deploy.at("update_config")
    if not update.is_there and replicas == 1:
        return (("strategy", "recreate"),)
    if not update.is_there:
        return (*counted, ("max_surge", "0"), ("max_unavailable", "100%"))
    parallel = update.at("parallelism").integer
    amount = "100%" if parallel == 0 else str(min(parallel or 1, replicas))
    if update.at("order").text == "start-first":
        return (*counted, ("max_surge", amount), ("max_unavailable", "0"))
    return (*counted, ("max_surge", "0"), ("max_unavailable", amount))


def _readiness(service: View) -> tuple[tuple[str, str], ...]:
    check = service.at("healthcheck")
    test = [text for text, _ in check.at("test").texts()]
    if not check.is_there or check.at("disable").is_true or test[:1] == ["NONE"]:
        return ()
    return (("readiness", "event"),)


def _dependencies(service: View) -> dict[str, tuple[str, Place]]:
    """The services that it depends on, with the condition, and where that stands."""
    depends = service.at("depends_on")
    found = {text: ("service_started", place) for text, place in depends.texts()}
    for key, value in depends.entries():
        found[key.text] = value.at("condition").text or "service_started", key.place
    return found


def _aliases(service: View) -> dict[str, str]:
    """Names by which links make others known to this service alone."""
    pairs = (text.partition(":") for text, _ in service.at("links").texts())
    return {alias: name for name, colon, alias in pairs if colon}


def _entrances(service: View) -> list[Origin]:
    """Ports of the host that lead to the service; one that Docker chooses is for who looks it up."""
    found = []
    for port in service.at("ports").items():
        short = port.text is not None and _PUBLISHED.fullmatch(port.text)
        if short or port.at("published").text:
            found.append(Origin("ports", port.place))
    return found[:1]


_PROXIES = {"traefik": "traefik", "caddy": "caddy", "VIRTUAL_HOST": "nginx-proxy"}
"""Who reads a label or variable of a service to call it, by the name of its image."""


def _list_routed(service: View) -> list[tuple[str, Place]]:
    """What makes a reverse proxy call the service: labels of Traefik and Caddy, a variable of nginx-proxy."""
    labels = [(key.text, value.text or "", key.place) for key, value in service.at("labels").entries()]
    for text, place in service.at("labels").texts():
        key, _, value = text.partition("=")
        labels.append((key, value, place))
    if any(key == "traefik.enable" and value.lower() == "false" for key, value, _ in labels):
        labels = [one for one in labels if not one[0].startswith("traefik.")]
    found = [(key, place) for key, _, place in labels if _ROUTE.fullmatch(key)]
    found += [(key.text, key.place) for key, _ in service.at("environment").entries() if key.text in _PROXIES]
    return found[:1]


def _is_proxy(service: View, words: str) -> bool:
    image = name_repository(service.at("image").text or "")
    return _PROXIES[words.partition(".")[0]] in image


def list_ports(service: View) -> list[int]:
    texts = [text for key in ("ports", "expose") for text, _ in service.at(key).texts()]
    texts += [port.at("target").text or "" for port in service.at("ports").items()]
    found = [match for text in texts if (match := _TARGET.fullmatch(text))]
    return [port for one in found for port in _list_range(int(one[1]), int(one[2] or one[1]))]


def _list_range(first: int, last: int) -> range:
    return range(first, min(last, first + MAX_PORTS) + 1)
