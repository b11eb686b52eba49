"""`skewproof check`: the verdict, printed and in files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...model.errors import InvalidDeploymentError
from ...model.escapes import make_printable
from ...model.resources.figures import write_figure
from ...model.resources.limits import LimitError, as_limit
from ...properties.engines.registry import AUTO, ENGINES
from ..code import code_option, load_rollouts
from ..options import (
    accept_option,
    deployment_options,
    failures_option,
    limit_options,
    load_deployment,
    write_file,
)
from ..output import complain, say_json
from ..outputs.formats import ENDINGS, Format, Output, format_option, output_option
from ..status import EXIT_INPUT, EXIT_SAFE, EXIT_UNKNOWN, EXIT_UNSAFE
from ..workers import worker_options

if TYPE_CHECKING:
    from ...model.deployment import Deployment
    from ...model.machines.rollouts import Rollout
    from ...model.resources.jobs import Workers
    from ...model.resources.limits import Limits
    from ...properties.verdict import Answer
    from ..outputs.judged import Judged


@click.command()
@deployment_options
@accept_option
@limit_options
@worker_options
@click.option(
    "--engine",
    type=click.Choice([AUTO, *ENGINES]),
    default=AUTO,
    show_default=True,
    help=f"What searches: {'; '.join(f'{name}: {one.summary}' for name, one in ENGINES.items())}.",
)
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT",
    help="Write a proof of `safe` that `skewproof verify` checks.",
)
@failures_option
@code_option
@click.option(
    "--advise",
    is_flag=True,
    help="Look for a remedy against each cause, and tell one that was checked (100 checks, 4 s).",
)
@click.option(
    "--verbose",
    is_flag=True,
    help="Say on standard error which engine was taken and why, and what others were tried and spent.",
)
@format_option(Format)
@output_option(
    "Write the answer to a file as well, in the format that its name ends in "
    f"({', '.join(ENDINGS)}) or that stands before it (junit:FILE). Can be given several times."
)
@click.option(
    "--fail-on",
    type=click.Choice(["corruption", "error", "degraded"]),
    default="degraded",
    show_default=True,
    help="The mildest severity that fails the check (exit status 1).",
)
@click.option(
    "--stories",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="How many stories to tell at most.",
)
@click.option("--all", "everything", is_flag=True, help="Tell the story of every hazard.")
def check(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    accept: tuple[Path, ...],
    limits: Limits,
    workers: Workers,
    engine: str,
    certificate: Path | None,
    failures: bool,
    allow_code: bool,
    advise: bool,
    verbose: bool,
    style: str,
    outputs: tuple[Output, ...],
    fail_on: str,
    stories: int,
    everything: bool,
) -> None:
    """Judge the deployment in FILE: a proof, or the shortest story of each hazard.

    Of a folder, every `skewproof.yaml` and `*.skew.yaml` (or `.yml`) below it is judged. The exit status is
    that of the worst file: a fault of skewproof (4), wrong input (2), hazards (1), no verdict (3), safe (0).

    \b
    skewproof check deploy.yaml --changes release.yaml
    skewproof check deploy.yaml --output skewproof.sarif --output skewproof.md
    """
    if certificate is not None and (allow_code or file.is_dir()):
        raise click.UsageError("--certificate is for one file, without --allow-code")
    if file.is_dir():
        _refuse_in_folders(advise, accept, allow_code)
        from ..fleet.command import Orders, check_fleet

        told_as = partial(status_of, fail_on=fail_on)
        orders = Orders(file, changes, pessimistic, failures, engine, Format(style), told_as, outputs)
        raise click.exceptions.Exit(check_fleet(orders, limits, workers))
    with _wrong_input_is_told(file, style, outputs), _early_limit_is_told(file, limits, style, outputs):
        deployment = load_deployment(file, changes, pessimistic, accept)
        rollouts = load_rollouts(deployment, allow_code)
    spent = limits if rollouts else replace(limits, workers=workers)  # machines stay in this process
    answer = _judge(deployment, rollouts, spent, engine, failures)
    if advise and answer.hazards and not rollouts:
        from ...properties.repair.advising import advise as find_advice

        answer = find_advice(deployment, answer, limits=limits, failures=failures)
    if verbose:
        _tell_effort(answer, limits)
    written, status = None, status_of(answer, fail_on)
    if certificate is not None:  # before anything is printed: who reads that may go away in the middle of it
        judged = replace(deployment, failures=failures or deployment.failures)
        written = _certify(answer, judged, limits, certificate)
    if style == Format.TEXT:
        _print_text(answer, deployment, None if everything else stories)
    elif style == Format.JSON:
        _print_json(answer, written)
    if outputs or style not in (Format.TEXT, Format.JSON):
        from ..outputs.judged import Judged, Verdict

        verdict = Verdict(deployment, answer, rollouts or {}, written)
        _hand_out(Judged(str(file), status, verdict), style, outputs)
    raise click.exceptions.Exit(status)


def _refuse_in_folders(advise: bool, accept: tuple[Path, ...], allow_code: bool) -> None:
    """Raises `UsageError` for options that are for one file."""
    if advise:
        raise click.UsageError("--advise is for one file")
    if accept:
        raise click.UsageError("--accept is for one file; in a folder each names its own, as `accept: FILE`")
    if allow_code:  # modules of two files may have one name, and Python would take one for the other
        raise click.UsageError("--allow-code is for one file: check those with machines one by one")


def _judge(
    deployment: Deployment, rollouts: dict[str, Rollout] | None, limits: Limits, engine: str, failures: bool
) -> Answer:
    from ...properties.checker import check as judge
    from ...properties.engines.protocol import EngineRefusesError

    try:
        return judge(deployment, rollouts=rollouts, limits=limits, engine=engine, failures=failures)
    except EngineRefusesError as refused:
        raise click.ClickException(str(refused)) from refused


@contextmanager
def _wrong_input_is_told(file: Path, style: str, outputs: tuple[Output, ...]) -> Iterator[None]:
    """A pull request hears of wrong input where it hears of hazards."""
    try:
        yield
    except InvalidDeploymentError as wrong:
        from ..outputs.judged import Judged, WrongInput

        _hand_out(Judged(str(file), EXIT_INPUT, WrongInput(wrong.problems)), style, outputs)
        raise


@contextmanager
def _early_limit_is_told(
    file: Path, limits: Limits, style: str, outputs: tuple[Output, ...]
) -> Iterator[None]:
    """A limit that is hit before there is a deployment is no verdict, in every format but text, which has a
    word for it elsewhere."""
    try:
        yield
    except (LimitError, MemoryError) as ended:
        from ...model.resources.alarm import give_room_for_a_word

        give_room_for_a_word()
        limit = as_limit(ended, limits)
        if style == Format.JSON:
            _print_json(_unread(file, limit), None)
        if outputs or style not in (Format.TEXT, Format.JSON):
            from ..outputs.judged import Judged, Silent

            _hand_out(Judged(str(file), EXIT_UNKNOWN, Silent(f"{limit} ({limit.option})")), style, outputs)
        raise


def _unread(file: Path, limit: LimitError) -> Answer:
    """Nothing is known of the file but its name."""
    from ...properties.verdict import Answer, Covered, Unknown

    reason = f"{limit} ({limit.option}), before the file was read"
    return Answer(
        system=make_printable(file.stem),
        release=None,
        verdict=Unknown(reason, limit.advice, Covered(limit.option, 0, 0)),
        avoidable=None,
        unchanged=(),
        unjudged=(),
        max_span=None,
        residue=(),
        statistics=None,
    )


def _hand_out(judged: Judged, style: str, outputs: tuple[Output, ...]) -> None:
    """Writes the outputs, and prints what is neither text nor JSON: those are told in their own way."""
    from ..outputs.write import print_output, write_files

    write_files(outputs, [judged])
    if style not in (Format.TEXT, Format.JSON):
        print_output(Format(style), [judged])


def _tell_effort(answer: Answer, limits: Limits) -> None:
    """Which engine it was and why; and what each spent, where the first one had not all answers."""
    if (told := answer.statistics) is not None:
        complain(f"engine: {told.engine} ({told.choice or 'asked for'})")
        if told.properties:
            complain(f"properties: {told.properties}, {told.in_slices} of them in slices")
    attempts = limits.progress.attempts
    for one in attempts if any(one.ended for one in attempts) else ():
        spent = f"{one.seconds:.2f} s, {write_figure(one.states)} states"
        complain(f"tried on {one.what}: {one.engine}, {spent}: {one.ended or 'answered'}")


def _certify(answer: Answer, deployment: Deployment, limits: Limits, path: Path) -> dict[str, str] | None:
    """Writes the proof of a safe verdict, and gives its digest; of any other there is none, and nothing is
    written."""
    from ...properties.verdict import Safe

    if not isinstance(answer.verdict, Safe):
        complain("no certificate is written: the verdict is not safe")
        return None
    import hashlib

    content = _prove(deployment, limits)
    if content is None:
        return None
    write_file(path, content)
    return {"sha256": hashlib.sha256(content).hexdigest()}


def _prove(deployment: Deployment, limits: Limits) -> bytes | None:
    """A certificate, and a word on what it leaves open."""
    import json

    from ...model.resources.alarm import alarm
    from ...properties.certificate.write import NotCertifiedError, certify

    try:
        with alarm(limits):
            certificate = certify(deployment, limits)
    except (LimitError, MemoryError) as ended:  # the verdict is known all the same
        limit = as_limit(ended, limits)
        complain(f"no certificate is written: {limit}; raise {limit.option}")
        return None
    except NotCertifiedError as error:
        complain(f"no certificate is written: {error}")
        return None
    for text in certificate.proof.left_open:
        complain(f"not certified: {text}")
    return json.dumps(certificate.content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _print_json(answer: Answer, certificate: dict[str, str] | None) -> None:
    from ..render_json import to_json

    say_json(to_json(answer, certificate))


def _print_text(answer: Answer, deployment: Deployment, stories: int | None) -> None:
    from ..render_text import printed_whole, render

    with printed_whole() as screen:
        render(answer, deployment, screen, stories=stories)


def status_of(answer: Answer, fail_on: str) -> int:
    from ...model.deployment import Severity
    from ...properties.verdict import HopHazard, Unknown

    if isinstance(answer.verdict, Unknown):
        return EXIT_UNKNOWN
    worst_first = list(Severity)
    limit = worst_first.index(Severity(fail_on))
    failing = [hazard for hazard in answer.hazards if worst_first.index(hazard.severity) <= limit]
    if any(not (isinstance(hazard, HopHazard) and hazard.if_it_breaks) for hazard in failing):
        return EXIT_UNSAFE
    if failing:  # whether it fails is not known
        return EXIT_UNKNOWN
    return EXIT_UNKNOWN if answer.open_properties else EXIT_SAFE  # what was not judged may be worse
