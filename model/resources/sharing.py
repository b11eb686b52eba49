"""The jobs of one question, shared by its workers under its limits.

`jobs` knows nothing of limits, `limits` of no work; here a job that hits a limit tells how far it had come.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Generic, TypeVar

from msgspec import Struct

from .alarm import alarm
from .jobs import run
from .limits import LimitError, Limits, TimeLimitError

Job = TypeVar("Job")
Result = TypeVar("Result")


class JobOutcome(Struct, Generic[Result], frozen=True):
    """How a job ended, by its result or by the limit that it hit, and the states explored by then."""

    states: int
    ended: Result | LimitError


def share(
    work: Callable[[Job, Limits], Result], jobs: Sequence[Job], limits: Limits
) -> Generator[Result, None, None]:
    """The result of each job in their order, each as soon as it and those before it are there.

    `work` must be a function of a module, and it, jobs and results must be fit to be pickled. Raises the
    `LimitError` of the first job that hits one; the states of the jobs before it, and its own, are explored.
    Where time is up it is up for all, so that of each is counted how far it came.
    """
    up: TimeLimitError | None = None
    work_under = partial(_under, work, _Order.of(limits))
    with closing(run(work_under, jobs, limits.workers)) as outcomes:
        for outcome in outcomes:
            limits.progress.search_over(outcome.states)
            limits.check_work()
            if isinstance(outcome.ended, TimeLimitError):
                up = up or outcome.ended
            elif isinstance(outcome.ended, LimitError):
                raise outcome.ended
            elif up is None:
                yield outcome.ended
    if up is not None:
        raise up


class _Order(Struct, frozen=True):
    """Limits on their way: `until_s` is the moment on the clock of `time.time`, for a worker on another
    machine, whose `time.monotonic` counts from elsewhere."""

    limits: Limits
    until_s: float | None

    @classmethod
    def of(cls, limits: Limits) -> _Order:
        left_s = None if limits.deadline_s is None else limits.deadline_s - time.monotonic()
        return cls(limits.for_a_worker(), None if left_s is None else time.time() + left_s)

    def there(self) -> Limits:
        """The limits of one job, which counts its own states."""
        left_s = None if self.until_s is None else self.until_s - time.time()
        deadline_s = None if left_s is None else time.monotonic() + left_s
        return replace(self.limits.for_a_worker(), deadline_s=deadline_s)


def _under(work: Callable[[Job, Limits], Result], order: _Order, job: Job) -> JobOutcome[Result]:
    own = order.there()
    ended: Result | LimitError
    try:
        with alarm(own):
            own.check_resources()
            ended = work(job, own)
    except LimitError as limit:
        ended = limit
    return JobOutcome(own.progress.states, ended)
