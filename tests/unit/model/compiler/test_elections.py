"""Leaders (paragraph 92 of docs/semantics.md)."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.elections import build_election_events
from skewproof.model.language import loads
from skewproof.properties import check
from support.tiny import walk

TEXT = """
components:
  a: {{kind: service, replicas: 2{a}}}
  cron: {{kind: worker}}
  store: {{kind: cache}}
requests:
  ask: [client calls a leader: x, a leader writes store: k, a leader calls a: log]
  job: [cron leader reads store: k, cron writes store: k]
pipeline: [A: [deploy a], C: [deploy cron]]
changes: {{a/log: {{breaks: {{call: [V2 -> V1]}}}}, store/k: {{}}}}
"""
ROLLED = ("A begins", "spawn V2", "retire V1", "spawn V2", "retire V1")
V2 = "a: an instance of V2 is elected"
NONE = "a: its leader is none any more"


def text(a: str = "") -> str:
    return TEXT.format(a=a)


def test_anybody_ready_may_be_elected() -> None:
    here = walk(text())
    assert here["leader a"] == "V1"
    assert here.cannot("a: an instance")
    both = here.go("A begins", "spawn V2")
    assert both.go(V2)["leader a"] == "V2"
    assert both.go(NONE)["leader a"] == "no leader"


def test_the_call_goes_to_the_leader_and_waits_for_one() -> None:
    both = walk(text(), "ask").go("A begins", "spawn V2")
    assert both.cannot("client calls a V2")
    assert both.go(V2).cannot("client calls a V1")
    assert both.go(NONE).cannot("client calls a")
    called = both.go("client calls a V1, its leader: x", V2)
    assert not called.cannot("a V1, its leader, writes store: k")


def test_with_its_last_ready_instance_the_leader_goes() -> None:
    here = walk(text())
    assert here.go(*ROLLED[:3])["leader a"] == "V1"
    assert here.go(*ROLLED)["leader a"] == "no leader"
    assert here.go("A begins", "spawn V2", V2, *ROLLED[2:])["leader a"] == "V2"


@pytest.mark.parametrize("a", [", restarts: 2", ", terminates: later", ", drain: abrupt"])
def test_whatever_takes_it_away(a: str) -> None:
    here = walk(text(a))
    if "restarts" in a:
        assert here.go("a: restart V1", "a: restart V1")["leader a"] == "no leader"
    else:
        assert here.go(*ROLLED)["leader a"] == "no leader"


def test_only_the_leader_of_others_writes_what_it_alone_does() -> None:
    both = walk(text()).go("A begins", "spawn V2")
    assert both.cannot("a V2 writes store/k")
    assert not both.go(V2).cannot("a V2 writes store/k")


def test_the_job_starts_at_the_leader() -> None:
    here = walk(text(), "job").go(*ROLLED, "C begins", "cron: spawn V2")
    assert here.cannot("cron V2, its leader, reads")
    assert not here.go("cron: an instance of V2 is elected").cannot("cron V2, its leader, reads")


def test_elections_are_not_fair_and_none_of_the_deployments_own_moves() -> None:
    compiled = compile_deployment(loads(text()))
    assert not any(event.fair for event in build_election_events(compiled.vocabulary))
    own = compile_deployment(loads(text()), traffic=False).system.events
    assert not any("elected" in event.text for event in own)


def test_a_deploy_may_wait_for_the_leader() -> None:
    waits = text().replace("deploy cron", "deploy cron when a.leader == V2")
    here = walk(waits).go(*ROLLED, "C begins")
    assert here.cannot("cron: spawn")
    assert not here.go(V2).cannot("cron: spawn")
    negated = text().replace("deploy cron", "deploy cron when a.leader != V1")
    assert not walk(negated).go(*ROLLED, "C begins").cannot("cron: spawn"), "nobody leads"
    nobody = text().replace("deploy cron", "deploy cron when a.leader is none")
    assert not walk(nobody).go(*ROLLED, "C begins").cannot("cron: spawn")


@pytest.mark.parametrize("engine", ["auto", "reference", "symbolic"])
def test_a_new_leader_can_meet_an_old_one_and_need_not(engine: str) -> None:
    answer = check(loads(text()), engine=engine)
    (hazard,) = answer.hazards
    assert any("is elected" in event.text for event in hazard.trace)
    assert not hazard.inevitable
    assert answer.avoidable


def test_slices_judge_it_as_the_whole_does() -> None:
    deployment = loads(text())
    found, listed = (check(deployment, engine=engine) for engine in ("slice", "reference"))
    assert [hazard.id for hazard in found.hazards] == [hazard.id for hazard in listed.hazards]
    assert found.avoidable == listed.avoidable
