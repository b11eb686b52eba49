"""`skewproof learn`: the changes of a release, learned from its real code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...model.resources.alarm import imports_can_be_ended, others_code
from ...model.resources.limits import LimitError
from ..options import resource_options, write_file
from ..output import hand_over, say
from ..progress import shown_progress
from ..start import withdrawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...model.deployment import Deployment
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
@resource_options()
def learn(harness: str, output: Path | None, allow_code: bool, budget: float | None) -> None:
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
    deployment, learned = _try_all(_load(harness), budget)
    text = _text(harness, deployment, learned)
    if output is None:
        hand_over(text.encode())
        return
    write_file(output, text.encode())
    broken = sum(lesson.is_broken for lesson in learned)
    untried = sum(lesson.finding == "untried" for lesson in learned)
    told = f", {untried} were not tried and are unknown" if untried else ""
    say(f"{output}: {len(learned)} pairs of versions at hops, {broken - untried} of them break{told}")


def _load(name: str) -> MixedVersions:
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


def _text(name: str, deployment: Deployment, learned: Sequence[Learned]) -> str:
    from ...properties.harness import changes_text

    return changes_text(
        deployment, learned, f"Learned by running {name}: every pair of versions at every hop."
    )
