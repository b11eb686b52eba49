"""Temporal properties and stalls by sets of states against the same by a list of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skewproof.properties.strategies import deployment_data
from skewproof.properties.temporal.questions import STALLS
from skewproof.properties.verdict import PropertyHazard
from support.compare import violations
from support.formulas import stating
from support.rich_deployments import rich_deployments

FEW = settings(
    max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=2000, derandomize=False)


def told(hazard: PropertyHazard) -> tuple[Any, ...]:
    """Everything but the events of the story, of which there may be several as short, and what a
    pipeline that stalls waits for, which depends on the story."""
    why = None if hazard.property == STALLS else hazard.explanation
    return (
        hazard.id, hazard.property, why, hazard.window, hazard.inevitable, hazard.for_ever,
        len(hazard.trace), hazard.loop,
    )  # fmt: skip


def agree(raw: dict[str, Any], data: st.DataObject, *, failures: bool = False) -> None:
    deployment = stating(raw, data, 3, failures=failures)
    found = violations(deployment, "symbolic")
    assert list(map(told, found)) == list(map(told, violations(deployment)))


@FEW
@given(deployment_data(), st.data())
def test_symbolic_and_listed_violations_agree(raw: dict[str, Any], data: st.DataObject) -> None:
    agree(raw, data)


@FEW
@given(rich_deployments(), st.data(), st.booleans())
def test_they_agree_over_the_whole_language(raw: dict[str, Any], data: st.DataObject, failures: bool) -> None:
    agree(raw, data, failures=failures)


@pytest.mark.exhaustive
@MANY
@given(deployment_data(), st.data())
def test_symbolic_and_listed_violations_agree_on_thousands(raw: dict[str, Any], data: st.DataObject) -> None:
    agree(raw, data)
