"""Instances go down and come back at their version (paragraph 86 of docs/semantics.md)."""

from __future__ import annotations

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.restarts import build_restart_events
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.verdict import PropertyHazard
from support.tiny import walk

TEXT = """
components:
  a: {{kind: service, replicas: 2, restarts: true{a}}}
  b: {{kind: service}}
  db: {{kind: database}}
requests:
  ask: [client calls a: x, a calls b: y, client calls a: z]
  read: [client calls b: x, b reads db: r]
pipeline: [M: [migrate db], A: [deploy a]]
changes: {{a/x: {{breaks: [V1 -> V2]}}, db/r: {{breaks: {{schema: [V2 -> V1]}}}}}}
"""


def text(a: str = "") -> str:
    return TEXT.format(a=a)


def test_one_goes_down_and_comes_back() -> None:
    here = walk(text())
    assert here.go("restart V1")["up a"] == "1×V1 1×V1 restarting"
    assert here.go("restart V1").cannot("restart V1")
    assert here.go("restart V1", "return V1")["up a"] == "2×V1"


def test_it_comes_back_when_its_readiness_holds() -> None:
    here = walk(text(", readiness: {V1: db.version == V1}")).go("restart V1")
    assert not here.cannot("return V1")
    assert here.go("M begins", "schema V1").cannot("return V1")


def test_an_old_one_that_is_down_is_stopped_by_the_deploy() -> None:
    here = walk(text()).go("restart V1", "M begins", "schema V1", "A begins")
    assert here.cannot("stop restarting")  # it would leave less than there must be
    assert here.go("spawn V2", "stop restarting V1")["up a"] == "1×V1 1×V2"


def test_a_deploy_is_over_though_one_is_down() -> None:
    here = walk(text()).go("M begins", "schema V1", "A begins")
    here = here.go("spawn V2", "retire V1", "spawn V2", "retire V1", "restart V2")
    assert not here.cannot("the pipeline is over")


def test_the_last_one_of_a_request_stays() -> None:
    here = walk(text(), "ask")
    assert not here.go("client calls a V1: x").cannot("restart")
    assert walk(text().replace("replicas: 2, ", ""), "ask").go("client calls a V1: x").cannot("restart")


def test_going_down_need_never_happen_and_coming_back_is_fair_for_each_version() -> None:
    compiled = compile_deployment(loads(text()))
    events = list(build_restart_events(compiled.vocabulary, None))
    down = [event for event in events if "restart V" in event.text]
    back = [event for event in events if "return V" in event.text]
    assert down
    assert not any(event.fair for event in down)
    assert len({event.group for event in back}) == 2
    assert all(event.fair for event in back)


def test_own_moves_have_none() -> None:
    system = compile_deployment(loads(text()), traffic=False).system
    assert not any("restart V" in event.text or "return V" in event.text for event in system.events)


def test_min_available_is_not_asked_of_one_of_one_that_is_down() -> None:
    one = text(", min_available: 1").replace("replicas: 2, ", "")
    one = one.replace("a/x: {breaks: [V1 -> V2]}, ", "")
    assert not check(loads(one)).hazards
    more = loads(text(", min_available: 2").replace("a/x: {breaks: [V1 -> V2]}, ", ""))
    (violated,) = check(more).hazards
    assert isinstance(violated, PropertyHazard)
    assert "restart V1" in violated.trace[-1].text


def test_what_is_down_can_be_asked_for() -> None:
    stated = "properties: {never down: never a.restarting}\n"
    violated = [hazard.property for hazard in check(loads(text() + stated)).of_properties]
    assert violated == ["never down"]
