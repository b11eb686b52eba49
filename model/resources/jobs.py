"""Independent jobs, here or by workers: a worker that is lost costs its jobs' time, never a result."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

Job = TypeVar("Job")
Result = TypeVar("Result")

ROUNDS = 2
"""So often lost jobs are given to workers; what is lost again is done in this process."""


def _tell_nobody(lost: int) -> None:
    """Who hires nobody loses nobody."""


def _do_nothing() -> None:
    """Who waits for workers need do nothing else."""


class Workers(Struct, frozen=True):
    """Who does jobs. `hire` gives an executor for one round, `lost` are the errors of a future whose
    worker is gone, and of `hire` where nobody is left; `tell` is called with the number of jobs that were
    lost with their workers. So many share the memory of this machine with this process (0: they have
    machines of their own, or there are none)."""

    hire: Callable[[], AbstractContextManager[Executor]] | None = None
    lost: tuple[type[BaseException], ...] = ()
    tell: Callable[[int], None] = _tell_nobody
    on_this_machine: int = 0


ALONE = Workers()
"""No workers: this process does everything."""


def run(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    workers: Workers = ALONE,
    meanwhile: Callable[[], None] = _do_nothing,
) -> Generator[Result, None, None]:
    """The result of each job, in their order, each as soon as it and those before it are there.

    `meanwhile` is called once: when the workers have begun, if there are any.

    `work` must be a function of a module, and it, jobs and results must be fit to be pickled. An
    error of a job is raised; a job whose worker is lost is done again.
    """
    results: dict[int, Result] = {}
    left = list(range(len(jobs)))
    once = iter([meanwhile])
    for _ in range(ROUNDS) if workers.hire is not None else ():
        if left:
            with suppress(*workers.lost):  # nobody may be left to hire
                yield from _one_round(work, jobs, left, workers, results, once)
            left = [number for number in left if number not in results]
            if left:
                workers.tell(len(left))
    next(once, _do_nothing)()
    for number in range(_given(results), len(jobs)):
        yield results[number] if number in results else work(jobs[number])


def _one_round(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    left: list[int],
    workers: Workers,
    results: dict[int, Result],
    once: Iterator[Callable[[], None]],
) -> Iterator[Result]:
    """Fills `results`, and gives those that no missing one precedes."""
    assert workers.hire is not None
    given = _given(results)
    with workers.hire() as executor:
        futures = {number: _submit(executor, work, jobs[number], workers) for number in left}
        next(once, _do_nothing)()
        for number, future in futures.items():
            try:
                if future is not None:
                    results[number] = future.result()
            except workers.lost:
                continue
            while given in results:
                yield results[given]
                given += 1


def _submit(
    executor: Executor, work: Callable[[Job], Result], job: Job, workers: Workers
) -> Future[Result] | None:
    try:
        return executor.submit(work, job)
    except workers.lost:  # the pool broke while it was being filled
        return None


def _given(results: Mapping[int, object]) -> int:
    """How many results from the first on are there, and so have been given."""
    number = 0
    while number in results:
        number += 1
    return number
