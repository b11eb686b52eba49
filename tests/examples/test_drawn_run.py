"""The part of a large space that is drawn: a run of the system with its request, and its border."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from skewproof.diagrams.run_space import MOST_BOXES, RunBox, draw_run_space, list_run_boxes
from skewproof.model.compiler.compile import Compiled
from skewproof.model.compiler.system import passes
from skewproof.model.compiler.task import Task
from skewproof.model.language import load, loads
from skewproof.properties.checker import check
from skewproof.properties.lookups.listing import list_lookups
from skewproof.properties.verdict import HopHazard
from support.large_shop import large_shop
from support.picture_samples import HOSTILE, LONG, chain, named

SCCOS = Path(__file__).parents[2] / "examples" / "sccos"
DEPLOYMENTS = {
    "sccos": load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml"),
    "shop": loads(large_shop(50)),
    "chain": loads(chain(100)),
    "hostile": loads(named(HOSTILE)),
    "long": loads(named(LONG)),
}


@cache
def worst(name: str) -> tuple[Compiled, HopHazard]:
    """The first hazard of the deployment of that name, and the system with its request."""
    deployment = DEPLOYMENTS[name]
    hazard = check(deployment).at_hops[0]
    request = next(one for one in deployment.requests if one.name == hazard.request)
    return Task(deployment).product(request), hazard


def retold(compiled: Compiled, hazard: HopHazard, boxes: tuple[RunBox, ...]) -> None:
    """Walks the story by the texts of its events, and holds each box against the states in it."""
    system, state = compiled.system, compiled.system.initial
    texts = [event.text for event in hazard.trace[:-1]]
    states = [state]
    for text in texts:
        (state, *_) = [there for event, there in system.successors(state) if event.text == text]
        states.append(state)
    broken = [one for one in list_lookups(compiled) if one.is_broken and one.hop == hazard.hop]
    assert any(passes(states[-1], system.test(one.guard)) for one in broken), "red, and it cannot fail there"
    assert sum(one.states for one in boxes) == len(states)
    at = 0
    for box in boxes:
        inside = states[at : at + box.states]
        assert box.entered == ("" if at == 0 else texts[at - 1])
        leave = {
            event.text for one in inside for event, there in system.successors(one) if there not in states
        }
        assert set(box.leave) == leave
        at += box.states


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_boxes_hold_the_states_of_the_story_and_borders_what_leads_out(name: str) -> None:
    compiled, hazard = worst(name)
    boxes = list_run_boxes(compiled, hazard)
    assert boxes[-1].states == 1
    retold(compiled, hazard, boxes)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_the_last_box_is_red_and_each_border_is_dashed(name: str) -> None:
    compiled, hazard = worst(name)
    boxes = list_run_boxes(compiled, hazard)[-MOST_BOXES:]
    graph = draw_run_space(compiled, hazard, "more than 5 states")
    assert graph is not None
    source = graph.source
    assert source.count("× can fail") == 1
    assert source.count("not drawn: where") == sum(bool(one.leave) for one in boxes)
    assert "a part of the space, which has more than 5 states" in source
    assert "every run" not in source, "nothing is said of runs that nobody listed"


def test_a_story_that_does_not_happen_is_not_drawn() -> None:
    compiled, _ = worst("chain")
    _, other = worst("shop")
    assert draw_run_space(compiled, other, "") is None
