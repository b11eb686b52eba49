"""The lanes: what they say is the answer's, and all of it is legible, whatever the names."""

from __future__ import annotations

import re
from typing import Any

import pytest

from skewproof.diagrams.pictures.lanes import draw_lanes
from skewproof.diagrams.pictures.proof import Fate, draw_proof, list_rows
from skewproof.diagrams.report.timeline import build_timeline
from skewproof.model.compiler.variables import Vocabulary
from support.drawn_samples import SHAPES, deployment, is_legible, judged


@pytest.mark.parametrize("name", [*SHAPES, "versions"])
def test_lanes_are_legible(name: str) -> None:
    is_legible(draw_lanes(deployment(name), *judged(name)))


@pytest.mark.parametrize("name", SHAPES)
def test_lanes_are_red_where_a_cause_is_open(name: str) -> None:
    answer, views = judged(name)
    canvas = draw_lanes(deployment(name), answer, views)
    marked = {
        (int(found[1]), step)
        for box in canvas.boxes
        if (found := re.fullmatch(r"cause (\d+) in (.*)", box.what, re.DOTALL))
        for step in (view.step for view in views)
        if step in found[2].split(", ")
    }
    windows = {
        (number, step)
        for number, cause in enumerate(answer.causes[:9], start=1)
        for hazard in cause.hazards
        for step in hazard.window
    }
    assert marked == windows
    assert sum("opens in" in box.what for box in canvas.above) == len(answer.causes[:9])


@pytest.mark.parametrize("name", SHAPES)
def test_lanes_show_the_versions_that_can_be_met(name: str) -> None:
    answer, views = judged(name)
    canvas = draw_lanes(deployment(name), answer, views)
    versions = deployment(name).versions
    for component in deployment(name).components:
        named = {v: f"{component} {deployment(name).name_version(component, v)}" for v in versions}
        shown = [v for box in canvas.boxes for v in versions if box.what == named[v]]
        met = {v for view in views for v in view.components[component].versions}
        assert not shown or set(shown) == met


@pytest.mark.parametrize("name", [*SHAPES, "boutique"])
def test_cells_of_lanes_are_as_wide_in_each_row_of_columns(name: str) -> None:
    """And the last row has about as many as the others."""
    canvas = draw_lanes(deployment(name), *judged(name))
    heads = [box for box in canvas.boxes if box.what and not box.fill and not box.bold and not box.border]
    assert len({round(box.width, 3) for box in heads}) == 1
    bands: dict[float, int] = {}
    for box in heads:
        below = round(box.y + box.height)
        bands[below] = bands.get(below, 0) + 1
    assert max(bands.values()) - min(bands.values()) < len(bands)


def test_what_violates_a_property_happens_and_does_not_break() -> None:
    """In lanes, in the proof and in the timeline of the report."""
    answer, views = judged("stall")
    lanes = draw_lanes(deployment("stall"), answer, views)
    assert "× can happen" in (said := [line for box in lanes.boxes for line in box.lines])
    assert not any("can break" in line for line in said)
    proof = " ".join(line for box in draw_proof(deployment("stall"), answer).boxes for line in box.lines)
    assert "a property can be violated" in proof
    assert "beside this the pipeline can stall" in proof
    content: Any = build_timeline(Vocabulary(deployment("stall")), answer, answer.hazards)
    assert {cell["word"] for row in content["rows"] for cell in row["cells"]} == {"can happen"}


def test_a_pair_that_breaks_in_two_ways_is_one_pair() -> None:
    answer, _ = judged("realistic")
    (said,) = {
        text
        for row in list_rows(deployment("realistic"), answer)
        for text in row.said
        if "schema" in text and row.fates[0] is Fate.BREAKS
    }
    assert said == "V1 → V2, schema and token"


def test_steps_that_look_alike_are_one_column() -> None:
    canvas = draw_lanes(deployment("realistic"), *judged("realistic"))
    titles = [box.lines for box in canvas.boxes if "Run_install" in box.what or "Source" in box.what]
    assert ("before, 6 steps",) in titles
    assert sum("glue V" in box.what for box in canvas.boxes) == 6  # 14 steps in 5 columns, one of them mixed


def test_components_that_are_left_out_are_not_called_harmless() -> None:
    """Twenty services break by one cause, of which one is drawn."""
    canvas = draw_lanes(deployment("star"), *judged("star"))
    said = " ".join(line for box in canvas.boxes for line in box.lines)
    assert "19 more components are not drawn; 19 of them are at the ends" in said
