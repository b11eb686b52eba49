"""The pictures for a page: what they say is the answer's, and all of it is legible, whatever the names."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings

from skewproof.diagrams.graphviz import draw_picture
from skewproof.diagrams.pictures.canvas import Canvas
from skewproof.diagrams.pictures.film import draw_film, draw_steps, play
from skewproof.diagrams.pictures.lanes import draw_lanes
from skewproof.diagrams.pictures.map import draw_map
from skewproof.diagrams.pictures.moment import draw_moment
from skewproof.diagrams.pictures.progress import ProgressGrid, find_progress, list_hops_to_map
from skewproof.diagrams.pictures.proof import MOST_ROWS, Fate, draw_proof, list_rows
from skewproof.diagrams.report.timeline import build_timeline, list_column_names
from skewproof.diagrams.wording import find_failing_hop
from skewproof.model.compiler.stepview import StepView
from skewproof.model.compiler.task import Task
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.deployment import Aspect, Deployment
from skewproof.model.language import load, loads
from skewproof.model.resources.limits import LimitError, Limits
from skewproof.properties.checker import check
from skewproof.properties.coverage.step_views import find_placing, find_step_views
from skewproof.properties.verdict import Answer, HazardCause, HopHazard, Safe
from support.geometry import crosses, faults, rectangle_of
from support.large_shop import large_shop
from support.picture_samples import HOSTILE, LONG, chain, named, star
from support.rich_deployments import rich_deployments

EXAMPLES = Path(__file__).parents[2] / "examples"
SCCOS = EXAMPLES / "sccos"


BOUTIQUE = Path(__file__).parents[1] / "golden" / "files" / "imported" / "online-boutique.yaml"
BREAKING = """
changes:
  cartservice/api: {breaks: [V1 -> V2], note: a field more in AddItem}
  paymentservice/api: {breaks: [V2 -> V1], note: Charge wants a currency}
  productcatalogservice/api: {breaks: both, note: prices in cents}
"""
"""Three changes of Online Boutique, of which each breaks."""
STORIES = {
    "jwt": "jwt-rotation/naive",
    "stall": "rabbitmq-flags/stopped-node",
    "itself": "consul-leader-first/naive",
    "apart": "separate-triggers/naive",
    "versions": "rails-rename/merge-2-4",
}


@cache
def deployment(name: str) -> Deployment:
    match name:
        case "chain" | "star":
            return loads(chain(100) if name == "chain" else star(20))
        case "short chain":
            return loads(chain(12))
        case "boutique":
            return loads(BOUTIQUE.read_text(encoding="utf-8"), changes=BREAKING)
        case "long" | "hostile":
            return loads(named(LONG if name == "long" else HOSTILE))
        case "shop":
            return loads(large_shop(200))
        case "pessimistic":
            return load(SCCOS / "deployment.yaml").pessimistic()
        case "otel":
            text = BOUTIQUE.with_name("otel-demo.yaml").read_text(encoding="utf-8")
            return loads(text, changes="changes: {cart/api: {breaks: none}}")
        case _ if name in STORIES:
            return load(EXAMPLES / "stories" / f"{STORIES[name]}.yaml")
        case _:
            return load(SCCOS / "deployment.yaml", SCCOS / "releases" / f"{name}.yaml")


@cache
def judged(name: str) -> tuple[Answer, tuple[StepView, ...]]:
    return check(deployment(name)), find_step_views(Task(deployment(name)))


SHAPES = (
    "realistic", "pessimistic", "compatible", "chain", "star", "long", "hostile", "shop", "jwt", "stall",
    "itself", "apart",
)  # fmt: skip


def is_legible(canvas: Canvas) -> None:
    assert list(faults(canvas)) == []
    svg = draw_picture(canvas.draw(), "svg").decode()
    assert min(map(float, re.findall(r'font-size="([\d.]+)"', svg)), default=11.0) >= 11.0
    box = re.search(r'viewBox="0.00 0.00 ([\d.]+) ', svg)
    assert box
    assert float(box[1]) <= 830.5
    assert "\x1b" not in svg


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


@pytest.mark.parametrize("name", ["realistic", "chain", "boutique"])
def test_where_a_map_begins_and_ends_stands_in_the_middle_of_its_cell(name: str) -> None:
    for found in maps(name):
        canvas = draw_map(deployment(name), found)
        ends = [box for box in canvas.above if box.round]
        cells = [box for box in canvas.boxes if box.what.startswith(("fine", "breaks"))]
        assert len(ends) == 2
        for end in ends:
            (cell,) = [c for c in cells if c.x < end.x < c.x + c.width and c.y < end.y < c.y + c.height]
            assert end.x + end.width / 2 == pytest.approx(cell.x + cell.width / 2)
            if not cell.what.startswith("breaks"):
                assert end.y + end.height / 2 == pytest.approx(cell.y + cell.height / 2)


LATER = """
versions: [V1, V2]
components: {glue: {kind: service}, mail: {kind: worker}, redis: {kind: cache}, rabbit: {kind: broker}}
requests:
  pass on: [client calls glue: page, glue reads redis: product, glue forwards rabbit: cart using product]
  work: [mail consumes rabbit: cart]
