"""How bad a rollout is: a bar for each step in which requests fail, and how many do moment by moment."""

from __future__ import annotations

from collections.abc import Iterator

from ...properties.exposure.measure import Exposure
from ..exposed import tell_bounds, tell_expected, tell_number, tell_worst
from ..lettering import measure
from ..palette import ERROR, ERROR_PALE, ERROR_TEXT, GREY, INK, PALE
from .canvas import LEADING, SMALL, TITLE, WIDTH, Box, Canvas, Polyline, write

_MARGIN, _NAMES, _FIGURES, _BAR = 16.0, 220.0, 110.0, 22.0
_CURVE = 150.0
MOST_BARS = 20
"""So many steps have a bar of their own, the worst of them."""


def draw_exposure(found: Exposure) -> Canvas:
    """The picture of one rollout."""
    boxes: list[Box] = [write(_title(found), _MARGIN, _MARGIN, WIDTH - 2 * _MARGIN, TITLE, bold=True)]
    y = _bottom(boxes) + 8
    if found.reason:
        boxes.append(write(f"Nothing is known: {found.reason}", _MARGIN, y, WIDTH - 2 * _MARGIN))
        return Canvas(_bottom(boxes) + _MARGIN, tuple(boxes))
    bars = list(_draw_bars(found, y))
    boxes += bars or [write("In no step requests are expected to fail.", _MARGIN, y, WIDTH - 2 * _MARGIN)]
    y = _bottom(boxes) + 20
    lines: tuple[Polyline, ...] = ()
    if found.worst[1]:
        boxes.append(write(tell_worst(found), _MARGIN, y, WIDTH - 2 * _MARGIN, bold=True))
        y = _bottom(boxes) + 8
        lines = tuple(_draw_curve(found, y))
        boxes += _draw_axis(found, y)
    boxes.append(write(tell_bounds(found), _MARGIN, _bottom(boxes) + 12, WIDTH - 2 * _MARGIN, ink=GREY))
    return Canvas(_bottom(boxes) + _MARGIN, tuple(boxes), lines)


def _title(found: Exposure) -> str:
    return found.system if found.reason else f"{found.system}: {tell_expected(found)}"


def _draw_bars(found: Exposure, y: float) -> Iterator[Box]:
    """The steps in their order."""
    bad = {step: count for step, count in found.by_step.items() if count}
    shown = sorted(bad, key=lambda step: -bad[step])[:MOST_BARS]
    worst = max(bad.values(), default=1.0)
    room = WIDTH - 2 * _MARGIN - _NAMES - _FIGURES
    for step, count in bad.items():
        if step not in shown:
            continue
        height = _BAR - 4
        yield Box(_MARGIN, y, _NAMES - 8, height, (_short(step),), left=True)
        width = max(2.0, room * float(count) / float(worst))
        told = f"{tell_number(count)} in {step}"
        yield Box(_MARGIN + _NAMES, y, width, height, fill=ERROR, what=told)
        x = _MARGIN + _NAMES + width + 6
        yield Box(x, y, _FIGURES - 6, height, (tell_number(count),), ink=ERROR_TEXT, left=True)
        y += _BAR
    if len(bad) > len(shown):
        rest = sum((count for step, count in bad.items() if step not in shown), 0.0)
        yield write(f"and {tell_number(rest)} in {len(bad) - len(shown)} other steps", _MARGIN, y, WIDTH)


def _short(step: str, most: int = 34) -> str:
    return step if len(step) <= most else f"{step[: most - 1]}…"


def _draw_axis(found: Exposure, y: float) -> list[Box]:
    """What the curve lies on, with the ends of both axes, and the worst moment."""
    end, (moment, rate) = found.curve[-1][0], found.worst
    x, width = _MARGIN + 60, WIDTH - 2 * _MARGIN - 60
    at = x + width * moment / end if end else x
    below = y + _CURVE + 4
    height = SMALL * LEADING
    return [
        Box(x, y, width, _CURVE, fill=PALE),
        Box(at - 3, y - 3, 6, 6, fill=ERROR, round=True, what=f"the worst moment: {rate:.4g} a second"),
        Box(_MARGIN, y, 54, height, (f"{rate:.3g}/s",), ink=ERROR_TEXT, left=True),
        Box(_MARGIN, y + _CURVE - height, 54, height, ("0",), left=True),
        *_axis(x, width, below, at, (f"{moment:.4g} s", f"{end:.4g} s")),
    ]


def _axis(x: float, width: float, y: float, at: float, told: tuple[str, str]) -> Iterator[Box]:
    """The worst moment below where it is; the beginning and the end as far as it leaves room."""
    moment, end = told
    height, room = SMALL * LEADING, measure(moment, SMALL, bold=True) + 12
    left = min(max(x, at - room / 2), x + width - room)
    yield Box(left, y, room, height, (moment,), ERROR_PALE, ERROR_TEXT, bold=True)
    first, last = measure("0 s", SMALL), measure(end, SMALL)
    if left > x + first + 6:
        yield Box(x, y, first, height, ("0 s",), left=True)
    if left + room < x + width - last - 6:
        yield Box(x + width - last, y, last, height, (end,), left=True)


def _draw_curve(found: Exposure, y: float) -> Iterator[Polyline]:
    end, most = found.curve[-1][0] or 1.0, found.worst[1]
    x, width = _MARGIN + 60, WIDTH - 2 * _MARGIN - 60
    points = tuple(
        (x + width * seconds / end, y + _CURVE * (1 - min(1.0, rate / most))) for seconds, rate in found.curve
    )
    yield Polyline(points, INK, 1.5, what="requests a second that fail, moment by moment")
    at = x + width * found.worst[0] / end
    yield Polyline(((at, y), (at, y + _CURVE)), ERROR, 1.0, dashed=True, what="the worst moment")


def _bottom(boxes: list[Box]) -> float:
    return max(box.y + box.height for box in boxes)
