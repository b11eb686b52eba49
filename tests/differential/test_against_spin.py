"""The checker against Spin, hazard by hazard: a hazard that could be is told if and only if Spin
finds its claim violated in the exported model.

Spin shares no search and no reduction with us. It does not judge what compiles to the model: both
read the same `System` and the same lookups, which the oracle judges (`test_against_oracle.py`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from skewproof.cli.code import load_rollouts
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.system import search
from skewproof.model.deployment import Deployment
from skewproof.model.language import load, loads
from skewproof.model.machines.rollouts import Rollout
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.promela import HazardClaim, to_promela
from skewproof.properties.verdict import HopHazard, Unknown, list_hop_hazards
from support.deployments import deployments
from support.examples import EXAMPLES, list_examples
from support.rich_counts import OCCURRENCES
from support.rich_deployments import rich_deployments
from support.several_pipelines import several_pipelines
from support.spin import count_states, shortest_stories, violated

Lives = Mapping[str, Rollout] | None
FEW = settings(
    max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=300, derandomize=False)


MOST_STATES = 100_000
"""A deployment with more of them in one search is passed over: Spin would take longer than the rest."""


class TooManyStatesError(Exception):
    """There is no verdict to hold against Spin's."""


TOO_LARGE = {"split.yaml", "chunks.yaml"}
"""Whole shops over four versions: more states than Spin can list."""


def files() -> list[tuple[Path, Path | None]]:
    """Each example with each of its releases; one without any is judged as if everything broke."""
    found: list[tuple[Path, Path | None]] = []
    for file in (path for path in list_examples() if path.name not in TOO_LARGE):
        releases: list[Path | None] = [*sorted((file.parent / "releases").glob("*.yaml"))]
        found += [(file, release) for release in releases or [None]]
    return found


def key(claim: HazardClaim) -> tuple[Any, ...]:
    lookup = claim.lookups[0]
    versions = lookup.consumer_version, lookup.provider_version
    return claim.request, lookup.hop, lookup.kind, lookup.aspect, *versions


def told_by_the_checker(deployment: Deployment, rollouts: Lives = None) -> set[tuple[Any, ...]]:
    """All but temporal properties, which are no claims of this model."""
    answer = check(deployment, rollouts=rollouts, limits=Limits(MOST_STATES), engine="reference")
    if isinstance(answer.verdict, Unknown):
        raise TooManyStatesError
    accepted = list_hop_hazards(one.hazard for one in answer.accepted)  # claims are of these, too
    return {told_key(h) for h in (*answer.at_hops, *accepted)}


def told_key(h: HopHazard) -> tuple[Any, ...]:
    return h.request, h.hop, h.kind, h.aspect, h.consumer_version, h.provider_version


def told_by_spin(deployment: Deployment, rollouts: Lives = None) -> set[tuple[Any, ...]]:
    compiled = [compile_deployment(deployment, one, rollouts=rollouts) for one in deployment.requests]
    model = to_promela(compiled)
    with tempfile.TemporaryDirectory() as folder:
        found = violated(model.text, [claim.name for claim in model.claims], Path(folder))
    return {key(claim) for claim in model.claims if claim.name in found}


def agree(data: dict[str, Any]) -> None:
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    try:
        told = told_by_the_checker(deployment)
    except TooManyStatesError:
        assume(False)
    assert told == told_by_spin(deployment)


@pytest.mark.parametrize(("file", "release"), files(), ids=lambda path: path.stem if path else "pessimistic")
def test_checker_and_spin_agree_on_the_examples(file: Path, release: Path | None) -> None:
    deployment = load(file, release)
    if deployment.changes is None:
        deployment = deployment.pessimistic()
    lives = load_rollouts(deployment, allowed=True)
    assert told_by_the_checker(deployment, lives) == told_by_spin(deployment, lives)


@FEW
@given(st.one_of(deployments(), rich_deployments()))
def test_checker_and_spin_agree(data: dict[str, Any]) -> None:
    agree(data)


@pytest.mark.exhaustive
@MANY
@given(st.one_of(deployments(), rich_deployments()))
def test_checker_and_spin_agree_on_hundreds(data: dict[str, Any]) -> None:
    agree(data)


CONSTRUCTS = ("terminates", "redelivers", "leader")
"""What the language came by last; of these each has examples of its own."""


def agree_on_some(construct: str, profile: settings) -> None:
    """Random deployments that have the construct."""

    @profile
    @given(rich_deployments(always=frozenset({construct})))
    def agree_on_one(data: dict[str, Any]) -> None:
        assume(OCCURRENCES[construct](data))
        agree(data)

    agree_on_one()


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_checker_and_spin_agree_on_constructs(construct: str) -> None:
    agree_on_some(construct, settings(FEW, max_examples=4))


@pytest.mark.exhaustive
@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_checker_and_spin_agree_on_constructs_by_the_hundred(construct: str) -> None:
    agree_on_some(construct, settings(MANY, max_examples=100))


@settings(FEW, max_examples=3)
@given(several_pipelines(most=2))
def test_checker_and_spin_agree_on_several_pipelines(data: dict[str, Any]) -> None:
    agree(data)


@pytest.mark.exhaustive
@settings(MANY, max_examples=60)
@given(several_pipelines())
def test_checker_and_spin_agree_on_several_pipelines_by_the_dozen(data: dict[str, Any]) -> None:
    agree(data)


@pytest.mark.parametrize("release", ["realistic", "pessimistic"])
def test_spin_finds_no_shorter_story(release: str, tmp_path: Path) -> None:
    """A story of the checker is as long as Spin's breadth-first one, and the failing hop."""
    sccos = EXAMPLES / "sccos"
    deployment = load(sccos / "deployment.yaml", sccos / "releases" / f"{release}.yaml")
    told = {told_key(hazard): len(hazard.trace) - 1 for hazard in check(deployment).at_hops}
    lengths: dict[tuple[Any, ...], int] = {}
    for request in deployment.requests:
        model = to_promela([compile_deployment(deployment, request)])
        found = shortest_stories(model.text, [claim.name for claim in model.claims], tmp_path)
        lengths |= {key(claim): found[claim.name] for claim in model.claims if claim.name in found}
    assert lengths == told


def test_spin_counts_the_states_that_the_search_counts(tmp_path: Path) -> None:
    """The model has the states of every request's system, and the one before the choice."""
    sccos = EXAMPLES / "sccos"
    deployment = load(sccos / "deployment.yaml", sccos / "releases" / "realistic.yaml")
    compiled = [compile_deployment(deployment, request) for request in deployment.requests]
    sizes = [len(search(one.system).states) for one in compiled]
    assert count_states(to_promela(compiled).text, tmp_path) == sum(sizes) + 1
    assert count_states(to_promela(compiled[1:2]).text, tmp_path) == sizes[1]
