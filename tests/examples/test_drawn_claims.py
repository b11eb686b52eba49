"""What is drawn is what the answer says: red marks are windows, boxes what can be met, stories traces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings

from skewproof.diagrams import draw_architecture, draw_story, draw_timeline
from skewproof.diagrams.concerned import list_met_hazards
from skewproof.diagrams.condense import condense
from skewproof.diagrams.graphviz import escape
from skewproof.diagrams.palette import ERROR, find_swatch
from skewproof.diagrams.space import draw_hazard_space
from skewproof.diagrams.wording import find_failing_hop
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.space import explore
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.language import load, loads
from skewproof.model.resources.limits import LimitError, Limits
from skewproof.properties.checker import check
from skewproof.properties.coverage.step_views import find_step_views
from skewproof.properties.engines.strikes import find_struck_states
from skewproof.properties.verdict import Answer, HopHazard, Unknown
from support.command import invoke
from support.rich_deployments import rich_deployments

EXAMPLES = Path(__file__).parents[2] / "examples"
SCCOS = EXAMPLES / "sccos"
FILES = [
    *((SCCOS / "deployment.yaml", release) for release in sorted((SCCOS / "releases").glob("*.yaml"))),
    (SCCOS / "enable-early.yaml", SCCOS / "releases" / "flagged.yaml"),
    *((file, None) for file in sorted((EXAMPLES / "stories").rglob("*.yaml"))),
    *((file, None) for file in sorted((EXAMPLES / "sccos-shop").glob("*.yaml"))),
]
BROKER = """
components: {a: {kind: service}, w: {kind: worker}, q: {kind: broker}}
requests: {ask: [client calls a: page, a publishes q: m], job: [w consumes q: m]}
pipeline: [One: [deploy a], Two: [deploy w], Three: [reconfigure q]]
changes: {q/m: {breaks: {content: both}}}
"""
FEW = settings(
    max_examples=15,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def hold(deployment: Deployment) -> None:
    answer = check(deployment, limits=Limits(max_states=20_000))
    if isinstance(answer.verdict, Unknown):
        return
    architecture_holds(deployment, answer)
    timeline_holds(deployment, answer)
    stories_hold(deployment, answer)


def architecture_holds(deployment: Deployment, answer: Answer) -> None:
    for view in find_step_views(Task(deployment, limits=Limits(max_states=20_000))):
        source = draw_architecture(deployment, view, answer.hazards).source
        here = [hazard for hazard in answer.at_hops if view.step in hazard.window]
        for hazard in here:
            boxes_hold_the_pair(deployment, hazard, dict(boxes(deployment, source)))
        red = [line for line in source.splitlines() if f'color="{ERROR}"' in line]
        failing = [find_failing_hop(deployment, hazard) for hazard in here]
        assert len(red) == len({(hop.consumer, hop.provider, group(hop.verb.value)) for hop in failing})
        assert ("no hop can break" in source) == (not here)
        for hazard in here:  # whose request, and how bad
            assert re.search(r" more|" + re.escape(escape(hazard.request)), "".join(red))


def group(verb: str) -> str:
    return "calls" if verb in ("calls", "forwards", "relays") else verb


def boxes(deployment: Deployment, source: str) -> Iterator[tuple[str, set[str]]]:
    """The versions in each component's box."""
    for line in source.splitlines():
        name = re.search(r'POINT-SIZE="13">([^<]*)<', line)
        if name and "->" not in line:
            fills = {find_swatch(v, deployment.versions).fill: v for v in deployment.versions}
            yield unescape(name[1]), {fills[fill] for fill in re.findall(r'BGCOLOR="(#\w+)"', line)}


def boxes_hold_the_pair(deployment: Deployment, hazard: HopHazard, shown: dict[str, set[str]]) -> None:
    """Whoever meets is in the box at the arrow's end; a token was obtained elsewhere."""
    consumer = hazard.consumer_instance or hazard.consumer_version
    if hazard.consumer in deployment.components and consumer and hazard.aspect != "token":
        assert consumer in shown[hazard.consumer], (hazard, shown)
    provider = hazard.provider_instance or hazard.provider_version
    if provider and not hazard.retired:
        assert provider in shown[hazard.provider], (hazard, shown)


def timeline_holds(deployment: Deployment, answer: Answer) -> None:
    source = draw_timeline(compile_deployment(deployment).vocabulary, answer).source
    struck = {(hazard.subject, step) for hazard in answer.hazards for step in hazard.window}
    met = {(hazard.subject, step) for hazard in list_met_hazards(answer) for step in hazard.window}
    breaking = {(hazard.subject, step) for hazard in answer.at_hops for step in hazard.window}
    assert len(re.findall(r"can (?:break|happen)</B>", source)) == len(struck)
    assert source.count("can break</B>") >= len(breaking)
    assert source.count("(×) accepted</B>") == len(met - struck)
    sure = {(h.subject, step) for h in answer.hazards if h.inevitable for step in h.window}
    assert len(re.findall(r"× can (?:break|happen)</B>", source)) == len(sure)
    if answer.at_hops and answer.avoidable is False:
        assert "Whatever the timing" in source


def stories_hold(deployment: Deployment, answer: Answer) -> None:
    for hazard in answer.hazards:
        told = condense(hazard.whole_story)
        source = draw_story(deployment, hazard).source
        numbers = [
            int(number) for number in re.findall(r'<TD ALIGN="RIGHT"><FONT COLOR="#\w+">(\d+)<', source)
        ]
        assert numbers == [row.number for row in told][-60:]
        passed = sum(row.passed for row in told[-60:])
        said = [int(number) for number in re.findall(r"… (\d+) events?", source)]
        assert sum(said) == passed
        assert len(hazard.whole_story) == sum(row.passed + 1 for row in told)


@pytest.mark.parametrize(("file", "release"), FILES, ids=lambda path: path and path.stem)
def test_examples_are_drawn_as_they_are_judged(file: Path, release: Path | None) -> None:
    hold(load(file, release))


@FEW
@given(rich_deployments())
def test_so_are_random_deployments(data: dict[str, Any]) -> None:
    try:
        hold(loads(yaml.safe_dump(data, sort_keys=False)))
    except LimitError:
        return


def test_a_brokers_box_has_the_messages_that_its_arrow_speaks_of() -> None:
    deployment = loads(BROKER)
    answer = check(deployment)
    pairs = Counter((h.consumer_version, h.provider_version) for h in answer.at_hops)
    assert pairs == {("V1", "V2"): 1, ("V2", "V1"): 1}
    architecture_holds(deployment, answer)


def test_the_space_has_as_many_states_as_the_command_counts() -> None:
    file = Path(__file__).parents[2] / "docs" / "gallery" / "two-services.yaml"
    deployment = load(file)
    counted = re.search(r"states +([\d,]+)", invoke("space", str(file), "--traffic").stdout)
    assert counted
    for hazard in check(deployment).at_hops:
        bad = find_struck_states(deployment, hazard, Limits())
        source = draw_hazard_space(explore(compile_deployment(deployment)), hazard, bad).source
        assert f"all {counted[1]} states" in source
