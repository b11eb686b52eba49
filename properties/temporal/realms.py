"""Realms: the variables and the pipelines of a deployment that have to do with each other.

Where several pipelines run at once, two that no event joins are systems of their own: the deployment alone
is their product. So what is asked of one realm is answered by it alone, as long as the others can come to
their end whenever they like; and an order of events in one is an order in the whole, shuffled in any way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from ...model.compiler.causes import PipelineCause
from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event, Value
from ...model.names import PIPELINE, VariableKey, VariableKind, pipeline_of
from .influence import VariableSet, join_sets


class Realms(Struct, frozen=True, dict=True):
    """Those of a deployment with several pipelines, compiled without a request. A pipeline stands among the
    variables by its own key (`pipeline_of`)."""

    compiled: Compiled

    @cached_property
    def sets(self) -> tuple[VariableSet, ...]:
        """The variables and pipelines, parted."""
        lives = (key for key in self.compiled.vocabulary.lives if key != PIPELINE)
        return tuple(join_sets((*lives, *self.pipelines), self._together()))

    @cached_property
    def pipelines(self) -> tuple[VariableKey, ...]:
        """The key of each pipeline, in the order of the file."""
        return tuple(map(pipeline_of, self.compiled.vocabulary.deployment.pipelines))

    def around(self, names: Iterable[VariableKey]) -> VariableSet:
        """All that has to do with any of them."""
        return frozenset().union(*(self._own[name] for name in names if name in self._own))

    @cached_property
    def _own(self) -> Mapping[VariableKey, VariableSet]:
        return {name: some for some in self.sets for name in some}

    def _together(self) -> Iterator[set[VariableKey]]:
        """What each event joins."""
        alike: dict[object, tuple[set[VariableKey], set[int]]] = {}
        ranks: dict[Value, int] = {
            value: rank for rank, value in enumerate(self.compiled.vocabulary.lives[PIPELINE].domain)
        }
        for event in self.compiled.system.events:
            names = {*event.guard, *event.effect} - {PIPELINE}
            places = event.guard.get(PIPELINE)
            if isinstance(event.cause, PipelineCause):
                own = pipeline_of(event.cause.there.pipeline)
                same = event.cause.here.index, event.cause.there.index, _spell(event)
                known = alike.setdefault(same, (names | {own}, set()))
                known[1].update(ranks[place] for place in places or ())
            else:
                yield names | (
                    self._told_apart(frozenset(map(ranks.__getitem__, places))) if places else set()
                )
        for names, stood in alike.values():  # where one goes on there, wherever the others stand?
            yield names | self._told_apart(frozenset(stood))

    def _told_apart(self, places: Collection[int]) -> set[VariableKey]:
        """The pipelines of which it matters where they stand, for these places to be meant and no others."""
        sizes = self._sizes
        found, stride = set[VariableKey](), 1
        for number in reversed(range(len(sizes))):
            size = sizes[number]
            others = {place - (place // stride % size) * stride for place in places}
            if len(others) * size != len(places):
                found.add(self.pipelines[number])
            stride *= size
        return found

    @cached_property
    def _sizes(self) -> list[int]:
        """How many positions each pipeline has."""
        places = self.compiled.vocabulary.positions
        return [len({place.parts[number].index for place in places}) for number in range(len(self.pipelines))]


def _spell(
    event: Event,
) -> tuple[frozenset[tuple[VariableKey, object]], frozenset[tuple[VariableKey, Value]]]:
    """What the event asks and does beside the pipelines."""
    guard = frozenset((key, allowed) for key, allowed in event.guard.items() if key != PIPELINE)
    return guard, frozenset((key, value) for key, value in event.effect.items() if key != PIPELINE)


def list_pipelines(names: Iterable[VariableKey]) -> frozenset[str]:
    """The names of the pipelines among them."""
    own = (name for name in names if name.kind is VariableKind.PIPELINE and name != PIPELINE)
    return frozenset(name.owner for name in own)
