"""Deployments that once came out wrong (tests/faults), by each engine.

That this is what must come out the oracle says too: tests/unit/test_oracle_faults.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.model.language import load
from skewproof.properties import check
from skewproof.properties.engines.protocol import EngineRefusesError
from skewproof.properties.engines.registry import AUTO, ENGINES
from skewproof.properties.verdict import Answer, HopHazard, Safe

FAULTS = Path(__file__).parents[1] / "faults"
BY = pytest.mark.parametrize("by", [AUTO, *ENGINES])


def answer(name: str, by: str, *, failures: bool = False) -> Answer:
    """What the engine says; the test is passed over where the engine refuses the file by name."""
    deployment = load(FAULTS / f"{name}.yaml")
    try:
        return check(deployment, engine=by, failures=failures)
    except EngineRefusesError as refused:
        if by in (AUTO, "reference"):
            raise
        pytest.skip(str(refused))


def pair(hazard: HopHazard) -> str:
    return f"{hazard.hop} {hazard.aspect} {hazard.consumer_version}->{hazard.provider_version}"


HAZARDS = {
    "silent/f1b-token-source-not-changed": {"3 token V1->V2": "(after) Mig"},
    "semantics/promote-after-rollback": {"2 call V2->V1": "(after) Flag"},
    "semantics/for-ever-held-by-request": {"3 call V2->V1": "(after) Expire Front"},
}


@BY
@pytest.mark.parametrize(("name", "found"), HAZARDS.items())
def test_hazards(name: str, found: dict[str, str], by: str) -> None:
    hazards = answer(name, by).at_hops
    assert {pair(one): " ".join(sorted(one.window)) for one in hazards} == found
    assert [one.for_ever for one in hazards] == ["(after)" in window for window in found.values()]


SAFE = ("alarm/f4-rollback-two-releases", "alarm/f5-automatic-reaction", "silent/fl", "silent/fl2")


@BY
@pytest.mark.parametrize("failures", [False, True])
@pytest.mark.parametrize("name", SAFE)
def test_no_alarm(name: str, failures: bool, by: str) -> None:
    assert isinstance(answer(name, by, failures=failures).verdict, Safe)


@BY
def test_dark_launch_is_judged(by: str) -> None:
    assert answer("silent/fl2", by).enabled_after == ("f",)
    assert answer("silent/fl", by).enabled_after == ()


@BY
def test_step_is_passed_on_this_run(by: str) -> None:
    name = "semantics/step-passed-in-shared-rollback"
    (found,) = answer(name, by, failures=True).of_properties
    assert (found.property, len(found.trace), found.window) == ("back only after Two", 3, ("Back",))
    assert isinstance(answer(name, by).verdict, Safe)
