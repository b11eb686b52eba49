"""Formulas that speak of `done`, shown without all that moves in the background.

A slice takes the deployment for complete where that is so of what it keeps: at least wherever the whole is.
In `never P`, where P can only be true more often for that, and in `always P`, where it can only be true less
often, nothing is shown that does not hold. And if all that was cut and can keep the deployment from being
complete comes by itself at the end (`waits`), then on each fair run the slice is right from some moment on;
so `eventually P` holds if on each fair run of the slice P holds again and again.
"""

from __future__ import annotations

from ....model.deployment.formula import Formula, Modality
from ....model.deployment.predicate import Atom, Constant, Done, Predicate, fold


def is_safe_to_take_as_complete(formula: Formula) -> bool:
    """Whether the formula holds if it does where `done` is true in more states than it should be."""
    wanted = {Modality.NEVER: True, Modality.ALWAYS: False}.get(formula.modality)
    return wanted is not None and _signs(formula.left) <= {wanted}


def strengthen_eventually(formula: Formula) -> Formula | None:
    """`eventually P` as what is stronger, that P holds again and again; None for others."""
    if formula.modality is not Modality.EVENTUALLY:
        return None
    return Formula(Modality.LEADS_TO, Constant(True), formula.left)


def _signs(predicate: Predicate) -> frozenset[bool]:
    """Whether the predicate can only be true more often where `done` is (False: less often); both, if it
    speaks of it in either way, none if it does not."""

    def flip(signs: frozenset[bool]) -> frozenset[bool]:
        return frozenset(not sign for sign in signs)

    def unite(parts: list[frozenset[bool]]) -> frozenset[bool]:
        return frozenset[bool]().union(*parts)

    return fold(predicate, atom=_sign, negate=flip, all_of=unite, any_of=unite)


def _sign(atom: Atom) -> frozenset[bool]:
    return frozenset([True]) if isinstance(atom, Done) else frozenset()
