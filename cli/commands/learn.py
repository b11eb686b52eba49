"""`skewproof learn`: the changes of a release, learned from its real code."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

import click

from ...model.resources.alarm import alarm, imports_can_be_ended, others_code
from ...model.resources.limits import LimitError, Limits
from ..options import resource_options, write_file
from ..output import hand_over, say
from ..progress import shown_progress
from ..start import withdrawn
from ..workers import MOST_JOBS, open_workers

LOOK_S = 0.2
"""So often is looked how far workers have come."""

TOLD = ".told"

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...model.deployment import Deployment
    from ...model.resources.jobs import Workers
    from ...properties.harness import Learned, MixedVersions


@click.command()
@click.argument("harness", metavar="MODULE:CLASS")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write the changes; by default to standard output.",
)
@click.option("--allow-code", is_flag=True, help="Run the code that MODULE:CLASS starts.")
@click.option(
    "--budget",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Try no more pairs after so long; what was not tried is written as unknown.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1, max=MOST_JOBS),
    default=1,
    show_default=True,
    help="So many processes share the requests, each with services and servers of its own.",
)
@resource_options()
def learn(harness: str, output: Path | None, allow_code: bool, budget: float | None, jobs: int) -> None:
    """Learn what breaks by running the real versions that MODULE:CLASS starts.

    MODULE:CLASS is a subclass of skewproof.properties.harness.MixedVersions; the module is looked for
    in this folder as well. Every pair of versions is tried at every hop, and what happened is written
    as a file for `skewproof check --changes`, with the evidence beside each line.

    \b
    skewproof learn versions:Shop --allow-code -o learned.yaml
    """
    if not allow_code:
        raise click.ClickException(
            f"this would import `{harness}` and run the code that it starts; say --allow-code if you trust it"
        )
    loaded, workers = load_harness(harness), open_workers(jobs)
    if workers.hire is None:
        deployment, learned = _try_all(loaded, budget)
    else:
        deployment, learned = _try_by_shares(harness, loaded, budget, workers)
    text = _text(harness, deployment, learned)
    if output is None:
        hand_over(text.encode())
        return
    write_file(output, text.encode())
    broken = sum(lesson.is_broken for lesson in learned)
    untried = sum(lesson.finding == "untried" for lesson in learned)
    told = f", {untried} were not tried and are unknown" if untried else ""
    say(f"{output}: {len(learned)} pairs of versions at hops, {broken - untried} of them break{told}")


def load_harness(name: str) -> MixedVersions:
    """The harness of that name. Whatever its module raises is wrong input, not a fault of ours."""
    from importlib import import_module

    from ...properties.harness import MixedVersions

    module, colon, attribute = name.partition(":")
    if not (module and colon and attribute):
        raise click.ClickException(f"`{name}` names no harness; write MODULE:CLASS, as in shop_harness:Shop")
    sys.path.insert(0, str(Path.cwd()))
    sys.path += withdrawn
    try:
        with imports_can_be_ended(), others_code():
            found = getattr(import_module(module), attribute)
            harness = found() if isinstance(found, type) else found
    except (LimitError, MemoryError):
        raise
    except (Exception, SystemExit) as error:
        raise click.ClickException(f"`{name}` cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(harness, MixedVersions):
        raise click.ClickException(f"`{name}` is no subclass of skewproof.properties.harness.MixedVersions")
    return harness


def _try_all(harness: MixedVersions, budget_s: float | None) -> tuple[Deployment, Sequence[Learned]]:
    from ...model.resources.limits import Progress
    from ...properties.harness import HarnessError, Trial
    from ...properties.harness import learn as try_all

    progress = Progress(what="pairs")

    def watch(known: int, total: int) -> None:
        progress.done, progress.total = known, total
        progress.at(0)

    try:
        with shown_progress(progress), others_code(), Trial(harness) as trial:
            return trial.deployment, try_all(trial, budget_s=budget_s, watch=watch)
    except HarnessError as error:
        raise click.ClickException(str(error)) from error


class Share(NamedTuple):
    """What one worker learns: some requests, until a moment of the clock."""

    harness: str
    folder: str
    requests: tuple[str, ...]
    until: float | None
    max_memory: int | None
    told: str
    """The file in which it says how many pairs are known."""


def learn_share(share: Share) -> tuple[Learned, ...] | str:
    """What is learned of the requests, on servers and processes of their own; or what is wrong."""
    from ...properties.harness import HarnessError

    os.chdir(share.folder)
    try:
        with alarm(Limits(None, share.max_memory, None)):
            return _learn_share(load_harness(share.harness), share)
    except HarnessError as error:
        return str(error)
    except click.ClickException as error:
        return error.message


def _learn_share(harness: MixedVersions, share: Share) -> tuple[Learned, ...]:
    from ...properties.harness import Trial
    from ...properties.harness import learn as try_all

    with others_code(), Trial(harness) as trial:
        left_s = None if share.until is None else max(0.0, share.until - time.time())

        def watch(known: int, _: int) -> None:
            _tell(Path(share.told), known)

        return try_all(trial, budget_s=left_s, requests=share.requests, watch=watch)


def _tell(file: Path, known: int) -> None:
    written = file.with_suffix(".new")  # who reads meanwhile reads the old number, or the new
    written.write_text(str(known), "ascii")
    written.replace(file)


@contextmanager
def _shown_tally(folder: Path, total: int) -> Iterator[None]:
    """While it lasts, what all workers know is shown, as they tell it in files of the folder."""
    from ...model.resources.limits import Progress

    progress, over = Progress(what="pairs", total=total), Event()

    def look() -> None:
        is_over = False
        while not is_over:  # once more at the end: the last pairs are known then
            is_over = over.wait(LOOK_S)
            progress.done = sum(int(file.read_text("ascii")) for file in folder.glob(f"*{TOLD}"))
            progress.at(0)

    with shown_progress(progress):
        watcher = Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()


def _try_by_shares(
    name: str, harness: MixedVersions, budget_s: float | None, workers: Workers
) -> tuple[Deployment, Sequence[Learned]]:
    """The same by several processes, each with some of the requests."""
    from ...model.resources.jobs import run
    from ...properties.harness import HarnessError
    from ...properties.harness.blanks import refuse_blanks
    from ...properties.harness.learning import count_pairs, share_requests
    from ...properties.harness.mixed import check_parts, load_deployment
    from ...properties.harness.sharing import refuse_shared

    until = None if budget_s is None else time.time() + budget_s
    try:
        refuse_blanks(harness)
        deployment = load_deployment(harness)
        refuse_shared(check_parts(harness, deployment))
    except HarnessError as error:
        raise click.ClickException(str(error)) from error
    shares = share_requests(deployment, workers.on_this_machine)
    max_memory = click.get_current_context().params["max_memory"]
    with TemporaryDirectory(prefix="skewproof-learn-") as folder:
        jobs = [
            Share(name, str(Path.cwd()), share, until, max_memory, str(Path(folder) / f"{number}{TOLD}"))
            for number, share in enumerate(shares)
        ]
        with _shown_tally(Path(folder), sum(count_pairs(deployment).values())):
            found = list(run(learn_share, jobs, workers))
    wrong = dict.fromkeys(one for one in found if isinstance(one, str))
    if wrong:
        raise click.ClickException("; ".join(wrong))
    lessons = [lesson for one in found if not isinstance(one, str) for lesson in one]
    order = [request.name for request in deployment.requests]
    return deployment, sorted(lessons, key=lambda lesson: order.index(lesson.trait.request))  # stable


def _text(name: str, deployment: Deployment, learned: Sequence[Learned]) -> str:
    from ...properties.harness import changes_text

    return changes_text(
        deployment, learned, f"Learned by running {name}: every pair of versions at every hop."
    )
