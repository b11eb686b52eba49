"""Answers to what is asked of a deployment alone, and what remains open of it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from ...model.deployment.formula import Property
from ...model.resources.limits import LimitError
from .finding import FormulaFinding, Stall
from .irreversible import Setback
from .questions import Questions

NOTHING = Questions()


class Answers(Struct, frozen=True):
    """A finding for each question whose answer is bad, in the order of the questions, and the questions that
    were not answered: because of `limit`, or because whoever was asked cannot tell. `in_slices` counts the
    formulas that were settled without a look at the whole."""

    found: tuple[FormulaFinding, ...] = ()
    left_open: Questions = NOTHING
    limit: LimitError | None = None
    in_slices: int = 0

    @property
    def can_stall(self) -> bool:
        """Whether the pipeline can stall, or that is not known."""
        return self.left_open.stall or any(isinstance(one.question, Stall) for one in self.found)


def answer_each(
    questions: Questions,
    violation: Callable[[Property], FormulaFinding | None],
    setback: Callable[[Setback], FormulaFinding | None],
    stall: Callable[[], FormulaFinding | None],
) -> Answers:
    """The questions answered one by one, until a limit is hit: what was found by then stays found."""
    found: list[FormulaFinding | None] = []
    remaining = questions
    try:
        for stated in questions.stated:
            found.append(violation(stated))
            remaining = replace(remaining, stated=remaining.stated[1:])
        for pair in questions.setbacks:
            found.append(setback(pair))
            remaining = replace(remaining, setbacks=remaining.setbacks[1:])
        if questions.stall:
            found.append(stall())
    except LimitError as limit:
        return Answers(_bad(found), remaining, limit)
    return Answers(_bad(found))


def _bad(found: list[FormulaFinding | None]) -> tuple[FormulaFinding, ...]:
    return tuple(one for one in found if one is not None)
