"""Jobs of Nomad in JSON, as `nomad job run -output` writes them: groups as units.

Source: https://developer.hashicorp.com/nomad/docs/job-specification/update
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from ..deployment import Kind
from ..names import Place
from .addresses import Hosts, is_good_name
from .jobs import describe_job
from .json_files import Json, as_dict, as_dicts, text_of
from .outside import find_outside
from .seen import OUTSIDE, Basis, Origin, SeenParts, SeenStep, SeenUnit
from .stores import find_store, is_migration

_NODES = 2
"""Allocations of a system job until somebody writes how many nodes there are: enough to be mixed."""
Keys = tuple[tuple[str, str], ...]


class Group(Struct, frozen=True):
    """A group of a job under the name of its component."""

    name: str
    job: Mapping[str, Json]
    told: Mapping[str, Json]

    @property
    def type(self) -> str:
        return text_of(self.job, "Type") or "service"

    @property
    def is_run_once(self) -> bool:
        return self.type in ("batch", "sysbatch") and not self.job.get("Periodic")

    @property
    def count(self) -> int:
        return _NODES if self.type == "system" else _read_number(self.told, "Count", 1)

    @property
    def tasks(self) -> list[dict[str, Json]]:
        return as_dicts(self.told.get("Tasks"))

    @property
    def services(self) -> list[dict[str, Json]]:
        own = as_dicts(self.told.get("Services"))
        return own + [one for task in self.tasks for one in as_dicts(task.get("Services"))]

    @property
    def image(self) -> str:
        images = (text_of(as_dict(task.get("Config")), "image") for task in self.tasks)
        return next((image for image in images if image), "")

    @property
    def variables(self) -> Iterator[tuple[str, str]]:
        for task in self.tasks:
            for name, value in as_dict(task.get("Env")).items():
                if isinstance(value, str):
                    yield name, value


def see_nomad(jobs: list[tuple[str, Mapping[str, Json]]], seen: SeenParts) -> None:
    """Adds what jobs say, each with the file in which it stands."""
    groups = [(group, Place(file, 1, 1)) for file, told in jobs for group in _list_groups(told)]
    hosts, good = Hosts(), []
    for group, place in groups:
        if not is_good_name(group.name):
            seen.refuse(f"`{group.name[:80]}`, the name of a group, cannot be one", place)
        elif group.count:
            good.append((group, place))
    for group, _ in good:
        for name in [text_of(one, "Name") for one in group.services]:
            hosts.add(f"{name}.service.consul", group.name)
            hosts.add(f"{name}.service.nomad", group.name)
            hosts.add(name, group.name)
    for group, place in good:
        _add(group, place, hosts, [one.name for one, _ in good], seen)
    if not good:
        return
    seen.rollout.append(_list_run([group for group, _ in good], good[0][1], seen))
    for group, place in good:
        if "canary" in dict(_read_update(group)[0]).get("strategy", "") and group.name in seen.units:
            origin = Origin("held until here", place)
            seen.rollout.append(SeenStep(f"Promote {group.name}", origin, (f"promote {group.name}",)))


def _list_groups(told: Mapping[str, Json]) -> Iterator[Group]:
    """A group that is the only one of its job is called as the job."""
    job = as_dict(told.get("Job"))
    groups = as_dicts(job.get("TaskGroups"))
    name = text_of(job, "Name") or text_of(job, "ID")
    for one in groups:
        yield Group(name if len(groups) == 1 else f"{name}-{text_of(one, 'Name')}", job, one)


def _add(group: Group, place: Place, hosts: Hosts, taken: list[str], seen: SeenParts) -> None:
    kind = find_store(group.image, group.name)
    if kind is None and group.job.get("Periodic"):
        kind = Kind.WORKER
    if not group.is_run_once:
        keys, notes = ((), ()) if kind else _read_update(group)
        is_open, code = bool(group.services), group.image or None
        seen.add(SeenUnit(group.name, Origin("group", place), kind, keys, is_open, code, notes))
    if kind is not None and not kind.has_instances:
        return
    for variable, value in group.variables:
        origin = Origin(variable, place)
        for host, unit in find_outside(variable, value, origin, hosts, seen, taken):
            hosts.add(host, unit)
        seen.link(group.name, hosts.find(variable, value), Basis.ADDRESS, origin)
    for service in group.services:
        connect = as_dict(as_dict(as_dict(service.get("Connect")).get("SidecarService")).get("Proxy"))
        for upstream in as_dicts(connect.get("Upstreams")):
            named = hosts.find_exactly(text_of(upstream, "DestinationName"))
            seen.link(group.name, named, Basis.MESH, Origin("Upstreams", place))
        tags = [tag for tag in service.get("Tags") or () if isinstance(tag, str)]
        if any(".rule=" in tag or tag.startswith("urlprefix-") for tag in tags):
            seen.link(OUTSIDE, [group.name], Basis.ENTRANCE, Origin("Tags", place))


def _read_update(group: Group) -> tuple[Keys, tuple[str, ...]]:
    """Old allocations stop and new ones start, so many at a time; canaries come beside them."""
    given = [as_dict(one.get("Update")) for one in (group.job, group.told)]
    update = {key: value for one in given for key, value in one.items() if value is not None}
    count, at_once = group.count, _read_number(update, "MaxParallel", 1)
    fewer = "100%" if at_once == 0 else str(min(at_once, count))
    limits = (("max_surge", "0"), ("max_unavailable", fewer))
    counted = (("replicas", str(count)),) if count > 1 else ()
    checked = any(as_dicts(one.get("Checks")) for one in group.services)
    ready = (("readiness", "event"),) if checked else ()
    notes = ("one on each node: write how many there are",) if group.type == "system" else ()
    canaries = _read_number(update, "Canary", 0)
    if not canaries:
        return (*counted, *limits, *ready), notes
    if canaries >= count:
        return (*counted, ("strategy", "blue-green"), *ready), notes
    return (*counted, ("strategy", f"{{canary: {canaries}}}"), *limits, *ready), notes


def _list_run(groups: list[Group], place: Place, seen: SeenParts) -> SeenStep:
    """All at once: in which order jobs are run nothing says."""
    actions: list[str] = []
    notes: list[str] = []
    for group in groups:
        if group.is_run_once:
            used = [link.provider for link in seen.links if link.consumer == group.name]
            seen.links = [link for link in seen.links if link.consumer != group.name]
            stores = [one for one in dict.fromkeys(used) if seen.units[one].kind is Kind.DATABASE]
            texts = (group.name, group.image, *_list_commands(group))
            done, asked = describe_job(group.name, stores, is_migration(*texts))
            actions += [f"start {action}" for action in done]
            notes += asked
    if actions:
        notes.insert(0, "nothing says who waits for a batch job: it runs beside the rollout")
    return SeenStep("Run", Origin("nomad job run", place), tuple(dict.fromkeys(actions)), tuple(notes), True)


def _list_commands(group: Group) -> Iterator[str]:
    for task in group.tasks:
        config = as_dict(task.get("Config"))
        arguments = config.get("args")
        words = [one for one in arguments if isinstance(one, str)] if isinstance(arguments, list) else []
        yield " ".join([text_of(config, "command"), *words])


def _read_number(told: Mapping[str, Json], key: str, default: int) -> int:
    value = told.get(key)
    return value if isinstance(value, int) and 0 <= value <= 100_000 else default
