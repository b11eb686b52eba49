"""What a list of findings has a line for: a cause of hazards, wrong input, a verdict that is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple, assert_never

from msgspec import Struct
from msgspec.structs import replace

from ...diagrams.explained import tell_help
from ...diagrams.wording import count, tell_failure, tell_hazard, tell_sides
from ...model.codes import MessageCode, find_code
from ...model.deployment import Acceptance, Deployment, Severity
from ...model.errors import Problem
from ...model.names import Place
from ...properties.verdict import (
    Answer,
    CoveredCell,
    Hazard,
    HazardCause,
    HopHazard,
    Role,
    Unknown,
    group_by_cause,
)
from .judged import Judged, Silent, Verdict, WrongInput


class Level(StrEnum):
    """How loudly a finding is told."""

    ERROR = "error"
    WARNING = "warning"


_STANDS = {
    Role.CHANGE: "what the release changes",
    Role.PROPERTY: "the property",
    Role.HOP: "the hop that fails",
    Role.ACTION: "the action at which the pipeline stands",
    Role.STEP: "the step in which it happens",
}


class ListedSpot(NamedTuple):
    """A place in a file, and what stands there."""

    what: str
    place: Place


class ListedFinding(Struct, frozen=True):
    """One line of a list: `title` in a few words, `text` in sentences, both as plain text of one line.

    `id` is what the finding is called from run to run: it depends on what is found, not on where that stands.
    `spots` begin with the one to blame; empty where none is known. `hazards` are those of the cause, the
    worst first; `accepted` the entries that accept them, where they count for nothing.
    """

    code: MessageCode
    level: Level
    severity: Severity | None
    id: str
    title: str
    text: str
    spots: tuple[ListedSpot, ...]
    hazards: tuple[Hazard, ...] = ()
    accepted: tuple[Acceptance, ...] = ()

    @property
    def place(self) -> Place | None:
        """The place to blame."""
        return self.spots[0].place if self.spots else None


def list_findings(judged: Judged) -> tuple[ListedFinding, ...]:
    """The findings of a file, the worst first; none where it is safe."""
    match judged.outcome:
        case Verdict(deployment, answer):
            return (*_of_causes(deployment, answer.causes), *_of_unknown(judged.file, answer))
        case WrongInput(problems):
            return tuple(map(_of_problem, problems))
        case Silent(reason):
            return (_no_verdict(judged.file, reason),)
        case _:
            assert_never(judged.outcome)


def list_accepted_findings(judged: Judged) -> Iterator[ListedFinding]:
    """What the deployment accepts, for a format that can tell it apart from what counts."""
    if isinstance(judged.outcome, Verdict):
        answer = judged.outcome.answer
        by = {one.hazard.id: one.by for one in answer.accepted}
        causes = group_by_cause(one.hazard for one in answer.accepted)
        for finding in _of_causes(judged.outcome.deployment, causes):
            entries = dict.fromkeys(entry for hazard in finding.hazards for entry in by[hazard.id])
            yield replace(finding, accepted=tuple(entries))


def _of_causes(deployment: Deployment, causes: Iterable[HazardCause]) -> Iterator[ListedFinding]:
    for cause in causes:
        worst = cause.hazards[0]
        severity = worst.severity
        yield ListedFinding(
            code=cause.code,
            level=Level.WARNING if severity is Severity.DEGRADED or _is_open(worst) else Level.ERROR,
            severity=severity,
            id=_identify(cause),
            title=_title(deployment, worst),
            text=_text(deployment, cause),
            spots=tuple(ListedSpot(_STANDS[cited.role], cited.place) for cited in worst.places),
            hazards=cause.hazards,
        )


def _title(deployment: Deployment, hazard: Hazard) -> str:
    if not isinstance(hazard, HopHazard):
        return f"violated: {tell_failure(hazard)}"
    left, right = tell_sides(hazard, deployment)
    return f"{left} meets {right}: {tell_failure(hazard)}{', if it breaks' if _is_open(hazard) else ''}"


def _is_open(hazard: Hazard) -> bool:
    """Whether it rests on a pair of which nobody knows whether it breaks."""
    return isinstance(hazard, HopHazard) and hazard.if_it_breaks


def _text(deployment: Deployment, cause: HazardCause) -> str:
    worst = cause.hazards[0]
    said = [tell_hazard(worst, deployment)]
    change = deployment.change_of(cause.contract) if cause.contract is not None else None
    if change is not None and change.note and cause.aspect is not None:
        said.append(f"Note: {change.note.rstrip('.')}.")
    if isinstance(worst, HopHazard) and worst.reasons:
        said.append(f"Evidence: {worst.reasons[0]}.")
    if worst.window:
        said.append(f"It can happen in {', '.join(worst.window)}{_for_ever(worst)}.")
    if worst.inevitable:
        said.append("Every timing of the deployment has a moment at which it strikes.")
    if len(cause.hazards) > 1:
        said.append(f"The same cause makes {count(len(cause.hazards), 'hazard')}.")
    said.append(f"{_capital(tell_help(cause, deployment))}.")
    return " ".join(said)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _for_ever(hazard: Hazard) -> str:
    return ", and for ever after" if hazard.for_ever else ""


def _identify(cause: HazardCause) -> str:
    """A name for the cause that depends on what it is, not on where it stands, nor on who meets it."""
    if cause.contract is None:
        return cause.hazards[0].id
    parts = (cause.code, cause.contract, *cause.pair, cause.aspect)
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:12]


def _of_unknown(file: str, answer: Answer) -> Iterator[ListedFinding]:
    """That there is no verdict, or not on everything: at what was declared in vain, else at the file."""
    for one in answer.idle:
        text = f"Nothing in this pipeline can meet what {one.entry} declares. {_reasons(one.cells)}"
        spots = () if one.place is None else (ListedSpot(_STANDS[Role.CHANGE], one.place),)
        yield _open(
            find_code("idle-declaration"),
            one.entry,
            f"declared in vain: {one.says} of {one.entry}",
            text,
            spots,
        )
    if isinstance(answer.verdict, Unknown) and not answer.idle:
        yield _no_verdict(file, f"{answer.verdict.reason}; {answer.verdict.advice}")
    if answer.open_properties:
        names = ", ".join(answer.open_properties)
        yield _no_verdict(file, f"not judged: {names}")


def _reasons(cells: tuple[CoveredCell, ...]) -> str:
    whys = dict.fromkeys(cell.why for cell in cells if cell.why)
    return " ".join(f"{why[:1].upper()}{why[1:].rstrip('.')}." for why in whys)


def _no_verdict(file: str, reason: str) -> ListedFinding:
    spots = (ListedSpot("the deployment", Place(file, 1, 1)),)
    return _open(find_code("no-verdict"), file, "no verdict", f"No verdict: {reason.rstrip('.')}.", spots)


def _open(
    code: MessageCode, subject: str, title: str, text: str, spots: tuple[ListedSpot, ...]
) -> ListedFinding:
    told = hashlib.sha256(f"{code}\0{subject}".encode()).hexdigest()[:12]
    return ListedFinding(code, Level.WARNING, None, told, title, text, spots)


def _of_problem(problem: Problem) -> ListedFinding:
    fix = f"; {problem.fix}" if problem.fix else ""
    place = problem.place
    told = hashlib.sha256(f"{problem.code}\0{problem.message}".encode()).hexdigest()[:12]
    return ListedFinding(
        code=find_code(problem.code),
        level=Level.ERROR,
        severity=None,
        id=told,
        title="wrong input",
        text=f"{problem.message}{fix}",
        spots=() if place is None else (ListedSpot("the mistake", place),),
    )
