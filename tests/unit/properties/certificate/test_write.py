"""Certificates: what is proven is accepted; whatever is bent, left out or meant for others is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import Safe, check
from skewproof.properties.assumptions import find_assumptions
from skewproof.properties.certificate.verify import CertificateRefusedError, Proof, verify
from skewproof.properties.certificate.write import NotCertifiedError, certify

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
    made: dict[str, Any] = json.loads(json.dumps(certify(deployment, Limits())))
    return made


def refused(deployment: Deployment, certificate: Any) -> bool:
    try:
        verify(deployment, certificate)
    except CertificateRefusedError:
        return True
    return False


def test_what_is_proven_is_accepted(deployment: Deployment, certificate: dict[str, Any]) -> None:
    assert verify(deployment, certificate) == Proof(
        2, ("both", "db first"), ("in the end",), find_assumptions(deployment)
    )


def test_a_property_that_is_left_out_is_told(deployment: Deployment, certificate: dict[str, Any]) -> None:
    fewer = {**certificate, "properties": certificate["properties"][:1]}
    assert verify(deployment, fewer) == Proof(
        2, ("both",), ("db first", "in the end"), find_assumptions(deployment)
    )


def test_of_two_properties_with_one_name_both_are_proven() -> None:
    """`min_available` has a name that a user can give too; whoever proves one has not proven the other."""
    text = COMPATIBLE.replace("a: {kind: service,", "a: {kind: service, min_available: 1,")
    named = loads(text.replace("  both: always a.up(V1) or a.up(V2)", "  min_available of a: never a.up(V2)"))
    assert "min_available of a" in verify(named, certify(named, Limits())).left_open


WRONG: tuple[Any, ...] = (None, 0, "x", [], {}, True)


def bent(certificate: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """A certificate bent in one place each time."""
    for key in certificate:
        yield f"without {key}", {k: v for k, v in certificate.items() if k != key}
        for wrong in WRONG:
            if (key, wrong) != ("properties", []):
                yield f"{key} is {wrong!r}", {**certificate, key: wrong}
    for key, number, claim in _all(certificate):
        where = f"{key} {number}"
        if key == "claims":  # of a property that is left out is told that it is not proven
            yield f"{where} left out", _bent(certificate, key, number, None)
        yield f"{where} twice", {**certificate, key: [*certificate[key], claim]}
        for part in claim:
            yield f"{where} without {part}", _bent(certificate, key, number, _without(claim, part))
            for wrong in (99, *WRONG):
                other = {**claim, part: wrong}
                yield f"{where}: {part} is {wrong!r}", _bent(certificate, key, number, other)
        for box in range(0, len(claim["boxes"]), 4):
            boxes = [*claim["boxes"][:box], *claim["boxes"][box + 1 :]]
            yield f"{where} without box {box}", _bent(certificate, key, number, {**claim, "boxes": boxes})
            yield from _bent_box(certificate, key, number, box)


def _all(certificate: dict[str, Any]) -> Iterator[tuple[str, int, Any]]:
    for key in ("claims", "properties"):
        yield from ((key, number, claim) for number, claim in enumerate(certificate[key]))


def _bent_box(certificate: dict[str, Any], key: str, number: int, index: int) -> Iterator[tuple[str, Any]]:
    claim = certificate[key][number]
    box = claim["boxes"][index]
    for name, values in box.items():
        # The instances up are named by whole classes, of which some may be out of reach here.
        every = [] if name.startswith("up ") else values
        fewer = [{**box, name: [v for v in values if v != value]} for value in every]
        strange = [{**box, name: [*values, "no such value"]}, {**box, name: "x"}, _without(box, name)]
        strange += [{**box, name: [[*pair[::-1]]]} for pair in values if isinstance(pair, list)]
        for bend, other in enumerate((*fewer, *strange)):
            boxes = [*claim["boxes"][:index], other, *claim["boxes"][index + 1 :]]
            yield (
                f"{key} {number}, box {index}, {name}: {bend}",
                _bent(certificate, key, number, {**claim, "boxes": boxes}),
            )


def _without(mapping: dict[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in mapping.items() if k != key}


def _bent(certificate: dict[str, Any], key: str, number: int, claim: Any) -> dict[str, Any]:
    claims = copy.copy(certificate[key])
    claims[number : number + 1] = [] if claim is None else [claim]
    return {**certificate, key: claims}


def test_whatever_is_bent_is_refused(deployment: Deployment, certificate: dict[str, Any]) -> None:
    every = dict(bent(certificate))
    assert len(every) > 100
    accepted = [name for name, wrong in every.items() if not refused(deployment, wrong)]
    assert not accepted


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
    assert refused(loads(COMPATIBLE.replace(old, new)), certificate)


def test_what_is_not_safe_is_not_certified() -> None:
    with pytest.raises((NotCertifiedError, CertificateRefusedError)):
        certify(loads(COMPATIBLE.replace("b/y: {breaks: none}", "b/y: {breaks: [V2 -> V1]}")), Limits())


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
    assert verify(deployment, json.loads(json.dumps(certify(deployment, Limits())))).hops == 1
