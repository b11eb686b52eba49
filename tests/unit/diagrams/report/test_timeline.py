"""The page's table of requests and steps."""

from __future__ import annotations

from typing import Any

import pytest

from skewproof.diagrams.report.timeline import build_timeline
from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import Unknown, check

NEVER_DEPLOYED = """
components: {a: {kind: service}, b: {kind: service}}
requests: {r: [client calls a: x, a calls b: y]}
pipeline: [S: [deploy a]]
changes: {b/y: {breaks: [V1 -> V2]}}
"""


def built(text: str, limits: Limits | None = None) -> dict[str, Any]:
    deployment = loads(text)
    answer = check(deployment, limits=limits, engine="reference")
    assert isinstance(answer.verdict, Unknown)
    return build_timeline(Task(deployment).vocabulary, answer, answer.hazards)


def test_what_nothing_can_meet_was_judged_all_the_same() -> None:
    assert built(NEVER_DEPLOYED)["judged"]


@pytest.mark.parametrize("text", [NEVER_DEPLOYED, NEVER_DEPLOYED.replace("changes: ", "# ")])
def test_nothing_was_judged_where_a_limit_came_first_or_nothing_was_given(text: str) -> None:
    assert not built(text, Limits(max_states=1))["judged"]
