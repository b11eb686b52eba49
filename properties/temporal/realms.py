"""Realms: the variables and the pipelines of a deployment that have to do with each other.

Where several pipelines run at once, two that no event joins are systems of their own: the deployment alone
is their product. So what is asked of one realm is answered by it alone, as long as the others can come to
their end whenever they like; and an order of events in one is an order in the whole, shuffled in any way.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from msgspec import Struct

from ...model.compiler.compile import Compiled
from ...model.names import VariableKey, is_pipeline
from .influence import VariableSet, join_sets


class Realms(Struct, frozen=True, dict=True):
    """Those of a deployment with several pipelines, compiled without a request."""

    compiled: Compiled

    @cached_property
    def sets(self) -> tuple[VariableSet, ...]:
        """The variables and pipelines, parted."""
        together = (event.guard.keys() | event.effect.keys() for event in self.compiled.system.events)
        return tuple(join_sets(self.compiled.vocabulary.lives, together))


def list_pipelines(names: Iterable[VariableKey]) -> frozenset[str]:
    """The names of the pipelines among them."""
    return frozenset(name.owner for name in names if is_pipeline(name))
