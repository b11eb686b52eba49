"""Files of another kind, where a deployment file is wanted: told as what they are, and what to do."""

from __future__ import annotations

from .document import Mapping, Scalar
from .keys import BASELINE_KEYS, RELEASE_KEYS
from .reader import Reader

_OURS = frozenset({"components", "requests", "pipeline", "pipelines", "releases"})
_MANIFESTS = {
    frozenset({"services"}): "a Compose file",
    frozenset({"apiVersion", "kind"}): "a manifest of Kubernetes",
    frozenset({"on", "jobs"}): "a workflow of GitHub",
    frozenset({"resource_changes"}): "a plan of Terraform",
}
_BESIDE = (
    ("changes", frozenset(RELEASE_KEYS), "what a release changes", "--changes"),
    ("accept", frozenset(BASELINE_KEYS), "a list of accepted hazards", "--accept"),
)


def report_foreign(reader: Reader, root: Mapping) -> bool:
    """Whether the file is of another kind, which is reported: then nothing else in it need be."""
    keys = {key.text: key for key, _ in root.entries}
    if not keys or not root.complete or _OURS & keys.keys():
        return False
    for marks, what in _MANIFESTS.items():
        if marks <= keys.keys():
            _report(reader, keys[min(marks)], what, "`skewproof import` makes a deployment file of manifests")
            return True
    for needed, known, what, option in _BESIDE:
        if needed in keys and keys.keys() <= known:
            _report(reader, keys[needed], what, f"name it behind `{option}`, after a deployment file")
            return True
    return False


def _report(reader: Reader, at: Scalar, what: str, fix: str) -> None:
    reader.report("another-file", f"this is {what}, and no deployment file", at, fix)
