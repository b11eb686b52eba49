"""The poster of one cause: the end of its story."""

from __future__ import annotations

import re

import pytest

from skewproof.diagrams.pictures.canvas import Canvas
from skewproof.diagrams.pictures.moment import draw_moment
from skewproof.diagrams.report.timeline import list_column_names
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.deployment import Aspect
from skewproof.properties.verdict import HazardCause, HopHazard
from support.drawn_samples import SHAPES, deployment, is_legible, judged


def moments(name: str) -> list[tuple[HazardCause, Canvas]]:
    answer, vocabulary = judged(name)[0], Vocabulary(deployment(name))
    steps = list_column_names(vocabulary, answer.hazards)
    return [(cause, draw_moment(vocabulary, cause, steps)) for cause in answer.causes[:6]]


@pytest.mark.parametrize("name", SHAPES)
def test_moments_are_legible(name: str) -> None:
    for _, canvas in moments(name):
        is_legible(canvas)


@pytest.mark.parametrize("name", SHAPES)
def test_a_moment_is_the_end_of_its_story(name: str) -> None:
    """The versions in the boxes, the failing hop, the window, and where the pipeline stands."""
    for cause, canvas in moments(name):
        hazard = cause.hazards[0]
        said = [line for box in canvas.boxes for line in box.lines]
        assert any("usual remedy" in line for line in said)
        window = {step for one in cause.hazards for step in one.window}
        places = dict(box.what.split(": ", 1) for box in canvas.boxes if ": " in box.what)
        assert {"here", "open", "quiet"} >= places.keys()
        if not isinstance(hazard, HopHazard):
            continue
        strip = [box.what.split(": ", 1) for box in canvas.boxes if ": " in box.what]
        red = [step for look, steps in strip if look != "quiet" for step in steps.split(", ")]
        assert set(red) == window
        assert dict(strip)["here"] == hazard.trace[-1].step
        assert sum(box.lines == ("×",) for box in canvas.above) == 1
        failing = [line for line in canvas.lines if str(hazard.hop) in re.findall(r"\d+", line.what)]
        assert len(failing) == 1
        shown = {box.what for box in canvas.above}
        if hazard.provider_version and hazard.aspect is not Aspect.CONTENT:
            met = hazard.provider_instance or hazard.provider_version
            assert f"{hazard.provider} {met}" in shown


def test_a_long_way_is_folded_and_counted() -> None:
    ((_, canvas),) = moments("chain")
    marks = [box.lines[0] for box in canvas.above if box.what.startswith("mark of ")]
    assert marks == ["1", "49", "50", "×"]
    assert any("47 hops" in " ".join(box.lines) for box in canvas.above)


@pytest.mark.parametrize("name", [*SHAPES, "boutique", "short chain"])
def test_a_moment_tells_of_each_gap_between_its_events_how_many_are_left_out(name: str) -> None:
    """The numbers of the events and the lines between them add up."""
    for _, canvas in moments(name):
        before, passed = None, 0
        for box in canvas.boxes:
            line = " ".join(box.lines)
            if found := re.match(r"… (\d+) (?:events?|hops?)\b(?:.* and (\d+) event)?", line):
                passed += sum(int(number) for number in found.groups() if number)
            elif line.isdecimal() and box.width == 34:
                assert before is None or int(line) == before + passed + 1
                before, passed = int(line), 0
