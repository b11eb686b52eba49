"""The moment: one cause as a poster. The request's path down to the failing hop, who stands how, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...model.compiler.system import EventKind
from ...model.compiler.variables import Vocabulary
from ...model.deployment import Deployment, Hop, Request
from ...model.names import VariableKey
from ...properties.verdict import HazardCause, HopHazard, PropertyHazard, TraceEvent
from ..concerned import describe_cause, name_cause
from ..condense import ToldEvent, condense, split_event, tell_left_out
from ..explained import tell_help
from ..lettering import fit_name, fit_version, measure
from ..palette import ERROR, ERROR_PALE, ERROR_TEXT, GREY, INK, PAPER, find_swatch
from ..report.scenes import StageView
from ..wording import count, tell_hazard, tell_violation
from .canvas import LEADING, PLAIN, SMALL, TITLE, WIDTH, Box, Canvas, Point, Polyline, write
from .strip import draw_strip

_MARGIN, _WIDE, _TALL, _BETWEEN = 16.0, 122.0, 64.0, 46.0
MOST_DEEP, MOST_EVENTS = 5, 9
"""So many components one behind the other are drawn, and so many events told; what is between is folded."""


@dataclass
class _Plan:
    """Who is drawn, in columns by how deep the calls are, and the hops between them by their numbers."""

    columns: list[list[str]] = field(default_factory=list)
    hops: list[tuple[int, str, str]] = field(default_factory=list)

    def put(self, name: str, depth: int) -> None:
        if not any(name in column for column in self.columns):
            while len(self.columns) <= depth:
                self.columns.append([])
            self.columns[depth].append(name)

    def depth(self, name: str) -> int:
        return next(index for index, column in enumerate(self.columns) if name in column)


def draw_moment(vocabulary: Vocabulary, cause: HazardCause, steps: Sequence[str]) -> Canvas:
    """The worst hazard of the cause, at the end of its story. Hops that do not lead to the failing one are
    drawn as far as they fit; what is folded away is counted."""
    deployment, hazard = vocabulary.deployment, cause.hazards[0]
    boxes = list(_title(deployment, cause))
    y = boxes[-1].y + boxes[-1].height + 16
    lines: list[Polyline] = []
    above: list[Box] = []
    if isinstance(hazard, HopHazard):
        plan = _plan(deployment, hazard)
        y += 10 * any(consumer == provider for _, consumer, provider in plan.hops)  # loops stand above
        lines, above = _path(vocabulary, plan, hazard, y)
        y = max(box.y + box.height for box in above) + 14
    boxes += _callout(deployment, cause, y)
    y = boxes[-1].y + boxes[-1].height + 18
    boxes += _events(cause, y)
    y = boxes[-1].y + boxes[-1].height + 14
    now = hazard.whole_story[-1].step if hazard.whole_story else None
    window = {step for one in cause.hazards for step in one.window}
    who = (
        "pipelines, which run at once: dark is where one"
        if len(vocabulary.courses) > 1
        else "pipeline: dark is where it"
    )
    said = f"the {who} stands here, red where this cause is open"
    boxes.append(write(said, _MARGIN, y, WIDTH - 2 * _MARGIN, ink=GREY))
    boxes += draw_strip(steps, window, now, y + 18)
    height = max(box.y + box.height for box in boxes) + 14
    return Canvas(height, tuple(boxes), tuple(lines), tuple(above))


def _title(deployment: Deployment, cause: HazardCause) -> Iterator[Box]:
    hazard, room = cause.hazards[0], WIDTH - 2 * _MARGIN
    pair = name_cause(deployment, cause)
    if isinstance(hazard, HopHazard):
        said = f"“{hazard.request}” fails at hop {hazard.hop}: {pair}"
    else:
        told = tell_violation(hazard)
        said = f"{told[:1].upper()}{told[1:]}"
    first = write(said, _MARGIN, 14, room, TITLE, bold=True, most=3)
    yield first
    release = f", release {deployment.release}" if deployment.release else ""
    text = f"{deployment.system}{release} · {describe_cause(cause)}"
    yield write(text, _MARGIN, first.y + first.height + 3, room, PLAIN, ink=GREY, most=3)


# --- the path ---


def _plan(deployment: Deployment, hazard: HopHazard) -> _Plan:
    """All hops up to the failing one where they fit, else those that lead there, folded in the middle."""
    request = next(one for one in deployment.requests if one.name == hazard.request)
    hops = list(enumerate(request.hops[: hazard.hop], start=1))
    plan = _place(request, hops)
    if len(plan.columns) <= MOST_DEEP and max(map(len, plan.columns)) <= MOST_DEEP:
        return plan
    way = _way(hops)
    if len(way) > MOST_DEEP - 1:
        folded = len(way) - (MOST_DEEP - 1)
        first, last = way[0], way[-(MOST_DEEP - 3) :]
        plan = _Plan()
        plan.put(first[1].consumer, 0)
        fold = f"{folded} {'hop' if folded == 1 else 'hops'} between"
        plan.put(fold, 1)
        plan.hops.append((first[0], first[1].consumer, fold))
        plan.put(last[0][1].consumer, 2)
        plan.hops.append((last[0][0] - 1, fold, last[0][1].consumer))
        for depth, (number, hop) in enumerate(last, start=3):
            plan.put(hop.provider, depth)
            plan.hops.append((number, hop.consumer, hop.provider))
        return plan
    return _place(request, way)


def _place(request: Request, hops: Sequence[tuple[int, Hop]]) -> _Plan:
    plan = _Plan()
    plan.put(request.root, 0)
    for number, hop in hops:
        plan.put(hop.consumer, 0)
        plan.put(hop.provider, plan.depth(hop.consumer) + 1)
        plan.hops.append((number, hop.consumer, hop.provider))
    return plan


def _way(hops: Sequence[tuple[int, Hop]]) -> list[tuple[int, Hop]]:
    """The hops by which the request came to the failing one, and it."""
    way = [hops[-1]]
    for number, hop in reversed(hops[:-1]):
        if hop.verb.is_call and hop.provider == way[0][1].consumer:
            way.insert(0, (number, hop))
    return way


def _path(
    vocabulary: Vocabulary, plan: _Plan, hazard: HopHazard, y: float
) -> tuple[list[Polyline], list[Box]]:
    """The arrows, and what stands over them: components with the versions that are there, and numbers."""
    corners = dict(_corners(plan, y))
    stage = StageView(vocabulary, hazard.contract)
    values = _values(vocabulary, hazard)
    above = [
        box
        for name, corner in corners.items()
        for box in _component(vocabulary, stage, values, name, corner, hazard)
    ]
    lines = []
    for (consumer, provider), numbers in _arrows(plan).items():
        back = numbers[0] > min(_arrows(plan).get((provider, consumer), numbers))
        line, mark = _arrow(corners[consumer], corners[provider], numbers, hazard.hop, 20 if back else 0)
        lines.append(line)
        above.append(mark)
    return lines, above


def _arrows(plan: _Plan) -> dict[tuple[str, str], list[int]]:
    """The numbers of the hops from one component to another."""
    found: dict[tuple[str, str], list[int]] = {}
    for number, consumer, provider in plan.hops:
        found.setdefault((consumer, provider), []).append(number)
    return found


def _arrow(
    consumer: Point, provider: Point, numbers: Sequence[int], failing: int, lower: float
) -> tuple[Polyline, Box]:
    """The arrow of some hops with their mark; `lower` keeps it apart from the one that leads back."""
    fails = failing in numbers
    itself = consumer == provider
    points = _loop(consumer) if itself else tuple((x, y + lower) for x, y in _between(consumer, provider))
    colour, pen = (ERROR, 3.0) if fails else (INK, 1.4)
    what = f"hop {', '.join(map(str, numbers))}"
    line = Polyline(points, colour, pen, arrow=True, what=what)
    (x0, y0), (x1, y1) = (points[2], points[2]) if itself else points
    x, middle = (x0 + x1) / 2 - 4 * (not itself), (y0 + y1) / 2
    sign = "×" if fails else str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}…"
    mark = Box(
        x - 10, middle - 9, 20, 18, (sign,), colour, PAPER, bold=True, round=True, what=f"mark of {what}"
    )
    return line, mark


def _corners(plan: _Plan, y: float) -> Iterator[tuple[str, Point]]:
    """The upper left corner of each component."""
    deepest = len(plan.columns)
    between = min(_BETWEEN + 30, (WIDTH - 2 * _MARGIN - deepest * _WIDE) / max(deepest - 1, 1))
    tallest = max(len(column) for column in plan.columns) * (_TALL + 14) - 14
    for index, column in enumerate(plan.columns):
        height = len(column) * (_TALL + 14) - 14
        for place, name in enumerate(column):
            top = y + (tallest - height) / 2 + place * (_TALL + 14)
            yield name, (_MARGIN + index * (_WIDE + between), top)


def _loop(corner: Point) -> tuple[Point, ...]:
    """Round the upper right corner of a box, where no other arrow is, and back into it: it calls itself."""
    right, y = corner[0] + _WIDE, corner[1]
    out = right + 12
    return (right, y + 12), (out, y + 12), (out, y - 7), (right - 24, y - 7), (right - 24, y)


def _between(start: Point, end: Point) -> tuple[Point, Point]:
    """From the side of one box to the nearest side of another."""
    (x0, y0), (x1, y1) = start, end
    if x1 > x0:
        return (x0 + _WIDE, y0 + _TALL / 2), (x1, y1 + _TALL / 2)
    if x1 < x0:
        return (x0, y0 + _TALL / 2), (x1 + _WIDE, y1 + _TALL / 2)
    if y1 > y0:
        return (x0 + _WIDE / 2, y0 + _TALL), (x1 + _WIDE / 2, y1)
    return (x0 + _WIDE / 2, y0), (x1 + _WIDE / 2, y1 + _TALL)


def _values(vocabulary: Vocabulary, hazard: HopHazard) -> dict[VariableKey, str]:
    """How every machine stands when it fails."""
    values = {name: life.life.initial for name, life in vocabulary.lives.items()}
    for event in hazard.trace:
        values.update(event.values)
    return values


def _component(
    vocabulary: Vocabulary,
    stage: StageView,
    values: Mapping[VariableKey, str],
    name: str,
    corner: Point,
    hazard: HopHazard,
) -> Iterator[Box]:
    (x, y), deployment = corner, vocabulary.deployment
    is_met = name == hazard.provider
    yield Box(x, y, _WIDE, _TALL, fill=PAPER, border=ERROR if is_met else INK, pen=2.4 if is_met else 1.2)
    lines, size = fit_name(name, _WIDE - 10, (PLAIN, SMALL))
    has_state = name in deployment.components
    height = 32 if has_state else _TALL - 8
    yield Box(x + 5, y + 4, _WIDE - 10, height, lines, size=size, bold=True, what=name)
    if not has_state:
        return
    standing: dict[str, Any] = stage.standing(name, values)
    badges = standing["badges"]
    if not badges:
        yield Box(x + 5, y + 40, _WIDE - 10, 18, (str(standing["word"] or "nobody up"),), ink=GREY)
        return
    part = (_WIDE - 12) / len(badges)
    for index, (version, number) in enumerate(badges):
        fill, ink = find_swatch(version, deployment.versions)
        called = deployment.name_version(name, version)
        said = f"{number}×{called}" if number else called
        told = said if measure(said, SMALL, bold=True) <= part - 6 else called
        text = fit_version(told, part - 6, SMALL)
        yield Box(
            x + 6 + index * part, y + 40, part - 2, 18, text, fill, ink, bold=True, what=f"{name} {called}"
        )


# --- the words ---


def _callout(deployment: Deployment, cause: HazardCause, y: float) -> Iterator[Box]:
    """What happens, what the change says of itself, and what usually helps, on one ground."""
    hazard, room = cause.hazards[0], WIDTH - 2 * _MARGIN - 24
    change = deployment.change_of(cause.contract) if cause.contract is not None else None
    note = change.note if change is not None and cause.aspect is not None else None
    texts = [(tell_hazard(hazard, deployment), PLAIN, True, ERROR_TEXT)]
    texts += [(f"The change says: {note}", PLAIN, False, INK)] if note else []
    texts += [(tell_help(cause, deployment), SMALL, False, GREY)]
    boxes, top = [], y + 8
    for text, size, bold, ink in texts:
        boxes.append(write(text, _MARGIN + 12, top, room, size, bold=bold, ink=ink, most=4))
        top += boxes[-1].height + 3
    yield Box(_MARGIN, y, WIDTH - 2 * _MARGIN, top - y + 5, fill=ERROR_PALE, border=ERROR, what="callout")
    yield from boxes
    yield Box(_MARGIN, y, 1, top - y + 5)


def _events(cause: HazardCause, y: float) -> Iterator[Box]:
    """The story that the hazard needs, event by event, numbered as in the whole."""
    hazard = cause.hazards[0]
    told = condense(hazard.whole_story)
    shown = told if len(told) <= MOST_EVENTS else (*told[:3], *told[-(MOST_EVENTS - 4) :])
    here, before = "", 0
    for row in shown:
        if before and row.number > before + 1:
            said = _between_events(hazard.whole_story, told, before, row.number)
            between = write(f"… {said}", _MARGIN + 40, y, 560, ink=GREY)
            yield between
            y += between.height + 3
        before = row.number
        who, what = split_event(row.event)
        fails = hazard.ends and row is told[-1]
        said = what if row.event.kind is EventKind.HOP else f"{who}: {what}"
        ink = ERROR_TEXT if fails else INK
        yield Box(_MARGIN, y, 34, SMALL * LEADING, (str(row.number),), ink=GREY)
        text = write(f"{'× ' if fails else ''}{said}", _MARGIN + 40, y, 560, bold=fails, ink=ink, most=3)
        yield text
        height = text.height
        if row.event.step != here:
            here = row.event.step
            step = write(here, _MARGIN + 610, y, 188, ink=GREY, most=3)
            height = max(height, step.height)
            yield step
        y += height + 3
    if isinstance(hazard, PropertyHazard) and not told:
        yield write("It is so from the start.", _MARGIN + 40, y, 500)
    yield Box(_MARGIN, y, 1, 1)


def _between_events(story: Sequence[TraceEvent], told: Sequence[ToldEvent], before: int, after: int) -> str:
    """What is said in place of the events between two of these numbers; some may be worth telling, for which
    there is no room."""
    if any(before < row.number < after for row in told):
        return f"{count(after - before - 1, 'event')} between"
    return tell_left_out(story[before : after - 1])
