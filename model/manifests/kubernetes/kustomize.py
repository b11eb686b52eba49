"""What a kustomization makes of the manifests that it names: resources, patches, replicas, names.

Only files that are read anyway are put together; what it does beyond that is told. Where several change the
same resources nobody can know which is meant, and none is applied.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ...language.document import Mapping as MappingNode
from ...language.document import Scalar, YamlNode, parse_stream
from ...language.document import Sequence as SequenceNode
from ...names import Place
from ..seen import SeenParts
from ..views import View
from .json_patch import PatchError, apply_operations
from .renaming import ObjectRenaming

FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_WORDS = (
    "apiVersion kind metadata resources bases components patches patchesStrategicMerge "
    "patchesJson6902 replicas namePrefix nameSuffix images "
    "labels commonLabels commonAnnotations sortOptions buildMetadata namespace generatorOptions openapi"
)
_APPLIED = frozenset(_WORDS.split())
"""Keys that are applied, or change nothing of what an import looks at."""
_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "ports": "containerPort",
    "volumeMounts": "mountPath",
}
"""Lists whose members are merged by a key (`patchMergeKey` in the API of Kubernetes)."""
_LABEL = re.compile(r"[\w./-]+\s*==?\s*[\w.-]*")
MAX_PATCHES = 1_000
MAX_GAPS = 4


def apply_kustomizations(documents: Iterable[View], seen: SeenParts) -> list[View]:
    """The documents with what kustomizations among them change; their patches are none of their own."""
    documents = list(documents)
    found = {_folder(one): one for one in documents if is_kustomization(one)}
    built = _Kustomizing(documents, found, seen).apply() if found else documents
    return [one for one in built if one.is_mapping]


def is_kustomization(document: View) -> bool:
    """Whether a document says what is made of others. Flux has a kind of that name, which says what is
    applied."""
    kind, api = document.at("kind").text, document.at("apiVersion").text or ""
    if kind is None:
        return PurePosixPath(document.place.file).name in FILES
    return kind in ("Kustomization", "Component") and (not api or api.startswith("kustomize.config.k8s.io/"))


def _folder(document: View) -> str:
    return os.path.dirname(os.path.normpath(document.place.file))


@dataclass
class _Patch:
    """A change of resources: a part of each, to be merged, or operations on it. `kind`, `name` and `labels`
    say of which; what is missing is said of all."""

    kind: str | None
    name: str | None
    node: MappingNode | SequenceNode
    place: Place
    labels: tuple[tuple[str, str], ...] = ()

    def fits(self, document: View) -> bool:
        kind, metadata = document.at("kind").text or "", document.at("metadata")
        return (
            self.kind in (None, kind)
            and (self.name is None or _fits(self.name, metadata.at("name").text or ""))
            and all(metadata.at("labels", key).text == value for key, value in self.labels)
        )


def _fits(pattern: str, name: str) -> bool:
    """Whether a name fits a target's. Of regular expressions only `.*` and alternatives are known: a
    stranger's could take for ever."""
    for one in pattern.strip("^$").split("|"):
        parts = one.split(".*")
        if len(parts) <= MAX_GAPS and re.fullmatch(".*".join(map(re.escape, parts)), name):
            return True
    return False


