"""Where actions can fail, what is found of stalls line by line is held against the list of all states."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from skewproof.model.compiler.system import search
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.engines.slicing.stalls import judge_stall
from skewproof.properties.temporal.stall import find_stalled
from support.profiles import tried
from support.rich_deployments import rich_deployments

FEW = settings(deadline=None, suppress_health_check=list(HealthCheck))
LIMITS = Limits(max_states=5_000)

HEAD = """
components: {a: {kind: service, replicas: 2}, q: {kind: broker}, w: {kind: worker}}
requests: {go: [client calls a: x, a publishes q: m], use: [w consumes q: m]}
changes: {q/m: {breaks: none}}
"""
ON_THE_WAY = "pipeline: [Stop: [suspend w], Roll: [deploy a], Drain: [drain q], Go: [resume w]]"
"""Nobody empties the queue while the pipeline waits for that."""
GOING_BACK = (
    "pipeline: [Roll: [deploy a w]]\nrollback: [Stop: [suspend w], Drain: [drain q], Back: [rollback a w]]"
)
"""The same, but on the way back."""
NEITHER = "pipeline: [Roll: [deploy a w], Drain: [drain q]]\nrollback: [Back: [rollback a w, drain q]]"
WITHOUT_ROLLBACK = "pipeline: [Roll: [deploy a w], Drain: [drain q]]"
"""Where it has failed the pipeline stays, and that is no stall."""
STALLS = {"on the way": ON_THE_WAY, "going back": GOING_BACK}
GOES_ON = {"neither": NEITHER, "without rollback": WITHOUT_ROLLBACK}


def cannot_stall(deployment: Deployment) -> bool | None:
    """What the lines say; True only if they know. Holds it against all states."""
    task = Task(replace(deployment, failures=True), {})
    try:
        answer = judge_stall(task)
        alone = task.alone
        reached = search(alone.system, LIMITS)
    except StateLimitError:
        return None
    if answer is None or answer.found is not None:
        return False
    stops = frozenset(
        n for n, state in enumerate(reached.states) if any(here.is_stopped for here in alone.where(state))
    )
    assert not find_stalled(reached, list(map(alone.is_complete, reached.states)), stops)
    return True


@pytest.mark.parametrize("name", STALLS)
def test_a_line_that_stalls_is_left_to_others(name: str) -> None:
    assert cannot_stall(loads(HEAD + STALLS[name])) is False


@pytest.mark.parametrize("name", GOES_ON)
def test_no_line_stalls(name: str) -> None:
    assert cannot_stall(loads(HEAD + GOES_ON[name])) is True


@settings(FEW, max_examples=tried(60).max_examples)
@given(rich_deployments())
def test_on_random_deployments(data: dict[str, Any]) -> None:
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    if not deployment.pipelines:
        cannot_stall(deployment)
