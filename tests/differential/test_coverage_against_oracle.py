"""What became of each declaration: by all states against the oracle, and by parts against all states."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, seed, settings

from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Aspect
from skewproof.model.language import loads
from skewproof.properties.coverage.judge import MetCell, cover
from skewproof.properties.coverage.occurrences import Occurrences
from skewproof.properties.engines.choice import find_slice_occurrences
from skewproof.properties.verdict import CoveredDeclaration
from support.oracle import HazardKey, Judgement, TooManyStatesError, judge
from support.rich_deployments import rich_deployments

PARTS = 4
MOST_STATES = 8_000
FEW = settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=200)

Told = dict[tuple[str, str, str, str | None, str], tuple[Any, ...]]


def told_by_the_oracle(judgement: Judgement) -> Told:
    """What became of each cell; of one held apart also where its sides are."""
    return {
        (key.entry, key.says, key.contract, key.consumer, key.provider): (
            cell.status.name,
            sorted(cell.consumer_at),
            sorted(cell.provider_at),
            cell.together,
        )
        if cell.status.name == "HELD_APART"
        else (cell.status.name,)
        for key, cell in judgement.coverage.cells.items()
    }


def told(declarations: tuple[CoveredDeclaration, ...]) -> Told:
    return {
        (one.entry, one.says, str(cell.contract), cell.consumer, cell.provider): (
            cell.reach.name,
            sorted(cell.consumer_in),
            sorted(cell.provider_in),
            cell.together,
        )
        if cell.reach.name == "HELD_APART"
        else (cell.reach.name,)
        for one in declarations
        for cell in one.cells
    }


def met_by(data: dict[str, Any], hazards: dict[HazardKey, Any]) -> list[MetCell]:
    """The cells that the oracle found to be hazards."""
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    hops = {request.name: request.hops for request in deployment.requests}
    return [
        (hop.contract, Aspect(key.aspect), key.consumer_version, provider, hop.verb.written)
        for key in hazards
        if key.aspect is not None and (provider := key.provider_version) is not None
        for hop in [hops[key.request][key.hop - 1]]
    ]


def agree(data: dict[str, Any], *, failures: bool = False) -> None:
    try:
        judgement = judge(data, failures=failures, most_states=MOST_STATES)
    except TooManyStatesError:
        assume(False)
        raise
    text = yaml.safe_dump(data, sort_keys=False)
    deployment = loads(text)
    if deployment.max_span is not None:
        free = {**data, "assume": {k: v for k, v in data["assume"].items() if k != "max_span"}}
        without = met_by(data, dict(judge(free, failures=failures).hazards))
    else:
        without = []
    task = Task(replace(deployment, failures=failures))
    met = met_by(data, dict(judgement.hazards))
    listed = cover(Occurrences(task, whole=True), met, without)
    assert told(listed.declarations) == told_by_the_oracle(judgement)
    assert {(d.entry, d.says) for d in listed.declarations if d.is_idle} == judgement.coverage.idle
    wrong = {one.text for one in listed.assumptions if one.is_broken or not one.is_used}
    assert wrong == judgement.coverage.wrong_assumptions
    if judgement.stall is None:
        assert cover(Occurrences(task), met, without) == listed
    sliced = find_slice_occurrences(task)
    assert sliced is None or cover(sliced, met, without) == listed


def agree_on_many(profile: settings, number: int, *, failures: bool) -> None:
    """Hold them against each other on as many examples as the profile says, drawn from a seed."""

    @seed(number)
    @profile
    @given(rich_deployments())
    def agrees(data: dict[str, Any]) -> None:
        agree(data, failures=failures)

    agrees()


@pytest.mark.parametrize("failures", [False, True], ids=["", "with failures"])
@pytest.mark.parametrize("part", range(PARTS))
def test_what_became_of_each_declaration(part: int, failures: bool) -> None:
    agree_on_many(FEW, 4_000 + part, failures=failures)


@pytest.mark.exhaustive
@pytest.mark.parametrize("failures", [False, True], ids=["", "with failures"])
@pytest.mark.parametrize("part", range(PARTS))
def test_what_became_of_each_declaration_of_thousands(part: int, failures: bool) -> None:
    agree_on_many(MANY, 5_000 + part, failures=failures)
