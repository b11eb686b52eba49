"""Instances that are cut, on which the request stands: how far they let the pipeline come stands for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.names import parse_key
from skewproof.properties.engines.slicing import cut, profile, solve
from skewproof.properties.engines.slicing.cone import Cone, Width
from skewproof.properties.engines.slicing.engine import slicer_of
from skewproof.properties.engines.slicing.holdings import Holding, join_holdings
from skewproof.properties.engines.slicing.stretches import Stretches
from support.compare import agree, differs

TWO_WAVES = """
    components:
      one: {kind: service, strategy: blue-green}
      two: {kind: service, strategy: blue-green}
      b: {kind: service, terminates: later}
      c: {kind: service}
    requests: {walk: [client calls two: x, two calls one: x, one calls b: x, b calls c: x]}
    pipeline: [First: [deploy b], Second: [deploy c], Third: [deploy one], Fourth: [deploy two]]
    rollback: [Back: [rollback two one]]
    changes: {one/x: {breaks: none}, two/x: {breaks: none}, b/x: {breaks: none}, c/x: {breaks: [V1 -> V2]}}
    """
"""Who stands on the old b stands on the old ones of both, and lets the pipeline come to the first."""
COMES_BACK = """
    components:
      a: {kind: service, terminates: later}
      k: {kind: service, replicas: {V1: 0, V2: 1}}
      b: {kind: service}
      c: {kind: service}
    requests: {walk: [client calls a: x, a calls k: x, a calls b: x, b calls c: x]}
    pipeline: [One: [deploy a], Two: [deploy k], Three: [deploy c], Four: [rollback k], Five: [rollback a]]
    changes: {a/x: {breaks: none}, b/x: {breaks: none}, k/x: {breaks: none}, c/x: {breaks: [V1 -> V2]}}
    """
"""Who called a at first lets all be complete; who calls it when k can be called does not."""
LET_GO = """
    components:
      f: {kind: service}
      a: {kind: service, strategy: blue-green}
      m: {kind: service}
      n: {kind: service}
      k: {kind: service, replicas: {V1: 0, V2: 1}}
      c: {kind: service}
    requests:
      use: [client calls f: x, f calls a: x, a calls m: x, a calls n: x, f calls k: x, f calls c: y using m/x]
    pipeline: [One: [deploy m], Two: [deploy a], Three: [deploy k], Four: [deploy c]]
    changes: {m/x: {breaks: both}, n/x: {breaks: none}, k/x: {breaks: none}, c/y: {breaks: none}}
    """
"""What m said at first is used when k can be called, long after a was let go."""
NOT_COMPLETE = """
    components:
      a: {kind: service, strategy: blue-green}
      k: {kind: service, replicas: {V1: 1, V2: 0}}
      b: {kind: service}
      c: {kind: service}
    requests: {walk: [client calls a: x, a calls k: x, a calls b: x, b calls c: x]}
    pipeline: [One: [deploy k], Two: [start deploy a], Three: [deploy c]]
    changes: {a/x: {breaks: none}, k/x: {breaks: none}, b/x: {breaks: none}, c/x: {breaks: [V1 -> V2]}}
    """
"""The pipeline comes to its end, and a is not done."""
CASES = {"two waves": TWO_WAVES, "comes back": COMES_BACK, "let go": LET_GO, "not complete": NOT_COMPLETE}


def list_holdings(text: str, width: Width = Width.CONE, *, fails: bool = False) -> list[tuple[Holding, ...]]:
    """Those of the slices of the last hop of the one request, line by line."""
    slicer = slicer_of(Task(replace(loads(text), failures=fails)))
    last = list(slicer._points(slicer.plan.deployment.requests[0]))[-1]
    return [one.part.holdings for one in slicer.course.cut(last, width)]


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_slices_agree_with_the_whole(text: str) -> None:
    agree(loads(text))


def test_slices_agree_with_the_whole_where_actions_fail() -> None:
    assert any(list_holdings(TWO_WAVES, fails=True)[1:])
    agree(replace(loads(TWO_WAVES), failures=True))


def test_one_variable_stands_for_all_that_are_called_between_two_hops() -> None:
    [[holding]] = list_holdings(TWO_WAVES)
    assert (holding.picked, holding.released) == (1, None)
    assert holding.reach == (3, 3, 3, 4, 6, 6)
    assert holding.ends == (3, 4)


def test_a_wider_slice_keeps_the_instances() -> None:
    assert list_holdings(TWO_WAVES, Width.STACK) == [()]


def test_who_must_be_called_early_is_kept() -> None:
    assert list_holdings(COMES_BACK) == [()]


def test_who_is_tied_to_another_on_the_stack_is_kept() -> None:
    tied = TWO_WAVES.replace("strategy: blue-green}\n      b:", "readiness: {V2: one.up(V2)}}\n      b:")
    assert list_holdings(tied) == [()]
    agree(loads(tied))


# --- what a holding is ---


def test_places_where_something_changes_remain() -> None:
    holding = Holding(1, None, (4, 4, 4, 7, 7, 7, 7))
    assert set(holding.list_turns()) == {2, 3, 4, 5}
    assert holding.shorten(Stretches((0, 2, 3, 4, 5, 6), ())).reach == (3, 3, 6, 6, 6, 6)


def test_holdings_between_the_same_hops_are_one_and_those_that_hold_nothing_up_are_none() -> None:
    one, other, free = Holding(2, 4, (1, 3, 3)), Holding(2, 4, (2, 2, 3)), Holding(1, 4, (3, 3, 3))
    assert join_holdings([one, free, other]) == (Holding(2, 4, (1, 2, 3)),)


def test_their_variables_have_names_of_their_own() -> None:
    keys = {Holding(picked, released, (0,)).key for picked, released in ((1, None), (1, 2), (12, None))}
    assert len({str(key) for key in keys}) == 3
    assert {parse_key(str(key)) for key in keys} == keys


# --- each part, taken away ---


def join_none(holdings: Iterable[Holding]) -> tuple[Holding, ...]:
    """As if the first of those between two hops were all."""
    found: dict[Any, Holding] = {}
    for one in holdings:
        found.setdefault(one.key, one)
    return tuple(one for one in found.values() if one.ends)


def end_with_the_kept(self: Cone, frame: int) -> bool:
    return frame in self.frames and NEED_END(self, frame)


NEED_END = Cone._need_end
TRAPS: list[tuple[str, ModuleType | type, str, object]] = [
    (TWO_WAVES, cut, "join_holdings", join_none),
    (COMES_BACK, profile, "is_no_worse_later", lambda reach: True),
    (LET_GO, Cone, "_need_end", end_with_the_kept),
    (NOT_COMPLETE, solve, "is_held_up", lambda *held: False),
]


@pytest.mark.parametrize(("text", "where", "name", "instead"), TRAPS, ids=[name for _, _, name, _ in TRAPS])
def test_no_part_can_be_left_out(
    text: str, where: ModuleType | type, name: str, instead: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = loads(text)
    assert not differs(deployment)
    monkeypatch.setattr(where, name, instead)
    assert differs(deployment)
