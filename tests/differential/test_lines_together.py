"""Lines of failures that are judged together, against each line judged by itself, and against all states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings

from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.names import VariableKind
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import joint
from skewproof.properties.engines.slicing.cone import Width
from skewproof.properties.engines.slicing.engine import Slicer
from skewproof.properties.engines.slicing.occurrences import SlicedEnds
from skewproof.properties.engines.slicing.plan import SlicePlan
from support.compare import agree, told
from support.sliceable import sliceable
from support.staggered import staggered

FEW = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=2000, derandomize=False)
LIMITS = Limits(60_000)
ASKED = {VariableKind.INSTANCES, VariableKind.CONTENT, VariableKind.SCHEMA, VariableKind.JOBS}
BY_ITSELF = -1
"""As if more than the fewest of stand-ins were too many: then each line is judged by itself."""


def read(data: dict[str, Any]) -> Deployment:
    """The deployment, in which every action can fail, if it can be sliced."""
    deployment = replace(loads(yaml.safe_dump(data, sort_keys=False)), failures=True)
    assume(not deployment.pipelines)
    assume(engine("slice").refuses(Task(deployment)) is None)
    return deployment


def judge(deployment: Deployment) -> dict[str, Any]:
    """All that slices tell of it, without what they call it."""
    plan = SlicePlan(deployment, {})
    judgement = Slicer(plan, LIMITS).judge()
    assume(judgement.ended is None)
    ends = SlicedEnds(Task(deployment, limits=LIMITS))
    keys = [key for key in plan.whole.vocabulary.lives if key.kind in ASKED]
    return {
        **told(judgement),
        "back": judgement.met_going_back,
        "ends": {key: (ends.at_end(key), ends.after_rollback(key)) for key in keys},
    }


def compare(data: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> int:
    """Judges the lines together and each by itself; how many lines there are."""
    deployment = read(data)
    try:
        together = judge(deployment)
        with monkeypatch.context() as patched:
            patched.setattr(joint, "FEW_STAND_INS", BY_ITSELF)
            assert together == judge(deployment)
    except StateLimitError:
        assume(False)
    return len(SlicePlan(deployment, {}).lines)


def compare_many(chosen: settings, strategy: Any, monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    found: Counter[int] = Counter()

    @chosen
    @given(strategy)
    def run(data: dict[str, Any]) -> None:
        found[compare(data, monkeypatch)] += 1

    run()
    return found


def test_lines_together_tell_what_each_tells_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    found = compare_many(FEW, staggered(), monkeypatch)
    assert sum(count for lines, count in found.items() if lines > 3) >= 20


@pytest.mark.exhaustive
@pytest.mark.parametrize("most", [3, 4, 5])
def test_thousands_of_lines_together(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found = compare_many(MANY, staggered(most), monkeypatch)
    assert sum(count for lines, count in found.items() if lines > 3) >= 1000


@pytest.mark.exhaustive
def test_thousands_of_the_whole_language_together(monkeypatch: pytest.MonkeyPatch) -> None:
    found = compare_many(MANY, sliceable("failure"), monkeypatch)
    assert sum(count for lines, count in found.items() if lines > 2) >= 500


def agree_with_all_states(data: dict[str, Any], most: int) -> None:
    try:
        agree(read(data), max_states=most)
    except StateLimitError:
        assume(False)


@FEW
@given(staggered(3))
def test_lines_together_tell_what_all_states_tell(data: dict[str, Any]) -> None:
    agree_with_all_states(data, 60_000)


@pytest.mark.exhaustive
@MANY
@given(staggered(3))
def test_lines_together_tell_what_all_states_tell_of_thousands(data: dict[str, Any]) -> None:
    agree_with_all_states(data, 200_000)


def count_alike(data: dict[str, Any], check: Callable[[bool], None]) -> int:
    """Cuts each slice on each line, and says whether it is that of the first line that looks the same; how
    many lines look like another."""
    deployment = read(data)
    slicer, alike = Slicer(SlicePlan(deployment, {}), LIMITS), 0
    for point in (point for request in deployment.requests for point in slicer._points(request)):
        cuts = list(slicer.course.cut(point, Width.CONE))
        for one in cuts:
            for number in one.group.lines[1:]:
                part = slicer.course.cut_on(point, Width.CONE, number)
                told = slicer.course.alike.tell(one.group, one.part.stretches, number)
                check(part.key == one.part.key)
                check(part.stretches == told)
                alike += 1
    return alike


def test_slices_of_lines_that_look_the_same_are_equal() -> None:
    found = 0

    @FEW
    @given(staggered())
    def run(data: dict[str, Any]) -> None:
        nonlocal found

        def check(holds: bool) -> None:
            assert holds

        found += count_alike(data, check)

    run()
    assert found >= 50