@dataclass
class _Kustomizing:
    documents: list[View]
    found: Mapping[str, View]
    seen: SeenParts
    patching: set[str] = field(default_factory=set)
    """Files that are patches, and no manifests."""

    def apply(self) -> list[View]:
        used = {folder for one in self.found.values() for folder in self._list_folders(one)}
        roots = [one for folder, one in self.found.items() if folder not in used]
        if not roots:
            self.seen.remark("kustomizations name each other in a circle: none is applied", self._first.place)
        covers = {id(root): set(self._list_files(root, frozenset())) for root in roots}
        patches = {id(root): list(self._list_patches(root, frozenset())) for root in roots}
        built = [view for view in self.documents if view.place.file not in self.patching]
        for root in roots:
            self._remark_unapplied(root)
            others = [one for one in roots if one is not root and covers[id(one)] & covers[id(root)]]
            if others and (patches[id(root)] or self._says_more(root)):
                shown = ", ".join(sorted({_folder(one) or "." for one in (root, *others)}))
                message = (
                    f"several kustomizations change the same resources: name their base, and one of {shown}"
                )
                self.seen.remark(message, root.place)
                continue
            built = [
                self._changed(view, root, patches[id(root)]) if view.place.file in covers[id(root)] else view
                for view in built
            ]
            built = self._named(root, built, frozenset())
        return built

    def _says_more(self, root: View) -> bool:
        return any(root.at(key).is_there for key in ("replicas", "namePrefix", "nameSuffix"))

    def _named(self, kustomization: View, built: list[View], above: frozenset[int]) -> list[View]:
        """All resources under the names that kustomizations give to their own, those below first."""
        for folder in self._list_folders(kustomization):
            if id(self.found[folder]) not in above:
                built = self._named(self.found[folder], built, above | {id(kustomization)})
        prefix, suffix = (kustomization.at(key).text or "" for key in ("namePrefix", "nameSuffix"))
        if not (prefix or suffix):
            return built
        files = set(self._list_files(kustomization, above))
        renamed = iter(ObjectRenaming(prefix, suffix).rename(one for one in built if one.place.file in files))
        return [next(renamed) if one.place.file in files else one for one in built]

    @property
    def _first(self) -> View:
        return next(iter(self.found.values()))

    # --- what is where ---

    def _list_named(self, kustomization: View) -> Iterator[tuple[str, View]]:
        """The paths that a kustomization names as resources, from where the files are named."""
        for key in ("resources", "bases", "components"):
            for text, place in kustomization.at(key).texts():
                yield os.path.normpath(os.path.join(_folder(kustomization), text)), View(None, place)

    def _list_folders(self, kustomization: View) -> Iterator[str]:
        yield from (path for path, _ in self._list_named(kustomization) if path in self.found)

    def _list_files(self, kustomization: View, above: frozenset[int]) -> Iterator[str]:
        """The files of all resources, those of other kustomizations too."""
        known = {os.path.normpath(one.place.file): one.place.file for one in self.documents}
        for path, at in self._list_named(kustomization):
            if path in known:
                yield known[path]
            elif path in self.found and id(self.found[path]) not in above:
                yield from self._list_files(self.found[path], above | {id(kustomization)})
            elif path not in self.found:
                message = f"`{path}` is none of the files that are read: name it too"
                self.seen.remark(message, at.place)

    def _list_patches(self, kustomization: View, above: frozenset[int]) -> Iterator[_Patch]:
        """Those of kustomizations below come first."""
        for folder in self._list_folders(kustomization):
            if id(self.found[folder]) not in above:
                yield from self._list_patches(self.found[folder], above | {id(kustomization)})
        words = ("patches", "patchesStrategicMerge", "patchesJson6902")
        for one in (one for word in words for one in kustomization.at(word).items()):
            path, inline, target = one.at("path"), one.at("patch"), one.at("target")
            if one.text is not None:
                path, inline = (
                    (View(None, one.place), one) if "\n" in one.text else (one, View(None, one.place))
                )
            yield from self._read_patch(kustomization, path, inline, target)

    def _read_patch(self, kustomization: View, path: View, inline: View, target: View) -> Iterator[_Patch]:
        texts = [*parse_stream((inline.text or "").encode(), inline.place.file).roots]
        views = [View(root, inline.place) for root in texts]
        if path.text is not None:
            wanted = os.path.normpath(os.path.join(_folder(kustomization), path.text))
            views = [one for one in self.documents if os.path.normpath(one.place.file) == wanted]
            self.patching |= {one.place.file for one in views}
            if not views:
                message = f"the patch `{path.text}` is none of the files that are read: name it too"
                self.seen.remark(message, path.place)
        for view in views[:MAX_PATCHES]:
            at = target.place if target.is_there else kustomization.place
            if target.at("annotationSelector").is_there:
                message = (
                    "a patch is for resources with annotations, and is not applied: run `kustomize build`"
                )
                self.seen.remark(message, at)
            elif isinstance(view.node, MappingNode) and not target.is_there:
                yield _Patch(
                    view.at("kind").text, view.at("metadata", "name").text or "", view.node, view.place
                )
            elif isinstance(view.node, MappingNode | SequenceNode) and target.is_there:
                labels = _read_labels(target.at("labelSelector"))
                if labels is None:
                    message = "a patch is for resources with labels of which only `app=web` is understood"
                    self.seen.remark(f"{message}: run `kustomize build`", at)
                    continue
                yield _Patch(target.at("kind").text, target.at("name").text, view.node, at, labels)
            elif view.is_there:
                self.seen.remark("a patch of operations (JSON 6902) needs a `target`, and is not applied", at)

    # --- changes ---

    def _changed(self, view: View, root: View, patches: list[_Patch]) -> View:
        node = view.node
        for patch in patches:
            if node is not None and patch.fits(view):
                node = self._patched(patch, node)
        for one in root.at("replicas").items():
            count = one.at("count")
            if count.text is not None and one.at("name").text == view.at("metadata", "name").text:
                key = Scalar("spec", count.place)
                counted = MappingNode(
                    ((Scalar("replicas", count.place), Scalar(count.text, count.place)),), count.place
                )
                node = merge(MappingNode(((key, counted),), count.place), node) if _is_scaled(view) else node
        return View(node, view.above)

    def _patched(self, patch: _Patch, node: YamlNode) -> YamlNode:
        if isinstance(patch.node, MappingNode):
            return merge(_without_names(patch.node), node)
        try:
            return apply_operations(patch.node, node)
        except PatchError as wrong:
            self.seen.remark(
                f"{wrong}: the patch is not applied, and `kustomize build` refuses it", patch.place
            )
            return node

    def _remark_unapplied(self, root: View) -> None:
        for key, _ in root.entries():
            if key.text not in _APPLIED:
                message = f"`{key.text}` is not applied: run `kustomize build`, and import what comes out"
                self.seen.remark(message, key.place)


