"""Two answers held against each other: which causes of hazards are new, which are gone, which stay."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from ..model.deployment import Severity
from ..properties.verdict import Answer, Hazard, HopHazard, Unknown
from .outputs.findings import ListedFinding, list_accepted_findings, list_findings
from .outputs.judged import Judged, Silent, Verdict, WrongInput
from .status import EXIT_INPUT, EXIT_SAFE, EXIT_UNKNOWN, EXIT_UNSAFE


class State(StrEnum):
    """What became of a cause."""

    NEW = "new"
    FIXED = "fixed"
    ACCEPTED = "accepted"
    """It was there, and is; the head accepts it."""
    UNCHANGED = "unchanged"


class ComparedFinding(Struct, frozen=True):
    """A finding, told of the head, or, where it is fixed, of the base. `fresh` are the hazards of it that the
    base does not have: a cause that was there is new as well if somebody meets it who did not."""

    state: State
    finding: ListedFinding
    judged: Judged
    fresh: tuple[Hazard, ...] = ()
    is_in_base: bool = False


class Difference(Struct, frozen=True):
    """All that is found on either side, what is new first. `base` is None where there was no file."""

    base: Judged | None
    head: Judged
    findings: tuple[ComparedFinding, ...]

    def of(self, state: State) -> tuple[ComparedFinding, ...]:
        return tuple(one for one in self.findings if one.state is state)


def find_difference(base: Judged | None, head: Judged) -> Difference:
    """What has changed from the one to the other. What is accepted on a side is not found there."""
    before = {finding.id: finding for finding in list_findings(base)} if base is not None else {}
    known = {hazard.id for finding in before.values() for hazard in finding.hazards}
    found = list(_list_compared(head, before, known))
    found += [
        ComparedFinding(State.ACCEPTED, finding, head, is_in_base=True)
        for finding in list_accepted_findings(head)
        if finding.id in before and not any(one.finding.id == finding.id for one in found)
    ]
    still = {one.finding.id for one in found}
    if base is not None:
        gone = (finding for finding in before.values() if finding.id not in still)
        found += [ComparedFinding(State.FIXED, finding, base, is_in_base=True) for finding in gone]
    order = list(State)
    return Difference(base, head, tuple(sorted(found, key=lambda one: order.index(one.state))))


def _list_compared(
    head: Judged, before: dict[str, ListedFinding], known: set[str]
) -> Iterator[ComparedFinding]:
    for finding in list_findings(head):
        fresh = tuple(hazard for hazard in finding.hazards if hazard.id not in known)
        is_old = finding.id in before
        state = State.UNCHANGED if is_old and not fresh else State.NEW
        yield ComparedFinding(state, finding, head, fresh, is_old)


def find_status(difference: Difference, fail_on: str) -> int:
    """The exit status: 1 for what is new and bad enough; 3 where that is not known, or the head has no
    verdict."""
    if isinstance(difference.head.outcome, WrongInput):
        return EXIT_INPUT
    if not _is_known(difference.base):  # nothing can be told to be new
        return EXIT_UNKNOWN
    limit = list(Severity).index(Severity(fail_on))
    failing = [
        hazard
        for one in difference.of(State.NEW)
        for hazard in one.fresh
        if list(Severity).index(hazard.severity) <= limit
    ]
    if any(not (isinstance(hazard, HopHazard) and hazard.if_it_breaks) for hazard in failing):
        return EXIT_UNSAFE
    is_open = failing or not _is_known(difference.head) or _has_no_verdict(difference.head)
    return EXIT_UNKNOWN if is_open else EXIT_SAFE


def _is_known(judged: Judged | None) -> bool:
    """Whether all hazards of a side are known; where there was no file there are none."""
    if judged is None:
        return True
    match judged.outcome:
        case Verdict(deployment, answer):  # where nothing says what changes, more may be wrong than was found
            return deployment.changes is not None and not _is_cut_short(answer)
        case WrongInput() | Silent():
            return False


def _is_cut_short(answer: Answer) -> bool:
    """Whether a limit was hit, or nothing was given to judge."""
    is_short = isinstance(answer.verdict, Unknown) and not answer.idle and not answer.verdict.hazards
    return is_short or bool(answer.open_properties)


def _has_no_verdict(judged: Judged) -> bool:
    return isinstance(judged.outcome, Verdict) and isinstance(judged.outcome.answer.verdict, Unknown)
