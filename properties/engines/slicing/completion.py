"""Formulas that speak of `done`, shown without all that moves in the background.

A slice takes the deployment for complete where that is so of what it keeps: at least wherever the whole is.
In `never P`, where P can only be true more often for that, and in `always P`, where it can only be true less
often, nothing is shown that does not hold. And if all that was cut and can keep the deployment from being
complete comes by itself at the end (`waits`), then on each fair run the slice is right from some moment on;
so `eventually P` holds if on each fair run of the slice P holds again and again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from ....model.formula import Formula, Modality
from ....model.predicate import (
    AllAt,
    And,
    Constant,
    Count,
    Done,
    Empty,
    FlagIs,
    Gone,
    Holds,
    Implies,
    Leads,
    Not,
    Or,
    Predicate,
    Stands,
    Suspended,
    Version,
)


def is_safe_to_take_as_complete(formula: Formula) -> bool:
    """Whether the formula holds if it does where `done` is true in more states than it should be."""
    wanted = {Modality.NEVER: True, Modality.ALWAYS: False}.get(formula.modality)
    return wanted is not None and set(_signs(formula.left)) <= {wanted}


def strengthen_eventually(formula: Formula) -> Formula | None:
    """`eventually P` as what is stronger, that P holds again and again; None for others."""
    if formula.modality is not Modality.EVENTUALLY:
        return None
    return Formula(Modality.LEADS_TO, Constant(True), formula.left)


def _signs(predicate: Predicate, sign: bool = True) -> Iterator[bool]:
    """For each `done`: whether the predicate can only be true more often if it is (False: less often)."""
    match predicate:
        case Done():
            yield sign
        case Not(operand):
            yield from _signs(operand, not sign)
        case And(operands) | Or(operands):
            for operand in operands:
                yield from _signs(operand, sign)
        case Implies(condition, consequence):
            yield from _signs(condition, not sign)
            yield from _signs(consequence, sign)
        case (
            Constant()
            | Suspended()
            | Gone()
            | Leads()
            | Version()
            | Count()
            | AllAt()
            | Holds()
            | Empty()
            | FlagIs()
            | Stands()
        ):
            return
        case _:
            assert_never(predicate)
