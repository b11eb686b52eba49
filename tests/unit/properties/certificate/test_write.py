"""Certificates: what is proven is accepted; whatever is bent, left out or meant for others is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import Safe, check
from skewproof.properties.certificate.rules import CertificateRefusedError
from skewproof.properties.certificate.verify import Proof, verify
from skewproof.properties.certificate.write import certify
from skewproof.properties.verdict.assumptions import find_assumptions

COMPATIBLE = """
components:
  a: {kind: service, replicas: 2}
  b: {kind: service, replicas: 2, max_unavailable: 1}
  w: {kind: worker}
  db: {kind: database}
  cache: {kind: cache}
requests:
  ask: [client calls a: x, a calls b: y, b reads db: r, b reads cache: c]
  job: [w reads db: r, w writes cache: c]
pipeline: [Stop: [suspend w], Move: [migrate db], Roll: [deploy w a b], Go: [resume w, sync cache]]
changes: {b/y: {breaks: none}, db/r: {breaks: [V2 -> V1]}, cache/c: {breaks: none}}
properties:
  both: always a.up(V1) or a.up(V2)
  db first: never a.up(V2) and db.version == V1
  in the end: eventually not a.up(V1)
"""


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return loads(COMPATIBLE)


@pytest.fixture(scope="module")
def certificate(deployment: Deployment) -> dict[str, Any]:
    return written(deployment)


def written(deployment: Deployment, limits: Limits | None = None) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(certify(deployment, limits or Limits()).content))
    return made


def proven(deployment: Deployment, certificate: Any) -> Proof:
    """Nothing, where it is refused."""
    try:
        return verify(deployment, certificate)
    except CertificateRefusedError:
        return Proof((), ("refused",), find_assumptions(deployment))


def test_everything_is_proven(deployment: Deployment, certificate: dict[str, Any]) -> None:
    assert verify(deployment, certificate).left_open == ()
    assert [claim["of"] for claim in certificate["claims"]] == [
        ["hop", "ask", 3],
        ["hop", "job", 1],
        ["formula", "always a.up(V1) or a.up(V2)"],
        ["formula", "never a.up(V2) and db.version == V1"],
        ["formula", "eventually not a.up(V1)"],
    ]


def test_each_claim_stands_for_itself(deployment: Deployment, certificate: dict[str, Any]) -> None:
    for number in range(len(certificate["claims"])):
        fewer = [claim for at, claim in enumerate(certificate["claims"]) if at != number]
        assert len(verify(deployment, {**certificate, "claims": fewer}).left_open) == 1


def test_min_available_is_a_formula_that_users_can_state_too() -> None:
    text = COMPATIBLE.replace("a: {kind: service,", "a: {kind: service, min_available: 1,")
    stated = loads(
        text.replace("  both: always a.up(V1) or a.up(V2)", "  min_available of a: never a.up(V2)")
    )
    assert certify(stated, Limits()).proof.left_open == ("min_available of a: never a.up(V2)",)


def test_the_start_or_no_edge_left_out_is_refused_or_changes_nothing(
    deployment: Deployment, certificate: dict[str, Any]
) -> None:
    """Of a safe deployment whatever is accepted is true; of every third edge that goes the proof goes too."""
    count = refused = 0
    for claim in certificate["claims"]:
        for level in claim["levels"]:
            for node in level:
                for number in range(len(node)):
                    edge = node.pop(number)
                    count += 1
                    refused += not proven(deployment, certificate).proven
                    node.insert(number, edge)
    assert refused > count / 3 > 10


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("b/y: {breaks: none}", "b/y: {breaks: [V2 -> V1]}"),
        ("cache/c: {breaks: none}", "cache/c: {breaks: [V2 -> V1]}"),
        ("[V2 -> V1]", "[V1 -> V2]"),
        ("Move: [migrate db], Roll: [deploy w a b]", "Roll: [deploy w a b], Move: [migrate db]"),
        ("Stop: [suspend w], ", ""),
        ("b: {kind: service, replicas: 2", "b: {kind: service, replicas: 3"),
        ("a calls b: y, b reads db: r", "a calls b: y, b calls a: x, b reads db: r"),
        ("components:", "system: another\ncomponents:"),
        ("ask:", "asks:"),
        ("never a.up(V2) and db.version == V1", "never a.up(V1) and db.version == V1"),
        ("always a.up(V1) or a.up(V2)", "always a.up(V1)"),
    ],
)
def test_a_certificate_of_another_deployment_is_refused(
    old: str, new: str, certificate: dict[str, Any]
) -> None:
    assert old in COMPATIBLE
    assert not proven(loads(COMPATIBLE.replace(old, new)), certificate).is_whole


def test_of_what_is_not_safe_the_rest_is_certified() -> None:
    unsafe = loads(COMPATIBLE.replace("b/y: {breaks: none}", "b/y: {breaks: [V2 -> V1]}"))
    assert certify(unsafe, Limits()).proof.left_open == ("hop 2 of `ask`: a calls b: y",)


def test_safe_means_safe() -> None:
    assert isinstance(check(loads(COMPATIBLE), engine="slice").verdict, Safe)


MANY = """
components:
  a: {kind: service}
  b: {kind: service}
  w: {kind: worker}
  q: {kind: broker}
