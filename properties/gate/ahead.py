"""What can be met from where a system was seen to stand: by positions of the pipeline, each with a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct

from ...model.compiler.system import Condition, Event, Guard, Value
from ...model.names import REQUEST, Held, VariableKey, instances_of, is_pipeline
from ...model.resources.limits import Limits, StateLimitError
from ..temporal.influence import VariableSet
from .exploring import Explored, explore
from .lifting import LiftedRun, lift
from .parts import Whole

if TYPE_CHECKING:
    from .sets import SetsAhead

MOST_LISTED = 100_000
"""So many nodes of a part are listed before the whole is held as sets."""


class Met(Struct, frozen=True):
    """Where a condition can be met, and a run to each of the places; `judged_by` are the variables of the
    last part that was searched, which suffice to exclude all other places."""

    runs: dict[Value, LiftedRun]
    judged_by: VariableSet


@dataclass
class Ahead:
    """What is met in one system, from where `seen` holds on. `barred` are events that do not happen from
    there on. Where a part is too large, `sets` answers."""

    whole: Whole
    seen: Guard
    limits: Limits
    barred: tuple[Event, ...] = ()
    _explored: dict[VariableSet, Explored] = field(default_factory=dict)
    _too_large: list[VariableSet] = field(default_factory=list)
    _sets: SetsAhead | None = None

    def __post_init__(self) -> None:
        going_on = [frozenset(filter(is_pipeline, event.effect)) for event in self.barred]
        assert all(going_on), "only the pipelines' events are barred"
        self.pipeline = self.whole.pipeline
        self._always = frozenset({self.pipeline}).union(*going_on)
        """What every part keeps: so what is barred stands in the script of each, and no lifting makes it."""
        self.seen = {**self.seen, self.pipeline: self.whole.places(self.seen)}
        self.since = self.whole.since(self.seen, self.barred)

    def find(self, condition: Condition) -> Met:
        """Where the condition can be met. Raises `LimitError`."""
        condition = tuple(guard for guard in condition if self.since.places(guard))
        if not condition or not self.seen[self.pipeline]:
            return Met({}, frozenset(self.seen))
        wanted = set(self.since.ranges)
        kept = self._with_homes(self._always | {*(key for guard in condition for key in guard)})
        runs: dict[Value, LiftedRun] = {}
        try:
            while True:
                found, stopped = self._round(kept, condition, wanted)
                runs |= found
                wanted -= found.keys()
                if not stopped:
                    return Met(runs, kept)
                kept = self._with_homes(kept | stopped)
        except StateLimitError:
            return self._in_sets(condition)

    def _with_homes(self, keys: Iterable[VariableKey]) -> VariableSet:
        """An instance that the request is on is one of those that are there, and it came there by a hop: the
        one without the others says next to nothing."""
        kept = frozenset(keys)
        frames = (key.subject for key in kept if isinstance(key.subject, Held))
        homes = frozenset(instances_of(frame.component) for frame in frames)
        return kept | ({REQUEST, *homes} & {variable.key for variable in self.whole.system.variables})

    def _round(
        self, kept: VariableSet, condition: Condition, wanted: set[Value]
    ) -> tuple[dict[Value, LiftedRun], VariableSet]:
        """The places of which a run could be lifted, and what stood in the way of others."""
        explored = self._explore(kept)
        at = explored.part.system.index(self.pipeline)
        domain = explored.part.system.variables[at].domain
        first: dict[Value, int] = {}
        for number in explored.meeting(condition):
            place = domain[explored.nodes[number][0][at]]
            if place in wanted:
                first.setdefault(place, number)
        runs: dict[Value, LiftedRun] = {}
        stopped = frozenset[VariableKey]()
        for place, number in first.items():
            lifted = lift(self.whole.system, explored.script(number), self.seen, self.limits)
            if isinstance(lifted, LiftedRun):
                runs[place] = lifted
            else:
                stopped |= lifted.keys
        return runs, stopped

    def _explore(self, kept: VariableSet) -> Explored:
        known = self._explored.get(kept)
        if known is not None:
            return known
        if any(kept >= larger for larger in self._too_large):
            raise StateLimitError(MOST_LISTED)
        try:
            parts = self.whole.part(kept), self.since.part(kept)
            found = explore(*parts, self.seen, self.limits, MOST_LISTED)
        except StateLimitError:
            self._too_large.append(kept)
            raise
        self._explored = {kept: found}  # the next question is most often of the same
        return found

    def _in_sets(self, condition: Condition) -> Met:
        from .sets import SetsAhead

        if self._sets is None:
            self._sets = SetsAhead(self.whole, self.seen, self.barred, self.limits)
        every = frozenset(variable.key for variable in self.whole.system.variables)
        return Met(self._sets.find(condition), every)
