"""Parts of a deployment that nothing but the pipeline connects: what of them a run needs, and at what price.

Let no move and no traffic speak of two parts, let what is asked together to leave a position (`exits`) lie
in one part, and let the positions follow each other in one line. Then the runs of the whole are, event by
event, runs of each part that pass the same positions, put together in any order between two of them. So a
state of one part can be reached at a position if and only if every other part can let the pipeline come
there, and the fewest events on the way are the sum of the fewest of each.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from functools import cached_property

from msgspec import Struct

from ....model.compiler.advances import Advance, split_events
from ....model.compiler.compile import Compiled
from ....model.compiler.system import Condition, Event, EventKind, Reached, Value, passes, search
from ....model.names import PIPELINE, VariableKey
from ....model.resources.limits import Limits, StateLimitError
from ...temporal.exits import Exit
from ...temporal.influence import Influence, VariableSet, join_sets, restrict_to_known
from ...temporal.lasso import find_fair_components
from .search import NEVER, Distances, compute_distances, find_run_to


class NotToldError(Exception):
    """A part can go round for ever: what the whole can do then is not told from parts."""


class Rest(Struct, frozen=True):
    """How a part can stand still for ever at a position, but for the pipeline: the fewest events of its own
    before, with the state (an index); the same where it keeps the pipeline from going on."""

    cheapest: tuple[int, int]
    holding_up: tuple[int, int] | None
    can_end: bool
    """It can stand as it must where the deployment is complete."""


class Passage(Struct, frozen=True, dict=True):
    """How a part lets the pipeline come to each position, and what it does there."""

    reached: Reached
    cheapest: Distances
    ends: list[bool]
    """For each state whether it is as it must be where the deployment is complete."""

    @cached_property
    def can_end(self) -> bool:
        return any(self.ends)

    @cached_property
    def best(self) -> dict[int, tuple[int, int]]:
        """For each position to which it can come (by index) the fewest events of the part's own before, with
        a state (an index) that is entered so."""
        best: dict[int, tuple[int, int]] = {}
        for index, at in enumerate(self._positions):
            price = self.cheapest.cost[index], index
            best[at] = min(best.get(at, price), price)
        return best

    @cached_property
    def _positions(self) -> list[int]:
        at = self.reached.system.index(PIPELINE)
        return [state[at] for state in self.reached.states]

    def cost(self, position: int) -> int:
        return self.best.get(position, (NEVER, 0))[0]

    def legs(self, position: int) -> list[list[Event]]:
        """What the part does at each position before that one."""
        return self.legs_to(self.best[position][1])

    def legs_to(self, goal: int) -> list[list[Event]]:
        """What the part does at each position on the way to a state."""
        found: list[list[Event]] = [[]]
        for event, _ in find_run_to(self.cheapest.ways([goal], self.reached.states), goal):
            if event.kind is EventKind.PIPELINE:
                found.append([])
            else:
                found[-1].append(event)
        return found

    @cached_property
    def _rests(self) -> dict[int, Rest | NotToldError | None]:
        return {}

    def rest(self, position: int) -> Rest | None:
        """None: it cannot come to the position. Raises `NotToldError`."""
        if position not in self._rests:
            try:
                self._rests[position] = self._rest(position)
            except NotToldError as not_told:
                self._rests[position] = not_told
        found = self._rests[position]
        if isinstance(found, NotToldError):
            raise found
        return found

    def _rest(self, position: int) -> Rest | None:
        states = [index for index, at in enumerate(self._positions) if at == position]
        homes = find_fair_components(
            states, self.reached.edges.__getitem__, lambda i: self._units(i) - {PIPELINE}
        )
        if not all(self._is_still(home) for home in homes):
            raise NotToldError
        still = [index for home in homes for index in home]
        prices = sorted((self.cheapest.cost[index], index) for index in still)
        holding_up = (price for price in prices if PIPELINE not in self._units(price[1]))
        can_end = any(self.ends[index] for index in still)
        return Rest(prices[0], next(holding_up, None), can_end) if prices else None

    def _is_still(self, home: Collection[int]) -> bool:
        """Whether it may stop in any state of a component, and the pipeline does not notice in which."""
        units = {self._units(index) for index in home}
        return len(units) == 1 and units <= {frozenset(), frozenset({PIPELINE})}

    def _units(self, index: int) -> frozenset[Hashable]:
        """The units of fairness of which an event is enabled."""
        return frozenset(event.group for event, _ in self.reached.edges[index] if event.group is not None)


class Parts:
    """The parts of a deployment whose pipeline goes one way, over these `places`; each is searched at most
    once."""

    def __init__(
        self, compiled: Compiled, influence: Influence, limits: Limits, places: frozenset[Value]
    ) -> None:
        self._compiled, self._influence, self._limits = compiled, influence, limits
        self._places = places
        self._passages: dict[VariableSet, Passage | StateLimitError] = {}
        self._joined: dict[VariableSet, list[VariableSet]] = {}

    @cached_property
    def _ends(self) -> Condition:
        """The ways to be complete on the line."""
        every = self._compiled.complete()
        return tuple(guard for guard in every if not self._places.isdisjoint(guard[PIPELINE]))

    def around(
        self, names: Iterable[VariableKey], *, with_all_units: bool = False
    ) -> tuple[VariableSet, list[VariableSet]]:
        """The variables of all parts in which the names are, and those of every other part; what has no say
        in the names, nor in where the pipeline can go, is in none. Unless all units of fairness are asked
        for: then each that can move, and what has a say in it, is in a part."""
        wanted = frozenset(names)
        relevant = self._influence.cone((*wanted, *self._said(with_all_units=with_all_units)))
        parts = self._joined.get(relevant)
        if parts is None:  # of most formulas, and on most lines, the same is relevant
            parts = self._joined[relevant] = self._join(relevant)
        own = frozenset({PIPELINE}).union(*(part for part in parts if part & wanted))
        return own, [part for part in parts if part.isdisjoint(own)]

    def _said(self, *, with_all_units: bool) -> VariableSet:
        """What has a say in where the pipeline can go; with all units what can move as well."""
        said = {name for way in self._ways for name in way.names}
        if with_all_units:
            others = split_events(self._compiled.system).others
            said.update(name for event in others if event.group is not None for name in event.effect)
        return frozenset(said)

    def _join(self, relevant: VariableSet) -> list[VariableSet]:
        together = [asked for way in self._ways for asked in way.together]
        together += (
            relevant & (event.guard.keys() | event.effect.keys())
            for event in split_events(self._compiled.system).others
            if not relevant.isdisjoint(event.effect)
        )
        return join_sets(relevant - {PIPELINE}, together)

    @cached_property
    def _ways(self) -> list[Exit]:
        """The ways to leave each position, and those to be complete. A way's guard names what it changes."""
        found: dict[Value, list[Advance]] = {}
        for way in split_events(self._compiled.system).advances:
            (here,) = way.guard[PIPELINE]
            found.setdefault(here, []).append(way)
        return [*(Exit(tuple(ways)) for ways in found.values()), Exit(guards=self._ends)]

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
        return Passage(reached, cheapest, self.is_end(reached, names))
