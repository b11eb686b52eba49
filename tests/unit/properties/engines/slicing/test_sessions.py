"""Requests that keep to a version: each condition of the slicer, taken away."""

from __future__ import annotations

from typing import Any

import pytest

from skewproof.model.deployment import Route
from skewproof.model.language import loads
from skewproof.properties.engines.slicing import restrict
from skewproof.properties.engines.slicing.request_walk import Walk
from support.compare import agree, differs

TRAPS = {
    "the first call says where the second goes": """
        components: {a: {kind: service, replicas: 2, route: session}}
        requests: {r: [client calls a: x, client calls a: z using x]}
        pipeline: [One: [deploy a]]
        changes: {a/x: {breaks: none}, a/z: {breaks: {token: [V1 -> V2]}}}
        """,
    "a call of which nothing is obtained says where the next goes": """
        components: {a: {kind: service, replicas: 2, route: session}, b: {kind: service}}
        requests: {r: [client calls a: x, client calls b: y, client calls a: z using b/y]}
        pipeline: [One: [deploy b], Two: [deploy a]]
        changes: {b/y: {breaks: none}, a/z: {breaks: {token: [V1 -> V2]}}}
        """,
    "calls that were cut, of a component that holds something up": """
        components: {a: {kind: service, route: session}, b: {kind: service}, c: {kind: service}}
        requests: {r: [client calls a: x, client calls b: y, client calls a: z, a calls c: w using b/y]}
        pipeline: [One: [deploy b], Two: [deploy a], Three: [deploy c]]
        changes: {b/y: {breaks: none}, c/w: {breaks: {token: [V1 -> V2]}}}
        """,
}


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
def test_slices_agree_with_the_whole(text: str) -> None:
    agree(loads(text))


MUTANTS: dict[str, tuple[Any, str, Any, str]] = {
    "the route": (
        restrict,
        "_route",
        lambda *_: Route.NONE,
        "the first call says where the second goes",
    ),
    "the calls before": (
        Walk,
        "sessions",
        property(lambda _: {}),
        "a call of which nothing is obtained says where the next goes",
    ),
}


@pytest.mark.parametrize(("where", "name", "instead", "trap"), MUTANTS.values(), ids=MUTANTS.keys())
def test_no_condition_can_be_left_out(
    where: Any, name: str, instead: Any, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = loads(TRAPS[trap])
    assert not differs(deployment)
    monkeypatch.setattr(where, name, instead)
    assert differs(deployment)
