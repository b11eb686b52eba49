"""Annotations for GitHub: commands that its runner reads from the log.

Source: GitHub Docs, "Workflow commands for GitHub Actions"; actions/toolkit, `command.ts`, for the escapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...model.escapes import make_words_harmless
from .findings import ListedFinding, list_findings
from .judged import Judged
from .paths import write_relative


def write_annotations(files: Iterable[Judged]) -> str:
    """A line for each finding; nothing where all is safe."""
    return "".join(f"{annotate(finding)}\n" for judged in files for finding in list_findings(judged))


def annotate(finding: ListedFinding) -> str:
    """The command that puts the finding on its line."""
    told = ",".join(f"{name}={_property(value)}" for name, value in _properties(finding))
    return f"::{finding.level} {told}::{_message(finding.text)}"


def _properties(finding: ListedFinding) -> Iterator[tuple[str, str]]:
    yield "title", f"{finding.code} {finding.title}"
    if finding.place is not None:
        yield "file", write_relative(finding.place.file)
        yield "line", str(finding.place.line)
        yield "col", str(finding.place.column)


def _message(text: str) -> str:
    """The text behind a command: one line, whatever stands in it."""
    return make_words_harmless(text).replace("%", "%25")


def _property(text: str) -> str:
    """The value of a property, which ends at a comma or a colon."""
    return _message(text).replace(":", "%3A").replace(",", "%2C")
