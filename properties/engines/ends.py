"""Who tells how units can stand at the end: slices, and where these are too large decision diagrams."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Protocol

from ...model.compiler.task import Task
from ...model.names import VariableKey
from ...model.resources.limits import Limits, ShareLimitError, StateLimitError
from .registry import engine


class UnitEnds(Protocol):
    """Who knows every state that a variable can have when the deployment is complete. Raises `LimitError`."""

    def at_end(self, key: VariableKey) -> frozenset[str]:
        """Where nothing has failed."""

    def after_rollback(self, key: VariableKey) -> frozenset[str]:
        """Where a rollback is over."""


class EndsInTurn:
    """Slices of no more than a few states; where they have more, decision diagrams of the whole, and then for
    all that is asked after it. What neither can tell raises the `StateLimitError` of the slices."""

    def __init__(self, task: Task, few: Limits) -> None:
        self._task = task
        self._teller: UnitEnds = build_slice_ends(task.under(few))

    def at_end(self, key: VariableKey) -> frozenset[str]:
        """Where nothing has failed."""
        return self._ask(lambda ends: ends.at_end(key))

    def after_rollback(self, key: VariableKey) -> frozenset[str]:
        """Where a rollback is over."""
        return self._ask(lambda ends: ends.after_rollback(key))

    def _ask(self, ask: Callable[[UnitEnds], frozenset[str]]) -> frozenset[str]:
        try:
            return ask(self._teller)
        except StateLimitError:
            if self._whole is None:
                raise
        self._teller = self._whole
        return ask(self._teller)

    @cached_property
    def _whole(self) -> UnitEnds | None:
        """None where there are no diagrams, or where they grow too large."""
        if engine("symbolic").refuses(self._task) is not None:
            return None
        from .symbolic.ends import find_symbolic_ends

        try:
            return find_symbolic_ends(self._task)
        except (ShareLimitError, StateLimitError):
            return None


def find_ends(task: Task, few: Limits) -> EndsInTurn | None:
    """Who tells it with no more than a few states in a slice; None where there are no slices."""
    return None if engine("slice").refuses(task) is not None else EndsInTurn(task, few)


def build_slice_ends(task: Task) -> UnitEnds:
    """The slices of a deployment that can be cut into them."""
    if task.deployment.pipelines:
        from .slicing.several_ends import SeveralEnds

        return SeveralEnds(task)
    from .slicing.occurrences import SlicedEnds

    return SlicedEnds(task)
