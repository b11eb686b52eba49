"""SARIF, which code scanning reads: a result for each finding, the story of a hazard as its code flow.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0" (2020); GitHub Docs, "SARIF
support for code scanning", for what it wants besides (`fullDescription`, `help`, fingerprints).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from typing import Any

from ...diagrams.condense import condense, split_event
from ...diagrams.explained import Explanation, explain_code
from ...model.codes import MessageCode
from ...model.deployment import Acceptance, Deployment
from ...model.escapes import make_printable
from ...model.names import Place
from ...properties.verdict import Hazard, HopHazard, TraceEvent
from .findings import Level, ListedFinding, ListedSpot, list_accepted_findings, list_findings
from .judged import Judged, Verdict, WrongInput
from .paths import write_uri

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FLOWS = 5
"""So many stories of one cause are told; they differ in who meets the pair."""


def to_sarif(files: Iterable[Judged]) -> dict[str, Any]:
    """The log, as values that `json.dumps` takes: one run over all the files."""
    return write_log(
        (judged, finding)
        for judged in files
        for finding in (*list_findings(judged), *list_accepted_findings(judged))
    )


def write_log(findings: Iterable[tuple[Judged, ListedFinding]]) -> dict[str, Any]:
    """The log of these findings, each of a file; a result for each, in their order."""
    told = list(findings)
    rules = sorted({finding.code for _, finding in told}, key=lambda code: code.number)
    failed = any(isinstance(judged.outcome, WrongInput) for judged, _ in told)
    driver = {
        "name": "skewproof",
        "version": version("skewproof"),
        "rules": list(map(_rule, rules)),
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not failed}],
        "results": [_result(judged, finding, rules) for judged, finding in told],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def escape_message(text: str) -> str:
    r"""The text, in which nothing is a placeholder or a link (SARIF, 3.11.5 and 3.11.6).

    >>> print(escape_message("GET /cart/{id} [a](1)"))
    GET /cart/{{id}} \[a\](1)
    """
    doubled = make_printable(text).replace("{", "{{").replace("}", "}}")
    return re.sub(r"[\\\[\]]", r"\\\g<0>", doubled)


def _rule(code: MessageCode) -> dict[str, Any]:
    meaning = f"{code.meaning[:1].upper()}{code.meaning[1:]}."
    kinds = explain_code(str(code))
    full = " ".join([meaning, *(f"{kind.what} {kind.why}" for kind in kinds)]) if len(kinds) == 1 else meaning
    return {
        "id": str(code),
        "name": "".join(word.capitalize() for word in code.word.split("-")),
        "shortDescription": {"text": meaning},
        "fullDescription": {"text": full},
        "help": _help(meaning, kinds),
        "defaultConfiguration": {"level": "warning" if code.number // 100 >= 3 else "error"},
    }


def _help(meaning: str, kinds: Sequence[Explanation]) -> dict[str, str]:
    """What is told beside a result: of a hazard what happened, why, and what helps at what price."""
    if not kinds:
        return {"text": meaning}
    said = [meaning, "The code flow of each result tells the story that leads there."]
    plain, marked = list(said), list(said)
    for kind in kinds:
        plain.append(f"{kind.title[:1].upper()}{kind.title[1:]}: {kind.what} {kind.why}")
        marked.append(f"**{kind.name}: {kind.title}.** {kind.what} {kind.why}")
        plain += [f"- {remedy.name}: {remedy.manner}. Price: {remedy.price}." for remedy in kind.remedies]
        marked.append(
            "\n".join(f"- *{one.name}*: {one.manner}. Price: {one.price}." for one in kind.remedies)
        )
    return {"text": "\n".join(plain), "markdown": "\n\n".join(marked)}


def _result(judged: Judged, finding: ListedFinding, rules: list[MessageCode]) -> dict[str, Any]:
    spots = finding.spots or (ListedSpot("the deployment", Place(judged.file, 1, 1)),)
    result = {
        "ruleId": str(finding.code),
        "ruleIndex": rules.index(finding.code),
        "level": "error" if finding.level is Level.ERROR else "warning",
        "message": {"text": escape_message(f"{finding.title}. {finding.text}")},
        "locations": [locate(spots[0].place)],
        "relatedLocations": [
            locate(spot.place, spot.what) | {"id": number} for number, spot in enumerate(spots[1:], start=1)
        ],
        "partialFingerprints": {"skewproof/v1": finding.id},
    }
    if finding.accepted:
        result["suppressions"] = [_suppression(judged, entry) for entry in finding.accepted]
    if isinstance(judged.outcome, Verdict) and finding.hazards:
        deployment = judged.outcome.deployment
        result["codeFlows"] = [_flow(hazard, deployment) for hazard in finding.hazards[:FLOWS]]
    return result


def _suppression(judged: Judged, entry: Acceptance) -> dict[str, Any]:
    """That the team lives with it (SARIF, 3.35); one that stands in the deployment itself is `inSource`."""
    is_here = entry.place is not None and entry.place.file == judged.file
    until = "" if entry.until is None else f" (until {entry.until})"
    found: dict[str, Any] = {
        "kind": "inSource" if is_here else "external",
        "status": "accepted",
        "justification": make_printable(f"{entry.reason}{until}"),
    }
    return found if entry.place is None else found | {"location": locate(entry.place)}


def locate(place: Place, said: str = "") -> dict[str, Any]:
    """The place as a location, with what is said of it."""
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": write_uri(place.file)},
            "region": {"startLine": place.line, "startColumn": place.column},
        }
    }
    return location | {"message": {"text": said}} if said else location


def _flow(hazard: Hazard, deployment: Deployment) -> dict[str, Any]:
    """The story, each event at the hop that it runs or the step in which it happens."""
    steps = {step.name: step.place for step in (*deployment.pipeline, *(deployment.rollback or ()))}
    places = dict(_hop_places(hazard, deployment))
    fallback = hazard.places[0].place if hazard.places else None
    locations = []
    for told in condense(hazard.trace):
        event = told.event
        place = (
            (places.get(event.hop) if event.hop is not None else None) or steps.get(event.step) or fallback
        )
        if place is not None:
            locations.append({"location": locate(place, _said(event)), "executionOrder": told.number})
    return {"threadFlows": [{"locations": locations}]}


def _said(event: TraceEvent) -> str:
    who, what = split_event(event)
    return escape_message(f"{event.step}: {who}: {what}")


def _hop_places(hazard: Hazard, deployment: Deployment) -> Iterator[tuple[int, Place]]:
    if isinstance(hazard, HopHazard):
        for request in deployment.requests:
            if request.name == hazard.request:
                for number, hop in enumerate(request.hops, start=1):
                    if hop.place is not None:
                        yield number, hop.place
