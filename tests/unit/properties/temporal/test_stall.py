"""Stalls: states from which nothing complete can be reached, and deployments that plainly have none."""

from __future__ import annotations

import pytest

from skewproof.model.resources.limits import Limits
from skewproof.properties.temporal.stall import cannot_stall, find_stalled
from support.graphs import index_of, letter, letters, reached
from support.tiny import walk


def stalls(arrows: str, complete: str, stops: str = "") -> str:
    found = reached(arrows)
    ends = [letter(found, index) in complete for index in range(len(found.states))]
    return letters(found, find_stalled(found, ends, frozenset(index_of(found, stop) for stop in stops)))


@pytest.mark.parametrize(
    ("arrows", "complete", "where"),
    [
        ("ab bc", "c", ""),
        ("ab ac", "c", "b"),
        ("ab bc", "", "abc"),
        ("ab ba bc", "c", ""),
        ("ab bd db ac", "c", "bd"),
        ("ab", "a", "b"),
    ],
)
def test_what_cannot_reach_the_end_is_stalled(arrows: str, complete: str, where: str) -> None:
    assert stalls(arrows, complete) == where


def test_failing_is_no_way_out_and_a_stop_no_stall() -> None:
    assert stalls("ab bs sc", "c") == ""
    assert stalls("ab bs sc", "c", stops="s") == "ab"
    assert stalls("ab bc bs", "c", stops="s") == ""


TEXT = """
components: {{a: {{kind: service}}, w: {{kind: worker}}, q: {{kind: broker}}}}
requests: {{put: [client calls a: x, a publishes q: m], take: [w consumes q: m]}}
pipeline: {pipeline}
changes: {{q/m: {{breaks: none}}}}
"""


@pytest.mark.parametrize(
    ("pipeline", "is_plain"),
    [
        ("[One: [deploy a]]", True),
        ("[One: [deploy a w], Two: [suspend w]]", True),
        ("[One: [start deploy a], Two: [await a]]", True),
        ("[One: [deploy a when w.suspended]]", False),
        ("[One: [suspend w], Two: [deploy a when w.suspended]]", True),
    ],
)
def test_what_gets_out_of_each_position_plainly_cannot_stall(pipeline: str, is_plain: bool) -> None:
    compiled = walk(TEXT.format(pipeline=pipeline)).compiled
    assert cannot_stall(compiled, Limits()) == is_plain


def test_what_only_another_part_could_bring_is_no_way_out() -> None:
    """Nobody deploys the writer: seen without it, its write could happen."""
    text = """
    components: {a: {kind: service}, b: {kind: service}, c: {kind: cache}}
    requests: {ask: [client calls a: x, a writes c: k], other: [client calls b: y]}
    pipeline: [One: [deploy b when V2 in c]]
    changes: {c/k: {breaks: none}}
    """
    assert not cannot_stall(walk(text).compiled, Limits())
    assert cannot_stall(walk(text.replace("V2 in c", "V1 in c")).compiled, Limits())
