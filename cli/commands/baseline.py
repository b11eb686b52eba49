"""`skewproof baseline`: what is wrong now, as entries of `accept`, so that what is new is heard of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..code import code_option, load_rollouts
from ..options import accept_option, deployment_options, failures_option, limit_options, write_file
from ..output import complain, say
from ..status import EXIT_UNKNOWN

if TYPE_CHECKING:
    from ...model.deployment import Deployment
    from ...model.language.baselines import Baseline, BaselineEntry, Known
    from ...model.language.document import Document
    from ...model.resources.limits import Limits
    from ...properties.verdict import Answer

REASON = "in the baseline"


@click.command()
@deployment_options
@accept_option
@limit_options
@code_option
@failures_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT",
    help="The file of entries; what people wrote in it is kept.  [default: standard output]",
)
@click.option("--reason", default=REASON, show_default=True, help="Why new entries are accepted.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The last day on which new entries hold, as 2026-12-31.  [default: for good]",
)
def baseline(
    file: Path,
    changes: Path | None,
    pessimistic: bool,
    accept: tuple[Path, ...],
    limits: Limits,
    allow_code: bool,
    failures: bool,
    output: Path | None,
    reason: str,
    until: datetime | None,
) -> None:
    """Write the hazards that FILE has now as entries of `accept`, each by its id and in its steps.

    `skewproof check FILE --accept OUT`, or `accept: OUT` in FILE, then hears of what is new. Run again, it
    keeps reasons and dates, adds what is new, and takes out what is gone; what has expired stays expired.

    \b
    skewproof baseline deploy.yaml -o accept.yaml --until 2026-12-31
    """
    from ...model.language import load
    from ...model.language.baselines import Known, write_baseline
    from ...properties.checker import check

    earlier = _read_earlier(output)
    deployment = load(file, changes, accept, read=lambda name: _read_but(name, output))
    deployment = deployment.pessimistic() if pessimistic else deployment
    rollouts = load_rollouts(deployment, allow_code)
    answer = check(deployment, rollouts=rollouts, limits=limits, failures=failures)
    _refuse_open(answer)
    fresh = Known(" ".join(reason.split()) or REASON, until.date().isoformat() if until else None)
    entries = list(_list_entries(answer, deployment, earlier, fresh))
    text = write_baseline(entries, earlier.others)
    if output is None:
        say(text.rstrip("\n"))
    else:
        write_file(output, text.encode())
    _tell(entries, earlier, datetime.now(UTC).date())


def _read_earlier(output: Path | None) -> Baseline:
    """What the file says that is to be written; nothing where there is none yet."""
    from ...model.language.baselines import Baseline, read_baseline
    from ...model.language.document import read_document

    if output is None or not output.exists():
        return Baseline({}, ())
    return read_baseline(read_document(output))


def _read_but(name: str, output: Path | None) -> Document:
    """A file; in place of the one that is to be written one without entries, so that its hazards are met."""
    from ...model.language.document import parse_document, read_document

    if output is not None and Path(name).absolute() == output.absolute():
        return parse_document("accept: []\n", name)
    return read_document(name)


def _refuse_open(answer: Answer) -> None:
    """A baseline of some of the hazards would not be one."""
    from ...properties.verdict import Unknown

    limit = isinstance(answer.verdict, Unknown) and not answer.idle and not answer.hazards
    if limit or answer.open_properties:
        why = answer.verdict.reason if isinstance(answer.verdict, Unknown) else "not all was judged"
        complain(f"no baseline is written: {why}")
        raise click.exceptions.Exit(EXIT_UNKNOWN)


def _list_entries(
    answer: Answer, deployment: Deployment, earlier: Baseline, fresh: Known
) -> Iterator[BaselineEntry]:
    """An entry for each hazard, in their order."""
    from ...diagrams.wording import tell_hazard
    from ...model.language.baselines import BaselineEntry

    for hazard in answer.hazards:
        told = f"{hazard.subject}: {tell_hazard(hazard, deployment)}"
        known = earlier.known.get(hazard.id, fresh)
        yield BaselineEntry(hazard.id, told, hazard.window, known)


def _tell(entries: list[BaselineEntry], earlier: Baseline, day: date) -> None:
    """What became of each entry, on standard error."""
    found = {entry.hazard for entry in entries}
    gone = [hazard for hazard in earlier.known if hazard not in found]
    over = [entry for entry in entries if entry.known.is_over(day)]
    kinds = Counter("kept" if entry.hazard in earlier.known else "new" for entry in entries)
    counts = [f"{kinds['new']} new", f"{kinds['kept']} kept", f"{len(gone)} gone"]
    complain(f"baseline: {', '.join(counts)}, {len(earlier.others)} of other kinds")
    for hazard in gone:
        complain(f"gone: {hazard} ({earlier.known[hazard].reason})")
    for entry in over:
        complain(f"expired: {entry.hazard} after {entry.known.until}: {entry.told}")