requests:
  one: [client calls a: x, a publishes q: m]
  other: [client calls b: x, b publishes q: m]
  job: [w consumes q: m]
pipeline: [W: [deploy w], Roll: [deploy a b], Empty: [drain q]]
changes: {q/m: {breaks: {content: [V1 -> V2]}}}
"""
"""Where slices that stories are told from keep one of two writers."""


def test_what_nobody_stands_for_others_in_is_certified() -> None:
    deployment = loads(MANY)
    assert certify(deployment, Limits()).proof.is_whole


HALF = """
system: t
components: {a: {kind: service, replicas: 2}, b: {kind: service}}
requests: {r: [client calls a: x, a calls b: y]}
pipeline: [Deploy b: [deploy b], Deploy a: [deploy a]]
changes: {b/y: {breaks: [V2 -> V1]}}
properties: {both: [always a.up >= 1, eventually a.up(V2) >= 5]}
"""


def test_of_a_property_of_two_formulas_each_is_proven_by_itself() -> None:
    assert certify(loads(HALF), Limits()).proof.left_open == ("both: eventually a.up(V2) >= 5",)


def test_what_has_too_many_states_is_left_open() -> None:
    """Where no slice is made, and what has a say in it is not listed."""
    few = Limits(max_states=3)
    left_open = certify(loads(COMPATIBLE), few).proof.left_open
    assert "that the pipeline cannot stall" in left_open
    assert proven(loads(COMPATIBLE), written(loads(COMPATIBLE), few)).left_open == left_open


def queue(writers: int) -> str:
    names = [f"s{number}" for number in range(writers)]
    kinds = ", ".join(f"{name}: {{kind: service, replicas: 3}}" for name in names)
    puts = ", ".join(f"put{name}: [client calls {name}: x, {name} publishes q: m]" for name in names)
    return f"""
components: {{{kinds}, w: {{kind: worker}}, q: {{kind: broker}}}}
requests: {{{puts}, job: [w consumes q: m]}}
pipeline: [Reader: [deploy w], Writers: [deploy {" ".join(names)}]]
changes: {{q/m: {{breaks: {{content: [V1 -> V2]}}}}}}
"""


def test_many_writers_are_not_listed() -> None:
    """A dozen services with ten ways to stand each: which of them are new does not matter."""
    made = certify(loads(queue(12)), Limits())
    assert made.proof.is_whole
    assert sum(map(len, made.content["claims"][0]["levels"])) < 100


FAILING = """
components: {a: {kind: service, replicas: 2}, b: {kind: service}, db: {kind: database}}
requests: {ask: [client calls a: x, a calls b: y, b reads db: r]}
pipeline: [Roll: [deploy b, deploy a], Move: [migrate db]]
rollback: [Back: [revert db], Old: [rollback a b]]
changes: {db/r: {breaks: [V1 -> V2]}}
"""


def test_failures_are_certified_and_a_proof_without_them_is_none_of_them() -> None:
    without = loads(FAILING)
    failing = replace(without, failures=True)
    assert certify(failing, Limits()).proof.is_whole
    assert not proven(failing, written(without)).is_whole
    assert not proven(without, written(failing)).is_whole  # it was made with failures


@pytest.mark.parametrize(
    "formula",
    [
        "a.up(V2) until b.up(V2)",
        "b.up(V2) leads to a.up(V2) >= 5",
        "a.up(V2) before b.up(V2)",
        "eventually a.up(V2) >= 5",
        "never b.up(V2)",
        "always b.up(V1)",
    ],
)
def test_a_formula_that_is_violated_is_left_open(formula: str) -> None:
    deployment = loads(HALF.partition("properties")[0] + f"properties: {{it: {formula}}}\n")
    assert [hazard.property for hazard in check(deployment).of_properties] == ["it"]
    assert [text.partition(":")[0] for text in certify(deployment, Limits()).proof.left_open] == ["it"]
