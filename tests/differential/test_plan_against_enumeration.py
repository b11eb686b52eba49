"""What `plan` finds, against every plan in waves of the same actions, each judged by itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.ordering.actions import PlannedAction, Waves, list_actions, with_waves
from skewproof.properties.ordering.planner import plan
from skewproof.properties.verdict import Safe, Unknown
from support.orderly import draw_release

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
    for levels in sorted(ways, key=max):
        yield tuple(
            tuple(action for action, level in zip(actions, levels, strict=True) if level == number)
            for number in range(max(levels) + 1)
        )


def agree(seed: int) -> None:
    deployment = loads(draw_release(random.Random(seed)))
    deployment = replace(deployment, nameless=())
    actions = list_actions(deployment)
    found = plan(deployment, splits=False)
    if found.reason:  # what is declared can never be met, whatever the order
        assert found.reason.startswith("nothing could ever meet")
        return
    fewest = None
    for waves in list_plans(actions):
        answer = check(with_waves(deployment, waves))
        assert not (isinstance(answer.verdict, Unknown) and answer.verdict.covered is not None)
        if not answer.hazards:  # an idle declaration says nothing of a plan
            fewest = len(waves)
            break
    assert (None if found.waves is None else len(found.waves)) == fewest
    if found.waves is not None:
        assert isinstance(check(with_waves(deployment, found.waves)).verdict, Safe)
    else:
        assert found.contradiction


@FEW
@given(st.integers(0, 2**32))
def test_the_fewest_waves_are_found_or_there_are_none(seed: int) -> None:
    agree(seed)


@pytest.mark.exhaustive
@MANY
@given(st.integers(0, 2**32))
def test_hundreds_of_releases(seed: int) -> None:
    agree(seed)
