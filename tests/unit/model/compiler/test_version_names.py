"""Versions by the names of their component, in causes and states."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.causes import HopCause, LossCause, MoveCause, WriteCause, tell_cause
from skewproof.model.compiler.version_names import call_versions, name_versions, replace_versions
from skewproof.model.deployment import Instruction, Kind
from skewproof.model.language import loads
from skewproof.model.names import Contract, content_of, instances_of, leader_of, schema_of

SHOP = loads(
    """
components:
  web: {kind: service}
  api: {kind: service, versions: {V1: "1", V2: "2.0"}}
  db: {kind: database, versions: {V2: "0042"}}
requests: {ask: [web calls api: x, api reads db: x]}
pipeline: [A: [deploy api]]
""".replace("ask: [web", "ask: [client calls web: y, web")
)
CALL, READ = SHOP.requests[0].hops[1:]
X = Contract("db", "x")


def test_rollout_is_told_by_the_names_of_its_component() -> None:
    move = MoveCause(instances_of("api"), Instruction.DEPLOY, "spawn V2", "2×V1", "2×V1 1×V2")
    assert tell_cause(name_versions(move, SHOP)) == "api: spawn 2.0 (2×1 1×2.0)"
    schema = MoveCause(schema_of(X), Instruction.MIGRATE, "advance", "V1", "V2", Kind.DATABASE)
    assert tell_cause(name_versions(schema, SHOP)) == "db/x: schema V1 → 0042"


def test_each_side_of_a_hop_has_its_own_names() -> None:
    assert tell_cause(name_versions(HopCause("ask", 2, CALL, "V2", "V2"), SHOP)) == "web V2 calls api 2.0: x"
    read = tell_cause(name_versions(HopCause("ask", 3, READ, "V1", "V2"), SHOP))
    assert read == "api 1 reads db: x (finds V2)", "data are of nobody's version"


def test_traffic_is_told_with_the_writer() -> None:
    write = WriteCause(X, "api", "V2", "V1 + V2")
    assert tell_cause(name_versions(write, SHOP)) == "other traffic: api 2.0 writes db/x (V1 + V2)"
    loss = LossCause(X, "V1", False, "V2")
    assert name_versions(loss, SHOP) is loss


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1×V1 2×V2, live V1", "1×1 2×2.0, live 1"),
        ("ready canary V2", "ready canary 2.0"),
        ("V12 xV1", "V12 xV1"),
        ("2×V1 (V2 down)", "2×1 (2.0 down)"),
    ],
)
def test_only_whole_words_are_versions(text: str, told: str) -> None:
    assert call_versions(SHOP, instances_of("api"), text) == told
    assert call_versions(SHOP, leader_of("api"), "no leader") == "no leader"
    assert call_versions(SHOP, content_of(X), text) == text
    assert replace_versions({}, text) == text


def test_one_version_can_be_called_like_part_of_another() -> None:
    assert replace_versions({"V": "a", "V.1": "b"}, "1×V 1×V.1") == "1×a 1×b"
