"""Who is asked where the pipeline can stand while something is so: the cheapest that knows it."""

from __future__ import annotations

from msgspec import Struct

from ...model.compiler.system import Condition, conjoin
from ...model.compiler.task import Task, allow_few
from ...model.compiler.variables import Vocabulary
from ...model.resources.limits import StateLimitError
from ..engines.choice import find_slice_occurrences
from .occurrences import Occurrences, Placing


class FewFirst(Struct, frozen=True):
    """Asks a part of the whole that has few states, and then who knows it of a part with more."""

    occurrences: Occurrences
    then: Placing

    @property
    def vocabulary(self) -> Vocabulary:
        return self.occurrences.vocabulary

    def positions(self, condition: Condition) -> frozenset[int]:
        """As `Occurrences`."""
        try:
            return self.occurrences.positions(condition, allow_few(self.occurrences.limits))
        except StateLimitError:
            return self.then.positions(condition)

    def can_both_hold(self, first: Condition, second: Condition) -> bool:
        """As `Occurrences`."""
        both = (conjoin(one, other) for one in first for other in second)
        return bool(self.positions(tuple(guard for guard in both if guard is not None)))


def find_placing_in_parts(task: Task, occurrences: Occurrences, *, can_stall: bool = False) -> Placing:
    """Who tells it at any size: slices, or else parts of the whole.

    Where the pipeline `can_stall` a part may show more than the whole comes to. Slices keep what holds the
    pipeline up; where there are none all states are asked if they are few.
    """
    sliced = None if occurrences.whole else find_slice_occurrences(task)
    if sliced is None and can_stall and not occurrences.whole:
        return FewFirst(Occurrences(task, whole=True), occurrences)
    return sliced or occurrences
