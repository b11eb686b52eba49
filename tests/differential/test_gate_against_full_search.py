"""What `gate` finds from where a rollout was seen to stand, against the list of everything from there."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skewproof.model.compiler.causes import PipelineCause
from skewproof.model.compiler.life_variables import Standing
from skewproof.model.compiler.system import EventKind
from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.names import PIPELINE
from skewproof.model.observed.sightings import Observation
from skewproof.model.resources.limits import Limits
from skewproof.properties.gate import ahead as judging
from skewproof.properties.gate.ahead import Ahead
from skewproof.properties.gate.judge import judge_from_here
from skewproof.properties.gate.parts import Whole
from skewproof.properties.gate.sightings import join_guards, list_guards
from skewproof.properties.gate.standing import Finder
from skewproof.properties.verdict import HopHazard
from support.deployments import deployments
from support.from_here import bar, check_run, draw_seen, find_places, list_from_here, list_hazards
from support.rich_deployments import rich_deployments
from support.sighted import draw_sightings
from support.sliceable import sliceable

FEW = settings(
    max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=3000, derandomize=False)
SEEDS = st.integers(0, 2**32)


def agree(data: dict[str, Any], seed: int, *, fails: bool, most: int) -> None:
    """Each request's hazards, each with the positions at which it can be met, and a run to each."""
    draw = random.Random(seed)
    task = Task(replace(loads(yaml.safe_dump(data, sort_keys=False)), failures=fails))
    for product in task.products:
        seen = draw_seen(draw, task.alone.system)
        going_on = [one for one in product.system.events if one.kind is EventKind.PIPELINE]
        barred = tuple(one for one in going_on if draw.random() < 0.2)
        states = list_from_here(product.system, seen, bar(barred))
        ahead = Ahead(Whole(product.system), seen, task.limits, barred)
        before = judging.MOST_LISTED
        judging.MOST_LISTED = most
        try:
            for condition in list_hazards(product).values():
                found = ahead.find(condition)
                assert set(found.runs) == find_places(product.system, states, condition)
                for place, run in found.runs.items():
                    check_run(product.system, run, seen, condition, place)
        finally:
            judging.MOST_LISTED = before


@FEW
@given(deployments(), SEEDS, st.booleans())
def test_parts_find_what_the_list_of_all_states_has(data: dict[str, Any], seed: int, fails: bool) -> None:
    agree(data, seed, fails=fails, most=100_000)


@FEW
@given(rich_deployments(), SEEDS)
def test_parts_find_it_over_the_whole_language(data: dict[str, Any], seed: int) -> None:
    agree(data, seed, fails=False, most=100_000)


@FEW
@given(deployments(), SEEDS)
def test_sets_find_it_where_parts_are_too_large(data: dict[str, Any], seed: int) -> None:
    agree(data, seed, fails=False, most=3)


@pytest.mark.exhaustive
@MANY
@given(rich_deployments(), SEEDS, st.booleans(), st.sampled_from([3, 100, 100_000]))
def test_thousands_are_found(data: dict[str, Any], seed: int, fails: bool, most: int) -> None:
    agree(data, seed, fails=fails, most=most)


@FEW
@given(deployments(), SEEDS)
def test_it_stands_where_a_state_agrees(data: dict[str, Any], seed: int) -> None:
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    alone = Task(deployment).alone
    sightings = draw_sightings(random.Random(seed), alone)
    seen = join_guards(guard for _, guard in list_guards(alone.vocabulary, sightings))
    everything = list_from_here(alone.system, {})
    expected = {alone.system.value(s, PIPELINE) for s in everything if alone.system.holds(s, seen)}
    stand = Finder(alone, Limits()).find(sightings)
    assert {Standing(place.name) for place in stand.places} == expected
    if not expected:
        doubted = [one.sighting for one in stand.doubts]
        assert set(doubted) <= set(sightings)
        for without in [None, *doubted]:  # they do not go together, and all but one of them do
            left = [one for one in doubted if one is not without]
            guard = join_guards(guard for _, guard in list_guards(alone.vocabulary, left))
            assert any(alone.system.holds(s, guard) for s in everything) is (without is not None)


@FEW
@given(deployments(), SEEDS)
def test_the_answer_has_every_hazard_from_here(data: dict[str, Any], seed: int) -> None:
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    task = Task(deployment)
    sightings = draw_sightings(random.Random(seed), task.alone)
    answer = judge_from_here(deployment, Observation(tuple(sightings)))
    seen = join_guards(guard for _, guard in list_guards(task.vocabulary, sightings))
    expected = {}
    for product in task.products:
        assert product.walker is not None
        states = list_from_here(product.system, seen)
        for key, condition in list_hazards(product).items():
            if places := find_places(product.system, states, condition):
                expected[product.walker.request.name, *key] = places
    found = {
        (h.request, h.hop, h.kind, h.aspect, h.consumer_version, h.provider_version): {
            Standing(place.name) for place in one.places
        }
        for one in answer.onward.hazards
        if isinstance(h := one.hazard, HopHazard)
    }
    assert found == expected


@settings(FEW, max_examples=8)
@given(sliceable("failure"), SEEDS)
def test_the_rollback_has_every_hazard_from_here(data: dict[str, Any], seed: int) -> None:
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    if deployment.rollback is None or deployment.failures:
        return
    task = Task(deployment)
    failing = Task(replace(deployment, failures=True))
    sightings = draw_sightings(random.Random(seed), task.alone)
    answer = judge_from_here(deployment, Observation(tuple(sightings)))
    forward = len(task.vocabulary.positions)
    vocabulary = failing.vocabulary
    can_fail = {
        place.name
        for place in vocabulary.positions
        if any(vocabulary.positions[onward].is_stopped for onward in vocabulary.course.onward[place.index])
    }
    seen = join_guards(
        [
            *(guard for _, guard in list_guards(vocabulary, sightings)),
            vocabulary.at(vocabulary.positions[:forward]),
        ]
    )
    expected = {}
    for product in failing.products:
        assert product.walker is not None
        barred = {
            id(event)
            for event in product.system.events
            if isinstance(event.cause, PipelineCause)
            and not event.cause.there.is_stopped
            and event.cause.here.name in can_fail
        }
        states = list_from_here(product.system, seen, barred)
        behind = [s for s in states if s[product.system.index(PIPELINE)] >= forward]
        for key, condition in list_hazards(product).items():
            if places := find_places(product.system, behind, condition):
                expected[product.walker.request.name, *key] = places
    found = {
        (h.request, h.hop, h.kind, h.aspect, h.consumer_version, h.provider_version): {
            Standing(place.name) for place in one.places
        }
        for one in (answer.rollbacks[None].hazards if answer.rollbacks else ())
        if isinstance(h := one.hazard, HopHazard)
    }
    assert found == expected
