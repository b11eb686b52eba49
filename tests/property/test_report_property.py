"""The report of any deployment: it can be made, and what it shows is what the story says."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings

from skewproof.diagrams.report.content import build_content
from skewproof.diagrams.report.page import as_data
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.deployment import Deployment
from skewproof.model.names import instances_of
from skewproof.model.resources.limits import Limits
from skewproof.properties.checker import check
from skewproof.properties.strategies import deployments
from skewproof.properties.verdict import HopHazard
from support.profiles import tried

SLOW = settings(tried(25), suppress_health_check=list(HealthCheck))


def last_standings(hazard: dict[str, Any]) -> dict[str, Any]:
    """How the components stand at the end, as the page adds the scenes up."""
    now: dict[str, Any] = {}
    for scene in hazard["scenes"]:
        now.update(scene["nodes"])
    return now


def up_at_the_end(vocabulary: Vocabulary, hazard: HopHazard, component: str) -> frozenset[str]:
    """The versions that serve after the story, by the last event that says so."""
    state = vocabulary.lives[instances_of(component)].life.initial
    for event in hazard.trace:
        state = dict(event.values).get(instances_of(component), state)
    return vocabulary.rollouts[component].serving[state]


@SLOW
@given(deployments())
def test_a_report_shows_what_its_stories_say(deployment: Deployment) -> None:
    answer = check(deployment, limits=Limits(20_000))
    told = json.loads(as_data(build_content(deployment, answer)))
    vocabulary = Vocabulary(deployment)
    assert len(told["hazards"]) == len(answer.at_hops)
    for hazard in told["hazards"]:
        (found,) = [one for one in answer.at_hops if one.id == hazard["id"]]
        assert sum(scene.get("passed", 0) + 1 for scene in hazard["scenes"]) - 1 == len(found.trace)
        nodes = told["stages"][hazard["stage"]]["nodes"]
        for number, standing in last_standings(hazard).items():
            name = nodes[int(number)]["name"]
            if name in vocabulary.rollouts:
                badges = {version for version, _ in standing["badges"]}
                assert badges == up_at_the_end(vocabulary, found, name)
        if hazard["matrix"] is not None:
            met, versions = hazard["matrix"]["met"], hazard["matrix"]["versions"]
            assert hazard["matrix"]["broken"][versions.index(met[0])][versions.index(met[1])]
        last = hazard["scenes"][-1]
        if last["kind"] == "hop":
            assert (
                nodes[told["stages"][hazard["stage"]]["arrows"][last["arrow"]][1]]["name"] == found.provider
            )
