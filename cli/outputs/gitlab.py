"""GitLab's code quality report. Source: GitLab Docs, "Code Quality", section on the format of its report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...model.deployment import Severity
from ...model.escapes import make_printable
from .findings import Level, ListedFinding, list_findings
from .judged import Judged
from .paths import write_relative

_SEVERITIES = {Severity.CORRUPTION: "blocker", Severity.ERROR: "critical", Severity.DEGRADED: "minor"}


def list_quality_issues(files: Iterable[Judged]) -> list[dict[str, Any]]:
    """One entry for each finding. GitLab wants a place, and a fingerprint that no two entries share."""
    return [_issue(judged.file, finding) for judged in files for finding in list_findings(judged)]


def _issue(file: str, finding: ListedFinding) -> dict[str, Any]:
    place = finding.place
    path = write_relative(file if place is None else place.file)
    return {
        "description": make_printable(f"{finding.title}: {finding.text}"),
        "check_name": f"{finding.code} {finding.code.word}",
        "fingerprint": f"{finding.id}:{write_relative(file)}",
        "severity": _severity(finding),
        "location": {"path": path, "lines": {"begin": 1 if place is None else place.line}},
    }


def _severity(finding: ListedFinding) -> str:
    if finding.severity is not None:
        return _SEVERITIES[finding.severity]
    return "critical" if finding.level is Level.ERROR else "major"
