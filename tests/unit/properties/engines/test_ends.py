"""Who tells how units can stand at the end where slices are too large."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.names import instances_of
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.engines import ends
from skewproof.properties.engines.ends import EndsInTurn, build_slice_ends, find_ends
from skewproof.properties.engines.symbolic import ends as symbolic

TIED = """
components: {a: {kind: service, replicas: 2}, b: {kind: service, readiness: {V2: a.up(V2)}}}
requests: {r: [client calls a: x, a calls b: y]}
pipeline: [Roll: [deploy a b], More: [deploy b]]
rollback: [Back: [rollback a]]
changes: {b/y: {breaks: none}}
"""
TASK = Task(replace(loads(TIED), failures=True))
KEYS = [instances_of("a"), instances_of("b")]
FEW = Limits(max_states=5)


def test_diagrams_tell_what_slices_are_too_large_for() -> None:
    told, found = build_slice_ends(TASK), find_ends(TASK, FEW)
    assert found is not None
    assert [found.at_end(key) for key in KEYS] == [told.at_end(key) for key in KEYS]
    assert [found.after_rollback(key) for key in KEYS] == [told.after_rollback(key) for key in KEYS]
    assert found.after_rollback(KEYS[1]) != found.at_end(KEYS[1])


def test_without_diagrams_the_limit_of_the_slices_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbolic, "MOST_NODES", 0)
    with pytest.raises(StateLimitError, match="5 states"):
        EndsInTurn(TASK, FEW).at_end(KEYS[0])


def test_slices_that_are_small_need_no_diagrams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(EndsInTurn, "_whole")
    assert EndsInTurn(TASK, Limits()).at_end(KEYS[0]) == build_slice_ends(TASK).at_end(KEYS[0])


def test_nobody_tells_where_there_are_no_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refuses:
        def refuses(self, task: Task) -> str:
            return "no"

    monkeypatch.setattr(ends, "engine", lambda _: Refuses())
    assert find_ends(TASK, FEW) is None
