"""Where a rollout can stand that was seen so; or what of it the model cannot be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from ...model.compiler.compile import Compiled
from ...model.compiler.life_variables import Standing
from ...model.compiler.moves import Position
from ...model.compiler.system import EventKind, Guard, Value
from ...model.compiler.variables import Vocabulary
from ...model.names import VariableKey, VariableKind, is_pipeline
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
    """Where the pipeline can stand, or each of several, wherever the others do (none: no reachable state
    agrees, and `doubts` are the fewest sightings that do not go together), and how all that was not seen can
    be, at most: by variable, in words. `seen` is the guard of what was seen."""

    seen: Guard
    places: tuple[Position, ...]
    unseen: tuple[tuple[VariableKey, tuple[str, ...]], ...] = ()
    doubts: tuple[Doubt, ...] = ()


class Finder:
    """Finds where the deployment alone can stand."""

    def __init__(self, alone: Compiled, limits: Limits) -> None:
        self.alone, self.limits = alone, limits
        courses = alone.vocabulary.courses
        self.wholes = {pipeline: Whole(alone.system, pipeline=pipeline) for pipeline in courses}

    def find(self, sightings: Sequence[Sighting], *, within: Guard | None = None) -> Stand:
        """Where it can stand, of the positions `within` (None: any). Raises `LimitError`."""
        vocabulary = self.alone.vocabulary
        guarded = list(list_guards(vocabulary, sightings))
        seen = join_guards(guard for _, guard in guarded)
        if within is not None:
            seen = join_guards((seen, within))
        runs: set[Value] = set()
        for pipeline in self.wholes:
            met = self._agreeing(seen, pipeline)
            if not met.runs:
                return Stand(seen, (), doubts=tuple(self._doubts(guarded, met)) if within is None else ())
            runs |= met.runs.keys()
        places = list_positions(vocabulary, runs)
        return Stand(seen, places, tuple(self._unseen(seen, runs)))

    def _agreeing(self, seen: Guard, pipeline: VariableKey) -> Met:
        """The positions of the pipeline at which a state agrees: from there on it does not go on."""
        events = self.alone.system.events
        going_on = tuple(one for one in events if one.kind is EventKind.PIPELINE and pipeline in one.effect)
        return Ahead(self.wholes[pipeline], seen, self.limits, going_on).find(({},))

    def _goes(self, seen: Guard) -> bool:
        """Whether a reachable state agrees."""
        return bool(self._agreeing(seen, next(iter(self.wholes))).runs)

    def _unseen(self, seen: Guard, at: Collection[Value]) -> list[tuple[VariableKey, tuple[str, ...]]]:
        told = []
        for key in self.alone.vocabulary.lives:
            if key not in seen and key.kind in _TOLD:
                values = self._values(key, dict.fromkeys(self.wholes, frozenset(at)))
                told.append((key, tuple(tell_values(self.alone.vocabulary, key, values))))
        return told

    def _values(self, key: VariableKey, places: Mapping[VariableKey, Collection[Value]]) -> set[Value]:
        """What the variable can be, at most, with each pipeline at one of these places."""
        by_pipeline = [
            set[Value]().union(
                *(own[key] for place, own in whole.ranges.items() if place in places[pipeline])
            )
            for pipeline, whole in self.wholes.items()
        ]
        return set[Value].intersection(*by_pipeline)

    def _doubts(self, guarded: list[tuple[Sighting, Guard]], met: Met) -> list[Doubt]:
        """The fewest of the sightings that no state agrees with, as far as one can be left out at a time."""
        left = [pair for pair in guarded if pair[1].keys() & met.judged_by] or guarded
        for pair in list(left):
            fewer = [one for one in left if one is not pair]
            if fewer and not self._goes(join_guards(guard for _, guard in fewer)):
                left = fewer
        return [self._doubt(pair, [one for one in left if one is not pair]) for pair in left]

    def _doubt(self, pair: tuple[Sighting, Guard], others: list[tuple[Sighting, Guard]]) -> Doubt:
        sighting, guard = pair
        beside = join_guards(guard for _, guard in others)
        key = next(iter(guard))
        if is_pipeline(key):
            values = set(self.wholes[key].places({k: some for k, some in beside.items() if k != key}))
        else:
            places = {pipeline: whole.places(beside) for pipeline, whole in self.wholes.items()}
            values = self._values(key, places)
            values &= beside.get(key, values)
        return Doubt(sighting, tuple(tell_values(self.alone.vocabulary, key, values)))


def list_positions(vocabulary: Vocabulary, values: Collection[Value]) -> tuple[Position, ...]:
    """The positions of the pipelines that are among the values."""
    return tuple(place for place in vocabulary.positions if Standing(place.name) in values)
