"""Where a rollout can stand that was seen so; or what of it the model cannot be."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ...model.compiler.compile import Compiled
from ...model.compiler.life_variables import Standing
from ...model.compiler.moves import Position
from ...model.compiler.system import EventKind, Guard
from ...model.names import PIPELINE, VariableKey, VariableKind
from ...model.observed.sightings import Sighting
from ...model.resources.limits import Limits
from .ahead import Ahead, Met
from .parts import Whole
from .sightings import join_guards, list_guards, tell_values

_TOLD = frozenset(
    {
        VariableKind.INSTANCES,
        VariableKind.FLAG,
        VariableKind.SCHEMA,
        VariableKind.CONTENT,
        VariableKind.JOBS,
        VariableKind.LEADER,
    }
)


class Doubt(Struct, frozen=True):
    """A sighting that does not go together with others, and how the model could have it beside them, at
    most."""

    sighting: Sighting
    allowed: tuple[str, ...]


class Stand(Struct, frozen=True):
    """Where the pipeline can stand (none: no reachable state agrees, and `doubts` are the fewest sightings
    that do not go together), and how all that was not seen can be, at most: by variable, in words. `seen` is
    the guard of what was seen."""

    seen: Guard
    places: tuple[Position, ...]
    unseen: tuple[tuple[VariableKey, tuple[str, ...]], ...] = ()
    doubts: tuple[Doubt, ...] = ()


class Finder:
    """Finds where the deployment alone can stand."""

    def __init__(self, alone: Compiled, limits: Limits) -> None:
        self.alone, self.limits = alone, limits
        self.whole = Whole(alone.system)
        self._going_on = tuple(one for one in alone.system.events if one.kind is EventKind.PIPELINE)

    def find(self, sightings: Sequence[Sighting], *, within: Sequence[Position] | None = None) -> Stand:
        """Where it can stand, of the positions `within` (None: any). Raises `LimitError`."""
        vocabulary = self.alone.vocabulary
        guarded = list(list_guards(vocabulary, sightings))
        seen = join_guards(guard for _, guard in guarded)
        if within is not None:
            seen = join_guards((seen, vocabulary.at(within)))
        met = self._agreeing(seen)
        if not met.runs:
            return Stand(seen, (), doubts=tuple(self._doubts(guarded, met)) if within is None else ())
        places = tuple(place for place in vocabulary.positions if Standing(place.name) in met.runs)
        return Stand(seen, places, tuple(self._unseen(seen, places)))

    def _agreeing(self, seen: Guard) -> Met:
        """The positions at which a reachable state agrees: from there on the pipeline does not go on."""
        return Ahead(self.whole, seen, self.limits, self._going_on).find(({},))

    def _unseen(self, seen: Guard, places: Sequence[Position]) -> list[tuple[VariableKey, tuple[str, ...]]]:
        at = [Standing(place.name) for place in places]
        told = []
        for key in self.alone.vocabulary.lives:
            if key not in seen and key.kind in _TOLD:
                values = set().union(*(self.whole.ranges[place][key] for place in at))
                told.append((key, tuple(tell_values(self.alone.vocabulary, key, values))))
        return told

    def _doubts(self, guarded: list[tuple[Sighting, Guard]], met: Met) -> list[Doubt]:
        """The fewest of the sightings that no state agrees with, as far as one can be left out at a time."""
        left = [pair for pair in guarded if pair[1].keys() & met.judged_by] or guarded
        for pair in list(left):
            fewer = [one for one in left if one is not pair]
            if fewer and not self._agreeing(join_guards(guard for _, guard in fewer)).runs:
                left = fewer
        return [self._doubt(pair, [one for one in left if one is not pair]) for pair in left]

    def _doubt(self, pair: tuple[Sighting, Guard], others: list[tuple[Sighting, Guard]]) -> Doubt:
        sighting, guard = pair
        beside = join_guards(guard for _, guard in others)
        key = next(iter(guard))
        if key == PIPELINE:
            values = set(self.whole.places({k: some for k, some in beside.items() if k != PIPELINE}))
        else:
            values = set().union(*(self.whole.ranges[place][key] for place in self.whole.places(beside)))
            values &= beside.get(key, values)
        return Doubt(sighting, tuple(tell_values(self.alone.vocabulary, key, values)))
