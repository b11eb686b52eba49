"""Where in a request a new hop can stand: behind all that its consumer does there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec import Struct

from ..deployment import Hop


class DraftHop(Struct, frozen=True):
    """A hop with what stands behind it as a comment; an old one stands somewhere already."""

    hop: Hop
    comment: str
    is_old: bool = False


@dataclass(slots=True)
class HopList:
    """The hops of one request, old and new, in their order."""

    name: str
    hops: list[DraftHop] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        """Whether none of its hops is old."""
        return not any(one.is_old for one in self.hops)

    def find_end_of(self, consumer: str) -> int | None:
        """How many hops there are when all is done that a consumer does; None if it does not occur."""
        stack: list[str] = []
        end: int | None = None
        for number, one in enumerate(self.hops, start=1):
            if one.hop.consumer not in stack:
                stack = [one.hop.consumer]
            while stack[-1] != one.hop.consumer:
                stack.pop()
            if one.hop.verb.is_call:
                stack.append(one.hop.provider)
            end = number if consumer in stack else end
        return end

    def add(self, consumer: str, hops: Iterable[DraftHop]) -> bool:
        """Adds hops of a consumer, if it occurs."""
        at = self.find_end_of(consumer)
        if at is not None:
            self.hops[at:at] = hops
        return at is not None
