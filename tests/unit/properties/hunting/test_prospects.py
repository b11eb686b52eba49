"""What could still be new at a hop, before anything is searched."""

from __future__ import annotations

from transitions import Machine

from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.language import loads
from skewproof.model.machines.rollouts import own_rollout
from skewproof.properties.hunting.call_graph import CallGraph
from skewproof.properties.hunting.hunter import hunt
from skewproof.properties.hunting.prospects import Prospects

ABRUPT = """
components:
  web: {kind: service, replicas: 2, drain: abrupt}
  api: {kind: service, replicas: 2, drain: abrupt}
requests: {ask: [client calls web: page, web calls api: x]}
pipeline: [Roll: [deploy web api]]
changes: {api/x: {breaks: none}}
"""


def find_prospects(text: str) -> Prospects:
    deployment = loads(text)
    return Prospects(CallGraph(deployment), Vocabulary(deployment))


def list_lost(text: str) -> set[str | None]:
    """The versions at which a call of `web` may be cut off."""
    cuts = find_prospects(text).list_cuts()
    return {one.provider_version for one in cuts if one.hop.provider == "web"}


def test_nobody_is_cut_off_at_a_version_that_only_comes() -> None:
    assert list_lost(ABRUPT) == {"V1"}


def test_one_that_is_taken_back_cuts_off_too() -> None:
    assert list_lost(ABRUPT.replace("api]]", "api], Back: [rollback web]]")) == {"V1", "V2"}


def test_who_drains_cuts_nobody_off() -> None:
    assert not list_lost(ABRUPT.replace("drain: abrupt", "drain: graceful"))


def test_nobody_is_cut_off_where_no_hop_follows() -> None:
    assert {one.hop.provider for one in find_prospects(ABRUPT).list_cuts()} == {"web"}


def test_where_each_cut_is_known_no_longer_path_is_tried() -> None:
    hunted = hunt(loads(ABRUPT))
    assert not hunted.finds
    assert not hunted.open_hops
    assert hunted.examples == 0


def test_what_a_users_machine_does_by_itself_cuts_off_whoever_drains() -> None:
    deployment = loads(ABRUPT.replace("drain: abrupt", "drain: graceful"))
    machine = Machine(
        model=None,
        states=["old", "down", "new"],
        initial="old",
        transitions=[["deploy", "old", "new"], ["crash", "old", "down"], ["deploy", "down", "new"]],
        auto_transitions=False,
    )
    serving = {"old": ["V1"], "down": [], "new": ["V2"]}
    rollouts = {"web": own_rollout(machine, serving, faults=["crash"])}
    prospects = Prospects(CallGraph(deployment), Vocabulary(deployment, rollouts))
    assert {(one.hop.provider, one.provider_version) for one in prospects.list_cuts()} == {("web", "V1")}
