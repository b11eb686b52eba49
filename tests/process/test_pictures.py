"""The pictures for a page: what they say is the answer's, and all of it is legible, whatever the names."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from skewproof.diagrams.graphviz import draw_picture
from skewproof.diagrams.pictures.canvas import Canvas
from skewproof.diagrams.pictures.lanes import draw_lanes
from skewproof.model.compiler.stepview import StepView
from skewproof.model.deployment import Deployment
from skewproof.model.language import load, loads
from skewproof.properties.checker import check
from skewproof.properties.step_views import find_step_views
from skewproof.properties.task import Task
from skewproof.properties.verdict import Answer
from support.geometry import faults
from support.large_shop import large_shop

EXAMPLES = Path(__file__).parents[2] / "examples"
SCCOS = EXAMPLES / "sccos"
LONG = "a_very_long_name-of-something/that.nobody_would_ever:give" * 3
HOSTILE = r"<b>&amp;</b> \N \l \"q\" \x 世界 🚀"


def chain(services: int) -> str:
    names = [f"s{number}" for number in range(services)]
    hops = [
        f"client calls {names[0]}: x",
        *(f"{a} calls {b}: x" for a, b in pairwise(names)),
    ]
    steps = ", ".join(f"{{Step {name}: [deploy {name}]}}" for name in names)
    return f"""
system: chain
components: {{{", ".join(f"{name}: {{kind: service}}" for name in names)}}}
requests: {{walk: [{", ".join(hops)}]}}
pipeline: [{steps}]
changes: {{s{services // 2}/x: {{breaks: both}}}}
"""


def star(services: int) -> str:
    names = [f"service_{number}" for number in range(services)]
    requests = [f"ask {name}: [client calls {name}: x, {name} writes db: rows]" for name in names]
    return f"""
system: star
components: {{{", ".join(f"{name}: {{kind: service}}" for name in names)}, db: {{kind: database}}}}
requests: {{{", ".join(requests)}}}
pipeline: [Migrate: [migrate db], {", ".join(f"Roll {name}: [deploy {name}]" for name in names)}]
changes: {{db/rows: {{breaks: {{schema: both}}}}}}
"""


def named(name: str) -> str:
    told = "'" + name.replace("'", "''") + "'"
    return f"""
system: {told}
components: {{front: {{kind: service}}, back: {{kind: service}}}}
requests: {{{told}: [client calls front: page, front calls back: answer]}}
pipeline: [{told}: [deploy front], Two: [deploy back]]
changes: {{back/answer: {{breaks: both, note: {told}}}}}
"""


@cache
def deployment(name: str) -> Deployment:
    match name:
        case "chain" | "star":
            return loads(chain(100) if name == "chain" else star(20))
        case "long" | "hostile":
            return loads(named(LONG if name == "long" else HOSTILE))
        case "shop":
            return loads(large_shop(200))
        case "pessimistic":
            return load(SCCOS / "deployment.yaml").pessimistic()
        case "jwt" | "stall":
            story = {"jwt": "jwt-rotation/naive", "stall": "rabbitmq-flags/stopped-node"}[name]
            return load(EXAMPLES / "stories" / f"{story}.yaml")
        case _:
            return load(SCCOS / "deployment.yaml", SCCOS / "releases" / f"{name}.yaml")


@cache
def judged(name: str) -> tuple[Answer, tuple[StepView, ...]]:
    return check(deployment(name)), find_step_views(Task(deployment(name)))


SHAPES = (
    "realistic", "pessimistic", "compatible", "chain", "star", "long", "hostile", "shop", "jwt", "stall"
)  # fmt: skip


def is_legible(canvas: Canvas) -> None:
    assert list(faults(canvas)) == []
    svg = draw_picture(canvas.draw(), "svg").decode()
    assert min(map(float, re.findall(r'font-size="([\d.]+)"', svg)), default=11.0) >= 11.0
    box = re.search(r'viewBox="0.00 0.00 ([\d.]+) ', svg)
    assert box
    assert float(box[1]) <= 830.5
    assert "\x1b" not in svg


@pytest.mark.parametrize("name", SHAPES)
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
        shown = [v for box in canvas.boxes for v in versions if box.what == f"{component} {v}"]
        met = {v for view in views for v in view.components[component].versions}
        assert not shown or set(shown) == met


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
