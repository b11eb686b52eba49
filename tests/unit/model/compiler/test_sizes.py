"""The number of instances changes with the pipeline (paragraph 84 of docs/semantics.md)."""

from __future__ import annotations

from support.tiny import walk

TEXT = """
components:
  zed: {{kind: service, {zed}}}
requests: {{ask: [client calls zed: x, client calls zed: y]}}
pipeline: [A: [{pipeline}]]
changes: {{zed/x: {{breaks: [V1 -> V2]}}}}
"""


def text(zed: str, pipeline: str) -> str:
    return TEXT.format(zed=zed, pipeline=pipeline)


def test_a_deploy_wants_as_many_as_its_version() -> None:
    here = walk(text("replicas: {V1: 2, V2: 1}", "deploy zed")).go("A begins", "retire V1 of 1")
    assert here["up zed"] == "1×V1"
    here = here.go("spawn V2 of 1", "retire V1 of 1")
    assert here["up zed"] == "1×V2"
    assert not here.cannot("the pipeline is over")


def test_a_scale_brings_the_version_last_deployed() -> None:
    here = walk(text("replicas: 1", "deploy zed, scale zed to 2"))
    here = here.go("A begins", "spawn V2 of 1", "retire V1 of 1", "next action", "spawn V2 towards 2")
    assert here["up zed"] == "2×V2"
    assert not here.cannot("the pipeline is over")


def test_the_last_one_of_a_request_is_not_scaled_away() -> None:
    here = walk(text("replicas: 1", "scale zed to 0"), "ask")
    assert not here.go("A begins").cannot("retire V1 towards 0")
    watched = text("replicas: 1", "scale zed to 0").replace("client calls zed: y", "zed calls zed: y")
    here = walk(watched.replace("client calls zed: x, ", "client calls zed: x, zed calls zed: z, "), "ask")
    assert here.go("client calls zed V1: x", "A begins").cannot("retire V1 towards 0")


def test_a_scaled_one_becomes_ready_as_its_version_does() -> None:
    here = walk(text("replicas: 1, readiness: {V1: zed.up >= 2}", "scale zed to 2"))
    here = here.go("A begins", "spawn V1 towards 2")
    assert here["up zed"] == "1×V1 1×V1 starting"
    assert here.cannot("ready V1")


def test_a_rollback_takes_the_surplus_of_its_own_version_away() -> None:
    here = walk(text("replicas: 1", "scale zed to 2, deploy zed, rollback zed"))
    here = here.go("A begins", "spawn V1 towards 2", "next action: deploy")
    here = here.go(
        "spawn V2 of 2", "retire V1 of 2", "spawn V2 of 2", "retire V1 of 2", "next action: rollback"
    )
    here = here.go("spawn V1 of 1") if not here.cannot("spawn V1 of 1") else here
    assert not here.cannot("retire V2 of 1")
