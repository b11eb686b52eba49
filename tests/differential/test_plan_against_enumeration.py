"""What `plan` finds, against every plan in waves of the same actions, each judged by itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.ordering.actions import (
    PlannedAction,
    Waves,
    list_actions,
    list_pauses,
    list_successions,
    with_waves,
)
from skewproof.properties.ordering.planner import plan
from skewproof.properties.verdict import Safe, Unknown
from support.orderly import draw_queued, draw_release, draw_versions

FEW = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=400, derandomize=False)


def list_plans(actions: tuple[PlannedAction, ...]) -> Iterator[Waves]:
    """Every way to put the actions in waves, none of them empty; those with fewer waves first."""
    size = len(actions)
    ways = [
        levels for levels in product(range(size), repeat=size) if set(levels) == set(range(max(levels) + 1))
    ]
    successions = list(list_successions(actions))
    for levels in sorted(ways, key=max):
        if any(levels[one] >= levels[other] for one, other in successions):
            continue
        yield tuple(
            tuple(action for action, level in zip(actions, levels, strict=True) if level == number)
            for number in range(max(levels) + 1)
        )


def find_fewest(deployment: Deployment, actions: tuple[PlannedAction, ...]) -> int | None:
    for waves in list_plans(actions):
        answer = check(with_waves(deployment, waves))
        assert not (isinstance(answer.verdict, Unknown) and answer.verdict.covered is not None)
        if not answer.hazards:  # an idle declaration says nothing of a plan
            return len(waves)
    return None


def agree(seed: int, draw: Callable[[random.Random], str] = draw_release) -> None:
    deployment = loads(draw(random.Random(seed)))
    deployment = replace(deployment, nameless=())
    actions = list_actions(deployment)
    found = plan(deployment, splits=False)
    if found.reason:  # what is declared can never be met, whatever the order
        assert found.reason.startswith("nothing could ever meet")
        return
    fewest = find_fewest(deployment, actions)
    assert (None if found.waves is None else len(found.waves)) == fewest
    if found.waves is not None:
        assert isinstance(check(with_waves(deployment, found.waves)).verdict, Safe)
    else:
        assert found.contradiction


@FEW
@given(st.integers(0, 2**32))
def test_the_fewest_waves_are_found_or_there_are_none(seed: int) -> None:
    agree(seed)


@FEW
@given(st.integers(0, 2**32))
def test_so_are_those_of_three_versions(seed: int) -> None:
    agree(seed, draw_versions)


def agree_on_pauses(seed: int) -> None:
    """Where no order helps: the fewest drains and pauses with which one does, and the fewest waves then."""
    deployment = replace(loads(draw_queued(random.Random(seed))), nameless=())
    actions = list_actions(deployment)
    found = plan(deployment)
    agree(seed, draw_queued)
    if found.waves is not None or found.reason:
        return
    single = [find_fewest(deployment, (*actions, *some)) for some in list_pauses(deployment)]
    known = [one for one in single if one is not None]
    done = [action for wave in found.paused or () for action in wave]
    more = [some for some in list_pauses(deployment) if set(some) <= set(done)]
    if known:
        assert len(more) == 1
        assert found.paused is not None
        assert len(found.paused) == single[list(list_pauses(deployment)).index(more[0])]
    else:
        assert len(more) != 1
    if found.paused is not None:
        assert isinstance(check(with_waves(deployment, found.paused)).verdict, Safe)


@settings(FEW, max_examples=4)
@given(st.integers(0, 2**32))
def test_and_the_fewest_drains_and_pauses_where_no_order_helps(seed: int) -> None:
    agree_on_pauses(seed)


@pytest.mark.exhaustive
@MANY
@given(st.integers(0, 2**32))
def test_hundreds_of_releases(seed: int) -> None:
    agree(seed)
    agree(seed, draw_versions)
    agree_on_pauses(seed)
