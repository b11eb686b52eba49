"""Several answers side by side: how long each contract is open to a hazard, and how many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from io import StringIO

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from ..diagrams.wording import count
from ..model.compiler.moves import AFTER, BEFORE
from ..model.deployment import Deployment, name_step
from ..properties.verdict import Answer, Hazard, HopHazard, Safe, Unknown
from .page import Page
from .styled import Text, rich_text

OUTSIDE = frozenset({BEFORE, AFTER})
VERDICT = "verdict"


class ComparedColumn(Struct, frozen=True):
    """One deployment of the comparison."""

    name: str
    deployment: Deployment
    answer: Answer

    @property
    def steps(self) -> int:
        return len(self.deployment.pipeline)

    def hazards(self, subject: str) -> list[Hazard]:
        return [hazard for hazard in self.answer.hazards if subject_of(hazard) == subject]


def subject_of(hazard: Hazard) -> str:
    """What a hazard is about: a contract, or a property by its name."""
    return str(hazard.contract) if isinstance(hazard, HopHazard) else hazard.property


def list_subjects(columns: Iterable[ComparedColumn]) -> tuple[str, ...]:
    """Everything that is open somewhere, in the order in which it is met."""
    return tuple(dict.fromkeys(subject_of(h) for column in columns for h in column.answer.hazards))


def open_steps(hazards: Iterable[Hazard]) -> frozenset[str]:
    """The steps in which one of the hazards can strike."""
    return frozenset(step for hazard in hazards for step in hazard.window)


def count_most_at_once(column: ComparedColumn) -> int:
    """How many contracts are open in the worst step."""
    times: Counter[str] = Counter()
    for subject in list_subjects([column]):
        times.update(open_steps(column.hazards(subject)))
    return max(times.values(), default=0)


def render_comparison(page: Page, columns: list[ComparedColumn]) -> None:
    """A row for each contract that is open to a hazard, a column for each deployment."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), show_edge=False)
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(rich_text(Text(page.clean(column.name))))
    for name, cells in _rows(columns):
        table.add_row(*(rich_text(Text(page.clean(text))) for text in (name, *cells)))
    laid_out = StringIO()
    Console(file=laid_out, force_terminal=False).print(table, width=page.width, highlight=False)
    style = "bold"
    for line in laid_out.getvalue().splitlines():
        style = "" if line.startswith(VERDICT) else style  # the heads of the columns may take several lines
        page.line(Text(line, style))


def _rows(columns: list[ComparedColumn]) -> Iterator[tuple[str, list[str]]]:
    yield VERDICT, [_verdict(column.answer) for column in columns]
    for subject in list_subjects(columns):
        yield subject, [_cell(column, subject) for column in columns]
    yield "any of them", [_steps(column, open_steps(column.answer.hazards)) for column in columns]
    yield "open at once, at most", [count(count_most_at_once(column), "contract") for column in columns]


def _verdict(answer: Answer) -> str:
    if isinstance(answer.verdict, Unknown):
        return "UNKNOWN"
    but = f", {len(answer.accepted)} accepted" if answer.accepted else ""
    if isinstance(answer.verdict, Safe):
        return f"SAFE{but}"
    return f"UNSAFE, {count(len(answer.hazards), 'hazard')}{but}"


def _cell(column: ComparedColumn, subject: str) -> str:
    hazards = column.hazards(subject)
    if not hazards:
        return "-"
    inevitable = ", INEVITABLE" if any(hazard.inevitable for hazard in hazards) else ""
    return _steps(column, open_steps(hazards)) + inevitable


def _steps(column: ComparedColumn, window: frozenset[str]) -> str:
    """How many of the steps, and whether the window reaches beyond them."""
    beyond = ", and after" if AFTER in window else ""
    before = "before, and " if BEFORE in window else ""
    return f"{before}{len(window - _ends(column))} of {column.steps} steps{beyond}"


def _ends(column: ComparedColumn) -> frozenset[str]:
    """What no step is, of the pipeline or of each of several."""
    names = column.deployment.pipelines
    return OUTSIDE | {name_step(name, end) for name in names for end in OUTSIDE}
