"""Retired instances that are gone only later (paragraph 85 of docs/semantics.md)."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.departures import build_ending_events
from skewproof.model.language import loads
from skewproof.model.names import instances_of
from skewproof.properties import check
from skewproof.properties.verdict import Unsafe
from support.tiny import walk

TEXT = """
components:
  a: {{kind: service, replicas: 2, terminates: later{a}}}
  b: {{kind: service}}
  store: {{kind: cache}}
requests:
  put: [client calls a: x, a writes store: k]
  get: [client calls b: y, b reads store: k]
pipeline: [A: [deploy a], P: [{purge}], B: [deploy b]]
changes: {{store/k: {{breaks: {{content: [V2 -> V1]}}}}}}
"""


def text(a: str = "", purge: str = "purge store") -> str:
    return TEXT.format(a=a, purge=purge)


ROLLED = ("A begins", "spawn V2", "retire V1", "spawn V2", "retire V1")


def test_what_was_retired_is_gone_later_whatever_the_pipeline_does() -> None:
    here = walk(text()).go(*ROLLED)
    assert here["up a"] == "2×V2, V1 terminating"
    assert here.go("P begins", "V1 is gone")["up a"] == "2×V2"
    assert here.go("V1 is gone")["up a"] == "2×V2"


def test_it_still_writes() -> None:
    here = walk(text()).go(*ROLLED, "P begins", "purge")
    assert here["content store/k"] == "empty"
    assert "other traffic: a V1 writes store/k (V1)" in here.can
    assert here.go("V1 is gone").cannot("a V1 writes")


def test_the_request_holds_its_end_up_and_not_the_roll() -> None:
    here = walk(text(), "put").go("client calls a V1: x", *ROLLED)
    assert here.cannot("is gone")
    assert not here.cannot("P begins")
    beside = walk(text(), "put").go("client calls a V1: x", *ROLLED[:3])
    assert not beside.cannot("V1 is gone"), "another of the version is ready"


def test_an_abrupt_end_cuts_the_request_off() -> None:
    here = walk(text(", drain: abrupt"), "put").go("client calls a V1: x", *ROLLED)
    assert [(cut.born, cut.version) for cut in here.cuts] == [(1, "V1")]
    before = walk(text(", drain: abrupt"), "put").go("client calls a V1: x", *ROLLED[:2])
    assert not before.cuts, "retiring cuts nobody off"


def test_recreate_spawns_when_nobody_of_another_version_terminates() -> None:
    here = walk(text(", strategy: recreate")).go("A begins", "retire V1", "retire V1")
    assert here["up a"] == "nobody up, V1 terminating"
    assert here.cannot("spawn")
    assert here.cannot("P begins"), "the deploy is not over"
    assert not here.go("V1 is gone").cannot("spawn V2")


def test_its_end_is_fair_and_one_of_the_deployments_own_moves() -> None:
    compiled = compile_deployment(loads(text()), traffic=False)
    own = [event for event in compiled.system.events if "is gone" in event.text]
    assert own
    assert {event.group for event in own} == {(instances_of("a"), "V1 is gone")}
    assert all(event.fair for event in own)
    assert len(list(build_ending_events(compiled.vocabulary, None))) == len(own)


def test_all_is_complete_when_it_is_gone() -> None:
    here = walk(text()).go(*ROLLED, "P begins", "purge", "B begins", "spawn V2", "retire V1", "is over")
    assert not here.compiled.is_complete(here.state)
    ended = here.go("V1 is gone")
    assert ended.compiled.is_complete(ended.state)


@pytest.mark.parametrize(
    ("purge", "verdict"), [("purge store", "Unsafe"), ("purge store when a.gone(V1)", "Safe")]
)
@pytest.mark.parametrize("engine", ["auto", "reference", "symbolic"])
def test_waiting_for_it_helps(purge: str, verdict: str, engine: str) -> None:
    answer = check(loads(text(purge=purge)), engine=engine)
    assert type(answer.verdict).__name__ == verdict
    if isinstance(answer.verdict, Unsafe):
        assert any("V1 terminating" in event.text for event in answer.hazards[0].trace)


def test_slices_judge_it_as_the_whole_does() -> None:
    deployment = loads(text())
    found, listed = (check(deployment, engine=engine) for engine in ("slice", "reference"))
    assert [hazard.id for hazard in found.hazards] == [hazard.id for hazard in listed.hazards]
    assert found.avoidable == listed.avoidable
