"""Stalls by sets of states, where failures and rollbacks are ways on for some states and none for others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skewproof.model.language import loads
from skewproof.properties.temporal.questions import STALLS
from skewproof.properties.verdict import PropertyHazard
from support.compare import violations

BASE = """
components: {s: {kind: service}, w: {kind: worker}, db: {kind: database}}
requests: {ask: [client calls s: x, s writes db: r], job: [w reads db: r]}
changes: {db/r: {breaks: none}}
"""
WAITS = "pipeline: [Roll: [deploy s when w.suspended], Stop: [suspend w]]\n"
GOES = "pipeline: [Roll: [migrate db, deploy s], End: [deploy w]]\n"
BACK, STUCK_BACK = (
    "rollback: [R: [rollback s]]\n",
    "rollback: [R: [rollback s, revert db when w.suspended]]\n",
)
ABOUT = {
    "failing is no way out": (WAITS + BACK, True, True),
    "without failures it waits as well": (WAITS + BACK, False, True),
    "a stop is no stall": (GOES + BACK, True, False),
    "a stop for good is no stall": (GOES, True, False),
    "a rollback that waits for ever is one": (GOES + STUCK_BACK, True, True),
    "a rollback that never comes is none": (GOES + STUCK_BACK, False, False),
}


@pytest.mark.parametrize(("text", "failures", "stalls"), ABOUT.values(), ids=ABOUT)
def test_stalls_are_those_of_the_listed_states(text: str, failures: bool, stalls: bool) -> None:
    deployment = replace(loads(BASE + text), failures=failures)
    found = violations(deployment, "symbolic")
    assert [hazard.property for hazard in found] == [STALLS] * stalls
    assert list(map(told, found)) == list(map(told, violations(deployment)))


def told(hazard: PropertyHazard) -> tuple[object, ...]:
    """All but the events of the story, of which there may be several as short."""
    return hazard.id, hazard.explanation, hazard.window, hazard.inevitable, len(hazard.trace)
