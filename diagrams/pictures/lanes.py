"""Lanes: components down, steps across, who runs what; where a request can break, red connectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ...model.compiler.stepview import StepView
from ...model.deployment import Deployment
from ...properties.verdict import Answer, HazardCause, Safe, Unknown
from ..concerned import (
    describe_cause,
    find_ends,
    find_hazard_ends,
    list_met_causes,
    list_met_hazards,
    name_cause,
)
from ..lettering import break_text, fit_version
from ..palette import ERROR, ERROR_PALE, ERROR_TEXT, GOOD_TEXT, GREY, INK, PALE, PAPER, find_swatch
from ..report.headline import write_headline
from ..wording import tell_possible
from .canvas import PLAIN, SMALL, TITLE, WIDTH, Box, Canvas, Polyline, number_mark, write
from .columns import StepColumn, list_columns

MOST_CAUSES, MOST_LANES, ALL_LANES = 9, 24, 10
"""So many causes are numbered and drawn, the worst; so many lanes, those that they concern first; of so few
components all."""
_MARGIN, _NAMES, _LANE, _GAP, _GUTTER = 16.0, 118.0, 34.0, 6.0, 21.0
_NARROWEST, _PART, _HEAD = 84.0, 28.0, 13.75
_NAME = 40
"""So many characters a name of the headline has: with three of them it keeps its verb, in three lines."""


class _Grid(Struct, frozen=True):
    """Where a band of columns stands: the left side of each, and the width of its cells."""

    columns: Sequence[StepColumn]
    names: Sequence[str]
    top: float
    cell: float

    def left(self, index: int) -> float:
        """The left side of a column, at its gutter."""
        before = sum(len(column.since) * _GUTTER for column in self.columns[:index])
        return _MARGIN + _NAMES + before + index * (self.cell + _GAP)

    def lane(self, name: str) -> float:
        """The upper side of a lane."""
        return self.top + self.names.index(name) * (_LANE + _GAP)

    @property
    def bottom(self) -> float:
        return self.top + len(self.names) * (_LANE + _GAP)


def draw_lanes(deployment: Deployment, answer: Answer, views: Sequence[StepView]) -> Canvas:
    """Every step with the versions to be met at each component; steps that look alike are folded. Causes of
    hazards are numbered, the worst first: where a cause opens, its connector leads from who meets to what is
    met, and below a bar says in which steps it is open.

    Limit: `MOST_CAUSES` and `MOST_LANES`; what is not drawn is counted.
    """
    causes = list_met_causes(answer)[:MOST_CAUSES]
    names = _choose(deployment, views, causes)
    columns = list_columns(views, names, causes)
    boxes, lines, above = list(_title(deployment, answer, views)), [], []
    y = max(box.y + box.height for box in boxes) + 12
    bands = list(_bands(columns))
    cell = min(map(_widest, bands))
    for band in bands:
        grid = _Grid(band, names, y + _head(band, cell), cell)
        boxes += [*_headings(grid, y), *_lanes(deployment, grid)]
        for line, mark in _connectors(deployment, grid, causes):
            lines += line
            above.append(mark)
        bars = list(_bars(grid, causes, grid.bottom + 4))
        boxes += bars
        y = max((bar.y + bar.height for bar in bars), default=grid.bottom) + 14
    legend = list(_legend(deployment, answer, names, causes, y))
    bottom = max([y, *(box.y + box.height for box in legend)])
    return Canvas(bottom + 10, (*boxes, *legend), tuple(lines), tuple(above))


def _choose(
    deployment: Deployment, views: Sequence[StepView], causes: Sequence[HazardCause]
) -> tuple[str, ...]:
    """The lanes, in the order of the file."""
    changed = [
        name for name in deployment.components if len({view.components[name].versions for view in views}) > 1
    ]
    concerned = [end for cause in causes for end in find_ends(deployment, cause) if end is not None]
    if len(deployment.components) <= ALL_LANES:
        concerned += [
            name for name in deployment.components if any(v.components[name].versions for v in views)
        ]
    chosen = set(list(dict.fromkeys(concerned or changed))[:MOST_LANES])
    return tuple(name for name in deployment.components if name in chosen)


def _title(deployment: Deployment, answer: Answer, views: Sequence[StepView]) -> Iterator[Box]:
    ink = INK
    if not isinstance(answer.verdict, Unknown):
        ink = GOOD_TEXT if isinstance(answer.verdict, Safe) else INK
    headline = write_headline(answer, [view.step for view in views], _NAME)
    room = WIDTH - 2 * _MARGIN
    first = write(headline, _MARGIN, 14, room, TITLE, bold=True, ink=ink, most=3)
    yield first
    release = f", release {answer.release}" if answer.release else ""
    at_once = ", of pipelines that run at once" if deployment.pipelines else ""
    said = f"{deployment.system}{release} · which version can be met where, step by step{at_once}"
    yield write(said, _MARGIN, first.y + first.height + 3, room, PLAIN, ink=GREY, most=2)


def _bands(columns: Sequence[StepColumn]) -> Iterator[Sequence[StepColumn]]:
    """The columns in as few rows as are legible, and as many in each as in the others."""
    each = len(columns)
    most = max((len(versions) for column in columns for versions in column.versions), default=1)
    narrowest = max(_NARROWEST, most * _PART)
    for rows in range(1, len(columns) + 1):
        each = -(-len(columns) // rows)
        if all(_widest(columns[at : at + each]) >= narrowest for at in range(0, len(columns), each)):
            break
    for at in range(0, len(columns), each):
        yield columns[at : at + each]


def _widest(band: Sequence[StepColumn]) -> float:
    """The width of the cells of a band that takes all the room."""
    gutters = sum(len(column.since) for column in band) * _GUTTER
    return (WIDTH - 2 * _MARGIN - _NAMES - gutters - _GAP * len(band)) / len(band)


def _head(band: Sequence[StepColumn], cell: float) -> float:
    """The height of the titles of a band."""
    return max(len(break_text(column.title, cell, SMALL, most=6)) for column in band) * _HEAD + 6


def _headings(grid: _Grid, y: float) -> Iterator[Box]:
    for index, column in enumerate(grid.columns):
        gutter = len(column.since) * _GUTTER
        if column.struck:
            height = grid.bottom - y
            yield Box(grid.left(index), y, gutter + grid.cell, height, fill=ERROR_PALE, what="can break")
    for index, column in enumerate(grid.columns):
        lines = break_text(column.title, grid.cell, SMALL, most=6)
        x, height = grid.left(index) + len(column.since) * _GUTTER, len(lines) * _HEAD
        yield Box(x, grid.top - height - 4, grid.cell, height, lines, what=", ".join(column.steps))


def _lanes(deployment: Deployment, grid: _Grid) -> Iterator[Box]:
    for row, name in enumerate(grid.names):
        y = grid.lane(name)
        lines = break_text(name, _NAMES - 12, PLAIN, bold=True, most=2)
        yield Box(_MARGIN, y, _NAMES - 8, _LANE, lines, size=PLAIN, bold=True, left=True, what=name)
        for index, column in enumerate(grid.columns):
            x = grid.left(index) + len(column.since) * _GUTTER
            yield from _cell(deployment, name, column.versions[row], x, y, grid.cell)


def _cell(
    deployment: Deployment, name: str, versions: Sequence[str], x: float, y: float, width: float
) -> Iterator[Box]:
    """A part for each version, each with its name; a word where there is none."""
    if not versions:
        said = "nobody up" if deployment.components[name].kind.has_instances else "unchanged"
        yield Box(x, y, width, _LANE, break_text(said, width - 4, SMALL, most=2), PALE, GREY)
        return
    part = width / len(versions)
    for index, version in enumerate(versions):
        fill, ink = find_swatch(version, deployment.versions)
        said = deployment.name_version(name, version)
        lines = fit_version(said, part - 4, SMALL)
        yield Box(x + index * part, y, part, _LANE, lines, fill, ink, bold=True, what=f"{name} {said}")


def _connectors(
    deployment: Deployment, grid: _Grid, causes: Sequence[HazardCause]
) -> Iterator[tuple[list[Polyline], Box]]:
    """Where each cause opens: from the consumer's lane to the provider's, with its number half-way."""
    for index, column in enumerate(grid.columns):
        for place, number in enumerate(column.since):
            x = grid.left(index) + (place + 0.5) * _GUTTER
            ends = find_ends(deployment, causes[number])
            start, end = (
                grid.lane(one) + _LANE / 2 if one and one in grid.names else grid.top - 6 for one in ends
            )
            what = f"cause {number + 1} opens in {column.steps[0]}"
            if start == end or ends.provider is None:
                yield [], number_mark(number + 1, x, max(start, end, grid.top + 9), what)
                continue
            dot = (start + end) / 2
            down = 1 if end > start else -1
            line = Polyline(((x, start), (x, dot - 9 * down)), ERROR, 2.4, what=what)
            arrow = Polyline(((x, dot + 9 * down), (x, end)), ERROR, 2.4, arrow=True, what=what)
            yield [line, arrow], number_mark(number + 1, x, dot, what)


_BAR = 20.0


def _bars(grid: _Grid, causes: Sequence[HazardCause], y: float) -> Iterator[Box]:
    """For each cause that is open here the steps in which it is; a race is pale, with a frame."""
    for number, cause in enumerate(causes):
        if not any(number in column.struck for column in grid.columns):
            continue
        yield number_mark(number + 1, _MARGIN + _NAMES - 22, y + 10)
        sure = any(hazard.inevitable for hazard in cause.hazards)
        for index, column in enumerate(grid.columns):
            if number in column.struck:
                x = grid.left(index) + len(column.since) * _GUTTER
                fill, ink = (ERROR, PAPER) if sure else (ERROR_PALE, ERROR_TEXT)
                lines = (f"{'×' if sure else '~'} {tell_possible(cause.hazards[0])}",)
                what = f"cause {number + 1} in {', '.join(column.steps)}"
                yield Box(x, y + 1, grid.cell, 17, lines, fill, ink, ERROR, 1.2, what=what)
        y += _BAR


def _legend(
    deployment: Deployment, answer: Answer, names: Sequence[str], causes: Sequence[HazardCause], y: float
) -> Iterator[Box]:
    """What the numbers and signs mean, and what is not drawn."""
    room = WIDTH - 2 * _MARGIN
    for number, cause in enumerate(causes, start=1):
        yield number_mark(number, _MARGIN + 9, y + 9)
        pair = write(name_cause(deployment, cause), _MARGIN + 26, y + 1, room - 26, PLAIN, bold=True, most=2)
        yield pair
        said = write(describe_cause(cause, answer), _MARGIN + 26, pair.y + pair.height, room - 26, most=2)
        yield said
        y = said.y + said.height + 5
    for text in _words(deployment, answer, names, causes):
        box = write(text, _MARGIN, y, room, ink=GREY, most=3)
        yield box
        y = box.y + box.height + 2


def _words(
    deployment: Deployment, answer: Answer, names: Sequence[str], causes: Sequence[HazardCause]
) -> Iterator[str]:
    if causes:
        yield "× every timing meets it, in one of its steps; ~ some timings avoid it (a race)"
    if more := len(list_met_causes(answer)) - len(causes):
        yield f"and {more} more {'cause' if more == 1 else 'causes'}"
    if more := len(deployment.components) - len(names):
        others = "component is" if more == 1 else "components are"
        yield f"{more} more {others} not drawn{_of_these(deployment, answer, names)}"


def _of_these(deployment: Deployment, answer: Answer, names: Sequence[str]) -> str:
    """How many of those that are not drawn are at the ends of a hazard as well."""
    ends = {end for hazard in list_met_hazards(answer) for end in find_hazard_ends(deployment, hazard)}
    more = len(ends - {None, *names})
    if more:
        return (
            f"; {more} of them {'is' if more == 1 else 'are'} at the ends of these causes or of others, too"
        )
    if not list_met_hazards(answer):
        return ""
    return "; nothing breaks there"
