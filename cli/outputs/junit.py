"""JUnit's report: a test suite for each file, a test for each request and property.

Source: the schema of Jenkins' xUnit plugin, which most readers of the format follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

from ...diagrams.accepted import tell_accepted
from ...diagrams.condense import condense, split_event
from ...diagrams.wording import tell_failure, tell_hazard
from ...model.deployment import Deployment
from ...model.escapes import make_printable
from ...properties.verdict import AcceptedHazard, Answer, Hazard, Unknown
from .findings import ListedFinding, list_findings
from .judged import Judged, Verdict


def write_junit(files: Iterable[Judged]) -> str:
    """The report, as XML. A hazard is a failure; what kept skewproof from a verdict is an error."""
    root = ET.Element("testsuites", name="skewproof")
    for judged in files:
        root.append(_suite(judged))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, 0)) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(judged: Judged) -> ET.Element:
    name = make_printable(judged.file)
    suite = ET.Element("testsuite", name=name)
    suite.extend(_cases(judged, name))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    return suite


def _cases(judged: Judged, file: str) -> Iterator[ET.Element]:
    outcome, errors = judged.outcome, [one for one in list_findings(judged) if not one.hazards]
    if isinstance(outcome, Verdict):
        yield from _judged_cases(outcome.deployment, outcome.answer, file)
    if errors or not isinstance(outcome, Verdict):
        case = _case("a verdict", file)
        case.extend(map(_error, errors))
        yield case


def _judged_cases(deployment: Deployment, answer: Answer, file: str) -> Iterator[ET.Element]:
    """One for each request, and for each property that is stated or violated; without a verdict none is
    known to hold."""
    subjects = [request.name for request in deployment.requests]
    subjects += [one.name for one in deployment.properties if one.name not in answer.open_properties]
    if isinstance(answer.verdict, Unknown):  # what can be met if a pair breaks is no failure
        return
    found: dict[str, list[Hazard]] = {subject: [] for subject in subjects}
    for hazard in answer.hazards:
        found.setdefault(hazard.subject, []).append(hazard)
    for subject, hazards in found.items():
        case = _case(subject, file)
        if hazards:
            case.append(_failure(hazards, deployment))
        if accepted := [one for one in answer.accepted if one.hazard.subject == subject]:
            ET.SubElement(case, "system-out").text = "\n".join(_accepted(one, deployment) for one in accepted)
        yield case


def _accepted(one: AcceptedHazard, deployment: Deployment) -> str:
    return make_printable(f"{tell_accepted(one)}: {tell_hazard(one.hazard, deployment)}")


def _case(name: str, file: str) -> ET.Element:
    return ET.Element("testcase", name=make_printable(name), classname=file)


def _failure(hazards: list[Hazard], deployment: Deployment) -> ET.Element:
    first = hazards[0]
    message = make_printable(f"{first.code} {tell_failure(first)}")
    failure = ET.Element("failure", type=str(first.code), message=message)
    failure.text = "\n\n".join("\n".join(_story(hazard, deployment)) for hazard in hazards)
    return failure


def _story(hazard: Hazard, deployment: Deployment) -> Iterator[str]:
    yield make_printable(tell_hazard(hazard, deployment))
    for cited in hazard.places:
        yield f"  {cited.role}: {cited.place}"
    for told in condense(hazard.trace):
        who, what = split_event(told.event)
        yield make_printable(f"  {told.number}. [{told.event.step}] {who}: {what}")


def _error(finding: ListedFinding) -> ET.Element:
    place = "" if finding.place is None else f"{finding.place}: "
    error = ET.Element("error", type=str(finding.code), message=make_printable(finding.title))
    error.text = place + make_printable(finding.text)
    return error
