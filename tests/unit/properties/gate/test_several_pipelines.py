"""`gate` of several pipelines: where each stands, how far each may go while the others wait, and the ways
back."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.system import EventKind
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.names import pipeline_of
from skewproof.model.observed.sightings import Observation, StepSeen
from skewproof.model.resources.limits import Limits
from skewproof.properties.gate.ahead import Ahead
from skewproof.properties.gate.answer import GateAnswer, GateVerdict
from skewproof.properties.gate.judge import judge_from_here
from skewproof.properties.gate.parts import Whole
from support.from_here import list_hazards


def shop(rollback: str = "") -> Deployment:
    """The new page calls what only the new API answers; each has a pipeline of its own."""
    return loads(f"""
components:
  web: {{kind: service, replicas: 2}}
  api: {{kind: service, replicas: 2}}
requests: {{order: [client calls web: order, web calls api: charge]}}
pipelines:
  front: [Deploy: [deploy web], Check: []]
  back: [Prepare: [], Deploy: [deploy api]]
{rollback}
changes: {{api/charge: {{breaks: V2 -> V1}}}}
""")


def judge(deployment: Deployment, *steps: str) -> GateAnswer:
    return judge_from_here(deployment, Observation(tuple(StepSeen(step, "test") for step in steps)))


def test_each_pipeline_is_told_how_far_it_may_go_while_the_others_wait() -> None:
    answer = judge(shop(), "front: (before)", "back: Prepare")
    assert [place.step for place in answer.places] == ["front: (before)", "back: Prepare"]
    assert answer.verdict is GateVerdict.UNSAFE
    assert answer.may_wait
    first = answer.first_unsafe("front")
    assert first is not None
    assert first.step == "front: Deploy"
    assert answer.first_unsafe("back") is None


def test_where_one_is_done_the_other_may_go_on() -> None:
    answer = judge(shop(), "front: (before)", "back: (after)")
    assert answer.verdict is GateVerdict.SAFE
    assert not answer.rollbacks


def test_nobody_may_wait_where_it_is_met_now() -> None:
    answer = judge(shop(), "front: Check", "back: Prepare")
    assert answer.may_wait is False
    assert {place.pipeline for place in answer.onward.hazards[0].by_itself} == {"front", "back"}


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        (("front: Deploy", "back: (after)"), GateVerdict.SAFE),
        (("front: Deploy", "back: Prepare"), GateVerdict.UNSAFE),
    ],
)
def test_the_way_back_of_one_depends_on_where_the_other_stands(
    steps: tuple[str, ...], verdict: GateVerdict
) -> None:
    answer = judge(shop("rollback: {front: [Back: [rollback web]]}"), *steps)
    assert set(answer.rollbacks) == {"front"}
    assert answer.rollback is verdict


def test_no_other_pipeline_fails_on_the_way_back_of_one() -> None:
    """Web is taken back behind the API: only if `back` failed as well it could meet an old API."""
    back = "rollback: {front: [Back: [rollback web]], back: [Back: [rollback api]]}"
    answer = judge(shop(back), "front: (before)", "back: Deploy")
    hazards = answer.rollbacks["front"].hazards
    assert all(not place.is_stopped for one in hazards for place in one.places if place.pipeline == "back")


def test_what_is_barred_of_another_pipeline_does_not_happen_either() -> None:
    task = Task(shop())
    (product,) = task.products
    (condition,) = list_hazards(product).values()
    system, front, back = product.system, pipeline_of("front"), pipeline_of("back")
    seen = {key: frozenset({system.value(system.initial, key)}) for key in (front, back)}
    going_on = tuple(one for one in system.events if one.kind is EventKind.PIPELINE and front in one.effect)
    whole = Whole(system, pipeline=back)
    assert Ahead(whole, seen, Limits()).find(condition).runs
    assert not Ahead(whole, seen, Limits(), going_on).find(condition).runs
