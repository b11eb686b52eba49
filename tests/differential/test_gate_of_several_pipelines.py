"""What `gate` finds where several pipelines stand somewhere, against the list of everything from there."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from skewproof.model.compiler.causes import PipelineCause
from skewproof.model.compiler.compile import Compiled, Placement
from skewproof.model.compiler.life_variables import Standing
from skewproof.model.compiler.system import EventKind, State, search
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.names import pipeline_of
from skewproof.model.observed.sightings import Observation, Sighting
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.gate import ahead as judging
from skewproof.properties.gate.ahead import Ahead
from skewproof.properties.gate.answer import WhatIsAhead as WhatIsAhead
from skewproof.properties.gate.judge import judge_from_here
from skewproof.properties.gate.parts import Whole
from skewproof.properties.gate.sightings import join_guards, list_guards, tell_values
from skewproof.properties.gate.standing import Finder
from skewproof.properties.verdict import HopHazard
from support.crossing_pipelines import crossing_pipelines
from support.from_here import bar, check_run, draw_seen, find_places, list_from_here, list_hazards
from support.several_pipelines import several_pipelines
from support.sighted import draw_sightings, sighted

FEW = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=1000, derandomize=False)
SEEDS = st.integers(0, 2**32)
SMALL = Limits(max_states=4_000)


def load(data: dict[str, Any], *, failures: bool = False) -> Deployment:
    """The deployment, if it is small enough to be listed."""
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    deployment = replace(deployment, failures=failures or deployment.failures)
    try:
        for one in (Task(deployment).alone, *Task(deployment).products):
            search(one.system, SMALL)
    except StateLimitError:
        assume(False)
    return deployment


def agree(data: dict[str, Any], seed: int, most: int) -> None:
    """Each request's hazards, each with the positions of each pipeline at which it can be met."""
    draw = random.Random(seed)
    task = Task(load(data))
    before, judging.MOST_LISTED = judging.MOST_LISTED, most
    try:
        for product in task.products:
            hold_product(product, draw)
    finally:
        judging.MOST_LISTED = before


def hold_product(product: Compiled, draw: random.Random) -> None:
    system, courses = product.system, product.vocabulary.courses
    seen = draw_seen(draw, system)
    going_on = [one for one in system.events if one.kind is EventKind.PIPELINE]
    barred = tuple(one for one in going_on if draw.random() < 0.2)
    states = list_from_here(system, seen, bar(barred))
    for pipeline in courses:
        ahead = Ahead(Whole(system, pipeline=pipeline), seen, Limits(), barred)
        for condition in list_hazards(product).values():
            found = ahead.find(condition)
            assert set(found.runs) == find_places(system, states, condition, pipeline)
            for place, run in found.runs.items():
                check_run(system, run, seen, condition, place, pipeline)


EITHER = st.one_of(crossing_pipelines(), crossing_pipelines(), several_pipelines(2))


@FEW
@given(EITHER, SEEDS, st.sampled_from([3, 100_000]))
def test_parts_and_sets_find_what_the_list_of_all_states_has(
    data: dict[str, Any], seed: int, most: int
) -> None:
    agree(data, seed, most)


@FEW
@given(several_pipelines(2), SEEDS)
def test_each_stands_where_a_state_agrees(data: dict[str, Any], seed: int) -> None:
    alone = Task(load(data)).alone
    sightings = draw_sightings(random.Random(seed), alone)
    seen = join_guards(guard for _, guard in list_guards(alone.vocabulary, sightings))
    agreeing = [s for s in list_from_here(alone.system, {}) if alone.system.holds(s, seen)]
    expected = {alone.system.value(s, pipeline) for s in agreeing for pipeline in alone.vocabulary.courses}
    stand = Finder(alone, Limits()).find(sightings)
    assert {Standing(place.name) for place in stand.places} == expected
    if expected:
        for key, told in stand.unseen:
            assert set(
                tell_values(alone.vocabulary, key, {alone.system.value(s, key) for s in agreeing})
            ) <= set(told)


Found = dict[tuple[object, ...], tuple[frozenset[int], frozenset[int]]]
"""By hazard, the positions at which it is met, and those to which a pipeline can come by itself."""


def list_found(ahead: WhatIsAhead) -> Found:
    return {
        (h.request, h.hop, h.kind, h.aspect, h.consumer_version, h.provider_version): (
            frozenset(place.index for place in one.places),
            frozenset(place.index for place in one.by_itself),
        )
        for one in ahead.hazards
        if isinstance(h := one.hazard, HopHazard)
    }


