"""Which failures can be come back from only by meeting a hazard, by sets of states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.engines.registry import engine

SHOP = """
components: {web: {kind: service}, api: {kind: service}}
requests: {visit: [client calls web: page, web calls api: order]}
"""
ONE = SHOP + "pipeline: [First: [deploy api], Then: [deploy web]]\n"
BACK = "rollback: [Back: [rollback api, rollback web]]\n"
"""New web calls old api, if only it goes back after it."""
SEVERAL = SHOP + "pipelines: {front: [Web: [deploy web]], back: [Api: [deploy api when web.up(V2)]]}\n"
OWN = "rollback: {front: [Undo: [rollback web]]}\n"
NEW_CALLS_OLD, OLD_CALLS_NEW = "[V2 -> V1]", "[V1 -> V2]"
STEPS: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "the way back has another order": (ONE + BACK, NEW_CALLS_OLD, {"First": True, "Then": False}),
    "new meets old on no way back": (ONE + BACK, OLD_CALLS_NEW, {"First": False, "Then": False}),
    "nothing breaks": (ONE + BACK, "none", {"First": True, "Then": True}),
    "another pipeline went on": (SEVERAL + OWN, OLD_CALLS_NEW, {"front: Web": False}),
}


@pytest.mark.parametrize(("text", "breaks", "steps"), STEPS.values(), ids=STEPS)
def test_ways_back_are_those_of_the_listed_states(text: str, breaks: str, steps: dict[str, Any]) -> None:
    deployment = replace(loads(text + f"changes: {{api/order: {{breaks: {breaks}}}}}\n"), failures=True)
    assert engine("symbolic").judge(Task(deployment)).met_going_back is not None
    for name in ("symbolic", "reference"):
        answer = check(deployment, engine=name)
        assert dict(answer.ways_back) == steps


def test_nobody_asks_where_nothing_goes_back() -> None:
    assert engine("symbolic").judge(Task(loads(ONE))).met_going_back is None
