"""Slices as jobs: what crosses the border between processes, and who solves what."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import Any

import pytest

from skewproof.cli.render_json import to_json
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties import check
from skewproof.properties.engines.slicing import solver
from skewproof.properties.engines.slicing.cone import Cone, Width
from skewproof.properties.engines.slicing.engine import Slicer
from skewproof.properties.engines.slicing.line_slices import LineSlices, Point
from skewproof.properties.engines.slicing.plan import SlicePlan
from skewproof.properties.engines.slicing.solve import Solution
from skewproof.properties.engines.slicing.solver import Solver
from support.by_post import ByPost

CANARIES = """
components:
  a: {kind: service, replicas: 3, strategy: {canary: 1}}
  b: {kind: service, replicas: 4, strategy: {canary: 2}}
  c: {kind: service, replicas: 5, strategy: {canary: 1}}
requests:
  down: [client calls a: x, a calls b: x, b calls c: x]
  again: [client calls a: x, a calls b: x, client calls c: x]
pipeline: [Begin: [deploy a b c], Finish: [promote a b c]]
changes: {b/x: {breaks: [V2 -> V1]}, c/x: {breaks: both}}
"""
DIFFERENT = loads(CANARIES)


def answer(deployment: Any, limits: Limits) -> str:
    return json.dumps(to_json(check(deployment, engine="slice", limits=limits)))


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> ByPost:
    """Workers who are given every slice, be it ever so small."""
    monkeypatch.setattr(solver, "LISTED_STATES", 0)
    return ByPost()


def test_each_different_slice_is_sent_once_and_the_answer_is_the_same(post: ByPost) -> None:
    assert answer(DIFFERENT, Limits(workers=post.workers)) == answer(DIFFERENT, Limits())
    slicer = Slicer(SlicePlan(DIFFERENT, {}), Limits())
    slicer.judge()
    assert len(post.sent) == len(slicer.solver.solved) == 2, "a → b stands in both requests"


@pytest.mark.parametrize("shared", [False, True])
def test_what_an_earlier_round_solved_is_not_solved_again(shared: bool, post: ByPost) -> None:
    line, request = LineSlices(SlicePlan(DIFFERENT, {}), Limits()), DIFFERENT.requests[0]
    one, other = (line.cut(Point(request, number), Width.CONE) for number in (2, 3))
    solver = Solver(Limits(workers=post.workers) if shared else Limits())
    (first,) = solver.solutions([one])
    again, second, third = solver.solutions([one, other, one])
    assert again is third is first
    assert second.seen != first.seen


def test_what_comes_back_are_not_all_states(post: ByPost) -> None:
    answer(DIFFERENT, Limits(workers=post.workers))
    for returned in post.returned:
        outcome = pickle.loads(returned)
        assert isinstance(outcome.ended, Solution)
        assert outcome.states == outcome.ended.states
        assert 0 < len(outcome.ended.ways) < outcome.ended.states / 4
        assert not outcome.ended.compiled.system.events


def test_who_has_few_states_hires_nobody() -> None:
    post = ByPost()
    assert answer(DIFFERENT, Limits(workers=post.workers)) == answer(DIFFERENT, Limits())
    assert not post.sent


def test_the_slice_at_which_the_states_are_no_longer_few_is_the_first_to_be_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post = ByPost()
    slicer = Slicer(SlicePlan(DIFFERENT, {}), Limits())
    slicer.judge()
    first, second = (solution.states for solution in slicer.solver.solved)
    third = loads(CANARIES.replace("client calls c", "a calls c"))  # a slice of a and c
    for listed, sent in ((first - 1, 3), (first, 2), (first + second - 1, 2)):
        monkeypatch.setattr(solver, "LISTED_STATES", listed)
        post.sent.clear()
        limits = Limits(workers=post.workers)
        assert answer(third, limits) == answer(third, Limits())
        assert len(post.sent) == sent
        alone = Limits()
        answer(third, alone)
        assert limits.progress == alone.progress, "what is explored twice is counted once"
    monkeypatch.setattr(solver, "LISTED_STATES", first + second)
    post.sent.clear()
    answer(third, Limits(workers=post.workers))
    assert not post.sent, "nobody can share the one that is left"


def test_what_is_too_narrow_goes_round_again(post: ByPost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who forgets what holds up the pipeline tells a story that does not lift."""
    deployment = loads(
        """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}, db: {kind: database}}
        requests: {r: [client calls a: x, a calls b: y, a reads db: n, client calls c: z using x]}
        pipeline: [One: [deploy a], Two: [deploy b c]]
        changes: {a/x: {breaks: none}, c/z: {breaks: both}}
        """
    )
    hold = Cone.__dict__["_hold"]
    monkeypatch.setattr(Cone, "_hold", lambda self: self.width is not Width.CONE and hold(self))
    slicer = Slicer(SlicePlan(deployment, {}), Limits(workers=post.workers))
    alone = Slicer(SlicePlan(deployment, {}), Limits())
    told, expected = slicer.judge(), alone.judge()
    assert slicer.widened == alone.widened > 0
    assert [found.story for found in told.found] == [found.story for found in expected.found]
    assert told.states == expected.states
    assert slicer.limits.progress == alone.limits.progress
    assert slicer.limits.progress.done == len(deployment.requests)


@pytest.mark.parametrize("shared", [False, True])
def test_a_request_whose_hops_are_all_judged_is_done(shared: bool, post: ByPost) -> None:
    """The slices of the second request are larger than the one of the first, and than what is allowed."""
    deployment = loads(CANARIES.replace(", b calls c: x]", "]").replace("client calls c", "a calls c"))
    slicer = Slicer(SlicePlan(deployment, {}), Limits())
    slicer.judge()
    first, second = (solution.states for solution in slicer.solver.solved)
    limits = replace(Limits(first), workers=post.workers) if shared else Limits(first)
    answer(deployment, limits)
    assert first < second
    assert (limits.progress.done, limits.progress.total) == (1, 2)


@pytest.mark.parametrize("ends_early", [False, True])
def test_after_a_limit_others_are_solved_and_the_same_ones_again(ends_early: bool) -> None:
    """What was asked for and not solved leaves no gap: whoever hunts goes on with another path."""
    line, request = LineSlices(SlicePlan(DIFFERENT, {}), Limits()), DIFFERENT.requests[0]
    one, other = (line.cut(Point(request, number), Width.CONE) for number in (2, 3))
    solver, right = Solver(Limits(max_states=1)), Solver(Limits())
    expected = [solution.seen for solution in right.solutions([one, other])]
    if ends_early:
        solver.limits = Limits()
        asked = solver.solutions([one, other])
        next(asked)
        asked.close()
    else:
        with pytest.raises(StateLimitError):
            list(solver.solutions([one, other]))
        solver.limits = Limits()
    assert [solution.seen for solution in solver.solutions([other, one])] == expected[::-1]
