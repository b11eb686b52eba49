"""Realms: the variables and the pipelines of a deployment that have to do with each other.

Where several pipelines run at once, two that no event joins are systems of their own: the deployment alone
is their product. So what is asked of one realm is answered by it alone, as long as the others can come to
their end whenever they like; and an order of events in one is an order in the whole, shuffled in any way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import cached_property

from msgspec import Struct

from ...model.compiler.advances import split_events
from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event, System
from ...model.names import VariableKey, is_pipeline
from .influence import VariableSet, join_sets


class Realms(Struct, frozen=True, dict=True):
    """Those of a deployment with several pipelines, compiled without a request."""

    compiled: Compiled

    @cached_property
    def sets(self) -> tuple[VariableSet, ...]:
        """The variables and pipelines, parted."""
        return tuple(join_sets(self.compiled.vocabulary.lives, list_joined(self.compiled.system)))


def list_joined(
    system: System, joins: Callable[[Event], bool] = lambda _: True
) -> Iterator[AbstractSet[VariableKey]]:
    """The variables of each way of a pipeline, and of each other event that counts as joining its own."""
    every = split_events(system)
    yield from (way.changes.union(way.names) for way in every.advances)
    yield from (event.guard.keys() | event.effect.keys() for event in every.others if joins(event))


def list_pipelines(names: Iterable[VariableKey]) -> frozenset[str]:
    """The names of the pipelines among them."""
    return frozenset(name.owner for name in names if is_pipeline(name))
