"""The public strategy draws what of the language is asked for, and such deployments are judged."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, seed, settings

from skewproof.model.deployment import Deployment
from skewproof.properties import check
from skewproof.properties.strategies import deployments
from skewproof.properties.strategies.deployments import CONSTRUCTS

EXAMPLES = 25


def has(deployment: Deployment, construct: str) -> bool:
    components = deployment.components.values()
    match construct:
        case "restarts":
            return any(component.restarts for component in components)
        case "terminates":
            return any(component.terminates_later for component in components)
        case "redelivers":
            return any(component.redelivers for component in components)
        case "leader":
            return bool(deployment.led)
        case "replicas":
            return any(component.sizes for component in components)
        case "migrates":
            return any(component.migrates for component in components)
        case "verbs":
            return any(change.verbs for change in deployment.changed.values())
    return bool(deployment.facts)


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_construct_is_drawn_where_it_is_asked_for(construct: str) -> None:
    found = []

    @seed(0)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(deployments([construct]))
    def draw(deployment: Deployment) -> None:
        found.append(has(deployment, construct))
        if len(found) < EXAMPLES // 5:
            check(deployment, engine="reference")

    draw()
    assert sum(found) >= EXAMPLES // 5


@settings(max_examples=EXAMPLES, deadline=None)
@given(deployments())
def test_none_is_drawn_where_nobody_asks(deployment: Deployment) -> None:
    assert not any(has(deployment, construct) for construct in CONSTRUCTS)
