"""`skewproof check DIR`: a table of verdicts, or a list of answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from msgspec import Struct

from ...model.errors import Problem
from ...model.escapes import make_printable
from ...model.resources.jobs import Workers, run
from ...model.resources.limits import Limits
from ...properties.verdict import Answer
from ..output import complain
from ..outputs.formats import Format, Output
from ..outputs.judged import Judged, Silent, Verdict, WrongInput
from ..outputs.write import print_output, write_files
from ..status import EXIT_FAULT, EXIT_INPUT, EXIT_SAFE, EXIT_UNKNOWN, EXIT_UNSAFE
from .files import NAMES, Found, find_deployments
from .task import Checked, FileTask, check_file

WORST_FIRST = (EXIT_FAULT, EXIT_INPUT, EXIT_UNSAFE, EXIT_UNKNOWN, EXIT_SAFE)
"""A fault and a wrong file say that the run itself cannot be relied on; a hazard is surer than no verdict."""


class Orders(Struct, frozen=True):
    """What is asked: the folder, how each file is judged, and how it is told.

    `status` gives the exit status that an answer stands for.
    """

    folder: Path
    changes: Path | None
    pessimistic: bool
    failures: bool
    engine: str
    style: Format
    status: Callable[[Answer], int]
    outputs: tuple[Output, ...] = ()


def check_fleet(orders: Orders, limits: Limits, workers: Workers) -> int:
    """Checks and tells of every deployment below the folder; the worst file's exit status."""
    found = find_deployments(orders.folder)
    if not (found.files or found.unread):
        wanted = " nor ".join(f"`{name}`" for name in NAMES)
        raise click.UsageError(f"there is no {wanted} below {orders.folder}")
    results = [*_results(orders, found.files, limits, workers), *_unread(found)]
    results.sort(key=lambda result: result.file)
    statuses = {_status(orders, result) for result in results}
    worst = next(status for status in WORST_FIRST if status in statuses)
    files = [_judged(orders, result) for result in results]
    write_files(orders.outputs, files, is_fleet=True)
    if orders.style is not Format.TEXT:
        print_output(orders.style, files, is_fleet=True)
    else:
        from .table import print_table

        print_table(results, worst)
        for result in results:
            if result.problem is not None:
                complain(result.problem)
    return worst


def _results(orders: Orders, files: list[Path], limits: Limits, workers: Workers) -> Iterator[Checked]:
    until_s = None if limits.deadline_s is None else time.time() + limits.deadline_s - time.monotonic()
    tasks = [_task(orders, file, limits, until_s) for file in files]
    progress = limits.progress
    progress.total, progress.what = len(tasks), "files"
    progress.at(0)
    for result in run(check_file, tasks, workers):
        progress.done += 1
        progress.at(0)
        yield result


def _unread(found: Found) -> Iterator[Checked]:
    """The folders that could not be read: what is in them is not judged, and nobody must take it for safe."""
    for folder, reason in found.unread.items():
        yield Checked(folder, problem=f"{make_printable(str(folder))}: {reason}")


def _task(orders: Orders, file: Path, limits: Limits, until_s: float | None) -> FileTask:
    return FileTask(
        file,
        orders.changes,
        orders.pessimistic,
        orders.failures,
        orders.engine,
        limits.max_states,
        limits.workers_memory_mib,
        until_s,
        orders.style is not Format.TEXT or bool(orders.outputs),
    )


def _status(orders: Orders, result: Checked) -> int:
    if result.answer is not None:
        return orders.status(result.answer)
    if result.spent is not None:
        return EXIT_UNKNOWN
    return EXIT_FAULT if result.fault is not None else EXIT_INPUT


def _judged(orders: Orders, result: Checked) -> Judged:
    return Judged(str(result.file), _status(orders, result), _outcome(result))


def _outcome(result: Checked) -> Verdict | WrongInput | Silent:
    if result.answer is not None and result.deployment is not None:
        return Verdict(result.deployment, result.answer)
    if result.problem is not None:
        return WrongInput(result.problems or (Problem("unreadable-file", result.problem),))
    return Silent(result.fault or result.spent or "")
