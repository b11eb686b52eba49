"""Every engine against the oracle on random deployments that are about one construct of the language."""

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
from support.rich_counts import OCCURRENCES
from support.rich_deployments import rich_deployments
from support.told import told_by_the_checker, told_by_the_oracle

CONSTRUCTS = (
    "restarts",
    "scale",
    "migrates",
    "verbs",
    "facts",
    "accept",
    "terminates",
    "redelivers",
    "leader",
)
ENGINES = ("reference", "symbolic")
MOST_STATES = 15_000
FEW = settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=600)


def agree_on_many(construct: str, profile: settings, number: int) -> int:
    """How many were held against each other; each has the construct in it."""
    held = 0

    @seed(number)
    @profile
    @given(rich_deployments(always=frozenset({construct})), st.sampled_from((False, False, True)))
    def agree_on_one(data: dict[str, Any], failures: bool) -> None:
        nonlocal held
        assume(OCCURRENCES[construct](data))
        failures = failures or "rollback" in data
        try:
            judgement = judge(data, failures=failures, most_states=MOST_STATES)
        except TooManyStatesError:
            assume(False)
            raise
        deployment = loads(yaml.safe_dump(data, sort_keys=False))
        for engine in ENGINES:
            answer = check(deployment, failures=failures, engine=engine, today=date.fromisoformat(TODAY))
            assert told_by_the_checker(answer) == told_by_the_oracle(judgement), engine
        held += 1

    agree_on_one()
    return held


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_engines_and_oracle_agree(construct: str) -> None:
    assert agree_on_many(construct, FEW, 0) >= 10


@pytest.mark.exhaustive
@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_engines_and_oracle_agree_on_hundreds(construct: str) -> None:
    assert agree_on_many(construct, MANY, 1) >= 500
