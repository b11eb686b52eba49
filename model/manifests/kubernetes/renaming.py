"""`namePrefix` and `nameSuffix` of a kustomization: resources, and whoever names them, under new names."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from ...language.document import Mapping, Scalar, Sequence, YamlNode
from ..views import View

_REFERRING = frozenset(
    [
        "configMapRef",
        "secretRef",
        "configMapKeyRef",
        "secretKeyRef",
        "configMap",
        "scaleTargetRef",
        "workloadRef",
        "targetRef",
        "service",
        "backendRefs",
    ]
)
"""Keys of mappings in which `name` is that of a resource."""
_NAMING = frozenset(
    [
        "serviceName",
        "secretName",
        "claimName",
        "serviceAccountName",
        "activeService",
        "previewService",
        "stableService",
        "canaryService",
    ]
)
"""Keys behind which the name of a resource stands."""
_KEPT = frozenset({"Namespace", "CustomResourceDefinition", "APIService"})
"""Kinds that kustomize gives no other name."""


class ObjectRenaming(NamedTuple):
    """What stands before and behind each name of some resources."""

    prefix: str
    suffix: str

    def rename(self, documents: Iterable[View]) -> list[View]:
        """The documents, those of one kustomization, with their new names. What texts say (`http://api`) is
        left alone, as kustomize leaves it."""
        documents = list(documents)
        named = {one.at("metadata", "name").text or "" for one in documents if self._has_name(one)}
        return [View(self._renamed(one, named - {""}), one.above) for one in documents]

    def _has_name(self, document: View) -> bool:
        return document.at("kind").text not in _KEPT

    def _renamed(self, document: View, named: Collection[str]) -> YamlNode | None:
        node = document.node
        if not isinstance(node, Mapping):
            return node
        entries = tuple(
            (key, self._name_resource(value) if key.text == "metadata" else self._refer(value, named, ""))
            for key, value in node.entries
        )
        return Mapping(entries, node.place) if self._has_name(document) else node

    def _name_resource(self, metadata: YamlNode) -> YamlNode:
        if not isinstance(metadata, Mapping):
            return metadata
        entries = tuple(
            (key, self._told(value) if key.text == "name" else value) for key, value in metadata.entries
        )
        return Mapping(entries, metadata.place)

    def _refer(self, node: YamlNode, named: Collection[str], above: str) -> YamlNode:
        """A part of a document with the names of others in it; the depth of documents is limited."""
        if isinstance(node, Sequence):
            return Sequence(tuple(self._refer(one, named, above) for one in node.items), node.place)
        if not isinstance(node, Mapping):
            return node
        return Mapping(
            tuple(
                (
                    key,
                    self._told(value)
                    if self._is_reference(key.text, above)
                    and isinstance(value, Scalar)
                    and value.text in named
                    else self._refer(value, named, key.text),
                )
                for key, value in node.entries
            ),
            node.place,
        )

    def _is_reference(self, key: str, above: str) -> bool:
        return key in _NAMING or (key == "name" and above in _REFERRING)

    def _told(self, name: YamlNode) -> YamlNode:
        if not isinstance(name, Scalar) or name.is_null:
            return name
        return Scalar(f"{self.prefix}{name.text}{self.suffix}", name.place)
