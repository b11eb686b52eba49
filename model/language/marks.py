"""Where the values of a deployment file begin and end, for who edits its text.

The file has been read before (`loader`), so that its size and its nesting are within the limits.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from msgspec import Struct

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Marked(Struct, frozen=True):
    """A value with the offsets of its text, `start` up to `end`; of collections in lines `end` is that of
    their last value. `entries` are keys with values, `items` members of a list; a scalar has neither."""

    start: int
    end: int
    text: str = ""
    is_flow: bool = False
    entries: tuple[tuple[Marked, Marked], ...] = ()
    items: tuple[Marked, ...] = ()

    def find(self, key: str) -> Marked | None:
        """The value under a key."""
        return next((value for name, value in self.entries if name.text == key), None)


def mark(text: str) -> Marked:
    """The whole of a file that has been loaded."""
    return _mark(yaml.compose(text, Loader=_LOADER), find_lines(text))


def find_lines(text: str) -> list[int]:
    """The offset at which each line begins, as YAML counts them."""
    return [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]


def _mark(node: Any, offsets: list[int]) -> Marked:
    start = offsets[node.start_mark.line] + node.start_mark.column
    end = offsets[node.end_mark.line] + node.end_mark.column
    if isinstance(node, yaml.ScalarNode):
        return Marked(start, end, node.value)
    is_flow = bool(node.flow_style)
    if isinstance(node, yaml.MappingNode):
        entries = tuple((_mark(key, offsets), _mark(value, offsets)) for key, value in node.value)
        last = max((value.end for pair in entries for value in pair), default=end)
        return Marked(start, end if is_flow else last, "", is_flow, entries)
    items = tuple(_mark(item, offsets) for item in node.value)
    last = max((item.end for item in items), default=end)
    return Marked(start, end if is_flow else last, "", is_flow, (), items)
