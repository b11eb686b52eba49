"""Jobs under limits: what a worker explored before it hit one is told."""

from __future__ import annotations

import time
from concurrent.futures import BrokenExecutor, Future
from typing import Any

import pytest
from msgspec.structs import replace

from skewproof.model.language import loads
from skewproof.model.resources.limits import (
    LimitError,
    Limits,
    MemoryLimitError,
    StateLimitError,
    TimeLimitError,
)
from skewproof.model.resources.sharing import share
from skewproof.properties import Unknown, check
from support.by_post import ByPost

DEPLOYMENT = loads(
    """
    components: {a: {kind: service}, b: {kind: service}, c: {kind: service, replicas: 3}, d: {kind: service}}
    requests: {one: [client calls a: x, a calls b: x], two: [client calls c: x, c calls d: x, d calls a: y]}
    pipeline: [Roll: [deploy a b c d]]
    changes: {b/x: {breaks: none}, d/x: {breaks: both}}
    """
)

Job = tuple[int, LimitError | None]


def explore(job: Job, limits: Limits) -> int:
    """Comes as far as the job says, and hits the limit that it says."""
    states, limit = job
    limits.progress.at(states)
    if limit is not None:
        raise limit
    limits.progress.search_over(states)
    return states


@pytest.mark.parametrize("limit", [StateLimitError(8), MemoryLimitError(8)])
def test_what_was_explored_up_to_a_limit_counts(limit: LimitError) -> None:
    limits = Limits(workers=ByPost().workers)
    results = share(explore, [(1, None), (20, None), (300, limit), (4000, None)], limits)
    assert [next(results), next(results)] == [1, 20]
    with pytest.raises(type(limit)):
        next(results)
    assert limits.progress.states == 321, "as much as one process would have explored"


def test_when_time_is_up_everybody_tells_how_far_he_came() -> None:
    up = TimeLimitError()
    limits = Limits(workers=ByPost().workers)
    results = share(explore, [(1, None), (20, up), (300, None), (4000, up)], limits)
    assert next(results) == 1
    with pytest.raises(TimeLimitError):
        next(results)
    assert limits.progress.states == 4321


def test_no_job_is_begun_when_time_is_up() -> None:
    limits = Limits(deadline_s=time.monotonic() - 1, workers=ByPost().workers)
    with pytest.raises(TimeLimitError):
        list(share(explore, [(1, None), (20, None)], limits))
    assert limits.progress.states == 0


def test_what_is_done_here_because_workers_are_lost_is_counted_once() -> None:
    class Lost(ByPost):
        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            raise BrokenExecutor

    limits = Limits(workers=replace(Lost().workers, lost=(BrokenExecutor,)))
    assert list(share(explore, [(1, None), (20, None), (300, None)], limits)) == [1, 20, 300]
    assert limits.progress.states == 321


@pytest.mark.parametrize("name", ["reference", "slice"])
@pytest.mark.parametrize("most", [10, 800])
def test_the_workers_of_an_engine_cover_what_one_process_covers(
    name: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skewproof.properties.engines.slicing.solver.LISTED_STATES", 0)
    alone = check(DEPLOYMENT, engine=name, limits=Limits(max_states=most))
    shared = check(DEPLOYMENT, engine=name, limits=Limits(max_states=most, workers=ByPost().workers))
    assert shared == alone
    assert isinstance(alone.verdict, Unknown) == (name == "reference" or most == 10)
