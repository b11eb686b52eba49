"""What a story leaves out its hazard does not need: the rest is a run, and fails at the same hop."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings

from skewproof.diagrams.condense import condense
from skewproof.diagrams.report.cast import gather
from skewproof.diagrams.report.scenes import list_scenes
from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.compiler.system import Event, EventKind, State
from skewproof.model.deployment import Deployment
from skewproof.model.language import load, loads
from skewproof.model.names import is_pipeline
from skewproof.model.resources.limits import LimitError, Limits
from skewproof.properties.checker import check
from skewproof.properties.lookups.listing import list_lookups
from skewproof.properties.lookups.lookup import HazardKind, Lookup
from skewproof.properties.verdict import HopHazard, TraceEvent
from support.picture_samples import chain
from support.rich_deployments import rich_deployments

EXAMPLES = Path(__file__).parents[2] / "examples"
SCCOS, STORIES = EXAMPLES / "sccos", EXAMPLES / "stories"
FILES = [
    (SCCOS / "deployment.yaml", SCCOS / "releases" / "pessimistic.yaml"),
    (SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml"),
    (SCCOS / "enable-early.yaml", SCCOS / "releases" / "flagged.yaml"),
    *((file, None) for file in sorted(STORIES.rglob("*.yaml"))),
]
SPAWNED = """
components:
  {web: {kind: service}, w: {kind: worker, replicas: 2}, q: {kind: broker}, far: {kind: service, replicas: 9}}
requests:
  {buy: [client calls web: page, web publishes q: m], job: [w consumes q: m], look: [client calls far: x]}
pipeline: [One: [deploy far], Two: [deploy web], Three: [deploy w]]
changes: {q/m: {breaks: {content: [V1 -> V2]}}}
"""
PROPERTY = """
components: {web: {kind: service}}
requests: {buy: [client calls web: page]}
pipeline: [One: [], Roll: [deploy web]]
changes: {}
properties: {one version: always not web.up(V2)}
"""


def runs(compiled: Compiled, hazard: HopHazard) -> list[tuple[Event, TraceEvent]]:
    """The events of the system that the whole trace tells of, without the failing hop."""
    found, state = [], compiled.system.initial
    for told in hazard.trace[:-1]:
        event = next(
            event
            for event, reached in compiled.system.successors(state)
            if event.cause == told.cause and changes(compiled, state, reached) == dict(told.values)
        )
        state = compiled.system.successor(state, event)
        found.append((event, told))
    return found


def changes(compiled: Compiled, before: State, after: State) -> dict[Any, str]:
    own = [v for v in compiled.system.variables[: compiled.own_variables] if not is_pipeline(v.key)]
    return {
        v.key: str(getattr(there, "state", there))
        for v in own
        if (there := compiled.system.value(after, v.key)) != compiled.system.value(before, v.key)
    }


def ends(compiled: Compiled, events: Iterable[Event], lookups: Iterable[Lookup]) -> bool:
    """Whether the events, in their order, are a run but for where the pipeline stands, and one of the lookups
    is made then; each hop in any of its ways."""
    system, reached = compiled.system, {compiled.system.initial}

    def holds(state: State, guard: Any) -> bool:
        return system.holds(state, {key: values for key, values in guard.items() if not is_pipeline(key)})

    for event in events:
        ways = [event]
        if event.kind is EventKind.HOP:
            ways = [one for one in system.events if one.kind is EventKind.HOP and one.hop == event.hop]
        reached = {
            system.successor(state, way) for state in reached for way in ways if holds(state, way.guard)
        }
    return any(holds(state, one.guard) for state in reached for one in lookups)


def made(compiled: Compiled, events: Iterable[Event], hazard: HopHazard) -> list[Lookup]:
    """The lookups by which the hazard is told that are made when all events have happened."""
    state = compiled.system.initial
    for event in events:
        state = compiled.system.successor(state, event)
    said = hazard.hop, hazard.kind, hazard.aspect, hazard.consumer_version, hazard.provider_version
    return [
        one
        for one in list_lookups(compiled)
        if one.is_broken
        and (one.hop, one.kind, one.aspect, one.consumer_version, one.provider_version) == said
        and compiled.system.holds(state, one.guard)
    ]


def hold(deployment: Deployment, hazards: Iterable[HopHazard]) -> None:
    requests = {request.name: request for request in deployment.requests}
    for hazard in hazards:
        compiled = compile_deployment(deployment, requests[hazard.request])
        run = runs(compiled, hazard)
        needed = [event for event, told in run if told.is_needed]
        lookups = made(compiled, [event for event, _ in run], hazard)
        assert ends(compiled, needed, lookups), hazard.id
        moved = {key for event, told in run if not told.is_needed for key in event.effect}
        for index, event in enumerate(needed):  # of a variable that nothing else moves each is needed
            without = needed[:index] + needed[index + 1 :]
            if event.kind is not EventKind.HOP and not moved.intersection(event.effect):
                assert not ends(compiled, without, lookups), (hazard.id, event.text)


@pytest.mark.parametrize(("file", "release"), FILES, ids=lambda path: path and path.stem)
def test_what_is_told_is_a_run_that_fails_and_needs_all_of_it(file: Path, release: Path | None) -> None:
    deployment = load(file, release)
    hold(deployment, check(deployment).at_hops)


FEW = settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@FEW
@given(rich_deployments())
def test_so_it_is_of_random_deployments(data: dict[str, Any]) -> None:
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    try:
        answer = check(deployment, limits=Limits(max_states=20_000))
    except LimitError:
        return
    hold(deployment, answer.at_hops)


@pytest.mark.parametrize("services", [12, 40])
def test_of_a_long_way_only_those_at_its_end_roll(services: int) -> None:
    """Which version took the calls before does not matter, though in the run it was a new one."""
    deployment = loads(chain(services))
    (hazard,) = check(deployment).at_hops
    hold(deployment, [hazard])
    moved = [event.owner for event in hazard.trace if event.is_needed and event.kind is EventKind.MOVE]
    assert moved == [f"s{services // 2 - 1}"]


def test_the_cause_is_told_and_the_moves_of_others_are_not() -> None:
    deployment = loads(SPAWNED)
    (hazard,) = check(deployment).at_hops
    assert hazard.kind is HazardKind.INCOMPATIBLE
    told = [f"{row.event.owner}: {row.event.what}" for row in condense(hazard.trace)]
    assert any(text.startswith("web: spawn V2") for text in told), told
    assert not any(text.startswith("far:") for text in told), told
    assert sum(row.passed for row in condense(hazard.trace)) == len(hazard.trace) - len(told)


@pytest.mark.parametrize(("file", "release"), FILES[:2])
def test_the_report_plays_what_is_told(file: Path, release: Path | None) -> None:
    deployment = load(file, release)
    vocabulary = compile_deployment(deployment).vocabulary
    requests = {request.name: request for request in deployment.requests}
    for hazard in check(deployment).at_hops:
        request = requests[hazard.request]
        played = list(list_scenes(vocabulary, gather(deployment, request), hazard, request))[1:]
        told = condense(hazard.trace)
        assert [(s["number"], s["passed"]) for s in played] == [(r.number, r.passed) for r in told]


def test_of_a_property_every_event_is_needed() -> None:
    (hazard,) = check(loads(PROPERTY)).of_properties
    assert all(event.is_needed for event in hazard.trace)
