"""Where in a request a new hop can stand: behind all that its consumer does there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..deployment import Hop


@dataclass(frozen=True, slots=True)
class DraftHop:
    """A hop with what stands behind it as a comment."""

    hop: Hop
    comment: str


@dataclass(slots=True)
class HopList:
    """The hops of one request, and those that are new, with the number of old hops before them."""

    name: str
    old: list[Hop]
    new: list[tuple[int, DraftHop]] = field(default_factory=list)
    is_new: bool = False

    def find_end_of(self, consumer: str) -> int | None:
        """How many of the old hops there are when all is done that a consumer does; None if it is absent."""
        if self.is_new:
            return 0 if self._occurs(consumer) else None
        stack: list[str] = []
        end: int | None = None
        for number, hop in enumerate(self.old, start=1):
            stack = (
                stack[: len(stack) - stack[::-1].index(hop.consumer)]
                if hop.consumer in stack
                else [hop.consumer]
            )
            if hop.verb.is_call:
                stack.append(hop.provider)
            end = number if consumer in stack else end
        return end if end is not None or not self._occurs(consumer) else None

    def _occurs(self, consumer: str) -> bool:
        return any(
            (hop.hop.verb.is_call and hop.hop.provider == consumer) or hop.hop.consumer == consumer
            for _, hop in self.new
        )

    def insert(self, at: int, hops: list[DraftHop]) -> None:
        self.new += [(at, hop) for hop in hops]

    def merge(self, old: Sequence[DraftHop]) -> tuple[DraftHop, ...]:
        """All hops in their order; `old` are those that it was made from."""
        new: dict[int, list[DraftHop]] = {}
        for at, hop in self.new:
            new.setdefault(at, []).append(hop)
        return tuple(hop for at in range(len(old) + 1) for hop in (*new.get(at, ()), *old[at : at + 1]))
