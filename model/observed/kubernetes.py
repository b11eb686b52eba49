"""What `kubectl get deploy,rs,sts,job -o json` says, with Argo Rollouts where there are some.

Ready pods are counted by ReplicaSet, whose template says the version. Without ReplicaSets (StatefulSets have
none) it is told from `updatedReplicas`, `replicas` and `readyReplicas` what can be ready, which may be
several ways. What a controller has not looked at since the object was changed (`observedGeneration`) is
stale, and nothing is known of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from ..manifests.json_files import Json, as_dict, as_dicts, text_of
from ..names import Contract
from .calling import ObservedUnit
from .gathering import Gathering, list_ways, read_count

WORKLOADS = ("Deployment", "StatefulSet", "Rollout")
_NAME_LABELS = ("app.kubernetes.io/name", "app", "service")
_VERSION_LABELS = ("app.kubernetes.io/version", "version")
_HASHES = ("pod-template-hash", "rollouts-pod-template-hash")
STALE = "its status is stale: the controller has not seen its latest change (observedGeneration)"


def read_objects(values: Iterable[Json], gathering: Gathering) -> None:
    """Adds what the objects say."""
    objects = [one for value in values for one in list_objects(value)]
    sets: dict[tuple[str, str, str], list[Mapping[str, Json]]] = {}
    for one in objects:
        if one.get("kind") == "ReplicaSet":
            sets.setdefault(_owner(one), []).append(one)
    spaces: dict[str | None, dict[str, None]] = {}
    for one in objects:
        match one.get("kind"):
            case "Deployment" | "StatefulSet" | "Rollout":
                own = (namespace_of(one), text_of(one, "kind"), name_of(one))
                component = _Workload(one, sets.pop(own, []), gathering).read()
                spaces.setdefault(component, {})[namespace_of(one)] = None
            case "CronJob":
                _read_cron_job(one, gathering)
            case "Job":
                _read_job(one, gathering)
    for component, names in spaces.items():
        if component is not None and len(names) > 1:
            why = f"they are of several namespaces ({', '.join(names)}): list one of them (kubectl -n)"
            gathering.doubt(component, f"workloads of {component}", why)
    for (_, kind, owner), some in sets.items():
        for one in some:
            why = f"its owner, {kind} {owner}, is not in the list" if kind else "nobody owns it"
            gathering.leave_out(words_of(one), why)


def list_objects(value: Json) -> list[Mapping[str, Json]]:
    """The objects in a list, or the one."""
    one = as_dict(value)
    is_list = text_of(one, "kind").endswith("List")
    return list(as_dicts(one.get("items"))) if is_list else [one]


def name_of(one: Mapping[str, Json]) -> str:
    return text_of(as_dict(one.get("metadata")), "name")


def namespace_of(one: Mapping[str, Json]) -> str:
    return text_of(as_dict(one.get("metadata")), "namespace")


def words_of(one: Mapping[str, Json]) -> str:
    """What an object is called in messages."""
    return f"{text_of(one, 'kind') or 'object'} {name_of(one) or '(no name)'}"


def labels_of(value: Json) -> Mapping[str, Json]:
    return as_dict(as_dict(as_dict(value).get("metadata")).get("labels"))


def unit_of(one: Mapping[str, Json], *more: Mapping[str, Json]) -> ObservedUnit:
    """What an object is known by; of `more` (a workload that owns it) the names alone. Its image is that of
    the container that is called like it, or else of the first: what runs beside it has versions of its
    own."""
    template = as_dict(as_dict(one.get("spec")).get("template"))
    labels = {**labels_of(one), **labels_of(template)}
    names = [name for of in (*more, one) for name in _names(of) if name]
    containers = as_dicts(as_dict(template.get("spec")).get("containers"))
    containers.sort(
        key=lambda container: text_of(container, "name") not in names
    )  # stable: the first is first
    images = [image for container in containers[:1] if (image := text_of(container, "image"))]
    signs = [text_of(labels, key) for key in (*_VERSION_LABELS, *_HASHES)] + [name_of(one)]
    return ObservedUnit(words_of(one), tuple(names), tuple(images), tuple(filter(None, signs)))


def _names(one: Mapping[str, Json]) -> list[str]:
    template = as_dict(as_dict(one.get("spec")).get("template"))
    labels = {**labels_of(template), **labels_of(one)}
    return [name_of(one), *(text_of(labels, key) for key in _NAME_LABELS)]


def _owner(one: Mapping[str, Json]) -> tuple[str, str, str]:
    owners = as_dicts(as_dict(one.get("metadata")).get("ownerReferences"))
    first = next(iter(owners), {})
    return namespace_of(one), text_of(first, "kind"), text_of(first, "name")


def _is_stale(one: Mapping[str, Json]) -> bool:
    generation = read_count(as_dict(one.get("metadata")).get("generation"))
    seen = as_dict(one.get("status")).get("observedGeneration")
    return generation is not None and seen is not None and (read_count(seen) or 0) < generation


class _Workload:
    """One workload with its ReplicaSets."""

    def __init__(self, one: Mapping[str, Json], sets: list[Mapping[str, Json]], gathering: Gathering) -> None:
        self._one, self._sets, self._gathering = one, sets, gathering
        self._status = as_dict(one.get("status"))

    def read(self) -> str | None:
        """Of which component it is."""
        component = self._gathering.component_of(unit_of(self._one))
        if component is None:
            return None
        if any(map(_is_stale, (self._one, *self._sets))):
            self._gathering.doubt(component, words_of(self._one), STALE)
        elif self._sets:
            self._read_sets(component)
        else:
            self._read_status(component)
        return component

    def _read_sets(self, component: str) -> None:
        versions: dict[str, str] = {}
        for one in self._sets:
            status = as_dict(one.get("status"))
            there, ready = (read_count(status.get(key)) for key in ("replicas", "readyReplicas"))
            if there is None or ready is None or ready > there:
                self._gathering.doubt(component, words_of(one), "its numbers of replicas are none")
                continue
            version = None
            if there:
                unit = unit_of(one, self._one)
                version = self._gathering.version_of(component, unit)
            if version is not None:
                self._gathering.add(component, [{version: ready}], words_of(one))
                versions |= {text_of(labels_of(one), key): version for key in _HASHES}
        if not any(read_count(as_dict(one.get("status")).get("replicas")) for one in self._sets):
            self._gathering.add(component, [{}], words_of(self._one))
        live = text_of(as_dict(self._status.get("blueGreen")), "activeSelector")
        if live and live in versions:
            self._gathering.add_live(component, versions[live], words_of(self._one))

    def _read_status(self, component: str) -> None:
        keys = ("replicas", "updatedReplicas", "readyReplicas")
        total, updated, ready = (read_count(self._status.get(key)) for key in keys)
        words = words_of(self._one)
        if total is None or updated is None or ready is None or not max(updated, ready) <= total:
            self._gathering.doubt(component, words, "its numbers of replicas are none")
            return
        if not total:
            self._gathering.add(component, [{}], words)
            return
        unit = unit_of(self._one)
        new = self._gathering.version_of(component, unit)
        if new is None:
            return
        others = [version for version in self._gathering.deployment.versions if version != new]
        if updated < total and len(others) != 1:
            why = "its status does not say of which version the others are: list ReplicaSets too"
            self._gathering.doubt(component, words, why)
            return
        old = others[0] if updated < total else None
        self._gathering.add(component, list_ways(new, old, updated, total, ready), words)


def _read_cron_job(one: Mapping[str, Json], gathering: Gathering) -> None:
    component = gathering.component_of(unit_of(one))
    if component is not None:
        gathering.add_jobs(component, as_dict(one.get("spec")).get("suspend") is True, words_of(one))


def _read_job(one: Mapping[str, Json], gathering: Gathering) -> None:
    """A job that has succeeded has brought schemas to the version of its image."""
    unit, status = unit_of(one), as_dict(one.get("status"))
    known = [m for m in gathering.calling.migrations if any(fnmatchcase(n, m.pattern) for n in unit.names)]
    if not known:
        gathering.leave_out(unit.words, "nothing says what it migrates: give --migration STORE=PATTERN")
    elif not read_count(status.get("succeeded")):
        gathering.leave_out(unit.words, "it has not succeeded; what it has done so far is not known")
    else:
        for migration in known:
            name = migration.target.name
            found = gathering.calling.find_versions(gathering.deployment, name, unit)
            if len(found) == 1:
                gathering.add_schema(Contract(name, migration.target.subject or ""), found[0], unit.words)
            else:
                gathering.leave_out(unit.words, "nothing says to which version: give --version-of")
