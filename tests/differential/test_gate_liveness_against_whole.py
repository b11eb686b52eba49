"""What must come, from where a rollout was seen: against all runs, and against every state by itself."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Hashable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from skewproof.model.compiler.predicate_guards import translate_predicate
from skewproof.model.compiler.system import Event, Guard, Reached, State, passes, search
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.deployment.formula import Modality, Property
from skewproof.model.kernel.graph import find_reachable
from skewproof.model.language import load, loads
from skewproof.model.names import PIPELINE, instances_of
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.gate.from_here import FromHere, WayBack
from skewproof.properties.gate.liveness import LivenessFromHere
from skewproof.properties.gate.sightings import join_guards
from skewproof.properties.gate.standing import Stand
from skewproof.properties.strategies import deployments
from skewproof.properties.temporal.judge import TemporalJudge
from skewproof.properties.temporal.lasso import find_fair_components
from skewproof.properties.temporal.stall import find_stalled
from support.formulas import predicates
from support.from_here import bar, draw_seen, list_from_here
from support.rich_deployments import rich_deployments
from support.safe_deployments import read

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


# --- on the way back ---------------------------------------------------------------------------


def go_back(task: Task, more: Guard) -> LivenessFromHere:
    """The pipeline was seen somewhere before any failure, does not go on from where it can fail, and what
    counts is so behind a failure."""
    vocabulary = task.vocabulary
    course = vocabulary.courses[PIPELINE]
    behind = [place for place in course if place.index > find_first_failure(task)]
    before = vocabulary.at([place for place in course if place not in behind])
    seen = join_guards([more, before])
    stand = Stand(seen, tuple(place for place in course if place not in behind))
    back = WayBack(None, tuple(behind), only=True)
    barred = FromHere(task.alone, stand, LIMITS, back).barred
    return LivenessFromHere(task.alone, seen, LIMITS, barred, frozenset(place.index for place in behind))


def find_first_failure(task: Task) -> int:
    """The last position on the way forward, which is the first that there is without failures."""
    plain = Task(replace(task.deployment, failures=False))
    return max(place.index for place in plain.vocabulary.courses[PIPELINE])


def list_behind(task: Task, asked: LivenessFromHere, states: Collection[State]) -> set[State]:
    assert asked.places is not None
    return {state for state in states if not asked.places.isdisjoint(task.alone.place(state))}


def hold_way_back(deployment: Deployment, number: int, seen: Counter[str]) -> None:
    task = Task(replace(deployment, failures=True), None, LIMITS)
    try:
        reached = search(task.alone.system, LIMITS)
    except StateLimitError:
        return
    asked = go_back(task, draw_seen(random.Random(number), task.alone.system))
    _hold_stall(task, reached, asked, seen)
    for stated in deployment.properties:
        if stated.formula.modality is Modality.EVENTUALLY:
            _hold_what_comes(task, reached, asked, stated, seen)


def _hold_stall(task: Task, reached: Reached, asked: LivenessFromHere, seen: Counter[str]) -> None:
    complete = list(map(task.alone.is_complete, reached.states))
    stops = frozenset(n for n, state in enumerate(reached.states) if is_left(task, state))
    stalled = {reached.states[number] for number in find_stalled(reached, complete, stops)}
    ahead = list_from_here(task.alone.system, asked.seen, bar(asked.barred))
    is_met = bool(stalled & list_behind(task, asked, ahead))
    assert (asked.stall() is not None) == is_met
    seen["stalls" if is_met else "no stall"] += 1


def is_left(task: Task, state: State) -> bool:
    return any(place.is_stopped for place in task.alone.where(state))


def _hold_what_comes(
    task: Task, reached: Reached, asked: LivenessFromHere, stated: Property, seen: Counter[str]
) -> None:
    """It never comes if from the start to what was seen, and from there to a fair part behind a failure, it
    has not come, and in that part it does not."""
    system, states = task.alone.system, reached.states
    guards = translate_predicate(task.vocabulary, stated.formula.left, task.alone.complete())
    lacking = {n for n, state in enumerate(states) if not system.satisfies(state, guards)}
    barred = bar(asked.barred)

    def edges(number: int) -> list[tuple[Event, int]]:
        return [(event, there) for event, there in reached.edges[number] if there in lacking]

    before = find_reachable([0] if 0 in lacking else [], lambda n: (there for _, there in edges(n)))
    here = [n for n in before if system.holds(states[n], asked.seen)]
    ahead = set(find_reachable(here, lambda n: (t for event, t in edges(n) if id(event) not in barred)))
    behind = list_behind(task, asked, [states[n] for n in ahead])
    waiting = [n for n in ahead if states[n] in behind and not is_left(task, states[n])]

    def units(number: int) -> frozenset[Hashable]:
        return frozenset(event.group for event, _ in reached.edges[number] if event.group is not None)

    is_met = bool(find_fair_components(waiting, edges, units)) if waiting else False
    assert (asked.property(stated) is not None) == is_met, str(stated.formula)
    seen["never comes" if is_met else "comes"] += 1


def test_what_never_comes_on_the_way_back_is_what_a_list_of_all_states_says() -> None:
    seen: Counter[str] = Counter()

    @settings(FEW, max_examples=60)
    @given(rich_deployments(), st.data(), st.integers(0, 10_000))
    def run(data: dict[str, Any], more: st.DataObject, number: int) -> None:
        assume("rollback" in data)
        stated = {f"p{n}": f"eventually {more.draw(predicates(read(data)))}" for n in range(2)}
        hold_way_back(read({**data, "properties": stated}), number, seen)

    run()
    assert min(seen[word] for word in ("no stall", "never comes", "comes")) > 10, seen


HALF_BACK = FLAGGED.replace(" when never.on", "").replace("start deploy web", "deploy api")
HALF_BACK = HALF_BACK.replace(", deploy api]", "]\n  - Last: [deploy web]\nrollback: [Back: [disable ready]]")


@pytest.mark.parametrize(("step", "is_violated"), [("First", False), ("Then", True), ("Last", True)])
def test_a_way_back_begins_where_the_pipeline_stands(step: str, is_violated: bool) -> None:
    """The API is new, and the page never will be, only where a later step fails than the first."""
    text = HALF_BACK.replace("eventually web.up(V2)", "all api at V2 leads to web.up(V2)")
    task = Task(replace(loads(text), failures=True))
    stated = next(one for one in task.deployment.properties if one.name == "web is new")
    positions = task.vocabulary.courses[PIPELINE]
    forward = [p for p in positions if p.step == step and p.index <= find_first_failure(task)]
    found = go_back(task, task.vocabulary.at(forward)).property(stated)
    assert (found is not None) == is_violated
