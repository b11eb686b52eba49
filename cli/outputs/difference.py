"""What has changed between two answers, in the formats that others read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...diagrams.wording import count
from ...model.names import Place
from ..difference import ComparedFinding, Difference, State
from .github import annotate
from .judged import Judged, Silent, Verdict, WrongInput
from .markdown import MARK, SHOWN, escape_markdown, write_details, write_row
from .sarif import locate, write_log

_BASELINE = {
    State.NEW: "new",
    State.FIXED: "absent",
    State.ACCEPTED: "unchanged",
    State.UNCHANGED: "unchanged",
}


def to_json(difference: Difference) -> dict[str, Any]:
    """The difference, as values that `json.dumps` takes."""
    return {
        "schema": 1,
        "base": None if difference.base is None else _side(difference.base),
        "head": _side(difference.head),
        "findings": [_finding(one) for one in difference.findings],
    }


def _side(judged: Judged) -> dict[str, Any]:
    return {"file": judged.file, "verdict": tell_verdict(judged)}


def tell_verdict(judged: Judged) -> str:
    """The verdict on a side, in a word."""
    match judged.outcome:
        case Verdict(_, answer):
            return type(answer.verdict).__name__.lower()
        case WrongInput():
            return "wrong"
        case Silent():
            return "unknown"


def _finding(one: ComparedFinding) -> dict[str, Any]:
    finding, place = one.finding, one.finding.place
    return {
        "state": str(one.state),
        "code": str(finding.code),
        "id": finding.id,
        "severity": finding.severity and str(finding.severity),
        "title": finding.title,
        "text": finding.text,
        "place": place and {"file": place.file, "line": place.line, "column": place.column},
        "in_base": one.is_in_base,
        "hazards": [hazard.id for hazard in finding.hazards],
        "new_hazards": [hazard.id for hazard in one.fresh],
    }


def to_sarif_log(difference: Difference) -> dict[str, Any]:
    """The findings of both sides, each with its `baselineState` (SARIF, 3.27.24). What is gone stands at the
    file as it is now."""
    log = write_log((one.judged, one.finding) for one in difference.findings)
    results = log["runs"][0]["results"]
    for one, result in zip(difference.findings, results, strict=True):
        is_known = one.state is State.NEW and one.is_in_base
        result["baselineState"] = "updated" if is_known else _BASELINE[one.state]
        if one.state is State.FIXED:
            for key in ("relatedLocations", "codeFlows"):
                result.pop(key, None)
            result["locations"] = [locate(Place(difference.head.file, 1, 1))]
    return log


def write_annotations(difference: Difference) -> str:
    """A line for each finding that is new; a pull request hears of nothing else."""
    return "".join(f"{annotate(one.finding)}\n" for one in difference.of(State.NEW))


def write_markdown(difference: Difference) -> str:
    """The comment on a pull request: what is new with its stories, the rest as a list."""
    return "\n".join([MARK, *_lines(difference)]) + "\n"


def _lines(difference: Difference) -> Iterator[str]:
    yield from ("", f"## skewproof: {tell_counts(difference)}", "")
    base = "nothing" if difference.base is None else difference.base.file
    yield f"{escape_markdown(base)} → {escape_markdown(difference.head.file)}"
    for state in State:
        found = difference.of(state)
        if found:
            yield from ("", f"### {str(state).capitalize()}", "", "| | what | where |", "| --- | --- | --- |")
            yield from (write_row(one.finding) for one in found[:SHOWN])
        if len(found) > SHOWN:
            yield from ("", f"and {len(found) - SHOWN} more.")
        for one in found[:SHOWN] if state is State.NEW else ():
            yield from write_details(one.finding)
            if fresh := tell_fresh(one):
                yield from ("", escape_markdown(fresh))


def tell_counts(difference: Difference) -> str:
    """How many causes are new, fixed, accepted now (if any), unchanged."""
    counts = {state: len(difference.of(state)) for state in State}
    told = [f"{number} {state}" for state, number in counts.items() if number or state is not State.ACCEPTED]
    return ", ".join(told)


def tell_fresh(one: ComparedFinding) -> str:
    """That a cause was there, and who meets it who did not; nothing of one that was not there at all."""
    if not one.is_in_base or one.state is not State.NEW:
        return ""
    who = ", ".join(dict.fromkeys(hazard.subject for hazard in one.fresh))
    return f"The cause was there before; {count(len(one.fresh), 'hazard')} of it was not: {who}."
