"""What must come, from where a rollout was seen: against all runs, and against every state by itself."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from skewproof.model.compiler.system import passes, search
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.language import load, loads
from skewproof.model.names import instances_of
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.gate.liveness import LivenessFromHere
from skewproof.properties.strategies import deployments
from skewproof.properties.temporal.judge import TemporalJudge
from skewproof.properties.temporal.stall import find_stalled
from support.from_here import draw_seen, list_from_here

FEW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
LIMITS = Limits(max_states=3_000)
STORIES = Path(__file__).parents[2] / "examples" / "stories"
FLAGGED = """
components: {web: {kind: service}, api: {kind: service}}
requests: {ask: [client calls web: page, web calls api: x]}
flags: {ready: {}, never: {}}
pipeline:
  - First: [enable ready]
  - Then: [start deploy web when never.on, deploy api]
properties:
  web is new: eventually web.up(V2)
  ready leads: ready.on leads to api.up(V2)
  api first: api.up(V2) before web.up(V2)
changes: {api/x: {breaks: none}}
"""


@FEW
@given(deployments(), st.integers(0, 10_000))
def test_a_stall_is_met_if_a_stalled_state_can_be_come_to(deployment: Deployment, seed: int) -> None:
    task = Task(deployment, None, LIMITS)
    try:
        search(task.alone.system, LIMITS)
    except StateLimitError:
        assume(False)
        return
    hold_against_states(task, seed)


def hold_against_states(task: Task, seed: int) -> None:
    reached = search(task.alone.system, LIMITS)
    seen = draw_seen(random.Random(seed), task.alone.system)
    found = LivenessFromHere(task.alone, seen, LIMITS).stall()
    complete = list(map(task.alone.is_complete, reached.states))
    stalled = {reached.states[number] for number in find_stalled(reached, complete)}
    assert (found is not None) == bool(stalled & list_from_here(task.alone.system, seen))
    if found is not None:
        finding, seen_at = found.told, found.seen_at
        states = [task.alone.system.initial]
        for event in finding.story:
            assert event in task.alone.system.enabled(states[-1])
            states.append(task.alone.system.successor(states[-1], event))
        assert passes(states[seen_at], task.alone.system.test(seen))
        assert states[-1] in stalled


@pytest.mark.parametrize("name", ["web is new", "ready leads", "api first"])
def test_from_the_beginning_it_is_what_is_said_of_the_whole(name: str) -> None:
    task = Task(loads(FLAGGED))
    stated = next(one for one in task.deployment.properties if one.name == name)
    seen = {
        v.key: frozenset({task.alone.system.value(task.alone.system.initial, v.key)})
        for v in task.alone.system.variables
    }
    here = LivenessFromHere(task.alone, seen, LIMITS).property(stated)
    whole = TemporalJudge(task.alone, LIMITS).violation(stated)
    assert (here is None) == (whole is None)
    if here is not None and whole is not None:
        assert (here.told.story, here.told.loop, here.seen_at) == (whole.story, whole.loop, 0)


def test_what_is_owed_is_waited_for_and_what_came_in_time_is_no_matter_any_more() -> None:
    """`api first` is broken on some run; not from where the API is new and the page is old."""
    task = Task(loads(FLAGGED.replace(" when never.on", "")))
    first = next(one for one in task.deployment.properties if one.name == "api first")
    system = task.alone.system
    web, api = instances_of("web"), instances_of("api")
    start = {key: frozenset({system.value(system.initial, key)}) for key in (web, api)}
    new = {system.value(state, api) for state in search(system).states if task.alone.is_complete(state)}
    assert LivenessFromHere(task.alone, start, LIMITS).property(first) is not None
    assert LivenessFromHere(task.alone, {**start, api: frozenset(new)}, LIMITS).property(first) is None


@pytest.mark.parametrize("story", ["rabbitmq-flags/stopped-node", "restarted-control-plane/naive"])
def test_stories_that_stall_from_wherever_they_were_seen(story: str) -> None:
    task = Task(load(STORIES / f"{story}.yaml"))
    for seed in range(15):
        hold_against_states(task, seed)
