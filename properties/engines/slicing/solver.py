"""Who solves slices: this process, or the workers, and each that is new up to names only once.

**Who solves what.** This process begins, in order. Once it has listed `LISTED_STATES` it gives the slice that
it is at, from the beginning, and those after it to the workers: two processes take 0.45 s to be there, which
is as long as one takes to solve slices of 40,000 states. Who has spent as much as hiring costs hires; so no
file takes much more than twice the least that it could, and a small one pays nothing. (Measured on two cores,
at 100,000 states a second.) What crosses the border is a `SliceProblem` and a `Solution`.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from msgspec import Struct, field

from ....model.resources.limits import Limits, StateLimitError
from ....model.resources.sharing import share
from .slice import Slice
from .solve import SliceProblem, Solution, solve

LISTED_STATES = 40_000
"""So many states of all slices together are listed here sooner than a worker is hired."""


class Solver(Struct, dict=True):
    """The solutions of a deployment's slices, each once."""

    limits: Limits
    solved: list[Solution] = field(default_factory=list)
    _places: dict[Hashable, int] = field(default_factory=dict)
    """Where the solution of each key is, or will be: keys are large, and looked up once for each slice."""

    def solutions(self, parts: Sequence[Slice]) -> Generator[Solution, None, None]:
        """The solution of each slice in their order, each as soon as it is there. Raises `LimitError`."""
        fresh: dict[Hashable, SliceProblem] = {}
        places = []
        for part in parts:
            places.append(self._places.setdefault(part.key, len(self._places)))
            if places[-1] == len(self.solved) + len(fresh):
                fresh[part.key] = SliceProblem.of(part)
        try:
            with closing(self._solve(list(fresh.values()))) as found:
                for place in places:
                    if place == len(self.solved):
                        self.solved.append(next(found))
                    yield self.solved[place]
        finally:  # a limit, or whoever asks for no more, leaves some without a solution
            for key in fresh:
                if self._places[key] >= len(self.solved):
                    del self._places[key]

    def _solve(self, problems: Sequence[SliceProblem]) -> Generator[Solution, None, None]:
        rest = problems
        if self.limits.workers.hire is not None:
            for solution in self._few(problems):
                rest = rest[1:]
                yield solution
        if self.limits.workers.hire is None or len(rest) < 2:  # nobody can share one
            yield from (solve(problem, self.limits) for problem in rest)
        else:
            yield from share(solve, rest, self.limits)

    def _few(self, problems: Sequence[SliceProblem]) -> Iterator[Solution]:
        """The solutions of the first slices, as far as few states come."""
        most = self.limits.listed_states
        left = min(LISTED_STATES, most)
        progress = self.limits.progress
        for problem in problems:
            explored = progress.finished_states
            try:
                solution = solve(problem, replace(self.limits, max_states=left))
            except StateLimitError:
                if left == most:
                    raise
                progress.finished_states = explored  # its parts are explored, and counted, where it is solved
                return
            left -= solution.states
            yield solution