pipeline: [Glue: [deploy glue], Mail: [deploy mail], Queue: [reconfigure rabbit]]
changes:
  redis/product: {breaks: none}
  rabbit/cart: {breaks: none, exists: [V2]}
"""
"""A queue that is there when all is over, and not before."""


def test_a_map_is_red_where_a_queue_is_not_there_yet_whoever_asks_for_it() -> None:
    """Also for who only passes something on, and in one version alike."""
    written = loads(LATER)
    task, answer = Task(written), check(written)
    titles = {}
    for hop, aspect in list_hops_to_map(written):
        found = find_progress(task.vocabulary, hop, aspect, find_placing(task), answer.at_hops)
        assert found is not None
        assert found.struck == {(x, 0) for x in range(len(found.across))}
        assert found.struck == found.broken.keys()
        titles[hop.consumer] = draw_map(written, found).boxes[0].lines[0]
    assert titles == {"glue": "glue forwards rabbit: cart", "mail": "mail consumes rabbit: cart"}


def test_who_passes_something_on_does_not_read_it() -> None:
    """So no order of the two rollouts matters there, and there is no map of it."""
    written = loads(LATER.replace("breaks: none, exists: [V2]", "breaks: both"))
    assert [hop.consumer for hop, _ in list_hops_to_map(written)] == ["mail"]


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


# --- the map ---


def maps(name: str) -> list[ProgressGrid]:
    """Every map of the deployment, with what its pipeline comes to."""
    task = Task(deployment(name))
    placing = find_placing(task)
    found = (
        find_progress(task.vocabulary, hop, aspect, placing, judged(name)[0].at_hops)
        for hop, aspect in list_hops_to_map(deployment(name))
    )
    return [progress for progress in found if progress is not None]


@pytest.mark.parametrize("name", SHAPES)
def test_maps_are_legible(name: str) -> None:
    for progress in maps(name)[:3]:
        is_legible(draw_map(deployment(name), progress))


@pytest.mark.parametrize("name", [name for name in SHAPES if name != "shop"])
def test_a_map_is_dark_red_where_a_quick_request_meets_the_pair(name: str) -> None:
    """And nowhere else: a hop that meets nothing has no such cell."""
    answer, _ = judged(name)
    for progress in maps(name):
        hop = progress.hop
        aspect = Aspect.CALL if hop.verb.is_call else Aspect.SCHEMA
        struck = [
            hazard
            for hazard in answer.at_hops
            if (hazard.consumer, hazard.contract, hazard.aspect) == (hop.consumer, hop.contract, aspect)
            and hazard.span == 0
        ]
        assert progress.met is not None
        assert bool(progress.struck) == bool(struck), (hop, struck)
        assert progress.struck <= progress.met & progress.broken.keys()
        for hazard in struck:
            assert any(
                hazard.consumer_version in progress.across[x].versions
                and hazard.provider_version in progress.up[y].versions
                for x, y in progress.struck
            )
        canvas = draw_map(deployment(name), progress)
        dark = [box for box in canvas.boxes if box.what.startswith("breaks: ")]
        assert len(dark) == len(progress.struck)


PAIR = """
components: {{front: {{kind: service, replicas: 2}}, back: {{kind: service}}}}
requests: {{ask: [client calls front: page, front calls back: answer]}}
pipeline: [One: [deploy {first}], Two: [deploy {second}]]
changes: {{back/answer: {{breaks: {{call: {breaks}}}}}}}
"""


@pytest.mark.parametrize("breaks", ["[V1 -> V2]", "[V2 -> V1]", "both"])
def test_the_order_that_is_drawn_as_safe_is(breaks: str) -> None:
    safe = {}
    for first, second in (("front", "back"), ("back", "front")):
        written = loads(PAIR.format(first=first, second=second, breaks=breaks))
        safe[first] = isinstance(check(written).verdict, Safe)
        task = Task(written)
        ((hop, aspect),) = list_hops_to_map(written)
        hazards = check(written).at_hops
        progress = find_progress(task.vocabulary, hop, aspect, find_placing(task), hazards)
        assert progress is not None
        assert progress.met is not None
        assert bool(progress.met & progress.broken.keys()) == bool(progress.struck) != safe[first]
        said = " ".join(line for box in draw_map(written, progress).boxes for line in box.lines)
        if progress.order is None:
            assert "No order of the two helps" in said
    assert safe == {first: f"contract: {first} first" in said for first in safe}
    assert progress is not None
    assert (progress.order is None) == (breaks == "both")


# --- the proof ---


@pytest.mark.parametrize("name", [*SHAPES, "flagged"])
def test_proofs_are_legible(name: str) -> None:
    is_legible(draw_proof(deployment(name), judged(name)[0]))


@pytest.mark.parametrize("name", [*SHAPES, "flagged"])
def test_a_proof_is_red_where_a_hazard_is_and_green_where_a_mixed_pair_is_met(name: str) -> None:
    answer, _ = judged(name)
    versions = deployment(name).versions

    def direction(consumer: str | None, provider: str | None) -> int:
        assert consumer
        assert provider
        return int(versions.index(consumer) > versions.index(provider))

    broken = {
        (h.contract, direction(h.consumer_version, h.provider_version))
        for h in answer.at_hops
        if h.aspect is not None and h.consumer_version is not None
    }
    rows = list_rows(deployment(name), answer)
    red = {(r.contract, side) for r in rows for side in (0, 1) if r.fates[side] is Fate.BREAKS}
    assert red == broken
    met = {(p.contract, direction(p.consumer, p.provider)) for p in answer.compatible}
    green = {(r.contract, side) for r in rows for side in (0, 1) if r.fates[side] is Fate.FINE}
    assert green <= met
    worse = (Fate.BREAKS, Fate.UNKNOWN, Fate.HELD_APART, Fate.ASSUMED)
    for contract, side in met - green:
        assert next(r.fates[side] for r in rows if r.contract == contract) in worse
    canvas = draw_proof(deployment(name), answer)
    assert sum(box.what.endswith(": BREAKS") for box in canvas.boxes) == len(
        {one for one in broken if one[0] in {r.contract for r in rows[:MOST_ROWS]}}
    )
    assert (not broken) or not isinstance(answer.verdict, Safe)


def test_what_breaks_and_is_held_apart_says_by_what() -> None:
    written = loads(PAIR.format(first="back", second="front", breaks="[V2 -> V1]"))
    answer = check(written)
    assert isinstance(answer.verdict, Safe)
    (row,) = list_rows(written, answer)
    assert row.fates == (Fate.FINE, Fate.HELD_APART)
    (why,) = row.whys
    said = " ".join(line for box in draw_proof(written, answer).boxes for line in box.lines)
    assert why in said
    assert "Safe: what meets is fine, and what breaks never meets" in said


# --- the moment ---


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


# --- the film ---


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


# --- random deployments ---


@settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(rich_deployments())
def test_pictures_of_random_deployments_are_legible(data: dict[str, Any]) -> None:
    written = loads(yaml.safe_dump(data, sort_keys=False))
    task = Task(written, limits=Limits(max_states=8_000))
    try:
        answer, views = check(written, limits=task.limits), find_step_views(task)
        placing = find_placing(task)
        steps = list_column_names(task.vocabulary, answer.hazards)
        canvases = [draw_lanes(written, answer, views), draw_proof(written, answer)]
        canvases += draw_film(written, answer, views)
        canvases += [draw_moment(task.vocabulary, cause, steps) for cause in answer.causes]
        for hop, aspect in list_hops_to_map(written):
            progress = find_progress(task.vocabulary, hop, aspect, placing, answer.at_hops)
            if progress is not None:
                canvases.append(draw_map(written, progress))
                assert bool(progress.struck) == any(
                    (one.consumer, one.contract, one.aspect) == (hop.consumer, hop.contract, aspect)
                    and one.span == 0
                    for one in answer.at_hops
                )
    except LimitError:
        return
    assert [fault for canvas in canvases for fault in faults(canvas)] == []


# --- what is accepted ---

ACCEPTED = """
components: {front: {kind: service}, back: {kind: service}}
requests: {ask: [client calls front: page, front calls back: answer]}
pipeline: [One: [deploy front], Two: [deploy back]]
changes: {back/answer: {breaks: both}}
accept:
  - {contract: back/answer, versions: V2 -> V1, reason: we live with it}
"""


def test_no_picture_hides_what_is_accepted() -> None:
    written = loads(ACCEPTED)
    task = Task(written)
    answer, views = check(written), find_step_views(task)
    assert isinstance(answer.verdict, Safe)
    (row,) = list_rows(written, answer)
    assert row.fates == (Fate.HELD_APART, Fate.ACCEPTED)
    lanes = draw_lanes(written, answer, views)
    said = " ".join(line for box in lanes.boxes for line in box.lines)
    assert "accepted" in said
    assert "× can break" in said
    frames = draw_film(written, answer, views)
    assert any("1 cause can strike here" in line for f in frames for b in f.boxes for line in b.lines)
    for canvas in (lanes, draw_proof(written, answer), *frames):
        assert list(faults(canvas)) == []
