"""The checker against the oracle, hazard by hazard, on random deployments."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, note, settings

from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.verdict import Answer
from support.deployments import deployments
from support.oracle import judge

FEW = settings(
    max_examples=600, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=5000, derandomize=False)


def told_by_the_checker(answer: Answer) -> dict[str, Any]:
    """All that both tell, in plain values."""
    statistics = answer.statistics
    assert statistics is not None
    return {
        "hazards": {
            (
                h.request,
                h.hop,
                str(h.kind),
                h.aspect and str(h.aspect),
                h.consumer_version,
                h.provider_version,
            ): (
                sorted(h.window),
                h.inevitable,
                h.span,
                len(h.trace),
                str(h.severity),
            )
            for h in answer.hazards
        },
        "avoidable": answer.avoidable,
        "residue": sorted(map(str, answer.residue)),
        "unjudged": sorted(map(str, answer.unjudged)),
        "never_mixed": sorted(map(str, statistics.never_mixed)),
        "interleavings": statistics.interleavings,
    }


def told_by_the_oracle(data: dict[str, Any]) -> dict[str, Any]:
    judgement = judge(data)
    return {
        "hazards": {
            key: (sorted(found.window), found.inevitable, found.span, found.length, found.severity)
            for key, found in judgement.hazards.items()
        },
        "avoidable": judgement.avoidable,
        "residue": sorted(judgement.residue),
        "unjudged": sorted(judgement.unjudged),
        "never_mixed": sorted(judgement.never_mixed),
        "interleavings": judgement.interleavings,
    }


def agree(data: dict[str, Any]) -> None:
    text = yaml.safe_dump(data, sort_keys=False)
    note(text)
    assert told_by_the_checker(check(loads(text))) == told_by_the_oracle(data)


@FEW
@given(deployments())
def test_checker_and_oracle_agree(data: dict[str, Any]) -> None:
    agree(data)


@pytest.mark.exhaustive
@MANY
@given(deployments())
def test_checker_and_oracle_agree_on_thousands(data: dict[str, Any]) -> None:
    agree(data)
