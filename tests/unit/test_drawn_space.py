"""The drawn space: what is red can fail, what is framed cannot be avoided, and nothing grows past the cap."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import networkx as nx
import pytest

from skewproof.diagrams.lattice import MOST_NODES, Lattice, lattice
from skewproof.diagrams.space import draw_hazard_space
from skewproof.model.compiler import compile_deployment
from skewproof.model.deployment import Deployment
from skewproof.model.language import load
from skewproof.model.limits import Limits
from skewproof.model.space import Space, explore, shown
from skewproof.model.system import State
from skewproof.properties.checker import check
from skewproof.properties.struck import struck_states
from skewproof.properties.verdict import Hazard
from support.hostile_samples import HOSTILE_NAMES

SCCOS = Path(__file__).parents[2] / "examples" / "sccos"
SMALL = """
system: Small
components: {front: {kind: service}, back: {kind: service}}
requests: {ask: [client calls front: page, front calls back: answer]}
pipeline: [One: [deploy front], Two: [deploy back]]
changes: {back/answer: {breaks: [V2 -> V1]}}
"""


def small(tmp_path: Path) -> Deployment:
    (tmp_path / "d.yaml").write_text(SMALL)
    return load(tmp_path / "d.yaml")


def drawn(deployment: Deployment, number: int = 0) -> tuple[Space, Hazard, Lattice]:
    hazard = check(deployment).hazards[number]
    space = explore(compile_deployment(deployment))
    return space, hazard, lattice(space, hazard, struck_states(deployment, hazard, Limits()))


def avoidable_without(found: Lattice, number: int) -> bool:
    """Whether some path from the start to a bad node passes by the node of that number."""
    graph: nx.DiGraph[object] = nx.DiGraph(
        (node.number, target) for node in found.nodes for target in node.onward
    )
    bad = {node.number for node in found.nodes if node.bad}
    if number == 0 or bad == {number}:
        return False
    graph.remove_node(number)
    return bool(bad & ({0} | nx.descendants(graph, 0)))


def test_small_space_is_drawn_whole(tmp_path: Path) -> None:
    space, hazard, found = drawn(small(tmp_path))
    assert found.grouped == ""
    assert len(found.nodes) == len(space.graph)
    bad = struck_states(small(tmp_path), hazard, Limits())
    system = space.compiled.system
    rollouts = space.compiled.vocabulary.rollouts

    def serving(state: State, name: str) -> frozenset[str]:
        return rollouts[name].serving[shown(system.value(state, f"up {name}"))]

    assert bad
    assert all("V2" in serving(state, "front") and "V1" in serving(state, "back") for state in bad)
    safe = space.graph.number_of_nodes() - len(bad)
    assert safe > 0
    assert f"all {len(space.graph)} states" in draw_hazard_space(space, hazard, bad).source


@pytest.mark.parametrize("number", range(4))
def test_large_space_is_put_together_and_says_so(number: int) -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    space, hazard, found = drawn(deployment, number)
    assert len(found.nodes) <= MOST_NODES < len(space.graph)
    assert sum(node.states for node in found.nodes) == len(space.graph)
    source = draw_hazard_space(space, hazard, struck_states(deployment, hazard, Limits())).source
    assert f"{len(space.graph)} states, put together by the pipeline's position" in source
    assert {step for node in found.nodes if node.bad for step in [node.step]} == set(hazard.window)


def test_what_is_framed_is_what_every_path_passes(tmp_path: Path) -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    for found in (drawn(small(tmp_path))[2], *(drawn(deployment, number)[2] for number in range(4))):
        assert any(node.dominates for node in found.nodes)
        for node in found.nodes:
            assert node.dominates != avoidable_without(found, node.number), node


def test_steps_are_put_into_blocks_past_the_cap(tmp_path: Path) -> None:
    deployment = small(tmp_path)
    idle = tuple(replace(deployment.pipeline[0], name=f"idle {number}", actions=()) for number in range(200))
    _, _, found = drawn(replace(deployment, pipeline=(*idle, *deployment.pipeline)))
    assert found.grouped == "blocks of 4 steps"
    assert found.nodes[0].step == "(before) … idle 2"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_step_is_inert(tmp_path: Path, name: str) -> None:
    deployment = small(tmp_path)
    one = replace(deployment.pipeline[0], name=name)
    deployment = replace(deployment, pipeline=(one, deployment.pipeline[1]))
    space, hazard, _ = drawn(deployment)
    source = draw_hazard_space(space, hazard, struck_states(deployment, hazard, Limits())).source
    assert "\x1b" not in source
    assert "\u202e" not in source
    assert "<b>&amp;</b>" not in source
