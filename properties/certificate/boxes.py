"""Sets of states as few boxes: a box is a product, of a set of values for each variable."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Rank = TypeVar("Rank", bound=Hashable)
Box = tuple[frozenset[Rank], ...]
"""For each variable, in a fixed order, the values that it can have."""


def cover_with_boxes(states: Iterable[Sequence[Rank]]) -> list[Box[Rank]]:
    """The states, each a value for each variable, as boxes that are together exactly these states."""
    single: dict[Rank, frozenset[Rank]] = {}

    def alone(value: Rank) -> frozenset[Rank]:
        return single.setdefault(value, frozenset((value,)))

    return merge_boxes(tuple(map(alone, state)) for state in states)


def merge_boxes(boxes: Iterable[Box[Rank]]) -> list[Box[Rank]]:
    """Fewer boxes with the same states: those that differ in one variable only become one, until none do."""
    left = list(dict.fromkeys(boxes))
    if not left:
        return left
    width, idle, at = len(left[0]), 0, 0
    while idle < width:
        fewer = _along(left, at)
        idle = 1 if len(fewer) < len(left) else idle + 1
        left, at = fewer, (at + 1) % width
    return left


def _along(boxes: list[Box[Rank]], at: int) -> list[Box[Rank]]:
    groups: dict[tuple[Box[Rank], Box[Rank]], list[frozenset[Rank]]] = {}
    for box in boxes:
        groups.setdefault((box[:at], box[at + 1 :]), []).append(box[at])
    return [(*before, frozenset().union(*sets), *after) for (before, after), sets in groups.items()]
