"""Logs of random runs conform; logs that were changed do so if, and only if, listing says so."""

from __future__ import annotations

import random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.observed.logs import Log
from skewproof.properties.gate import conformance
from support.deployments import deployments
from support.rich_deployments import rich_deployments
from support.walks import find_first_wrong, mutate, walk

FEW = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=2000, derandomize=False)
SEEDS = st.integers(0, 2**32)


def agree(data: dict[str, Any], seed: int, complete: bool, *, is_wrong: bool) -> None:
    draw = random.Random(seed)
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    alone = Task(deployment).alone
    entries = walk(draw, alone, complete)
    assume(entries)
    if is_wrong:
        entries = mutate(draw, alone, entries)
        assume(entries)
    found = conformance.conform(deployment, Log(entries), complete=complete)
    assert not found.reason
    expected = find_first_wrong(alone, entries, complete)
    assert expected is None or is_wrong
    assert (found.deviation and found.deviation.entry.number) == expected


@FEW
@given(deployments(), SEEDS, st.booleans())
def test_a_run_conforms(data: dict[str, Any], seed: int, complete: bool) -> None:
    agree(data, seed, complete, is_wrong=False)


@FEW
@given(deployments(), SEEDS, st.booleans())
def test_what_is_no_run_does_not(data: dict[str, Any], seed: int, complete: bool) -> None:
    agree(data, seed, complete, is_wrong=True)


@settings(FEW, max_examples=15)
@given(rich_deployments(), SEEDS, st.booleans())
def test_sets_say_the_same(data: dict[str, Any], seed: int, complete: bool) -> None:
    before = conformance.MOST_LISTED
    conformance.MOST_LISTED = 1
    try:
        agree(data, seed, complete, is_wrong=True)
    finally:
        conformance.MOST_LISTED = before


@pytest.mark.exhaustive
@MANY
@given(rich_deployments(), SEEDS, st.booleans(), st.booleans())
def test_thousands_of_logs(data: dict[str, Any], seed: int, complete: bool, is_wrong: bool) -> None:
    agree(data, seed, complete, is_wrong=is_wrong)
