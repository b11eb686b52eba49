"""How bad a rollout is, drawn: a bar for each step that hurts, the curve, and its worst moment."""

from __future__ import annotations

import pytest

from skewproof.diagrams.exposed import tell_number
from skewproof.diagrams.pictures.canvas import Box, Canvas
from skewproof.diagrams.pictures.exposure import draw_exposure
from skewproof.diagrams.report.exposure import build_exposure
from skewproof.model.language import loads
from skewproof.properties.exposure.measure import Exposure, expose
from support.geometry import faults

TEXT = """
components: {web: {kind: service, replicas: 2}, api: {kind: service, replicas: 2}}
requests: {ask: [client calls web: page, web calls api: x]}
pipeline: [Web: [deploy web], Wait: [], Api: [deploy api]]
changes: {api/x: {breaks: {call: [V2 -> V1]}}}
traffic: {ask: 10/s}
durations: {spawn: 20s, retire: 5s}
"""


def bars(canvas: Canvas) -> list[Box]:
    return [box for box in canvas.boxes if " in " in box.what]


def test_bars_are_as_long_as_what_fails_is_much() -> None:
    found = expose(loads(TEXT))
    drawn = bars(draw_exposure(found))
    assert [box.what.split(" in ")[1] for box in drawn] == ["Web", "Api"]
    counts = [float(found.by_step[step]) for step in ("Web", "Api")]
    assert drawn[0].width / drawn[1].width == pytest.approx(counts[0] / counts[1])


@pytest.mark.parametrize("spawn", ["1s", "20s", "500s"])
def test_every_text_can_be_read_wherever_the_worst_moment_is(spawn: str) -> None:
    early = TEXT.replace("spawn: 20s", f"spawn: {spawn}")
    assert list(faults(draw_exposure(expose(loads(early))))) == []


def test_the_worst_moment_is_the_top_of_the_curve() -> None:
    found = expose(loads(TEXT))
    curve, moment = draw_exposure(found).lines
    top = min(curve.points, key=lambda point: point[1])
    assert top[0] == pytest.approx(moment.points[0][0])
    assert max(found.curve, key=lambda pair: pair[1])[0] == found.worst[0]


def test_where_nothing_is_known_it_says_why() -> None:
    unknown = Exposure("shop", reason="too many states")
    told = " ".join(line for box in draw_exposure(unknown).boxes for line in box.lines)
    assert "too many states" in told
    assert "too many states" in build_exposure(unknown)["told"]


def test_what_hurts_nobody_has_neither_bars_nor_a_curve() -> None:
    safe = expose(loads(TEXT.replace("breaks: {call: [V2 -> V1]}", "breaks: none")))
    assert (bars(draw_exposure(safe)), draw_exposure(safe).lines) == ([], ())
    assert build_exposure(safe)["curve"] == []


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0"), (446.019, "446"), (1.32562e-12, "1.326e-12"), (12345.6, "12,346"), (1e15, "1e+15")],
)
def test_a_figure_says_no_more_digits_than_are_known(number: float, told: str) -> None:
    assert tell_number(number) == told
