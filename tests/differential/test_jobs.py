"""What many processes say of a deployment is, byte for byte, what one says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from skewproof.cli.render_json import to_json
from skewproof.model.deployment import Deployment
from skewproof.model.language import load, loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.engines.registry import AUTO
from skewproof.properties.engines.slicing import solver
from support.by_post import ByPost
from support.chains import chains
from support.examples import EXAMPLES, list_examples

RELEASES = sorted((EXAMPLES / "sccos" / "releases").glob("*.yaml"))
FEW = settings(
    max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)


def deployments() -> Iterator[tuple[str, Deployment]]:
    for file in list_examples():
        deployment = load(file)
        if not any(c.machine for c in deployment.components.values()):  # those stay in one process
            yield str(file.relative_to(EXAMPLES)), deployment
    for release in RELEASES:
        yield release.name, load(EXAMPLES / "sccos" / "deployment.yaml", release)


def agree(deployment: Deployment, name: str = AUTO) -> str:
    """The verdict; every slice, and every request that is enumerated, is pickled on its way to a worker."""
    alone, shared = Limits(), Limits(workers=ByPost().workers)
    told = [json.dumps(to_json(check(deployment, engine=name, limits=limits))) for limits in (alone, shared)]
    assert told[0] == told[1]
    assert alone.progress == shared.progress
    return str(json.loads(told[0])["verdict"])


@pytest.fixture(autouse=True, scope="module")
def _everything_is_shared() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(solver, "LISTED_STATES", 0)
    yield
    patch.undo()


def _case(name: str, deployment: Deployment) -> Any:
    is_long = name.startswith("sccos-shop/")
    return pytest.param(deployment, id=name, marks=pytest.mark.exhaustive if is_long else ())


@pytest.mark.parametrize("deployment", [_case(name, deployment) for name, deployment in deployments()])
def test_every_example(deployment: Deployment) -> None:
    verdict = agree(deployment)
    if deployment.changes is None:
        assert verdict == "unknown"
        agree(deployment.pessimistic())


@FEW
@given(chains())
def test_random_chains(data: dict[str, Any]) -> None:
    agree(loads(yaml.safe_dump(data, sort_keys=False)), "slice")
