"""Requirements solved: the fewest waves that satisfy them all, or the fewest of them that contradict each
other."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ...model.resources.limits import Limits, StateLimitError

Pair = tuple[int, int]
"""The one is over before the other begins."""

Clause = frozenset[Pair]
"""At least one of the pairs is wanted; the empty one cannot be satisfied."""

MOST_NODES = 200_000
"""Of the search for one number of waves."""


class Contradiction(Struct, frozen=True):
    """These clauses, by number, cannot be satisfied together, and any fewer of them can."""

    clauses: tuple[int, ...]


def solve(size: int, clauses: Sequence[Clause], limits: Limits) -> tuple[int, ...] | Contradiction:
    """The wave of each of `size` actions, from 0: as few waves as there can be, each action as early as it
    can be then. Raises `LimitError`."""
    for height in range(1, size + 1):
        levels = _Search(size, clauses, height, limits).levels()
        if levels is not None:
            return levels
    return Contradiction(_find_core(size, clauses, limits))


def list_implied(size: int, clauses: Sequence[Clause], limits: Limits) -> tuple[Pair, ...]:
    """The pairs of the clauses that hold in every solution of them."""
    every = sorted(set().union(*clauses))
    return tuple(p for p in every if _Search(size, clauses, size, limits, (p,)).levels() is None)


def _find_core(size: int, clauses: Sequence[Clause], limits: Limits) -> tuple[int, ...]:
    left = list(range(len(clauses)))
    for one in list(left):
        fewer = [number for number in left if number != one]
        if _Search(size, [clauses[number] for number in fewer], size, limits).levels() is None:
            left = fewer
    return tuple(left)


class _Search:
    """Depth first over the pairs of a clause that does not hold yet, without the pairs that are `never` to
    hold. What is chosen holds in the solution that is looked for, and each action is as early as what is
    chosen allows: so no solution is missed."""

    def __init__(
        self,
        size: int,
        clauses: Sequence[Clause],
        height: int,
        limits: Limits,
        never: tuple[Pair, ...] = (),
    ) -> None:
        self._size, self._height, self._limits = size, height, limits
        self._clauses = sorted(clauses, key=len)
        self._never = never
        self._nodes = 0

    def levels(self) -> tuple[int, ...] | None:
        return self._extend(frozenset(), (0,) * self._size)

    def _extend(self, chosen: frozenset[Pair], levels: tuple[int, ...]) -> tuple[int, ...] | None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise StateLimitError(MOST_NODES)
        if not self._nodes % 256:
            self._limits.check_resources()
        open_ = next((c for c in self._clauses if not any(levels[a] < levels[b] for a, b in c)), None)
        if open_ is None:
            return levels
        for pair in sorted(open_):
            more = chosen | {pair}
            raised = self._raise(more, levels)
            if raised is not None and (found := self._extend(more, raised)) is not None:
                return found
        return None

    def _raise(self, chosen: frozenset[Pair], levels: tuple[int, ...]) -> tuple[int, ...] | None:
        """The earliest levels that have all pairs; None if they need more waves than there are."""
        known, changed = list(levels), True
        while changed:
            changed = False
            for before, after in chosen:
                if known[after] <= known[before]:
                    known[after] = known[before] + 1
                    changed = True
            for before, after in self._never:
                if known[before] < known[after]:
                    known[before] = known[after]
                    changed = True
            if max(known) >= self._height:
                return None
        return tuple(known)
