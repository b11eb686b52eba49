"""The engines on deployments that once came out wrong (tests/faults), held against what the oracle says."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.engines.protocol import EngineRefusesError
from skewproof.properties.engines.registry import AUTO, ENGINES
from skewproof.properties.verdict import Answer, HopHazard, PropertyHazard, Safe, Unsafe
from support.by_hand import told
from support.oracle import judge

FAULTS = Path(__file__).parents[2] / "faults"
NAMES = (
    "alarm/f2-plain-pair-on-queue",
    "alarm/f3a-new-cache-key",
    "alarm/f6-drain-to-older",
    "alarm/f7-token-of-a-bare-pair",
    "semantics/drain-with-consumers-suspended",
    "semantics/for-ever-held-by-request",
    "semantics/forward-to-missing-queue",
    "semantics/worker-readiness",
    "silent/f1b-token-source-not-changed",
    "words/f8a-interrupted-names-wrong",
    "words/f9-residue",
    "words/f10-exists-wording",
    "words/f11-stall-why",
)

REFUSED = {
    ("semantics/forward-to-missing-queue", "slice"): "`relays`",
    ("semantics/worker-readiness", "slice"): "`old in q/m` where something waits for it",
}


def read(name: str) -> tuple[Deployment, dict[str, Any]]:
    """The file as the checker and as the oracle read it."""
    text = (FAULTS / f"{name}.yaml").read_text()
    return loads(text), {"versions": ["V1", "V2"], **yaml.safe_load(text)}


def hazards_of(answer: Answer) -> dict[str, tuple[Any, ...]]:
    return {
        f"{h.hop} {h.aspect or h.kind} {h.consumer_version}->{h.provider_version}": (
            sorted(h.window),
            h.inevitable,
            len(h.trace),
            h.for_ever,
        )
        for h in answer.hazards
        if not isinstance(h, PropertyHazard)
    }


@pytest.mark.parametrize("by", [AUTO, *ENGINES])
@pytest.mark.parametrize("name", NAMES)
def test_engines_and_oracle_agree(name: str, by: str) -> None:
    deployment, data = read(name)
    if (name, by) in REFUSED:
        with pytest.raises(EngineRefusesError, match=f"slices do not know {REFUSED[name, by]}"):
            check(deployment, engine=by)
        return
    judgement, answer = judge(data), check(deployment, engine=by)
    assert hazards_of(answer) == {
        key: (sorted(hazard.window), hazard.inevitable, hazard.length, hazard.for_ever)
        for key, hazard in told(judgement).items()
    }
    stalls = [sorted(h.window) for h in answer.hazards if isinstance(h, PropertyHazard)]
    assert stalls == ([sorted(judgement.stall.window)] if judgement.stall else [])
    assert isinstance(answer.verdict, Unsafe if judgement.verdict == "unsafe" else Safe)


def test_who_forwards_is_told() -> None:
    deployment, _ = read("semantics/forward-to-missing-queue")
    [hazard] = check(deployment).hazards
    assert isinstance(hazard, HopHazard)
    assert (hazard.consumer_version, hazard.consumer_instance) == (None, None)
    assert hazard.trace[-1].text == "front V1 forwards q: m: the queue is not there yet, at configuration V1"
