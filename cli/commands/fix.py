"""`skewproof fix`: what would make the deployment safe, and what that costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...model.errors import InvalidDeploymentError
from ..code import code_option, load_rollouts
from ..options import (
    accept_option,
    deployment_options,
    failures_option,
    limit_options,
    write_file,
)
from ..output import complain, say, say_json
from ..outputs.formats import Format, format_option
from ..status import EXIT_INPUT, EXIT_SAFE, EXIT_UNSAFE

if TYPE_CHECKING:
    from ...model.deployment import Deployment
    from ...model.resources.limits import Limits
    from ...properties.repair.finishing import RepairPlan
    from ...properties.repair.repair import Repair
    from ...properties.repair.source import EditedSource
    from ...properties.verdict import Answer


_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@click.command()
@deployment_options
@accept_option
@limit_options
@failures_option
@code_option
@format_option((Format.TEXT, Format.JSON))
@click.option("--apply", "applies", is_flag=True, help="Write the plan into FILE.")
@click.option(
    "--plan",
    "number",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Which plan --apply writes.",
)
@click.option(
    "--plans",
    "most_plans",
    type=click.IntRange(1, 10),
    default=3,
    show_default=True,
    help="How many plans of different kinds to look for.",
)
@click.option(
    "--checks",
    type=click.IntRange(min=1),
    default=1_000,
    show_default=True,
    help="How many edited deployments may be checked.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True, max=1e9),
    default=60.0,
    show_default=True,
    help="How many seconds of the processor the search may take; each plan is checked whole after it.",
)
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT",
    help="With --apply: write the proof of the plan that `skewproof verify` checks.",
)
def fix(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    accept: tuple[Path, ...],
    limits: Limits,
    failures: bool,
    allow_code: bool,
    style: str,
    applies: bool,
    number: int,
    most_plans: int,
    checks: int,
    seconds: float,
    certificate: Path | None,
) -> None:
    """Find the cheapest plans that make FILE safe: edits of its steps, each plan checked whole.

    Prices are those under `prices:` in FILE, or the defaults. The exit status is that of FILE as it stands
    when the command ends: 1 while it has hazards, 0 where it is safe (or was made so by --apply), 3 without
    a verdict.

    \b
    skewproof fix deploy.yaml
    skewproof fix deploy.yaml --apply --plan 2
    """
    from ...properties.checker import check
    from .check import status_of

    if certificate is not None and not applies:
        raise click.UsageError("--certificate is of the plan that --apply writes")
    source = _read(file, changes, pessimistic, accept)
    deployment = source.load(source.text)
    rollouts = load_rollouts(deployment, allow_code)
    answer = check(deployment, limits=limits, failures=failures, rollouts=rollouts)
    status = status_of(answer, "degraded")
    if not answer.hazards or answer.open_properties:
        _tell_no_hazards(answer, style)
        raise click.exceptions.Exit(status)
    from ...properties.repair.hitting import RepairUnavailableError
    from ...properties.repair.judging import TrialBudget
    from ...properties.repair.repair import repair

    try:
        found = repair(
            source,
            deployment,
            answer,
            budget=TrialBudget(checks, seconds),
            limits=limits,
            failures=failures,
            rollouts=rollouts,
            most_plans=most_plans,
        )
    except RepairUnavailableError as error:
        raise click.ClickException(str(error)) from error
    _tell(found, deployment, answer, source, style)
    if applies:
        _apply(found, number, file, source, certificate)
        raise click.exceptions.Exit(EXIT_SAFE)
    raise click.exceptions.Exit(status)


def _read(file: Path, second: Path | None, pessimistic: bool, accept: tuple[Path, ...]) -> EditedSource:
    """The file's text, as it is loaded beside the other files. Raises `InvalidDeploymentError`."""
    from ...model.language import load
    from ...model.language.document import Document, parse_document, read_document
    from ...model.language.text import UnreadableFileError, decode, read_bytes
    from ...properties.repair.source import EditedSource

    def load_text(text: str, *, changes: str | None = None) -> Deployment:
        given = {str(file): text, **({str(second): changes} if changes is not None else {})}

        def read(name: str) -> Document:
            return parse_document(given[name], name) if name in given else read_document(name)

        deployment = load(file, second, accept, read=read)
        return deployment.pessimistic() if pessimistic else deployment

    try:
        changes = decode(read_bytes(second), str(second)) if second is not None else None
        return EditedSource(decode(read_bytes(file), str(file)), load_text, changes, str(second or ""))
    except UnreadableFileError as refused:
        raise InvalidDeploymentError([refused.problem]) from refused
    except (OSError, ValueError):  # the loader tells it, with all that is wrong in other files
        load(file, second, accept)
        raise


def _tell_no_hazards(answer: Answer, style: str) -> None:
    """What is said where there is nothing to repair, or not all is known that would have to be."""
    from ...properties.verdict import Safe, Unknown

    is_safe = isinstance(answer.verdict, Safe) and not answer.open_properties
    if style == Format.JSON:
        say_json({"plans": [], "verdict": "safe" if is_safe else "unknown"})
    elif is_safe:
        say("safe: there is nothing to repair")
    else:
        reason = answer.verdict.reason if isinstance(answer.verdict, Unknown) else "not all was judged"
        complain(f"no plan is looked for: {reason}")


def _tell(found: Repair, deployment: Deployment, answer: Answer, source: EditedSource, style: str) -> None:
    from ..fix_text import print_repair, spell_repair

    if style == Format.JSON:
        say_json(spell_repair(found, source, deployment.file))
    else:
        print_repair(found, deployment, answer, source)


def _apply(found: Repair, number: int, file: Path, source: EditedSource, certificate: Path | None) -> None:
    """Writes a plan into the file, if the file is still what was read."""
    from ..fix_text import tell_to_build

    if number > len(found.plans):
        complain(f"nothing is written: there is no plan {number}")
        raise click.exceptions.Exit(EXIT_UNSAFE)
    plan = found.plans[number - 1]
    edits = [(file, source.text, plan.text)]
    if plan.changes is not None and source.changes is not None:
        edits.append((Path(source.second), source.changes, plan.changes))
    marks = [_mark_of(path, text) for path, text, _ in edits]
    if certificate is not None:
        _write_certificate(plan, certificate)
    for (path, _, text), mark in zip(edits, marks, strict=True):
        write_file(path, mark + text.encode())
        complain(f"plan {number} is written into {path}")
    for line in tell_to_build(plan):
        complain(line.strip())


def _mark_of(path: Path, text: str) -> bytes:
    """The byte order mark of a file, which must still be what was read."""
    content = path.read_bytes()
    mark = _BYTE_ORDER_MARK if content.startswith(_BYTE_ORDER_MARK) else b""
    if content != mark + text.encode():
        complain(f"nothing is written: {path} has changed since it was read")
        raise click.exceptions.Exit(EXIT_INPUT)
    return mark


def _write_certificate(plan: RepairPlan, path: Path) -> None:
    import json

    if plan.certificate is None:
        complain(f"no certificate is written: {plan.uncertified}")
        return
    content = json.dumps(plan.certificate.content, ensure_ascii=False, separators=(",", ":"))
    write_file(path, content.encode() + b"\n")
