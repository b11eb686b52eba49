"""Workloads as units: replicas, strategy, readiness, what they run."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ...deployment import Kind
from ..seen import Origin, SeenParts, SeenUnit
from ..stores import find_store
from ..views import View
from .flagger import find_canary
from .objects import Cluster, Object, share
from .strategies import Rolled, read_strategy

_NODES = 2
"""Pods of a DaemonSet until somebody writes how many nodes there are: enough to be mixed."""

_LEAVING = frozenset({"Deployment", "DeploymentConfig", "Rollout"})
"""Kinds whose new pods do not wait until old ones are gone: these finish in their grace period, or after a
delay of Argo. Of a StatefulSet and a DaemonSet an old pod is gone before the new one starts."""


class Workload(Struct, frozen=True):
    """An object that runs pods, under the name of its component."""

    name: str
    object: Object
    pod: View
    labels: dict[str, str]
    replicas: int
    rolled: Rolled

    @property
    def namespace(self) -> str:
        return self.object.namespace

    @property
    def spec(self) -> View:
        return self.pod.at("spec")

    def containers(self) -> Iterator[View]:
        """Those that stay."""
        yield from self.spec.at("containers").items()
        yield from (one for one in self.spec.at("initContainers").items() if _stays(one))

    def init_containers(self) -> Iterator[View]:
        """Those that end before the others start."""
        yield from (one for one in self.spec.at("initContainers").items() if not _stays(one))

    @property
    def ports(self) -> list[int]:
        numbers = (
            port.at("containerPort").integer for one in self.containers() for port in one.at("ports").items()
        )
        return [number for number in numbers if number is not None]


def _stays(container: View) -> bool:
    return container.at("restartPolicy").text == "Always"


def list_workloads(cluster: Cluster, seen: SeenParts) -> list[Workload]:
    """All workloads that run, those of jobs too; what a Rollout refers to is part of it."""
    running = [one for one in cluster.objects.values() if one.runs_pods]
    referred = {id(target) for one in running if (target := _referred(one, cluster)) is not None}
    running = [one for one in running if id(one) not in referred]
    names = _names(running)
    workloads = []
    for one in running:
        replicas = _replicas(one, cluster)
        if replicas == 0:
            seen.remark(f"{one.words} is left out: it has no replicas", one.spec.at("replicas").place)
            continue
        source = _referred(one, cluster) or one
        rolled = find_canary(one, replicas, cluster) or read_strategy(one, replicas, seen)
        workloads.append(Workload(names[id(one)], one, source.pod, source.labels, replicas, rolled))
    return workloads


def _referred(rollout: Object, cluster: Cluster) -> Object | None:
    """The Deployment whose template a Rollout takes."""
    reference = rollout.spec.at("workloadRef")
    if rollout.kind != "Rollout" or not reference.is_there:
        return None
    return cluster.find(reference.at("kind").text or "", reference.at("name").text, rollout.namespace)


def _names(objects: list[Object]) -> dict[int, str]:
    """A name of its own for each: that of the object, with more in front or behind only where it must be."""
    forms = (
        lambda one: one.name,
        lambda one: f"{one.namespace}-{one.name}" if one.namespace else f"{one.name}-{one.kind.lower()}",
        lambda one: f"{one.namespace or 'default'}-{one.name}-{one.kind.lower()}",
    )
    names: dict[int, str] = {}
    left = objects
    for form in forms:
        written = [form(one) for one in left]
        taken = {*names.values()}
        unique = [
            one
            for one, name in zip(left, written, strict=True)
            if written.count(name) == 1 and name not in taken
        ]
        names |= {id(one): form(one) for one in unique}
        left = [one for one in left if id(one) not in names]
    return names | {id(one): f"{forms[-1](one)}-{number}" for number, one in enumerate(left)}


def _replicas(one: Object, cluster: Cluster) -> int:
    """How many pods there are; an autoscaler keeps at least its minimum. That of KEDA makes some of none."""
    if one.kind == "DaemonSet":
        return _NODES
    if one.kind in ("CronJob", "Job", "Pod"):
        return 1
    given = one.spec.at("replicas").integer
    for scaler in cluster.of("ScaledObject", "keda.sh"):
        if _scales(scaler, one, "Deployment"):
            return max(1, scaler.spec.at("minReplicaCount").integer or 0)
    for scaler in cluster.of("HorizontalPodAutoscaler"):
        if given != 0 and _scales(scaler, one, None):  # of none that are wanted none is made
            return scaler.spec.at("minReplicas").integer or 1
    return 1 if given is None else given


def _scales(scaler: Object, one: Object, usual: str | None) -> bool:
    target = scaler.spec.at("scaleTargetRef")
    same = target.at("name").text == one.name and (target.at("kind").text or usual) == one.kind
    return same and share(scaler.namespace, one.namespace)


def make_unit(workload: Workload, has_service: bool, migrated: list[str]) -> SeenUnit:
    """The unit; `migrated` are databases that it migrates before it starts."""
    first = next(workload.containers(), View(None, workload.object.place))
    image = first.at("image").text or ""
    kind = find_store(image, workload.name, workload.ports)
    if kind is None and workload.object.kind == "CronJob":
        kind = Kind.WORKER
    origin = Origin(workload.object.kind, workload.object.place)
    if kind is not None and not kind.has_instances:
        return SeenUnit(workload.name, origin, kind)
    counted = (("replicas", str(workload.replicas)),) if workload.replicas > 1 else ()
    ready = (("readiness", "event"),) if _has_probe(workload) else ()
    later = (("terminates", "later"),) if workload.object.kind in _LEAVING else ()
    migrates = (("migrates", f"[{', '.join(migrated)}]"),) if migrated else ()
    settings = (*counted, *workload.rolled.keys, *ready, *later, *migrates)
    is_open = has_service or bool(workload.ports)
    return SeenUnit(workload.name, origin, kind, settings, is_open, image or None, workload.rolled.notes)


def _has_probe(workload: Workload) -> bool:
    """Whether a pod is ready only some time after it has started."""
    if workload.object.kind in ("CronJob", "Job"):
        return False
    if workload.object.spec.at("minReadySeconds").integer:
        return True
    probes = ("readinessProbe", "startupProbe")
    return any(one.at(probe).is_there for one in workload.containers() for probe in probes)
