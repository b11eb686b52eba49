"""`skewproof verify`: is all that `check` says of a deployment proven by a certificate?"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..options import accept_option, deployment_options, load_deployment, resource_options
from ..output import say
from ..status import EXIT_UNKNOWN

if TYPE_CHECKING:
    from ...model.deployment import Deployment
    from ...properties.certificate.verify import Proof
    from ...properties.verdict.assumptions import Assumptions

MOST_NAMES = 8

DEFAULT_SIZE_MIB = 4
"""That of 200 services, one step each, has 0.6 MiB (benchmarks/certificates.py)."""
DEFAULT_TIMEOUT_S = 120.0
MOST_DIGITS = 18


@click.command()
@deployment_options
@accept_option
@click.option("--failures", is_flag=True, help="Every awaited action may fail half-way, too.")
@click.option(
    "--max-size",
    type=click.IntRange(min=1),
    metavar="MIB",
    default=DEFAULT_SIZE_MIB,
    show_default=True,
    help="Read no certificate larger than this.",
)
@resource_options(default_timeout_s=DEFAULT_TIMEOUT_S)
@click.argument("certificate", type=click.Path(path_type=Path))
def verify(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    accept: tuple[Path, ...],
    failures: bool,
    max_size: int,
    certificate: Path,
) -> None:
    """Check that CERTIFICATE proves the deployment in FILE safe, without trust in who made it.

    The exit status is 0 if everything that `check` judges of the file, with these changes and switches, is
    proven; 3 if something is not: then it is named, or why the certificate is refused; 2 if the input is
    wrong. It is never 1: what is not proven need not be a hazard.

    \b
    skewproof check deploy.yaml --certificate proof.json
    skewproof verify deploy.yaml proof.json
    """
    from ...properties.certificate.rules import CertificateRefusedError
    from ...properties.certificate.verify import verify as verify_proof

    deployment = load_deployment(file, changes, pessimistic, accept)
    deployment = replace(deployment, failures=failures or deployment.failures)
    given = _read(certificate, max_size)
    try:
        proof = verify_proof(deployment, given)
    except CertificateRefusedError as refused:
        say(f"refused: {refused}")
        _say_left_open(_list_all(deployment))
        raise click.exceptions.Exit(EXIT_UNKNOWN) from refused
    _say(proof, deployment)
    if not proof.is_whole:
        raise click.exceptions.Exit(EXIT_UNKNOWN)


def _say(proof: Proof, deployment: Deployment) -> None:
    if proof.is_whole:
        say("proven: everything that `check` judges of this file")
    for text in proof.proven:
        say(f"proven: {text}")
    _say_left_open(proof.left_open)
    for told in _assumed(proof.assumed, deployment):
        say(f"assumed: {told}")


def _list_all(deployment: Deployment) -> tuple[str, ...]:
    """What a certificate of nothing leaves open."""
    from ...properties.certificate.rules import CertificateRefusedError
    from ...properties.certificate.verify import list_left_open

    try:
        return list_left_open(deployment)
    except CertificateRefusedError:  # no certificate of this deployment is accepted, not even that one
        return ()


def _say_left_open(left_open: tuple[str, ...]) -> None:
    for text in left_open:
        say(f"not proven: {text}")


def _assumed(assumed: Assumptions, deployment: Deployment) -> Iterator[str]:
    """What the proof rests on, a line each; nothing where it takes nothing for granted."""
    from ...diagrams.granted import write_granted

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
    for entry in assumed.accepted:
        where = f" in {', '.join(entry.within)}" if entry.within is not None else ""
        until = f" (until {entry.until})" if entry.until is not None else ""
        yield f"accepted, and not proven: {entry}{where}: {entry.reason}{until}"
    if not assumed.failures:
        yield "no action of the pipeline fails"
    if assumed.granted:
        yield write_granted(assumed.granted, deployment)


def _listed(names: Iterable[object]) -> str:
    told = [str(name) for name in names]
    return ", ".join(
        [*told[:MOST_NAMES], *([f"and {len(told) - MOST_NAMES} more"] if len(told) > MOST_NAMES else [])]
    )


def _read(path: Path, most_mib: int) -> object:
    """The certificate as it stands in the file; what is no JSON is wrong input. It is a file that has an end:
    of a device or a FIFO nobody knows how long it lasts."""
    import json

    most = most_mib << 20
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(number, "rb") as stream:
            there = os.fstat(number)
            if not stat.S_ISREG(there.st_mode):
                raise click.ClickException(f"{path}: no certificate: it is no file")
            content = stream.read(most + 1) if there.st_size <= most else b""
        if there.st_size > most or len(content) > most:
            raise click.ClickException(f"{path}: no certificate: larger than {most_mib} MiB (--max-size)")
        text = content.decode("utf-8")
        return json.loads(text, parse_int=_read_integer, object_pairs_hook=_read_mapping)
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise click.ClickException(f"{path}: no certificate: {reason}") from error


def _read_mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A mapping that two readers read alike: of a key that stands there twice some take the first value."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _read_integer(digits: str) -> int:
    """A number of a certificate counts something; to read one of a million digits takes seconds."""
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number of {len(digits):,} digits")
    return int(digits)
