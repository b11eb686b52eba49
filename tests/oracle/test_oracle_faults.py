"""The oracle on deployments that once came out wrong, a file for each kind (tests/faults)."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from support.by_hand import told
from support.oracle import Judgement, Status, judge

FAULTS = Path(__file__).parents[1] / "faults"


def read(name: str) -> dict[str, Any]:
    """The file's data, with the versions that a file has by default."""
    data = yaml.safe_load((FAULTS / f"{name}.yaml").read_text())
    return {"versions": ["V1", "V2"], **data}


def windows(judgement: Judgement) -> dict[str, str]:
    return {key: " ".join(sorted(hazard.window)) for key, hazard in told(judgement).items()}


def test_every_file_has_its_test() -> None:
    """Of certificates (`proof/`) the oracle knows nothing."""
    files = {str(path.relative_to(FAULTS).with_suffix("")) for path in FAULTS.rglob("*.yaml")}
    assert {name for name in files if not name.startswith("proof/")} == {
        *HAZARDS,
        *SAFE,
        *IDLE,
        "semantics/drain-with-consumers-suspended",
        "semantics/step-passed-in-shared-rollback",
        "silent/fl2",
        "silent/c1",  # a file of changes: tests/cli/test_overridden.py
        "words/f11-stall-why",
    }


HAZARDS = {
    "silent/f1b-token-source-not-changed": {"3 token V1->V2": "(after) Mig"},
    "semantics/promote-after-rollback": {"2 call V2->V1": "(after) Flag"},
    "semantics/worker-readiness": {"1 content V2->V1": "Jobs"},
    "semantics/forward-to-missing-queue": {"2 schema None->V1": "(before) Create queue Roll"},
    "semantics/for-ever-held-by-request": {"3 call V2->V1": "(after) Expire Front"},
    "words/f8a-interrupted-names-wrong": {"1 interrupted V1->None": "Deploy"},
    "words/f9-residue": {"1 content V2->V1": "(after) Deploy"},
    "words/f10-exists-wording": {"2 schema V2->V1": "(after) Deploy"},
}


@pytest.mark.parametrize(("name", "found"), HAZARDS.items())
def test_hazards(name: str, found: dict[str, str]) -> None:
    judgement = judge(read(name))
    assert windows(judgement) == found
    for_ever = [hazard.for_ever for hazard in judgement.hazards.values()]
    assert for_ever == ["(after)" in window for window in found.values()]
    assert (judgement.verdict, judgement.stall) == ("unsafe", None)


SAFE = {
    "alarm/f2-plain-pair-on-queue": Status.HELD_APART,
    "alarm/f3a-new-cache-key": Status.NOT_KNOWN,
    "alarm/f4-rollback-two-releases": Status.HELD_APART,
    "alarm/f5-automatic-reaction": Status.NOT_TAKEN,
    "alarm/f6-drain-to-older": Status.HELD_APART,
    "alarm/f7-token-of-a-bare-pair": Status.HELD_APART,
    "silent/suspended-forever": Status.HELD_APART,
    "silent/fl": Status.HELD_APART,
}


@pytest.mark.parametrize("failures", [False, True])
@pytest.mark.parametrize(("name", "status"), SAFE.items())
def test_no_alarm(name: str, status: Status, failures: bool) -> None:
    judgement = judge(read(name), failures=failures)
    assert (judgement.verdict, judgement.hazards, judgement.stall) == ("safe", {}, None)
    assert {cell.status for cell in judgement.coverage.cells.values()} == {status}


IDLE = {
    "silent/f1a-schema-never-migrated": {("db/a", "breaks schema")},
    "silent/f1e-token-without-using": {("api/a", "breaks token")},
    "silent/f1g-queue-removed-never-reconfigured": {("q/a", "exists")},
    "silent/f1h-forwards-call": {("api/a", "breaks")},
    "silent/never-deployed": {("app/x", "breaks"), ("db/order", "breaks schema")},
    "silent/await-nothing": {("c/p", "breaks content")},
}


@pytest.mark.parametrize(("name", "idle"), IDLE.items())
def test_no_verdict(name: str, idle: set[tuple[str, str]]) -> None:
    judgement = judge(read(name))
    assert (judgement.verdict, set(judgement.coverage.idle)) == ("unknown", idle)


def test_dark_launch_is_judged() -> None:
    # Without its `enable` the flag goes on after the end, where all are V2.
    judgement = judge(read("silent/fl2"))
    assert (judgement.verdict, set(judgement.enabled_after)) == ("safe", {"f"})
    assert not judge(read("silent/fl")).enabled_after


def test_nobody_is_left_to_empty_the_queue() -> None:
    # jobs suspended, V1 in the queue: nothing ever happens again.
    judgement = judge(read("semantics/drain-with-consumers-suspended"))
    assert judgement.stall is not None
    assert (judgement.verdict, judgement.hazards, judgement.stall.inevitable) == ("unsafe", {}, False)
    assert judgement.stall.window == {"Stop jobs", "Web", "Drain"}


def test_step_is_passed_on_this_run() -> None:
    # into One, it fails, into Back: 3. That a failure in Three comes to the same rollback is another run.
    judgement = judge(read("semantics/step-passed-in-shared-rollback"), failures=True)
    [found] = judgement.formulas.values()
    assert (found.length, set(found.window), judgement.verdict) == (3, {"Back"}, "unsafe")
    assert judge(read("semantics/step-passed-in-shared-rollback")).verdict == "safe"
