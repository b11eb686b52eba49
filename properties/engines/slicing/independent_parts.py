"""Parts of a deployment that nothing but the pipeline connects: what of them a run needs, and at what price.

Let no move and no traffic speak of two parts, let the ways to leave a position differ in one part only,
and let the positions follow each other in one line. Then the runs of the whole are, event by event, runs of
each part that pass the same positions, put together in any order between two of them. So a state of one
part can be reached at a position if and only if every other part can let the pipeline come there, and the
fewest events on the way are the sum of the fewest of each.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from msgspec import Struct

from ....model.compiler.compile import Compiled
from ....model.compiler.system import Condition, Event, EventKind, Guard, Reached, passes, search
from ....model.names import PIPELINE, VariableKey
from ....model.resources.limits import Limits, StateLimitError
from ...temporal.influence import Influence, VariableSet, find_differing, join_sets, restrict_to_known
from .search import NEVER, Ways, compute_distances, find_run_to


class Passage(Struct, frozen=True):
    """How a part lets the pipeline come to each position: `best` maps those that it can come to (by index)
    to the fewest events of the part's own before, with a state (an index) that is entered so."""

    ways: Ways
    best: dict[int, tuple[int, int]]
    can_end: bool
    """It can be as it must be where the deployment is complete."""

    def cost(self, position: int) -> int:
        return self.best.get(position, (NEVER, 0))[0]

    def legs(self, position: int) -> list[list[Event]]:
        """What the part does at each position before that one."""
        found: list[list[Event]] = [[]]
        for event, _ in find_run_to(self.ways, self.best[position][1]):
            if event.kind is EventKind.PIPELINE:
                found.append([])
            else:
                found[-1].append(event)
        return found


class Parts:
    """The parts of a deployment, each searched at most once."""

    def __init__(self, compiled: Compiled, influence: Influence, limits: Limits) -> None:
        self._compiled, self._influence, self._limits = compiled, influence, limits
        self._passages: dict[VariableSet, Passage | StateLimitError] = {}

    @cached_property
    def _ends(self) -> Condition:
        return self._compiled.complete()

    @property
    def is_line(self) -> bool:
        """Whether the pipeline's positions follow each other in one line."""
        return all(len(onward) <= 1 for onward in self._compiled.vocabulary.course.onward)

    def around(self, names: Iterable[VariableKey]) -> tuple[VariableSet, list[VariableSet]]:
        """The variables of all parts in which the names are, and those of every other part; what has no say
        in the names, nor in where the pipeline can go, is in none."""
        wanted = frozenset(names)
        system, ways = self._compiled.system, self._ways()
        said = (name for guards in ways for guard in guards for name in guard)
        relevant = self._influence.cone((*wanted, *said))
        together = [find_differing(guards) for guards in ways]
        together += (
            relevant & (event.guard.keys() | event.effect.keys())
            for event in system.events
            if event.kind is not EventKind.PIPELINE and not relevant.isdisjoint(event.effect)
        )
        parts = join_sets(relevant - {PIPELINE}, together)
        own = frozenset({PIPELINE}).union(*(part for part in parts if part & wanted))
        return own, [part for part in parts if part.isdisjoint(own)]

    def _ways(self) -> list[list[Guard]]:
        """The ways to leave each position, and those to be complete. A way's guard names what it changes."""
        found: dict[object, list[Guard]] = {}
        for event in self._compiled.system.events:
            if event.kind is EventKind.PIPELINE:
                found.setdefault(event.guard[PIPELINE], []).append(event.guard)
        return [*found.values(), list(self._ends)]

    def is_end(self, reached: Reached, names: VariableSet) -> list[bool]:
        """For each state of a part whether it is as it must be where the deployment is complete."""
        tests = [reached.system.test(restrict_to_known(guard, names)) for guard in self._ends]
        return [any(passes(state, test) for test in tests) for state in reached.states]

    def passage(self, names: VariableSet) -> Passage:
        """Raises `LimitError`."""
        found = self._passages.get(names)
        if found is None:
            found = self._passages[names] = self._search(names | {PIPELINE})
        if isinstance(found, StateLimitError):
            raise found
        return found

    def _search(self, names: VariableSet) -> Passage | StateLimitError:
        try:
            return self._passage(names)
        except StateLimitError as limit:
            return limit

    def _passage(self, names: VariableSet) -> Passage:
        part = self._influence.part(names)
        reached = search(part.system, self._limits)
        cheapest = compute_distances(reached, lambda event: event.kind is not EventKind.PIPELINE)
        at = part.system.index(PIPELINE)
        best: dict[int, tuple[int, int]] = {}
        for index, state in enumerate(reached.states):
            price = cheapest.cost[index], index
            best[state[at]] = min(best.get(state[at], price), price)
        ways = cheapest.ways((index for _, index in best.values()), reached.states)
        return Passage(ways, best, any(self.is_end(reached, names)))
