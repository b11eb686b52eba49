"""`skewproof lint`: what a deployment file says that can hardly be meant."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..code import code_option, load_rollouts
from ..options import (
    accept_option,
    changes_option,
    failures_option,
    limit_options,
    load_deployment,
    write_file,
)
from ..output import complain, hand_over, say, write_json
from ..outputs.formats import Format, Output, format_option, output_option
from ..status import EXIT_INPUT, EXIT_SAFE, EXIT_UNKNOWN

if TYPE_CHECKING:
    from ...model.deployment import Deployment
    from ...model.machines.rollouts import Rollout
    from ...model.resources.limits import Limits
    from ...properties.slips import Slip
    from ...properties.verdict import Answer
    from ..outputs.findings import Finding

FORMATS = (Format.TEXT, Format.JSON, Format.SARIF, Format.GITHUB)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@changes_option
@accept_option
@limit_options
@code_option
@failures_option
@format_option(FORMATS)
@output_option("Write the slips to a file as well, as `skewproof check` does. Can be given several times.")
def lint(
    file: Path,
    changes: Path | None,
    accept: tuple[Path, ...],
    limits: Limits,
    allow_code: bool,
    failures: bool,
    style: str,
    outputs: tuple[Output, ...],
) -> None:
    """Tell what FILE says that can hardly be meant: what no action moves, nobody reads, or is said in vain.

    Slips are no hazards: a file can be safe and have some. The exit status is 2 if there are any, 3 if a
    limit kept some from being known, 0 else.

    \b
    skewproof lint deploy.yaml
    """
    from ...properties.slips import find_slips

    if wrong := next((one for one in outputs if one.format not in FORMATS), None):
        raise click.UsageError(f"{wrong.path}: slips are written as {', '.join(map(str, FORMATS))}")
    deployment = load_deployment(file, changes, False, accept)
    rollouts = load_rollouts(deployment, allow_code)
    answer = _judge(replace(deployment, failures=failures), rollouts, limits)
    slips = find_slips(deployment, answer, rollouts)
    for output in outputs:
        text = _write(slips, file, output.format)
        write_file(output.path, text.encode("utf-8", "backslashreplace"))
    _print(slips, file, Format(style))
    is_known = answer is None or not _is_cut_short(answer)
    if not is_known:
        complain("a limit was hit: slips that only the answer tells may be missing")
    raise click.exceptions.Exit(EXIT_INPUT if slips else EXIT_SAFE if is_known else EXIT_UNKNOWN)


def _judge(deployment: Deployment, rollouts: Mapping[str, Rollout] | None, limits: Limits) -> Answer | None:
    """The answer; None where the file does not say what the release changes."""
    from ...properties.checker import check

    return None if deployment.changes is None else check(deployment, rollouts=rollouts, limits=limits)


def _is_cut_short(answer: Answer) -> bool:
    from ...properties.verdict import Unknown

    is_short = isinstance(answer.verdict, Unknown) and answer.verdict.covered is not None
    return is_short or bool(answer.left_open)


def _print(slips: tuple[Slip, ...], file: Path, style: Format) -> None:
    text = _write(slips, file, style)
    if style is Format.TEXT:
        say(text.rstrip("\n"))
    else:  # JSON is harmless as it is written, and so are annotations, which are commands
        hand_over(text.encode())


def _write(slips: tuple[Slip, ...], file: Path, style: Format) -> str:
    match style:
        case Format.JSON:
            return write_json({"schema": 1, "file": str(file), "slips": list(map(_to_json, slips))})
        case Format.SARIF:
            from ..outputs.judged import Judged, Silent
            from ..outputs.sarif import write_log

            judged = Judged(str(file), EXIT_SAFE, Silent(""))
            return write_json(write_log((judged, _to_finding(slip)) for slip in slips))
        case Format.GITHUB:
            from ..outputs.github import annotate

            return "".join(f"{annotate(_to_finding(slip))}\n" for slip in slips)
        case _:
            return "".join(f"{line}\n" for line in (*map(_to_line, slips), _count(slips)))


def _to_line(slip: Slip) -> str:
    place = "" if slip.place is None else f"{slip.place}: "
    return f"{place}{slip.code} {slip.text}; {slip.fix}"


def _count(slips: tuple[Slip, ...]) -> str:
    from ...diagrams.wording import count

    return count(len(slips), "slip") if slips else "no slips"


def _to_json(slip: Slip) -> dict[str, Any]:
    place = slip.place and {"file": slip.place.file, "line": slip.place.line, "column": slip.place.column}
    told = {"code": str(slip.code), "word": slip.word, "subject": slip.subject, "text": slip.text}
    return {**told, "fix": slip.fix, "place": place}


def _to_finding(slip: Slip) -> Finding:
    from ..outputs.findings import Finding, Level, Spot

    told = hashlib.sha256(f"{slip.code}\0{slip.subject}".encode()).hexdigest()[:12]
    spots = () if slip.place is None else (Spot("what is said", slip.place),)
    title = slip.code.meaning
    return Finding(slip.code, Level.WARNING, None, told, title, f"{slip.text}; {slip.fix}", spots)
