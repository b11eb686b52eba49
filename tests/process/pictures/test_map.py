"""The map of interleavings: its marks are the answer's, and the order that it calls safe is."""

from __future__ import annotations

import pytest

from skewproof.diagrams.pictures.map import draw_map
from skewproof.diagrams.pictures.progress import ProgressGrid, find_progress, list_hops_to_map
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Aspect
from skewproof.model.language import loads
from skewproof.properties.checker import check
from skewproof.properties.coverage.step_views import find_placing
from skewproof.properties.verdict import Safe
from support.drawn_samples import PAIR, SHAPES, deployment, is_legible, judged


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
