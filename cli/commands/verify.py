"""`skewproof verify`: does a certificate prove a deployment safe?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..options import deployment_options, load_deployment, resource_options
from ..output import say
from ..status import EXIT_UNKNOWN

if TYPE_CHECKING:
    from ...properties.assumptions import Assumptions

MOST_NAMES = 8
MOST_BYTES = 1 << 27
"""A certificate is read whole, in one go that no limit ends; nobody needs a larger one."""


@click.command()
@deployment_options
@resource_options
@click.argument("certificate", type=click.Path(path_type=Path))
def verify(file: Path, changes: Path | None, pessimistic: bool, certificate: Path) -> None:
    """Check that CERTIFICATE proves the deployment in FILE safe, without trust in who made it.

    The exit status is 0 if it does, 2 if the input is wrong, 3 if it is refused, if a property that the file
    states is left open, or if a limit was reached: no hazard is shown either.
    What is certified are the hops of requests (broken pairs, and calls that nobody takes) and what must hold
    in every state. What a certificate takes for granted must be what the file says, and is printed.
    """
    from ...properties.certificate.verify import CertificateRefusedError
    from ...properties.certificate.verify import verify as accept

    deployment = load_deployment(file, changes, pessimistic)
    given = _read(certificate)
    try:
        proof = accept(deployment, given)
    except CertificateRefusedError as refused:
        say(f"refused: {refused}")
        raise click.exceptions.Exit(EXIT_UNKNOWN) from refused
    hops = "1 claim proves" if proof.hops == 1 else f"{proof.hops} claims prove"
    say(f"accepted: {hops} every hop that could break")
    for name in proof.properties:
        say(f"proven: {name}")
    for name in (*proof.left_open, "that the pipeline comes to its end"):
        say(f"not certified: {name}")
    for told in _assumed(proof.assumed):
        say(f"assumed: {told}")
    if proof.left_open:
        raise click.exceptions.Exit(EXIT_UNKNOWN)


def _assumed(assumed: Assumptions) -> Iterator[str]:
    """What the proof rests on, a line each; nothing where it takes nothing for granted."""
    if assumed.unchanged:
        yield f"compatible, for no change names them: {_listed(assumed.unchanged)}"
    if assumed.unjudged:
        yield f"compatible, for only clients without a version use them: {_listed(assumed.unjudged)}"
    if assumed.max_span is not None:
        yield f"no request is in flight while more than {assumed.max_span} steps begin (max_span)"
    yield from (f"never met: {text}" for text in assumed.never)
    if assumed.enabled_after:
        yield f"enabled after the end, by nobody here: {_listed(assumed.enabled_after)}"
    if assumed.overridden:
        yield f"the file of changes says anew what breaks: {_listed(assumed.overridden)}"
    if not assumed.failures:
        yield "no action of the pipeline fails"


def _listed(names: Iterable[object]) -> str:
    told = [str(name) for name in names]
    return ", ".join(
        [*told[:MOST_NAMES], *([f"and {len(told) - MOST_NAMES} more"] if len(told) > MOST_NAMES else [])]
    )


def _read(path: Path) -> object:
    """The certificate as it stands in the file; what is no JSON is wrong input."""
    import json

    try:
        if path.is_char_device() or path.is_block_device():
            raise click.ClickException(f"{path}: no certificate: it is a device")
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise click.ClickException(f"{path}: larger than any certificate")
        return json.loads(content.decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise click.ClickException(f"{path}: no certificate: {reason}") from error
