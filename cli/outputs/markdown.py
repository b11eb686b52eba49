"""Markdown for the comment on a pull request, and for the summary of a run: verdict, causes, stories.

What a user's file contains stands there as text and nothing else: characters that mean something in Markdown
or HTML are character references, which CommonMark (0.31, section 2.5) never takes for structure; what GitHub
and GitLab would make a mention or a link of stands in `<code>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import assert_never

from ...diagrams.condense import condense, split_event
from ...diagrams.statements import list_statements
from ...diagrams.wording import count
from ...model.escapes import make_printable
from ...properties.verdict import Answer, Hazard, Safe, Unknown, Unsafe
from .findings import ListedFinding, list_findings
from .judged import Judged, Silent, Verdict, WrongInput
from .paths import write_relative

MARK = "<!-- skewproof -->"
"""The first line, by which a script finds the comment that it has to update."""

SHOWN = 20
"""So many findings of a file are told; the rest is counted."""

_SYNTAX = re.compile(r"""[\\`*_{}\[\]<>#+!|~&@$%^="']|:(?=\S)|(?<=www)\.|^[-\d]""", re.IGNORECASE)
"""What means something within a line, makes a link or a picture of what stands there, or begins a list."""
_LINKING = re.compile(r"&#(?:64|35|36|37|33|38|126);")
"""Mentions, issues, and what GitLab has besides: `@ # $ % ! & ~`."""


def write_markdown(files: Iterable[Judged]) -> str:
    """The comment, whole."""
    return "\n".join([MARK, *(line for judged in files for line in _file(judged))]) + "\n"


def escape_markdown(text: str) -> str:
    """The text, to be read as it is.

    >>> print(escape_markdown("a*b"))
    a&#42;b
    """
    references = _SYNTAX.sub(lambda found: f"&#{ord(found[0])};", make_printable(text))
    return _LINKING.sub(r"<code>\g<0></code>", references)


def _file(judged: Judged) -> Iterator[str]:
    findings = list_findings(judged)
    yield from ("", f"## skewproof: {_verdict(judged)}", "", escape_markdown(write_relative(judged.file)))
    if findings:
        yield from ("", "| | what | where |", "| --- | --- | --- |")
        yield from map(write_row, findings[:SHOWN])
    if len(findings) > SHOWN:
        yield from ("", f"and {len(findings) - SHOWN} more.")
    for finding in findings[:SHOWN]:
        yield from write_details(finding)
    if isinstance(judged.outcome, Verdict):
        yield from _statements(judged.outcome)


def _verdict(judged: Judged) -> str:
    match judged.outcome:
        case Verdict(_, answer):
            return f"{_word(answer)}: {escape_markdown(answer.system)}"
        case WrongInput(problems):
            return f"wrong input: {count(len(problems), 'problem')}"
        case Silent():
            return "no verdict"
        case _:
            assert_never(judged.outcome)


def _word(answer: Answer) -> str:
    match answer.verdict:
        case Safe():
            return "✅ SAFE"
        case Unsafe():
            return "❌ UNSAFE"
        case Unknown():
            return "❔ no verdict"
        case _:
            assert_never(answer.verdict)


def write_row(finding: ListedFinding) -> str:
    """The finding's row in a table: code, title, place."""
    place = finding.place
    where = "" if place is None else f"{escape_markdown(write_relative(place.file))}:{place.line}"
    severity = f"{finding.severity}" if finding.severity else finding.level
    return f"| {finding.code} {severity} | {escape_markdown(finding.title)} | {where} |"


def write_details(finding: ListedFinding) -> Iterator[str]:
    """What is told of the finding, to be unfolded, with its story."""
    title = f"{finding.code} {escape_markdown(finding.title)}"
    yield from ("", "<details>", f"<summary>{title}</summary>", "", escape_markdown(finding.text), "")
    for spot in finding.spots:
        where = f"{escape_markdown(write_relative(spot.place.file))}:{spot.place.line}"
        yield f"- {spot.what}: {where}"
    if finding.hazards:
        yield from ("", *_story(finding.hazards[0]))
    yield from ("", "</details>")


def _story(hazard: Hazard) -> Iterator[str]:
    yield from ("| | step | who | what |", "| ---: | --- | --- | --- |")
    for told in condense(hazard.trace):
        row = (told.event.step, *split_event(told.event))
        yield f"| {told.number} | {' | '.join(map(escape_markdown, row))} |"


def _statements(verdict: Verdict) -> Iterator[str]:
    """What is proven, and what that rests on."""
    yield ""
    for label, text, _ in list_statements(verdict.answer, verdict.deployment):
        yield f"- **{label}** {escape_markdown(text)}" if label else f"- {escape_markdown(text)}"
