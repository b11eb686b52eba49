"""`skewproof verify`: does a certificate prove a deployment safe?"""

from __future__ import annotations

from pathlib import Path

import click

from ..options import deployment_options, load_deployment, resource_options
from ..output import say
from ..status import EXIT_UNKNOWN

MOST_BYTES = 1 << 27
"""A certificate is read whole, in one go that no limit ends; nobody needs a larger one."""


@click.command()
@deployment_options
@resource_options
@click.argument("certificate", type=click.Path(path_type=Path))
def verify(file: Path, changes: Path | None, pessimistic: bool, certificate: Path) -> None:
    """Check that CERTIFICATE proves the deployment in FILE safe, without trust in who made it.

    The exit status is 0 if it does, 2 if the input is wrong, 3 if it is refused or a limit was reached: then
    nothing is proven, and no hazard is shown either.
    What is certified are the hops of requests (broken pairs, and calls that nobody takes) and what must hold
    in every state.
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
