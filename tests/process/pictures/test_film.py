"""The film: one frame for each step, with fixed places."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from skewproof.diagrams.pictures.canvas import Canvas
from skewproof.diagrams.pictures.film import draw_film, draw_steps, play
from skewproof.diagrams.wording import find_failing_hop
from support.drawn_samples import SHAPES, deployment, is_legible, judged
from support.geometry import crosses, faults, rectangle_of


@pytest.mark.parametrize("name", SHAPES)
def test_frames_are_legible_and_keep_their_places(name: str) -> None:
    frames = draw_film(deployment(name), *judged(name))
    for frame in frames:
        assert list(faults(frame)) == []
        assert frame.height == frames[0].height
    is_legible(frames[-1])
    places = [{(b.what, b.x, b.y) for b in f.above if b.what in deployment(name).components} for f in frames]
    assert all(one == places[0] for one in places)
    assert len(frames) <= len(judged(name)[1])


def behind(canvas: Canvas) -> list[tuple[str, str]]:
    """Lines that pass behind the box of a component, which look as if they ended there and another began."""
    places = [rectangle_of(box) for box in canvas.above if box.border and not box.lines and box.width > 100]
    return [
        (line.what, str(place))
        for line in canvas.lines
        for (x0, y0), (x1, y1) in pairwise(line.points)
        for place in places
        if crosses((x0, y0, x1, y1), place)
    ]


@pytest.mark.parametrize("name", [*SHAPES, "short chain", "boutique", "otel"])
def test_no_line_of_a_film_passes_behind_a_component(name: str) -> None:
    frames = draw_film(deployment(name), *judged(name))
    assert behind(frames[0]) == []
    assert list(faults(frames[0])) == []


def test_each_step_can_have_a_frame() -> None:
    answer, views = judged("realistic")
    frames = draw_steps(deployment("realistic"), answer, views)
    titles = [next(" ".join(b.lines) for b in f.boxes if b.bold and b.size > 12) for f in frames]
    assert titles == [view.step for view in views]
    assert [bool(f.marks) for f in frames] == [
        any(view.step in hazard.window for hazard in answer.at_hops) for view in views
    ]


@pytest.mark.parametrize("name", SHAPES)
def test_frames_are_red_between_those_that_can_break(name: str) -> None:
    answer, views = judged(name)
    frames = draw_film(deployment(name), answer, views)
    drawn = {box.what for box in frames[0].above}
    for frame in frames:
        title = next(" ".join(b.lines) for b in frame.boxes if b.bold and b.size > 12)
        here = next(b.what.removeprefix("here: ") for b in frame.boxes if b.what.startswith("here: "))
        between = {
            (hop.consumer, hop.provider)
            for hazard in answer.at_hops
            if here in hazard.window
            for hop in [find_failing_hop(deployment(name), hazard)]
            if {hop.consumer, hop.provider} <= drawn
        }
        red = {tuple(b.what.removesuffix(" breaks").split(" to ")) for b in frame.above if b.round}
        assert red == between, (title, here)


def test_a_film_shows_one_frame_at_a_time_and_stands_still_for_who_wants_that() -> None:
    frames = [canvas.draw() for canvas in draw_film(deployment("hostile"), *judged("hostile"))]
    root = ET.fromstring(play(frames, 2))
    groups = [child for child in root if child.tag.endswith("}g")]
    assert [group.get("class") for group in groups] == ["f", "f", "f still", "f"]
    assert [group.get("style") for group in groups] == [f"animation-delay:{2 * n}s" for n in range(4)]
    style = next(child.text or "" for child in root if child.tag.endswith("}style"))
    assert "prefers-reduced-motion" in style
    assert not any(element.get("id") for element in root.iter())
    assert not any("script" in element.tag for element in root.iter())
