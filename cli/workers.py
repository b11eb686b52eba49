"""Who does the jobs of a command: this process, a pool of processes, or a Dask cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial, wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from ..model.errors import SkewproofError
from ..model.resources.children import guarded_children
from ..model.resources.jobs import ALONE, Workers
from .output import complain

if TYPE_CHECKING:
    from concurrent.futures import Executor

Command = TypeVar("Command", bound=Callable[..., Any])

ANSWERS_WITHIN_S = 5

MOST_JOBS = 1024
"""A pool with many more asks the system for more than it can give, whatever the machine."""


def worker_options(command: Command) -> Command:
    """--jobs and --cluster; the command is given `workers`."""

    @wraps(command)
    def staffed(*args: Any, jobs: int, cluster: str | None, **more: Any) -> Any:
        return command(*args, workers=_workers(jobs, cluster), **more)

    click.option(
        "--cluster",
        metavar="ADDRESS",
        help="Give the jobs to the Dask cluster whose scheduler is there (pip install 'skewproof[cluster]').",
    )(staffed)
    click.option(
        "--jobs",
        type=click.IntRange(min=1, max=MOST_JOBS),
        default=1,
        show_default=True,
        help="So many processes share the jobs: the files of a folder, or of one file the slices (slice, "
        "auto) or the requests (reference).",
    )(staffed)
    return cast("Command", staffed)


def _workers(jobs: int, cluster: str | None) -> Workers:
    return _cluster(cluster) if cluster is not None else open_workers(jobs)


def open_workers(jobs: int) -> Workers:
    """So many processes of this machine; this one alone for 1."""
    return ALONE if jobs == 1 else open_workers_beside(jobs)


def open_workers_beside(jobs: int) -> Workers:
    """So many processes of this machine, beside this one."""
    if _ignores_guards():
        return ALONE
    from concurrent.futures import BrokenExecutor, CancelledError

    return Workers(partial(_pool, jobs), (BrokenExecutor, CancelledError), _tell, jobs)


def _ignores_guards() -> bool:
    """Whether Python was told (`-E`) to heed nothing that keeps its children from the working folder."""
    return bool(sys.flags.ignore_environment and not sys.flags.safe_path)


def _tell(count: int) -> None:
    jobs = "1 job is" if count == 1 else f"{count} jobs are"
    complain(f"a worker was lost: {jobs} done again")


# --- processes --------------------------------------------------------------------------------


@contextmanager
def _pool(jobs: int) -> Iterator[Executor]:
    """Processes that are gone when it ends, also when it is interrupted."""
    import multiprocessing

    from .pool import Pool

    others = set(multiprocessing.active_children())
    with guarded_children():
        executor = Pool(jobs)
        try:
            yield executor
            executor.shutdown()
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - others:
                process.kill()
            raise


# --- a cluster --------------------------------------------------------------------------------


class SchedulerLostError(SkewproofError):
    """The scheduler that answered before answers no more: what is left is done here."""


def _cluster(address: str) -> Workers:
    try:
        dask: Any = import_module("distributed")
    except ImportError as error:
        raise click.UsageError("--cluster needs Dask: pip install 'skewproof[cluster]'") from error

    import logging

    for name in ("distributed", "distributed.client", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what is lost is told, and done again
    has_answered = False

    @contextmanager
    def hire() -> Iterator[Executor]:
        nonlocal has_answered
        try:
            client = _connect(dask, address)
        except (OSError, ValueError) as error:
            if has_answered:
                raise SchedulerLostError from error
            raise click.BadParameter(f"no scheduler answers at {address}", param_hint="--cluster") from error
        has_answered = True
        try:
            yield client.get_executor(pure=False)
        finally:
            with suppress(OSError):  # the other end may be gone
                client.close()

    lost = dask.KilledWorker, dask.CancelledError, dask.comm.CommClosedError, SchedulerLostError
    return Workers(hire, lost, _tell)


def _connect(dask: Any, address: str) -> Any:
    """A client of the scheduler. Raises `OSError` where none answers in time: Dask waits for ever for one
    that takes the connection and says nothing."""
    import threading
    from concurrent.futures import Future

    connected: Future[Any] = Future()

    def connect() -> None:
        try:
            connected.set_result(dask.Client(address, timeout=f"{ANSWERS_WITHIN_S}s"))
        except BaseException as error:  # whatever it is, who waits is told
            connected.set_exception(error)

    threading.Thread(target=connect, daemon=True).start()
    return connected.result(2 * ANSWERS_WITHIN_S)
