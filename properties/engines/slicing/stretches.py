"""The pipeline of a slice: where nothing that is kept happens for a stretch, only its two ends remain.

Between the first and the last position of such a stretch no event of the slice is told from the same event
at another position of it, and the pipeline can always go on. So whatever happens on the way can as well
happen at the first position: what can be reached is the same at each, and the fewest events to it are one
more at each. Only a request that begins on the way matters: steps that began before it do not count. It can
as well begin at the last position, which is why there are two ends and not one.

A limit on the steps that begin while a request is in flight (`max_span`) tells positions apart; then all
remain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from msgspec import Struct

from ....model.compiler.moves import Position


class Stretches(Struct, frozen=True):
    """Which of the whole's positions a slice has: `stages[i]` is that of its position i. On the way there
    from the one before `begun[i]` steps begin."""

    stages: tuple[int, ...]
    begun: tuple[int, ...]

    def covers(self, index: int) -> range:
        """The positions of the whole at which the same holds as at the slice's position."""
        following = self.stages[index + 1] if index + 1 < len(self.stages) else self.stages[index] + 1
        return range(self.stages[index], following)

    def events(self, index: int) -> int:
        """The pipeline events of the whole before the slice's position: on a line one for each place."""
        return self.stages[index]

    def steps(self, start: int, end: int) -> int:
        """The steps that begin on the way from one of the slice's positions to another."""
        return sum(self.begun[start + 1 : end + 1])


def count_steps(positions: Iterable[Position]) -> tuple[int, ...]:
    """How many steps have begun by each of a line of positions, which begins before the first step."""
    return tuple(accumulate(position.enters for position in positions))


def shorten(begun: Sequence[int], busy: Iterable[int], turns: Iterable[int] = ()) -> Stretches:
    """What remains of a line of positions, of which the steps were counted; at those that are `busy`
    something that is kept happens, and those that are `turns` remain as they are. Costs as much as there are
    of these."""
    stages = list_stages(len(begun) - 1, busy)
    return measure(begun, tuple(sorted({*stages, *turns})) if turns else stages)


def list_stages(last: int, busy: Iterable[int]) -> tuple[int, ...]:
    """The places that remain of those up to the last."""
    ends = {i for j in busy for i in (j - 1, j, j + 1)} | {last - 1}
    return (0, *sorted(i for i in ends if 0 < i < last), last)


def measure(begun: Sequence[int], stages: tuple[int, ...]) -> Stretches:
    """The stretches between these places of a line of positions, of which the steps were counted."""
    return Stretches(stages, (0, *(begun[b] - begun[a] for a, b in pairwise(stages))))
