"""The stack of a request: who calls whom, and how long each instance is held."""

from __future__ import annotations

from msgspec import Struct

from ..deployment import Hop
from ..names import VariableKey, frame_of


class Frame(Struct, frozen=True):
    """An entry of the request's stack: the root, or the instance that hop `born` called.

    `until` is the last hop that the frame, or one that it called, makes; it is held until then.
    """

    component: str
    born: int
    parent: int | None
    until: int

    @property
    def is_held(self) -> bool:
        return self.until > max(self.born, 1)

    @property
    def variable(self) -> VariableKey:
        return frame_of(self.born, self.component)


class Stack(Struct, frozen=True):
    """The frames of a request, and for each hop (from 0) the index of its caller's frame."""

    frames: tuple[Frame, ...]
    callers: tuple[int, ...]


def build_stack(hops: tuple[Hop, ...]) -> Stack:
    """Who calls whom: the caller of a hop is the innermost frame of its name still on the stack.

    Raises `ValueError` for a hop whose caller is not on the stack; the language refuses those.
    """
    entries: list[tuple[str, int, int | None]] = [(hops[0].consumer, 0, None)]
    path = [0]
    callers = []
    for number, hop in enumerate(hops, start=1):
        while path and entries[path[-1]][0] != hop.consumer:
            path.pop()
        if not path:
            raise ValueError(f"hop {number}: `{hop.consumer}` is not on the stack")
        callers.append(path[-1])
        if hop.verb.is_call:
            entries.append((hop.provider, number, path[-1]))
            path.append(len(entries) - 1)
    last = [0] * len(entries)
    for number, caller in enumerate(callers, start=1):
        last[caller] = number
    for frame in range(len(entries) - 1, 0, -1):  # who was called comes after the caller
        parent = entries[frame][2]
        assert parent is not None, "only the root was called by nobody"
        last[parent] = max(last[parent], last[frame])
    return Stack(
        tuple(Frame(*entry, until) for entry, until in zip(entries, last, strict=True)), tuple(callers)
    )
