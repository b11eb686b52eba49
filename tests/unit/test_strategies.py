"""The public strategies: what they give is well formed, and what it shrinks to."""

from __future__ import annotations

from hypothesis import find, settings

from skewproof.model.deployment import Deployment
from skewproof.properties import check
from skewproof.properties.strategies import deployments

FIXED = settings(derandomize=True, database=None, deadline=None, max_examples=2000)


def written(deployment: Deployment) -> list[str]:
    return [str(hop) for request in deployment.requests for hop in request.hops]


def test_the_smallest_deployment_is_one_service_and_one_hop() -> None:
    smallest = find(deployments(), lambda _: True, settings=FIXED)
    assert [*smallest.components] == ["glue"]
    assert written(smallest) == ["client calls glue: cart"]


def test_an_unsafe_deployment_shrinks_to_one_request() -> None:
    smallest = find(deployments(), lambda deployment: bool(check(deployment).hazards), settings=FIXED)
    assert written(smallest) == ["client calls glue: cart"]
    assert [str(action) for step in smallest.pipeline for action in step.actions] == ["deploy glue"]
    assert smallest.components["glue"].max_unavailable == 1, "nobody is up for a moment"
