"""What is left out of a story changes nothing that its hazard looks at; what is kept runs on the machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.diagrams.concern import Concern
from skewproof.diagrams.condense import ToldEvent, keep
from skewproof.diagrams.report.cast import gather
from skewproof.diagrams.report.scenes import list_scenes
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.deployment import Deployment, Request
from skewproof.model.language import load, loads
from skewproof.properties.checker import check
from skewproof.properties.lookups import list_lookups
from skewproof.properties.verdict import Hazard, HopHazard, TraceEvent

EXAMPLES = Path(__file__).parents[2] / "examples"
SCCOS, STORIES = EXAMPLES / "sccos", EXAMPLES / "stories"
FILES = [
    (SCCOS / "deployment.yaml", SCCOS / "releases" / "pessimistic.yaml"),
    (SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml"),
    (SCCOS / "enable-early.yaml", SCCOS / "releases" / "flagged.yaml"),
    (STORIES / "jwt-rotation" / "naive.yaml", None),
    (STORIES / "feature-flag" / "cached.yaml", None),
    (STORIES / "kafka-ibp" / "rollback-after.yaml", None),
]
PROPERTY = """
components: {web: {kind: service}}
requests: {buy: [client calls web: page]}
pipeline: [One: [], Roll: [deploy web]]
changes: {}
properties: {one version: always not web.up(V2)}
"""


def stories(file: Path, release: Path | None) -> tuple[Deployment, list[tuple[HopHazard, Request]]]:
    deployment = load(file, release)
    requests = {request.name: request for request in deployment.requests}
    answer = check(deployment)
    assert answer.at_hops
    return deployment, [(h, requests[h.request]) for h in answer.at_hops]


def kept(deployment: Deployment, hazard: Hazard) -> tuple[ToldEvent, ...]:
    return keep(hazard.trace, Concern(Vocabulary(deployment), hazard).holds)


@pytest.mark.parametrize(("file", "release"), FILES)
def test_the_failing_hop_looks_at_nothing_that_is_left_out(file: Path, release: Path | None) -> None:
    deployment, told = stories(file, release)
    for hazard, request in told:
        compiled = compile_deployment(deployment, request)
        concern = Concern(compiled.vocabulary, hazard)
        looked_at = {
            variable
            for lookup in list_lookups(compiled)
            if lookup.hop == hazard.hop and lookup.aspect == hazard.aspect
            for variable in lookup.guard
            if variable in compiled.vocabulary.lives
        }
        assert all(concern.is_of(variable) for variable in looked_at), hazard.id


@pytest.mark.parametrize(("file", "release"), FILES)
def test_what_is_kept_is_a_run_of_the_unreduced_machines(file: Path, release: Path | None) -> None:
    deployment, told = stories(file, release)
    lives = compile_deployment(deployment).vocabulary.lives
    for hazard, _ in told:
        concern = Concern(Vocabulary(deployment), hazard)
        now = {name: life.life.initial for name, life in lives.items() if concern.is_of(name)}
        arrows = {(name, a.source, a.target) for name in now for a in lives[name].life.transitions}
        for row in kept(deployment, hazard):
            for name, value in row.event.values:
                if name in now and now[name] != value:
                    assert (name, now[name], value) in arrows, hazard.id
                    now[name] = value
        whole = dict(pair for event in hazard.trace for pair in event.values)
        assert now == {name: whole.get(name, lives[name].life.initial) for name in now}


def everything_else(deployment: Deployment, hazard: Hazard) -> list[TraceEvent]:
    numbers = {row.number for row in kept(deployment, hazard)}
    return [event for number, event in enumerate(hazard.trace, start=1) if number not in numbers]


def test_what_does_not_matter_is_left_out_and_counted() -> None:
    deployment, told = stories(*FILES[1])
    hazard = next(hazard for hazard, _ in told if hazard.provider == "database")
    rows, rest = kept(deployment, hazard), everything_else(deployment, hazard)
    assert {event.owner for event in rest} == {"pipeline", "scheduler"}
    assert sum(row.passed for row in rows) == len(rest) == len(hazard.trace) - len(rows)
    assert rows[-1].number == len(hazard.trace)


@pytest.mark.parametrize(("file", "release"), FILES[:2])
def test_the_report_plays_what_the_story_draws(file: Path, release: Path | None) -> None:
    deployment, told = stories(file, release)
    vocabulary = compile_deployment(deployment).vocabulary
    for hazard, request in told:
        played = list(list_scenes(vocabulary, gather(deployment, request), hazard, request))[1:]
        drawn = kept(deployment, hazard)
        assert [(scene["number"], scene["passed"]) for scene in played] == [
            (r.number, r.passed) for r in drawn
        ]


def test_of_a_property_every_event_matters() -> None:
    deployment = loads(PROPERTY)
    (hazard,) = check(deployment).of_properties
    assert len(kept(deployment, hazard)) == len(hazard.trace)
