"""JSON Patch (RFC 6902) on manifests, as kustomizations have it."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...language.document import Mapping, Scalar, Sequence, YamlNode
from ...names import Place
from ..views import View

MAX_OPERATIONS = 1_000
_INDEX = re.compile(r"[0-9]{1,6}")

Change = Callable[[YamlNode | None], YamlNode | None]
"""From what stands at the end of a path to what will; None for nothing."""


class PatchError(Exception):
    """An operation that cannot be done, in words; where it stands is its place."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.place = place


def apply_operations(operations: Sequence, document: YamlNode) -> YamlNode:
    """The document after all operations, or none: raises `PatchError`, as kustomize refuses the whole."""
    if len(operations.items) > MAX_OPERATIONS:
        raise PatchError(f"a patch has more than {MAX_OPERATIONS:,} operations", operations.place)
    for item in operations.items:
        document = _apply(View(item, item.place), document)
    return document


def _apply(operation: View, document: YamlNode) -> YamlNode:
    word, path = operation.at("op").text, operation.at("path").text
    if path is None or word is None:
        raise PatchError("an operation of a patch needs `op` and `path`", operation.place)
    match word:
        case "add" | "replace":
            value = operation.at("value").node
            if value is None:
                raise PatchError(f"`{word}` needs a `value`", operation.place)
            return _set(document, path, value, operation.place, inserts=word == "add")
        case "remove":
            return _remove(document, path, operation.place)
        case "copy" | "move":
            source = operation.at("from").text or ""
            value = _find(document, source, operation.place)
            rest = _remove(document, source, operation.place) if word == "move" else document
            return _set(rest, path, value, operation.place, inserts=True)
        case "test":
            return document  # of what it wants to find there, kustomize tells whoever builds
        case _:
            raise PatchError(f"`{word}` is no operation of a patch", operation.place)


def _set(document: YamlNode, path: str, value: YamlNode, place: Place, *, inserts: bool) -> YamlNode:
    def change(there: YamlNode | None) -> YamlNode:
        if there is None and not inserts:
            raise PatchError(f"nothing stands at `{path}`", place)
        return value

    return _change(document, _split(path, place), change, path, place, inserts=inserts)


def _remove(document: YamlNode, path: str, place: Place) -> YamlNode:
    def change(there: YamlNode | None) -> None:
        if there is None:
            raise PatchError(f"nothing stands at `{path}`", place)

    return _change(document, _split(path, place), change, path, place, inserts=False)


def _find(document: YamlNode, path: str, place: Place) -> YamlNode:
    found: list[YamlNode] = []

    def change(there: YamlNode | None) -> YamlNode | None:
        found.extend([there] if there is not None else [])
        return there

    _change(document, _split(path, place), change, path, place, inserts=False)
    if not found:
        raise PatchError(f"nothing stands at `{path}`", place)
    return found[0]


def _split(path: str, place: Place) -> list[str]:
    """The parts of a JSON pointer (RFC 6901)."""
    if not path.startswith("/"):
        raise PatchError(f"`{path}` is no path of a patch: write `/spec/replicas`", place)
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _change(
    node: YamlNode | None, parts: list[str], change: Change, path: str, place: Place, *, inserts: bool
) -> YamlNode:
    """The node with what stands at the end of the path changed; documents have a limited depth."""
    part, rest = parts[0], parts[1:]
    if isinstance(node, Mapping):
        there = next((value for key, value in node.entries if key.text == part), None)
        new = _change(there, rest, change, path, place, inserts=inserts) if rest else change(there)
        kept = [(key, new if key.text == part else value) for key, value in node.entries]
        entries = tuple((key, value) for key, value in kept if value is not None)
        if there is None and new is not None:
            entries = (*entries, (Scalar(part, place), new))
        return Mapping(entries, node.place)
    if isinstance(node, Sequence):
        return _change_item(node, parts, change, path, place, inserts=inserts)
    raise PatchError(f"nothing stands at `{path}`", place)


def _change_item(
    node: Sequence, parts: list[str], change: Change, path: str, place: Place, *, inserts: bool
) -> YamlNode:
    part, rest = parts[0], parts[1:]
    count = len(node.items)
    index = count if part == "-" else int(part) if _INDEX.fullmatch(part) else None
    if index is None or index > count or (index == count and not (inserts and not rest)):
        raise PatchError(f"nothing stands at `{path}`", place)
    if inserts and not rest:
        new = change(None)
        assert new is not None, "what is added is there"
        return Sequence((*node.items[:index], new, *node.items[index:]), node.place)
    there = node.items[index]
    new = _change(there, rest, change, path, place, inserts=inserts) if rest else change(there)
    items = (*node.items[:index], *([new] if new is not None else ()), *node.items[index + 1 :])
    return Sequence(items, node.place)
