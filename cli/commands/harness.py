"""`skewproof harness`: a first harness, from what a team has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..options import resource_options, write_file
from ..output import complain, say

if TYPE_CHECKING:
    from ...properties.harness.proposal.proposed import Proposed


@click.group()
def harness() -> None:
    """Run the real versions of an application under the rollout of a deployment file.

    \b
    skewproof harness init compose.yaml
    """


@harness.command()
@click.argument("compose", type=click.Path(path_type=Path))
@click.option(
    "--deployment",
    type=click.Path(path_type=Path),
    metavar="FILE",
    default=Path("skewproof.yaml"),
    show_default=True,
    help="The deployment file; where there is none it is written, as by `skewproof import`.",
)
@click.option(
    "--old",
    type=click.Path(path_type=Path),
    metavar="COMPOSE",
    help="The Compose file of the version that runs now, in a checkout of its own.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    default=Path("test_rollout.py"),
    show_default=True,
    help="The test file to write; one that is there is left alone.",
)
@resource_options()
def init(compose: Path, deployment: Path, old: Path | None, output: Path) -> None:
    """Write a test that starts the services of COMPOSE, each in every version, and sends their requests.

    Commands, variables and ports are those of the Compose file and its Dockerfiles, addresses lead through
    the harness, requests are made from OpenAPI files beside the services. What no file tells is a
    `blank(...)` with a sentence that says what to write there. Nothing is run, and nothing overwritten.

    \b
    skewproof harness init compose.yaml
    """
    if os.path.lexists(output):
        raise click.UsageError(
            f"{output} is there already, and yours; name another file with -o, or move it away"
        )
    if output.suffix != ".py" or not output.stem.isidentifier():
        raise click.UsageError(f"{output} is no name of a Python module; write one like test_rollout.py")
    proposed = _propose(compose, deployment, old, output)
    for told in proposed.remarks:
        complain(told)
    if proposed.deployment is not None:
        write_file(deployment, proposed.deployment.encode())
        say(f"{deployment}: written from {compose}; its requests are a guess: write what your services do")
    write_file(output, proposed.module.encode())
    _tell(output, proposed)


def _tell(output: Path, proposed: Proposed) -> None:
    from ...diagrams.wording import count

    counts = (proposed.parts, "part"), (proposed.requests, "request"), (proposed.blanks, "blank")
    say(f"{output}: {', '.join(count(number, word) for number, word in counts)}")
    ask = f"write what the blanks in {output} ask for, then " if proposed.blanks else ""
    say(f"next: {ask}skewproof learn {proposed.name} --allow-code -o learned.yaml")


def _propose(compose: Path, deployment: Path, old: Path | None, output: Path) -> Proposed:
    from ...properties.harness.proposal.proposed import make_proposal

    return make_proposal(compose, deployment, old, output)
