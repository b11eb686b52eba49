"""Where the sides of declarations occur, line by line where actions can fail: against all states."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.resources.limits import LimitError, Limits
from skewproof.properties.coverage.judge import cover
from skewproof.properties.coverage.occurrences import Occurrences
from skewproof.properties.engines.choice import find_slice_occurrences
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import occurrences
from skewproof.properties.temporal.questions import Questions
from support.sliceable import sliceable

MOST_LISTED = 5_000
FEW = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=2000, derandomize=False)


def stalls(task: Task) -> bool:
    answers = engine("reference").answer(task, Questions(stall=True))
    return bool(answers.found or answers.left_open)


def compare(data: dict[str, Any], told: Counter[bool]) -> None:
    """Where the pipeline can stall a part may show more than the whole can reach, and is not asked."""
    task = Task(
        replace(loads(yaml.safe_dump(data, sort_keys=False)), failures=True), None, Limits(MOST_LISTED)
    )
    line_by_line = find_slice_occurrences(task)
    if line_by_line is None or not task.deployment.declarations:
        return
    try:
        whole = cover(Occurrences(task, whole=True), ())
        if not stalls(task):
            found = cover(line_by_line, ())
            assert found == whole
            told["rollback" in data] += 1
    except LimitError:
        return


def compare_many(profile: settings) -> Counter[bool]:
    told = Counter[bool]()

    @profile
    @given(sliceable("failure"), st.booleans())
    def run(data: dict[str, Any], goes_back: bool) -> None:
        if not goes_back:
            data.pop("rollback", None)
        compare(data, told)

    run()
    return told


def test_lines_show_what_the_whole_shows() -> None:
    told = compare_many(FEW)
    assert told[True] >= 3
    assert told[False] >= 3


@pytest.mark.exhaustive
def test_lines_show_what_the_whole_shows_of_hundreds() -> None:
    assert sum(compare_many(MANY).values()) >= 300


STOPPED = """
    components: {s: {kind: service, replicas: 2}, db: {kind: database}}
    requests: {put: [client calls s: x, s writes db: t]}
    pipeline: [Roll: [deploy s], Move: [migrate db]]
    changes: {db/t: {breaks: {schema: [V1 -> V2]}}}
    """


def test_a_stop_for_good_shows_what_the_action_that_failed_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task(replace(loads(STOPPED), failures=True))
    whole = cover(Occurrences(task, whole=True), ())
    found = find_slice_occurrences(task)
    assert found is not None
    assert cover(found, ()) == whole
    vocabulary = task.vocabulary
    (put,) = task.deployment.contracts[1:]
    condition = (vocabulary.schema_is(put, "V1"),)
    stops = {p.index for p in vocabulary.course.positions if p.is_stopped}
    assert stops & found.positions(condition)
    monkeypatch.setattr(occurrences, "with_stops", lambda course, window: window)
    again = occurrences.LineOccurrences(task)
    assert not stops & again.positions(condition), "so a stop would be missed"
