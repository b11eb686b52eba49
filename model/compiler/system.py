"""The transition system of a deployment: the kernel's, whose variables are parts of the deployment, and whose
events have a cause in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ..kernel import search as searching
from ..kernel import system as kernel
from ..kernel.search import search
from ..kernel.system import State, Test, Value, conjoin, passes
from ..names import VariableKey
from .causes import Cause, Cut, EventKind, HopCause, MoveCause, PassCause, tell_cause

__all__ = [
    "Condition",
    "Cut",
    "Effect",
    "Event",
    "EventKind",
    "Guard",
    "Reached",
    "State",
    "System",
    "Test",
    "Value",
    "Variable",
    "conjoin",
    "passes",
    "search",
]

Guard: TypeAlias = kernel.Guard[VariableKey]
Effect: TypeAlias = Mapping[VariableKey, Value]
Condition: TypeAlias = kernel.Condition[VariableKey]


Variable: TypeAlias = kernel.Variable[VariableKey]


class Event(kernel.Event[VariableKey], frozen=True):
    """An event with its cause, of which everything is said that can be asked of it."""

    cause: Cause

    @property
    def kind(self) -> EventKind:
        """Whose event it is."""
        return self.cause.kind

    @property
    def owner(self) -> str:
        """The component, flag, contract or request whose event it is; or the pipeline."""
        return self.cause.owner

    @property
    def text(self) -> str:
        """What a story says of it."""
        return tell_cause(self.cause)

    @property
    def hop(self) -> int | None:
        """The number of the hop, from 1, that it takes the watched request past."""
        return self.cause.number if isinstance(self.cause, HopCause | PassCause) else None

    @property
    def cut(self) -> Cut | None:
        """How it cuts the watched request off, if it does."""
        return self.cause.cut if isinstance(self.cause, MoveCause) else None


System: TypeAlias = kernel.System[VariableKey, Event]
Reached: TypeAlias = searching.Reached[VariableKey, Event]
