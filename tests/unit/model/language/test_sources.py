"""The section `sources`."""

from __future__ import annotations

import pytest

from skewproof.model.deployment import ContractFormat, RegistryLevel, ResultTool
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.model.names import Contract

TEXT = """
components: {a: {kind: service}, db: {kind: database}}
requests: {r: [client calls a: x, a reads db: u, a reads db: w]}
pipeline: [A: [deploy a]]
sources: %s
"""


def test_a_wildcard_names_each_contract_and_its_own_entry_wins() -> None:
    found = loads(TEXT % '{db/*: {sql: "m#*", dialect: mysql}, db/w: {sql: other, queries: [q.sql]}}').sources
    assert {str(contract): (one.path, one.pointer, one.queries) for contract, one in found.items()} == {
        "db/u": ("m", "u", ()),
        "db/w": ("other", "", ("q.sql",)),
    }


def test_results_stand_beside_a_format() -> None:
    text = '{a/x: {openapi: "a.yaml#/paths/~1x", oasdiff: o.json, registry: FULL, repo: ../b, override: old}}'
    one = loads(TEXT % text).sources[Contract("a", "x")]
    assert (one.format, one.path, one.pointer) == (ContractFormat.OPENAPI, "a.yaml", "/paths/~1x")
    assert one.results == {ResultTool.OASDIFF: "o.json"}
    assert (one.registry, one.repo, one.override) == (RegistryLevel.FULL, "../b", "old")


@pytest.mark.parametrize(
    ("section", "word"),
    [
        ("{a/x: {openapy: a.yaml}}", "did you mean `openapi`?"),
        ("{a/x: {openapi: a.yaml, proto: b.proto}}", "has two formats"),
        ("{a/x: {dialect: mysql}}", "says no format and no results"),
        ("{a/y: {openapi: a.yaml}}", "no request meets `a/y`"),
        ("{a/x: {openapi: [a.yaml]}}", "must be a path, not a list"),
        ("{a/x: {avro: s, registry: SIDEWAYS}}", "unknown level `SIDEWAYS`"),
        ("[a]", "must be a mapping"),
    ],
)
def test_what_is_wrong_is_told(section: str, word: str) -> None:
    with pytest.raises(InvalidDeploymentError) as told:
        loads(TEXT % section)
    assert word in str(told.value)


def test_a_pair_with_a_severity_of_its_own() -> None:
    text = TEXT % "{}" + "changes: {a/x: {breaks: %s, evidence: {V1 -> V2: [%s]}}}\n"
    reason = "{says: gone, tool: t, rule: r, file: f, line: 3}"
    change = loads(text % ("{V1 -> V2: unknown, V2 -> V1: degraded}", reason)).changed[Contract("a", "x")]
    assert {str(one) for one in change.evidence["V1", "V2"]} == {"gone (t r, f:3)"}
    assert {pair for _, _, pair in change.unknown} == {("V1", "V2")}
    for breaks, evidence, word in (
        ("{V1 -> V2: awful}", reason, "unknown severity"),
        ("{V1 -> V1: error}", reason, "never breaks with itself"),
        ("{call: {V1 -> V3: error}}", reason, "unknown version"),
        ("both", "{says: gone}", "needs `tool`"),
        ("both", reason.replace("3", "x"), "`line` must be a whole number"),
    ):
        with pytest.raises(InvalidDeploymentError) as told:
            loads(text % (breaks, evidence))
        assert word in str(told.value)
