"""One Compose file over another, by the rules of the Compose Specification ("Merge and override")."""

from __future__ import annotations

from collections.abc import Mapping as Dict

from ...language.document import Mapping, Scalar, Sequence, YamlNode
from ...names import Place

_REPLACED = frozenset({"command", "entrypoint", "test"})
"""Lists that are exchanged as a whole."""

_TABLES = frozenset(
    {"environment", "labels", "annotations", "args", "sysctls", "depends_on", "networks", "extra_hosts"}
)
"""Mappings that may be written as lists."""

Tags = Dict[Place, str]


def merge(base: YamlNode, over: YamlNode, tags: Tags, key: str = "") -> YamlNode:
    """What two values of one key come to. Both are trees of a limited depth."""
    tag = tags.get(over.place)
    if tag == "!override" or (isinstance(over, Scalar) and over.is_null):
        return over if tag == "!override" else base
    if key in _TABLES:
        base, over = as_table(base, key), as_table(over, key)
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return _merge_mappings(base, over, tags)
    if isinstance(base, Sequence) and isinstance(over, Sequence) and key not in _REPLACED:
        known = {item.text for item in base.items if isinstance(item, Scalar)}
        new = [item for item in over.items if not (isinstance(item, Scalar) and item.text in known)]
        return Sequence((*base.items, *new), base.place)
    return over


def _merge_mappings(base: Mapping, over: Mapping, tags: Tags) -> Mapping:
    merged = {key.text: (key, value) for key, value in base.entries}
    for key, value in over.entries:
        if tags.get(value.place) == "!reset":
            merged.pop(key.text, None)
        elif key.text in merged:
            before, old = merged[key.text]
            new = merge(old, value, tags, key.text)
            merged[key.text] = (key if new is value else before, new)
        else:
            merged[key.text] = (key, value)
    return Mapping(tuple(merged.values()), base.place)


def drop_reset(node: YamlNode, tags: Tags) -> YamlNode:
    """The tree without what `!reset` takes away."""
    if not tags or not isinstance(node, Mapping):
        return node
    kept = [
        (key, drop_reset(value, tags)) for key, value in node.entries if tags.get(value.place) != "!reset"
    ]
    return Mapping(tuple(kept), node.place)


def as_table(node: YamlNode, key: str) -> YamlNode:
    """A list of `KEY=VALUE`, or of names, as the mapping that it stands for; anything else as it is."""
    if not isinstance(node, Sequence):
        return node
    entries: dict[str, tuple[Scalar, YamlNode]] = {}
    for item in node.items:
        if isinstance(item, Scalar):
            name, is_given, value = item.text.partition("=")
            entries[name] = (
                Scalar(name, item.place, item.length, plain=False),
                Scalar(value, item.place, item.length, plain=False)
                if is_given and key != "depends_on"
                else Scalar("", item.place, item.length),
            )
    return Mapping(tuple(entries.values()), node.place)
