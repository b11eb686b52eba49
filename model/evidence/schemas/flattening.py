"""Schemas that must hold together: references followed, and `allOf` taken apart."""

from __future__ import annotations

from collections.abc import Iterable

from ..documents import Node
from ..sides import UnjudgedError

MAX_PARTS = 1_000
"""Of one conjunction."""

Parts = tuple[Node, ...]
"""Schemas that must all hold; none of them is a reference or has an `allOf` that still counts."""


def flatten(nodes: Iterable[Node]) -> Parts:
    """The parts of schemas that must all hold: what they refer to and what stands in `allOf` beside it."""
    found: dict[tuple[str, tuple[str | int, ...]], Node] = {}
    todo = list(nodes)[::-1]
    while todo:
        node = todo.pop()
        if node.key in found:
            continue
        if node.reference is not None:
            node = _heed(node)
        found[node.key] = node
        if len(found) > MAX_PARTS:
            raise UnjudgedError(f"more than {MAX_PARTS:,} schemas must hold together", node.path)
        if node.reference is not None:
            todo.append(node.follow())
        todo.extend(reversed(node.members("allOf")))
    return tuple(found.values())


def _heed(reference: Node) -> Node:
    """A reference with what stands beside it, where that counts."""
    reference.library.has_siblings |= any(_says(word) for word in reference.value)
    return reference if reference.library.heeds_siblings else reference.alone()


def _says(word: str) -> bool:
    """Whether a word beside a reference asks anything of values."""
    return word not in ("$ref", "description", "summary", "title") and not word.startswith("x-")
