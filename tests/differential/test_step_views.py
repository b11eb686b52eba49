"""What can be seen at each step: told from parts of random deployments, and read off all their states."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, seed, settings

from skewproof.model.compiler.space import explore
from skewproof.model.compiler.task import Task
from skewproof.model.compiler.views import list_step_views
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.coverage import step_views
from skewproof.properties.coverage.step_views import find_step_views
from support.rich_deployments import rich_deployments

FEW = settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=300)

CAN_STALL = """
components: {s: {kind: service}, w: {kind: worker}}
requests: {ask: [client calls s: x], job: [w calls s: x]}
pipeline: [Roll: [deploy s when w.suspended], Stop: [suspend w], Last: [deploy w]]
changes: {s/x: {breaks: none}}
"""
"""The roll-out waits for ever, so that the steps behind it are never come to."""


def told_from_parts(task: Task, patch: pytest.MonkeyPatch) -> object:
    with patch.context() as listing:
        listing.setattr(step_views, "allow_few", lambda limits: replace(limits, max_states=1))
        return find_step_views(task)


def agree(data: dict[str, Any], failures: bool, patch: pytest.MonkeyPatch) -> None:
    deployment = replace(loads(yaml.safe_dump(data, sort_keys=False)), failures=failures)
    task = Task(deployment, limits=Limits(max_states=3_000))
    try:
        listed = list_step_views(explore(task.alone, task.limits))
    except StateLimitError:
        assume(False)
        raise
    assert told_from_parts(task, patch) == listed


@FEW
@given(rich_deployments())
@pytest.mark.parametrize("failures", [False, True])
def test_parts_tell_what_the_list_does(failures: bool, data: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        agree(data, failures, patch)


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(4))
def test_parts_tell_what_the_list_does_on_many(part: int) -> None:
    @seed(part)
    @MANY
    @given(rich_deployments())
    def run(data: dict[str, Any]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            agree(data, bool(part % 2), patch)

    run()


def test_no_step_is_seen_that_a_stall_keeps_from_coming(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task = Task(loads(CAN_STALL))
    listed = list_step_views(explore(task.alone, task.limits))
    assert not any(view.versions for view in listed[-1].components.values())
    assert told_from_parts(task, monkeypatch) == listed
