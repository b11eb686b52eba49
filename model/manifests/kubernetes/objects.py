"""Objects of manifests, by kind, and what labels select."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from ...names import Place
from ..addresses import is_good_name
from ..seen import SeenParts
from ..views import View

HELM_HOOK = "helm.sh/hook"
_ASIDE = frozenset({"test", "test-success", "test-failure", "pre-delete", "post-delete"})
POD_KINDS = frozenset(
    {
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Pod",
        "Rollout",
        "CronJob",
        "Job",
        "DeploymentConfig",
    }
)
"""Kinds that run pods."""

_GROUPS = frozenset({"", "apps", "batch", "extensions", "argoproj.io", "apps.openshift.io"})
"""API groups in which these kinds are; elsewhere a `Deployment` is something else."""


class Object(Struct, frozen=True):
    """One object; `namespace` is empty where the manifest leaves it to who applies it."""

    kind: str
    group: str
    name: str
    namespace: str
    view: View

    @property
    def place(self) -> Place:
        return self.view.at("metadata", "name").place

    @property
    def spec(self) -> View:
        return self.view.at("spec")

    @property
    def words(self) -> str:
        """What it is called in a comment."""
        return f"{self.kind} {self.name}"

    def annotation(self, name: str) -> str | None:
        return self.view.at("metadata", "annotations", name).text

    @property
    def is_aside(self) -> bool:
        """A hook of Helm that no upgrade runs: of `helm test`, or of what takes a release away."""
        words = {word.strip() for word in (self.annotation(HELM_HOOK) or "").split(",")} - {""}
        return bool(words) and words <= _ASIDE

    @property
    def runs_pods(self) -> bool:
        return self.kind in POD_KINDS and self.group in _GROUPS

    @property
    def pod(self) -> View:
        """The pod, or the template of it."""
        if self.kind == "Pod":
            return self.view
        if self.kind == "CronJob":
            return self.spec.at("jobTemplate", "spec", "template")
        return self.spec.at("template")

    @property
    def labels(self) -> dict[str, str]:
        """Those of its pods."""
        return {key.text: value.text or "" for key, value in self.pod.at("metadata", "labels").entries()}


@dataclass(slots=True)
class Cluster:
    """All objects, the last of each kind and name; the order is that of the files."""

    objects: dict[tuple[str, str, str, str], Object] = field(default_factory=dict)

    _by_name: dict[tuple[str, str], list[Object]] = field(default_factory=dict)
    _by_kind: dict[str, list[Object]] = field(default_factory=dict)

    def index(self) -> None:
        """Makes what was collected known by kind and name."""
        for one in self.objects.values():
            self._by_kind.setdefault(one.kind, []).append(one)
            self._by_name.setdefault((one.kind, one.name), []).append(one)

    def of(self, kind: str, *groups: str) -> list[Object]:
        """Those of a kind, in one of some API groups."""
        return [one for one in self._by_kind.get(kind, ()) if not groups or one.group in groups]

    def find(self, kind: str, name: str | None, namespace: str) -> Object | None:
        """An object by its name, from a namespace."""
        named = self._by_name.get((kind, name or ""), ())
        return next((one for one in named if share(one.namespace, namespace)), None)


def share(one: str, other: str) -> bool:
    """Whether two objects can be in one namespace; where none is written it can be any."""
    return one == other or not one or not other


def collect(documents: Iterable[View], seen: SeenParts) -> Cluster:
    """The objects of all documents; one that stands again counts as the last, as with `kubectl apply`."""
    cluster = Cluster()
    for document in documents:
        for view in _members(document):
            one = _object(view, seen)
            if one is None or one.is_aside:
                continue
            key = one.kind, one.group, one.namespace, one.name
            if key in cluster.objects and one.runs_pods:
                first = cluster.objects[key].place
                message = f"{one.words} stands here again, and counts; first in {first.file}:{first.line}"
                seen.remark(message, one.place)
            cluster.objects[key] = one
    cluster.index()
    return cluster


def _members(document: View) -> Iterator[View]:
    """The document, or what is in it if it is a list."""
    kind = document.at("kind").text or ""
    if kind.endswith("List") and document.at("items").is_list:
        yield from document.at("items").items()
    else:
        yield document


def _object(view: View, seen: SeenParts) -> Object | None:
    kind, api = view.at("kind").text, view.at("apiVersion").text
    name = view.at("metadata", "name").text
    namespace = view.at("metadata", "namespace").text or ""
    if kind is None or api is None:
        return None
    if name is None:
        generated = view.at("metadata", "generateName")
        name = (generated.text or "").rstrip("-")
        if kind in POD_KINDS and not name:
            seen.refuse(f"this {kind} has no name", view.place, "write `metadata: {name: …}`")
        if not name:
            return None
    if not is_good_name(name) or (namespace and not is_good_name(namespace)):
        seen.refuse(f"`{name[:80]}` is no name of an object of Kubernetes", view.at("metadata").place)
        return None
    return Object(kind, api.rpartition("/")[0], name, namespace, view)


def selects(selector: View, labels: Mapping[str, str]) -> bool:
    """Whether a label selector fits; an empty one fits all."""
    for key, value in selector.at("matchLabels").entries():
        if labels.get(key.text) != (value.text or ""):
            return False
    return all(_fits(one, labels) for one in selector.at("matchExpressions").items())


def _fits(expression: View, labels: Mapping[str, str]) -> bool:
    own = labels.get(expression.at("key").text or "")
    values = {text for text, _ in expression.at("values").texts()}
    match expression.at("operator").text:
        case "In":
            return own in values
        case "NotIn":
            return own not in values
        case "Exists":
            return own is not None
        case "DoesNotExist":
            return own is None
        case _:
            return False


def is_empty(selector: View) -> bool:
    """Whether a selector names nothing."""
    return not any(selector.at("matchLabels").entries()) and not any(selector.at("matchExpressions").items())
