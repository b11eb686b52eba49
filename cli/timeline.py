"""The window of a hazard, as a bar over the steps of the pipeline."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from ..model.deployment import Deployment, name_step
from .page import Page
from .styled import Text

BEFORE, AFTER = "(before)", "(after)"
_INSIDE_STYLE, _OUTSIDE_STYLE = "bold yellow", "dim"


class _Mark(NamedTuple):
    """A name on the bar: a step or some steps in a row, and whether the window is open there."""

    name: str
    inside: bool
    steps: int = 1


def draw_bars(page: Page, deployment: Deployment, window: Collection[str], width: int) -> Iterator[Text]:
    """The window over the steps: of several pipelines a bar for each, behind its name."""
    steps = deployment.steps_about(window)
    if not deployment.pipelines:
        yield from draw_bar(page, steps, window, width)
    room = max((len(name) for name in deployment.pipelines), default=0)
    for pipeline in deployment.pipelines:
        prefix = name_step(pipeline, "")
        own, inside = (
            [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
            for names in (steps, window)
        )
        for number, line in enumerate(draw_bar(page, own, inside, width - room - 2)):
            label = "" if number else page.clean(pipeline)
            yield Text(f"{label:<{room}}  ").append_text(line)


def draw_bar(page: Page, steps: Sequence[str], window: Collection[str], width: int) -> list[Text]:
    """The steps in their order, joined by `━` where the window is open and by `┄` where it is not.

    As much is told as fits: names outside the window are counted first, then those in it but for its ends. In
    the worst case there are several lines, broken between names; one that is longer than `width` is left to
    the caller.
    """
    marks = [_Mark(page.clean(name), name in window) for name in (BEFORE, *steps, AFTER)]
    parts: list[Text] = []
    for candidate in _candidates(marks):
        parts = list(_drawn(page, candidate))
        if sum(part.cell_len for part in parts) <= width:
            break
    lines = [Text()]
    for part in parts:
        if lines[-1].plain and lines[-1].cell_len + part.stripped().cell_len > width:
            lines.append(Text())
        lines[-1].append_text(part)
    return lines


def _candidates(marks: list[_Mark]) -> Iterator[list[_Mark]]:
    """The bar with less and less of it spelt out; a name is told whole, to be searched for, or not at all."""
    yield marks
    yield _counted(marks, inside=False, kept=1)
    yield _counted(marks, inside=False, kept=0)
    yield _counted(_counted(marks, inside=False, kept=0), inside=True, kept=1)


def _counted(marks: list[_Mark], *, inside: bool, kept: int) -> list[_Mark]:
    """Runs of steps in (or out of) the window as one mark, but for `kept` names where a run ends."""
    ends, middle = [marks[0], marks[-1]], marks[1:-1]
    runs = [list(run) for _, run in groupby(middle, key=lambda mark: mark.inside)]
    shown = [mark for run in runs for mark in (_folded(run, kept) if run[0].inside == inside else run)]
    return [ends[0], *shown, ends[1]]


def _folded(run: list[_Mark], kept: int) -> list[_Mark]:
    folded = run[kept : len(run) - kept]
    if len(folded) < 2:
        return run
    steps = sum(mark.steps for mark in folded)
    return [*run[:kept], _Mark(f"{steps} steps", run[0].inside, steps), *run[len(run) - kept :]]


def _drawn(page: Page, marks: list[_Mark]) -> Iterator[Text]:
    """Each name with what joins it to the next."""
    inside, outside = page.glyphs.inside, page.glyphs.outside
    joints = {
        (True, True): f" {inside * 2} ",
        (False, False): f" {outside} ",
        (False, True): f" {outside}{inside} ",
        (True, False): f" {inside}{outside} ",
    }
    text = Text().append(f"{inside} " if marks[0].inside else "", _INSIDE_STYLE)
    for left, right in pairwise(marks):
        open_here = left.inside or right.inside
        text.append(left.name, _style(left))
        yield text.append(joints[left.inside, right.inside], _INSIDE_STYLE if open_here else _OUTSIDE_STYLE)
        text = Text()
    text.append(marks[-1].name, _style(marks[-1]))
    yield text.append(f" {inside}" if marks[-1].inside else "", _INSIDE_STYLE)


def _style(mark: _Mark) -> str:
    return _INSIDE_STYLE if mark.inside else _OUTSIDE_STYLE
