"""Formulas: of one predicate or of two."""

from __future__ import annotations

import pytest

from skewproof.model.deployment.formula import Formula, Modality
from skewproof.model.deployment.predicate import Done, FlagIs

ON, DONE = FlagIs("f", True), Done()
UNARY = (Modality.ALWAYS, Modality.NEVER, Modality.EVENTUALLY)
BINARY = (Modality.LEADS_TO, Modality.BEFORE, Modality.UNTIL)


def test_some_modalities_are_of_two_predicates() -> None:
    assert [one for one in Modality if one.is_binary] == list(BINARY)
    assert set(Modality) == {*UNARY, *BINARY}


@pytest.mark.parametrize("modality", UNARY)
def test_a_formula_of_one_predicate_begins_with_its_modality(modality: Modality) -> None:
    formula = Formula(modality, ON)
    assert str(formula) == f"{modality} f.on"
    assert formula.predicates == (ON,)


@pytest.mark.parametrize("modality", BINARY)
def test_a_formula_of_two_predicates_has_its_modality_between_them(modality: Modality) -> None:
    formula = Formula(modality, ON, DONE)
    assert str(formula) == f"f.on {modality} done"
    assert formula.predicates == (ON, DONE)
