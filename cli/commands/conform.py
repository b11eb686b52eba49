"""`skewproof conform`: whether a log of what a rollout did is a run of the model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..calling import calling_options, read_calling, read_input
from ..code import code_option, load_rollouts
from ..options import changes_option, failures_option, format_option, limit_options, load_deployment
from ..output import say, say_json
from ..status import EXIT_SAFE, EXIT_UNKNOWN, EXIT_UNSAFE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...model.resources.limits import Limits
    from ...properties.gate.conformance import Conformance

MANY = 8
"""So many values or events are named; the rest is counted."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("log", type=click.Path(path_type=Path, allow_dash=True))
@changes_option
@calling_options
@limit_options
@failures_option
@code_option
@click.option(
    "--complete",
    is_flag=True,
    help="The log misses nothing that the pipeline and its moves did; else anything may lie between two "
    "entries.",
)
@format_option
def conform(
    file: Path,
    log: Path,
    changes: Path | None,
    version_of: tuple[str, ...],
    workload: tuple[str, ...],
    migration: tuple[str, ...],
    versions_only: bool,
    limits: Limits,
    failures: bool,
    allow_code: bool,
    complete: bool,
    style: str,
) -> None:
    """Say whether LOG, of what a real rollout did, is a run of the deployment in FILE.

    LOG is a list of events or of ReplicaSets as kubectl writes it in JSON, or a mapping a line; - is standard
    input. The exit status is 0 if it is a run, 1 if it is none (the first entry that is none is told), 2 for
    wrong input, 3 if a limit was hit.

    \b
    skewproof conform deploy.yaml log.jsonl
    """
    from dataclasses import replace

    from ...model.observed.logs import read_log
    from ...properties.gate.conformance import conform as hold

    deployment = load_deployment(file, changes, False)
    deployment = replace(deployment, failures=failures or deployment.failures)
    rollouts = load_rollouts(deployment, allow_code)
    calling = read_calling(deployment, version_of, workload, migration, versions_only)
    read = read_log(read_input(log), str(log), deployment, calling)
    found = hold(deployment, read, rollouts=rollouts, limits=limits, complete=complete)
    if style == "json":
        say_json(conformance_to_json(found))
    else:
        from ...model.escapes import make_line_harmless

        for line in tell_conformance(found):
            say(make_line_harmless(line))
    unknown = bool(found.reason)
    status = EXIT_UNKNOWN if unknown else EXIT_SAFE if found.deviation is None else EXIT_UNSAFE
    raise click.exceptions.Exit(status)


def tell_conformance(found: Conformance) -> Iterator[str]:
    """What was found, line by line."""
    for one in found.left_out:
        yield f"left out: {one.what}: {one.why}"
    deviation = found.deviation
    if found.reason:
        yield f"? UNKNOWN: {found.reason}"
    elif deviation is None:
        entries = f"{found.entries} entr{'y' if found.entries == 1 else 'ies'}"
        yield f"a run of {found.system}: {entries}"
        yield f"behind the last one the pipeline can stand in: {'; '.join(found.places)}"
    else:
        entry = deviation.entry
        at = f" at {entry.at}" if entry.at else ""
        yield f"no run of {found.system}: entry {entry.number}{at} is the first that is none"
        yield f"  it says: {entry.words}"
        if deviation.is_unknown_event:
            yield "  the deployment has no such event at all"
        for name, values in deviation.values.items():
            yield f"  the model would have there, of {name}: {_some(values) or 'nothing'}"
        if entry.event is not None:
            yield f"  the model would do there: {_some(deviation.events) or 'nothing'}"


def _some(values: tuple[str, ...]) -> str:
    more = f"; and {len(values) - MANY} more" if len(values) > MANY else ""
    return "; ".join(values[:MANY]) + more


def conformance_to_json(found: Conformance) -> dict[str, Any]:
    """The same for programs."""
    deviation = found.deviation
    return {
        "format": "skewproof-conformance/1",
        "system": found.system,
        "verdict": "unknown" if found.reason else "run" if deviation is None else "no run",
        "reason": found.reason or None,
        "entries": found.entries,
        "left_out": [{"what": one.what, "why": one.why} for one in found.left_out],
        "places": list(found.places),
        "deviation": None
        if deviation is None
        else {
            "entry": deviation.entry.number,
            "at": deviation.entry.at or None,
            "says": deviation.entry.words,
            "unknown_event": deviation.is_unknown_event,
            "values": {name: list(values) for name, values in deviation.values.items()},
            "events": list(deviation.events),
        },
    }