def _read_labels(selector: View) -> tuple[tuple[str, str], ...] | None:
    """`app=web,tier=front`; None for what is no such list."""
    parts = [part.strip() for part in (selector.text or "").split(",")] if selector.is_there else []
    if not all(_LABEL.fullmatch(part) for part in parts):
        return None
    pairs = (part.replace("==", "=").partition("=") for part in parts)
    return tuple((key.strip(), value.strip()) for key, _, value in pairs)


def _is_scaled(view: View) -> bool:
    return view.at("kind").text in ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")


def _without_names(node: MappingNode) -> MappingNode:
    """A patch without what only says whom it is for."""
    kept: list[tuple[Scalar, YamlNode]] = []
    for key, value in node.entries:
        if key.text == "metadata" and isinstance(value, MappingNode):
            rest = tuple(one for one in value.entries if one[0].text not in ("name", "namespace"))
            kept.append((key, MappingNode(rest, value.place)))
        elif key.text not in ("apiVersion", "kind"):
            kept.append((key, value))
    return MappingNode(tuple(kept), node.place)


def merge(patch: YamlNode, base: YamlNode | None, key: str = "") -> YamlNode:
    """A strategic merge (Kubernetes, "Update API Objects in Place Using kubectl patch"): mappings key by key,
    some lists by a key of their members; all else is exchanged. The depth of documents is limited."""
    if isinstance(patch, MappingNode) and isinstance(base, MappingNode):
        entries = {name.text: (name, value) for name, value in base.entries}
        for name, value in patch.entries:
            if isinstance(value, Scalar) and value.is_null:
                entries.pop(name.text, None)
            elif name.text in entries:
                entries[name.text] = (entries[name.text][0], merge(value, entries[name.text][1], name.text))
            else:
                entries[name.text] = (name, value)
        return MappingNode(tuple(entries.values()), base.place)
    if isinstance(patch, SequenceNode) and isinstance(base, SequenceNode) and key in _KEYS:
        return SequenceNode(tuple(_merge_members(patch, base, _KEYS[key])), base.place)
    return patch


def _merge_members(patch: SequenceNode, base: SequenceNode, key: str) -> Iterator[YamlNode]:
    new = {View(one, one.place).at(key).text: one for one in patch.items}
    for one in base.items:
        changed = new.pop(View(one, one.place).at(key).text, None)
        if changed is None:
            yield one
        elif View(changed, changed.place).at("$patch").text != "delete":
            yield merge(changed, one)
    yield from (one for one in new.values() if View(one, one.place).at("$patch").text != "delete")
