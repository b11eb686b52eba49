"""What stands below the hazards: the statements on the answer, each behind its word."""

from __future__ import annotations

from collections.abc import Mapping

from ..diagrams.statement import Tone
from ..diagrams.statements import list_statements
from ..model.deployment import Deployment
from ..properties.verdict import Answer
from .page import Page
from .styled import Text

_STYLES: Mapping[Tone, str] = {Tone.PLAIN: "", Tone.GOOD: "green", Tone.WARNING: "bold yellow"}


def render_summary(page: Page, answer: Answer, deployment: Deployment) -> None:
    """The summary of any answer."""
    said = list(list_statements(answer, deployment))
    indent = max((len(statement.label) for statement in said), default=0) + 3
    for label, text, tone in said:
        _say(page, label, page.clean(text), _STYLES[tone], indent)


def _say(page: Page, label: str, text: str, style: str, indent: int) -> None:
    lines = Text(text).wrap(page.width - indent)
    for index, line in enumerate(lines):
        start = (label if index == 0 else "").ljust(indent)
        page.line(Text().append(start, style or "bold").append(line.plain, style))
