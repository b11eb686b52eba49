"""A page of HTML about a deployment: judged, composed, written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .code import load_rollouts
from .options import write_file
from .output import say

if TYPE_CHECKING:
    from ..model.deployment import Deployment
    from ..model.machines.rollouts import Rollout
    from ..model.resources.limits import Limits
    from ..properties.verdict import Answer

    Compose = Callable[[Deployment, Answer, Mapping[str, Rollout] | None], str]


def write_page(
    deployment: Deployment,
    compose: Compose,
    limits: Limits,
    allow_code: bool,
    output: Path,
    *,
    advises: bool = False,
) -> None:
    """Writes what `compose` makes of the answer, with advice if it is asked for, and says where. Raises
    `click.ClickException` where nothing can be drawn or written."""
    from ..diagrams.errors import DiagramError
    from ..properties.checker import check

    rollouts = load_rollouts(deployment, allow_code)
    answer = check(deployment, rollouts=rollouts, limits=limits)
    if advises and answer.hazards and not rollouts:
        from ..properties.repair.advising import advise

        answer = advise(deployment, answer, limits=limits)
    try:
        page = compose(deployment, answer, rollouts)
    except DiagramError as error:
        raise click.ClickException(str(error)) from error
    write_file(output, page.encode())
    say(output)
