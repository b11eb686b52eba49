"""`skewproof report`: the verdict as one HTML file that explains it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..code import code_option
from ..html_page import write_page
from ..options import accept_option, deployment_options, failures_option, limit_options, load_deployment

if TYPE_CHECKING:
    from ...model.resources.limits import Limits


@click.command()
@deployment_options
@accept_option
@limit_options
@code_option
@failures_option
@click.option(
    "--advise/--no-advise",
    "advises",
    default=True,
    show_default=True,
    help="Look for a remedy against each cause, and tell one that was checked (100 checks, 4 s).",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="HTML")
def report(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    accept: tuple[Path, ...],
    limits: Limits,
    allow_code: bool,
    failures: bool,
    advises: bool,
    output: Path,
) -> None:
    """Explain the verdict on FILE in one HTML file that needs no network.

    The exit status says whether the report was written; the verdict stands in it.

    \b
    skewproof report deploy.yaml --changes release.yaml -o report.html
    """
    from ...diagrams.report import compose

    deployment = replace(load_deployment(file, changes, pessimistic, accept), failures=failures)
    found = None
    if deployment.timing.traffic and not allow_code:
        from ...properties.exposure.measure import find_exposure

        found = find_exposure(deployment, limits)
    write_page(deployment, partial(compose, exposure=found), limits, allow_code, output, advises=advises)
