"""`skewproof explore`: the rollout as a page in which every event can be taken."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..code import code_option
from ..html_page import write_page
from ..options import deployment_options, failures_option, limit_options, load_deployment

if TYPE_CHECKING:
    from ...model.resources.limits import Limits


@click.command()
@deployment_options
@limit_options
@code_option
@failures_option
@click.option("--request", metavar="NAME", help="Watch this request alone.  [default: all that have room]")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="HTML")
def explore(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    limits: Limits,
    allow_code: bool,
    failures: bool,
    request: str | None,
    output: Path,
) -> None:
    """Walk through the rollout of FILE, event by event, in one HTML file that needs no network.

    The exit status says whether the page was written; the verdict stands in it.

    \b
    skewproof explore deploy.yaml -o explore.html
    """
    from ...diagrams.report import compose_explorer

    deployment = replace(load_deployment(file, changes, pessimistic), failures=failures)
    if request is not None and request not in {one.name for one in deployment.requests}:
        known = ", ".join(one.name for one in deployment.requests)
        raise click.UsageError(f"there is no request {request!r}; there are {known}")
    write_page(deployment, partial(compose_explorer, request=request), limits, allow_code, output)
