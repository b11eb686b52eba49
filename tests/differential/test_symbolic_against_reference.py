"""The symbolic engine against the reference engine, everything compared, on random deployments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.properties import Answer, check
from support.deployments import deployments
from support.rich_deployments import rich_deployments

FEW = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=5000, derandomize=False)


def told(answer: Answer) -> dict[str, Any]:
    """Everything but the events of the stories, of which there may be several as short. They have
    been replayed: no answer shows one that has not."""
    statistics = answer.statistics
    assert statistics is not None
    return {
        "verdict": type(answer.verdict),
        "hazards": [
            (h.id, h.window, h.inevitable, h.span, len(h.trace), h.severity, h.for_ever)
            for h in answer.at_hops
        ],
        "avoidable": answer.avoidable,
        "residue": answer.residue,
        "ways back": answer.ways_back,
        "never mixed": statistics.never_mixed,
        "compatible": answer.compatible,
        "interleavings": statistics.interleavings,
        "states": statistics.states,
        "transitions": statistics.transitions,
    }


def agree(deployment: Deployment) -> None:
    symbolic = check(deployment, engine="symbolic")
    assert symbolic.statistics is not None
    assert symbolic.statistics.engine == "symbolic"
    assert told(symbolic) == told(check(deployment, engine="reference"))


@FEW
@given(deployments())
def test_symbolic_and_reference_agree(data: dict[str, Any]) -> None:
    agree(loads(yaml.safe_dump(data, sort_keys=False)))


@settings(FEW, max_examples=60)
@given(rich_deployments(), st.booleans())
def test_they_agree_over_the_whole_language(data: dict[str, Any], failures: bool) -> None:
    agree(replace(loads(yaml.safe_dump(data, sort_keys=False)), failures=failures))


@pytest.mark.exhaustive
@MANY
@given(deployments())
def test_symbolic_and_reference_agree_on_thousands(data: dict[str, Any]) -> None:
    agree(loads(yaml.safe_dump(data, sort_keys=False)))
