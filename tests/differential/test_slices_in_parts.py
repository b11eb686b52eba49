"""What a slice can be in, told from its parts, is what the search of the whole finds, state by state."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from math import prod
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.system import search
from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.names import PIPELINE
from skewproof.model.resources.limits import LimitError, Limits
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import solve
from skewproof.properties.engines.slicing.cone import Width
from skewproof.properties.engines.slicing.engine import Slicer, slicer_of
from skewproof.properties.engines.slicing.harmless import SearchedParts, split
from skewproof.properties.engines.slicing.slice import Slice
from support.compare import agree
from support.rich_deployments import rich_deployments
from support.sliceable import sliceable
from support.standing import standing

MOST = Limits(20_000)
FEW = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=2000, derandomize=False)
DRAWN: SearchStrategy[Any] = st.one_of(sliceable("failure"), rich_deployments(), standing())


def count_states(parts: SearchedParts) -> Counter[int]:
    """How many states the parts make together, at each position."""
    return Counter({at: prod(len(part.here[at]) for part in parts.found) for at in parts.positions})


def compare_part(part: Slice) -> bool:
    """Whether the slice has parts."""
    request = part.deployment.requests[0] if part.hops else None
    small = compile_deployment(part.deployment, request, rollouts=part.rollouts, course=part.course)
    try:
        parts, reached = split(small.system, MOST), search(small.system, MOST)
    except LimitError:
        return False
    if parts is None:
        return False
    at = small.system.index(PIPELINE)
    assert count_states(parts) == Counter(state[at] for state in reached.states)
    return True


def list_slices(slicer: Slicer) -> list[Slice]:
    points = (point for request in slicer.plan.deployment.requests for point in slicer._points(request))
    return [one.part for point in points for one in slicer.course.cut(point, Width.CONE)]


def compare(data: dict[str, Any], *, fails: bool) -> None:
    deployment = replace(loads(yaml.safe_dump(data, sort_keys=False)), failures=fails)
    task = Task(deployment)
    if deployment.pipelines or engine("slice").refuses(task) is not None:
        return
    for part in {part.key: part for part in list_slices(slicer_of(task))}.values():
        compare_part(part)
    with suppress(LimitError):  # to list them all would take the time of many
        agree(deployment, MOST.listed_states)


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are asked of every slice, however few states it has."""
    monkeypatch.setattr(solve, "FEW_STATES", 1)


@FEW
@given(DRAWN, st.booleans())
def test_parts_have_the_states_of_the_whole(data: dict[str, Any], fails: bool) -> None:
    compare(data, fails=fails)


@pytest.mark.exhaustive
@MANY
@given(DRAWN, st.booleans())
def test_parts_have_the_states_of_thousands(data: dict[str, Any], fails: bool) -> None:
    compare(data, fails=fails)


def test_slices_are_drawn_that_have_parts() -> None:
    found: list[bool] = []

    @settings(FEW, max_examples=20)
    @given(DRAWN)
    def look(data: dict[str, Any]) -> None:
        task = Task(loads(yaml.safe_dump(data, sort_keys=False)))
        if not task.deployment.pipelines and engine("slice").refuses(task) is None:
            found.extend(map(compare_part, list_slices(slicer_of(task))))

    look()
    assert sum(found) >= 20
