"""Requests that a retirement cuts off: each condition of the slicer, taken away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from skewproof.model.language import loads
from skewproof.properties.engines.slicing import profile, restrict
from skewproof.properties.engines.slicing.quotient import build_quotient
from skewproof.properties.engines.slicing.request_walk import Walk
from support.compare import agree, differs

TRAPS = {
    "each of three instances can go": """
        components:
          a: {kind: service, replicas: 3, drain: abrupt, max_surge: 0, max_unavailable: 1}
          b: {kind: service}
        requests: {r: [client calls a: x, a calls b: y]}
        pipeline: [One: [deploy a], Two: [deploy b]]
        changes: {b/y: {breaks: [V1 -> V2]}}
        """,
    "blue goes when it takes no calls any more": """
        components: {a: {kind: service, strategy: blue-green, drain: abrupt}, b: {kind: service}}
        requests: {r: [client calls b: w, b calls a: x, a calls b: y]}
        pipeline: [One: [deploy a]]
        changes: {b/y: {breaks: none}}
        """,
    "a job, and who calls for it": """
        components:
          w: {kind: worker, replicas: 2, drain: abrupt}
          a: {kind: service, drain: abrupt}
          q: {kind: broker}
        requests: {job: [w consumes q: m, w calls a: x, a calls w: y, w publishes q: n]}
        pipeline: [Stop: [suspend w], A: [deploy a], W: [deploy w], Go: [resume w]]
        changes: {a/x: {breaks: [V1 -> V2]}, q/m: {breaks: none}}
        """,
    "what was obtained, and who is cut off": """
        components: {a: {kind: service, drain: abrupt}, b: {kind: service, drain: abrupt}, c: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y, b calls c: z using a/x, a calls c: z]}
        pipeline: [Roll: [deploy a b c]]
        changes: {a/x: {breaks: none}, c/z: {breaks: both}}
        """,
}


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
@pytest.mark.parametrize("limit", [None, 0, 1])
def test_slices_agree_with_the_whole(text: str, limit: int | None) -> None:
    agree(replace(loads(text), max_span=limit))


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
def test_slices_agree_with_the_whole_where_actions_fail(text: str) -> None:
    back = loads(text.rstrip() + "\n        rollback: [Back: [rollback a]]\n")
    agree(replace(back, failures=True))


MUTANTS: dict[str, tuple[Any, str, Any, str]] = {
    "each retirement": (
        restrict,
        "keep_whole",
        build_quotient,
        "each of three instances can go",
    ),
    "who answers on and takes no calls": (
        profile,
        "_keeps_serving",
        lambda *_: True,
        "blue goes when it takes no calls any more",
    ),
    "who is cut off": (Walk, "cut_off", {}, "each of three instances can go"),
}


@pytest.mark.parametrize(("where", "name", "instead", "trap"), MUTANTS.values(), ids=MUTANTS.keys())
def test_no_condition_can_be_left_out(
    where: Any, name: str, instead: Any, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = loads(TRAPS[trap])
    assert not differs(deployment)
    monkeypatch.setattr(where, name, instead)
    assert differs(deployment)


@pytest.mark.parametrize("begins", ["deploy a", "start deploy a, await a"])
def test_only_an_action_that_goes_on_after_a_failure_cuts_off(begins: str) -> None:
    failing = loads(f"""
    components: {{a: {{kind: service, strategy: recreate, drain: abrupt}}}}
    requests: {{r: [client calls a: x, a calls a: x using a/x]}}
    pipeline: [One: [{begins}]]
    changes: {{a/x: {{breaks: both}}}}
    """)
    agree(replace(failing, failures=True))
