"""Every engine against the oracle on random deployments with several pipelines at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, seed, settings
from hypothesis import strategies as st

from skewproof.model.language import loads
from skewproof.properties import check
from support.oracle import TooManyStatesError, judge
from support.oracle_accept import TODAY
from support.several_pipelines import several_pipelines
from support.told import told_by_the_checker, told_by_the_oracle

ENGINES = ("reference", "symbolic")
MOST_STATES = 6_000
FEW = settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=700)


def agree(data: dict[str, Any], failures: bool, engines: tuple[str, ...] = ENGINES) -> None:
    try:
        judgement = judge(data, failures=failures, most_states=MOST_STATES)
    except TooManyStatesError:
        assume(False)
        raise
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    for engine in engines:
        answer = check(deployment, failures=failures, engine=engine, today=date.fromisoformat(TODAY))
        assert told_by_the_checker(answer) == told_by_the_oracle(judgement), engine


def agree_on_many(profile: settings, number: int) -> int:
    """How many were held against each other."""
    held = 0

    @seed(number)
    @profile
    @given(several_pipelines(), st.sampled_from((False, False, True)))
    def agree_on_one(data: dict[str, Any], failures: bool) -> None:
        nonlocal held
        agree(data, failures or "rollback" in data)
        held += 1

    agree_on_one()
    return held


def test_engines_and_oracle_agree() -> None:
    assert agree_on_many(FEW, 0) >= 15


@pytest.mark.exhaustive
@pytest.mark.parametrize("number", range(1, 3))
def test_engines_and_oracle_agree_on_hundreds(number: int) -> None:
    assert agree_on_many(MANY, number) >= 400
