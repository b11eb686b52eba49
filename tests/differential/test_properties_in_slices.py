"""Properties judged in slices against the same on a list of all states of the whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.resources.limits import Limits
from skewproof.properties.engines.slicing.temporal import judge
from skewproof.properties.temporal.questions import STALLS, list_questions
from skewproof.properties.verdict import PropertyHazard
from support.compare import violations
from support.deployments import deployments
from support.formulas import stating
from support.rich_deployments import rich_deployments

FEW = settings(
    max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=2000, derandomize=False)


def told(hazard: PropertyHazard) -> tuple[Any, ...]:
    """Everything but the events of the story, of which there may be several as short."""
    return (
        hazard.id, hazard.property, hazard.window, hazard.inevitable, hazard.for_ever, len(hazard.trace),
        hazard.loop,
    )  # fmt: skip


def agree(raw: dict[str, Any], data: st.DataObject, *, failures: bool = False) -> None:
    """What is violated in the whole no slice shows to hold, and it is told as without slices."""
    deployment = stating(raw, data, 4, failures=failures)
    listed = violations(deployment)
    found = violations(deployment, "slice")
    assert list(map(told, found)) == list(map(told, listed))
    compiled = compile_deployment(deployment)
    questions = list_questions(compiled.vocabulary)
    judged = judge(compiled, questions, Limits())
    remaining = judged.left_open
    missing = {hazard.property for hazard in listed} - {one.name for one in judged.found}
    asked = [one.name for one in remaining.stated] + [pair.text for pair in remaining.setbacks]
    assert missing <= {*asked, *([STALLS] if remaining.stall else ())}


@FEW
@given(deployments(), st.data())
def test_slices_and_the_whole_agree(raw: dict[str, Any], data: st.DataObject) -> None:
    agree(raw, data)


@FEW
@given(rich_deployments(), st.data(), st.booleans())
def test_they_agree_over_the_whole_language(raw: dict[str, Any], data: st.DataObject, failures: bool) -> None:
    agree(raw, data, failures=failures)


@pytest.mark.exhaustive
@MANY
@given(rich_deployments(), st.data(), st.booleans())
def test_they_agree_on_thousands(raw: dict[str, Any], data: st.DataObject, failures: bool) -> None:
    agree(raw, data, failures=failures)
