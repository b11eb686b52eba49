"""Copies that one action makes, beside others who roll out: in slices as on all states, whether the ways of
the pipeline are listed or kept choice by choice, with formulas, stalls and failures."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from skewproof.model.compiler import advances
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.engines.protocol import EngineRefusesError
from support.many_copies import many_copies
from support.told import told_by_the_checker

FEW = settings(
    max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=1000, derandomize=False)
LIMITS = Limits(max_states=3_000)
"""So many states of the whole are listed; what has more is not held against it."""


def agree_on_many(profile: settings, monkeypatch: pytest.MonkeyPatch, *, several: bool) -> int:
    """How many answers of slices were held against those on all states."""
    held = 0

    @profile
    @given(many_copies(several=several))
    def run(data: dict[str, Any]) -> None:
        nonlocal held
        text, failures = yaml.safe_dump(data, sort_keys=False), "rollback" in data
        monkeypatch.setattr(advances, "MOST_SINGLE", 64)
        listed = check(loads(text), engine="reference", failures=failures, limits=LIMITS)
        if listed.statistics is None or listed.left_open:
            return
        for most in (1, 64):
            monkeypatch.setattr(advances, "MOST_SINGLE", most)
            try:
                answer = check(loads(text), engine="slice", failures=failures)
            except EngineRefusesError:
                return
            told, expected = told_by_the_checker(answer), told_by_the_checker(listed)
            for what in ("avoidable", "interleavings") if answer.left_open else ():
                del told[what], expected[what]
            assert told == expected
            held += 1

    run()
    return held


@pytest.mark.parametrize("several", [False, True])
def test_copies_in_slices(monkeypatch: pytest.MonkeyPatch, several: bool) -> None:
    assert agree_on_many(FEW, monkeypatch, several=several) >= 6


@pytest.mark.exhaustive
@pytest.mark.parametrize("several", [False, True])
def test_many_copies_in_slices(monkeypatch: pytest.MonkeyPatch, several: bool) -> None:
    assert agree_on_many(MANY, monkeypatch, several=several) >= 600