def list_expected(product: Compiled, states: Collection[State], furthest: Placement | None) -> Found:
    """`furthest` is where each pipeline can stand now, at most; None: all have the same say."""
    assert product.walker is not None
    found: Found = {}
    for key, condition in list_hazards(product).items():
        together = {product.place(s) for s in states if product.system.satisfies(s, condition)}
        if together:
            every = frozenset().union(*together)
            alone = frozenset(list_alone(together, furthest)) if furthest is not None else every
            found[product.walker.request.name, *key] = every, alone
    return found


def list_alone(together: Collection[Placement], furthest: Placement) -> Iterator[int]:
    for place in together:
        for number, index in enumerate(place):
            others = [
                (one, most) for n, (one, most) in enumerate(zip(place, furthest, strict=True)) if n != number
            ]
            if all(one <= most for one, most in others):
                yield index


def judge_all(data: dict[str, Any], seed: int) -> None:
    deployment = load({key: value for key, value in data.items() if key != "accept"})
    task, draw = Task(deployment), random.Random(seed)
    sightings = draw_sightings(draw, task.alone)
    if draw.random() < 0.6:  # where all of them stand, and nothing else
        state = draw.choice(search(task.alone.system).states)
        sightings = [one for key in task.vocabulary.courses for one in sighted(task.alone, key, state)]
    answer = judge_from_here(deployment, Observation(tuple(sightings)))
    seen = join_guards(guard for _, guard in list_guards(task.vocabulary, sightings))
    now = [
        task.alone.place(s) for s in list_from_here(task.alone.system, {}) if task.alone.system.holds(s, seen)
    ]
    if not now:
        assert not answer.places
        return
    furthest = tuple(map(max, zip(*now, strict=True)))
    expected: Found = {}
    for product in task.products:
        expected |= list_expected(product, list_from_here(product.system, seen), furthest)
    assert list_found(answer.onward) == expected
    near = {index for _, alone in expected.values() for index in alone}
    if not answer.onward.open and all(isinstance(one.hazard, HopHazard) for one in answer.onward.hazards):
        reached = {index for index in near if index <= furthest[whose(task, index)]}
        assert answer.may_wait is not bool(reached)
    judge_ways_back(deployment, sightings, {name: list_found(one) for name, one in answer.rollbacks.items()})


def whose(task: Task, index: int) -> int:
    pipeline = pipeline_of(task.vocabulary.positions[index].pipeline)
    return list(task.vocabulary.courses).index(pipeline)


def judge_ways_back(
    deployment: Deployment, sightings: list[Sighting], found: dict[str | None, Found]
) -> None:
    """What is met while one pipeline stands behind a failure, which comes before it goes on from where it can
    fail; no other one fails."""
    if deployment.rollback is None or deployment.failures:
        assert deployment.failures or not found
        return
    failing = Task(replace(deployment, failures=True))
    forward = {key: len(course) for key, course in Task(deployment).vocabulary.courses.items()}
    seen = join_guards(guard for _, guard in list_guards(failing.vocabulary, sightings))
    begins = {key: course[: forward[key]] for key, course in failing.vocabulary.courses.items()}
    seen = join_guards([seen, *map(failing.vocabulary.at, begins.values())])
    for pipeline, own in found.items():
        expected: Found = {}
        key = pipeline_of(pipeline)
        behind = {p.index for p in failing.vocabulary.courses[key][forward[key] :]}
        for product in failing.products:
            states = list_from_here(product.system, seen, set(list_barred(product, key)))
            back = [s for s in states if behind & set(product.place(s))]
            expected |= list_expected(product, back, None)
        assert own == expected


def list_barred(product: Compiled, own: object) -> Iterator[int]:
    vocabulary = product.vocabulary
    for event in product.system.events:
        if not isinstance(event.cause, PipelineCause):
            continue
        here, there = event.cause.here, event.cause.there
        can_fail = any(vocabulary.positions[i].is_stopped for i in vocabulary.course.onward[here.index])
        if pipeline_of(here.pipeline) != own:
            if there.is_stopped:
                yield id(event)
        elif can_fail and not there.is_stopped:
            yield id(event)


@settings(FEW, max_examples=30)
@given(EITHER, SEEDS)
def test_the_answer_has_every_hazard_from_here_and_on_each_way_back(data: dict[str, Any], seed: int) -> None:
    judge_all(data, seed)


@pytest.mark.exhaustive
@MANY
@given(st.one_of(crossing_pipelines(), several_pipelines(3)), SEEDS, st.sampled_from([3, 100, 100_000]))
def test_thousands_are_found(data: dict[str, Any], seed: int, most: int) -> None:
    agree(data, seed, most)
    judge_all(data, seed)
