"""The drawn space: what is red can fail, what is framed cannot be avoided, and nothing grows past the cap."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import networkx as nx
import pytest
from msgspec import structs

from skewproof.diagrams.lattice import MOST_CLASSES, MOST_STATES, Lattice, build_lattice
from skewproof.diagrams.space import draw_hazard_space
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.space import Space, explore, show_value
from skewproof.model.compiler.system import State
from skewproof.model.deployment import Deployment
from skewproof.model.language import load, loads
from skewproof.model.names import instances_of
from skewproof.model.resources.limits import Limits
from skewproof.properties.checker import check
from skewproof.properties.engines.strikes import find_struck_states
from skewproof.properties.verdict import HopHazard
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


def drawn(deployment: Deployment, number: int = 0) -> tuple[Space, HopHazard, Lattice]:
    hazard = check(deployment).at_hops[number]
    space = explore(compile_deployment(deployment))
    return space, hazard, build_lattice(space, hazard, find_struck_states(deployment, hazard, Limits()))


def runs_into_red(space: Space, found: Lattice, bad: frozenset[State]) -> bool:
    """Whether a run that takes no transition for which an arrow of the cut stands comes into a bad state."""
    return bool(bad & without_cut(space, found))


def without_cut(space: Space, found: Lattice) -> frozenset[State]:
    """The states that are reached by transitions of the space for which no arrow of the cut stands."""
    cut, place = set(found.cut or ()), found.place
    left: nx.DiGraph[State] = nx.DiGraph(
        (here, there) for here, there in space.graph.edges() if (place[here], place[there]) not in cut
    )
    left.add_node(space.initial)
    return frozenset({space.initial} | nx.descendants(left, space.initial))


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
    bad = find_struck_states(small(tmp_path), hazard, Limits())
    system = space.compiled.system
    rollouts = space.compiled.vocabulary.rollouts

    def serving(state: State, name: str) -> frozenset[str]:
        return rollouts[name].serving[show_value(system.value(state, instances_of(name)))]

    assert bad
    assert all("V2" in serving(state, "front") and "V1" in serving(state, "back") for state in bad)
    safe = space.graph.number_of_nodes() - len(bad)
    assert safe > 0
    assert (
        f"all {len(space.graph)} states, with what other traffic does"
        in draw_hazard_space(space, hazard, bad).source
    )


@pytest.mark.parametrize("number", range(4))
def test_large_space_is_put_together_and_says_so(number: int) -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    space, hazard, found = drawn(deployment, number)
    assert len(found.nodes) <= MOST_CLASSES < MOST_STATES < len(space.graph)
    assert sum(node.states for node in found.nodes) == len(space.graph)
    bad = find_struck_states(deployment, hazard, Limits())
    assert (
        f"{len(space.graph)} states, with what other traffic does, put together by {found.grouped}"
        in draw_hazard_space(space, hazard, bad).source
    )
    assert {step for node in found.nodes if node.bad for step in node.steps} == set(hazard.window)
    assert sum(node.states for node in found.nodes if node.bad) == len(bad)  # no class is both
    settled = [node.number for node in found.nodes if node.is_settled]
    assert len(settled) <= 1
    assert all(not found.nodes[target].bad for number in settled for target in found.nodes[number].onward)


SPACES = [("realistic", "deployment", number) for number in range(4)]
SPACES += [("pessimistic", "deployment", number) for number in (0, 5, 11, 14, 15)]
SPACES += [("flagged", "enable-early", 0)]


@pytest.mark.parametrize(("release", "pipeline", "number"), SPACES)
def test_without_the_cut_no_run_of_the_deployment_comes_into_red(
    release: str, pipeline: str, number: int
) -> None:
    deployment = load(SCCOS / f"{pipeline}.yaml", SCCOS / "releases" / f"{release}.yaml")
    space, hazard, found = drawn(deployment, number)
    bad = find_struck_states(deployment, hazard, Limits())
    assert found.cut
    assert not runs_into_red(space, found, bad)
    for arrow in found.cut:  # and each of its arrows is needed, as far as classes tell
        rest = structs.replace(found, cut=tuple(other for other in found.cut if other != arrow))
        assert runs_into_red(space, rest, bad), arrow
    assert found.completes == bool(without_cut(space, found) & space.complete)
    traffic = [text for here, there in found.cut for text in found.nodes[here].onward[there]]
    assert not any(text.startswith("other traffic") for text in traffic)


def test_a_race_is_cut_and_the_deployment_still_completes() -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    _, hazard, found = drawn(deployment, 0)
    assert not hazard.inevitable
    assert found.completes
    source = drawn_in_release(deployment, hazard)
    assert "without these 2 moves no run comes into red; the deployment can still complete" in source
    assert "No advice for the release: 3 other hazards can still be met then" in source
    assert source.count("style=dashed") == 2
    assert "zed: spawn V2 (2×V1 1×V2), while glue: V1 / V2, zed: V1" in source


def test_what_is_inevitable_is_cut_together_with_the_end() -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    _, hazard, found = drawn(deployment, 2)
    assert hazard.inevitable
    assert not found.completes
    source = drawn_in_release(deployment, hazard)
    assert "without this move no run comes into red; the deployment cannot complete then" in source
    assert "forbid" not in source


def drawn_in_release(deployment: Deployment, hazard: HopHazard) -> str:
    """The drawing with what its cut does to the other hazards."""
    space = explore(compile_deployment(deployment))
    struck = {one.id: find_struck_states(deployment, one, Limits()) for one in check(deployment).at_hops}
    bad = struck.pop(hazard.id)
    return str(draw_hazard_space(space, hazard, bad, list(struck.values())).source)


def test_of_two_races_that_turn_each_other_inevitable_no_picture_advises() -> None:
    """Glue first or Zed first: to forbid the one leaves the other."""
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    for hazard in check(deployment).at_hops[:2]:
        assert not hazard.inevitable
        source = drawn_in_release(deployment, hazard)
        assert "1 of them now whatever the timing" in source
        assert "forbid" not in source


def test_what_leaves_no_hazard_is_advised(tmp_path: Path) -> None:
    deployment = small(tmp_path)
    (hazard,) = check(deployment).at_hops
    turned = loads(
        SMALL.replace("Two: [deploy back]", "Two: []").replace(
            "[deploy front]", "[start deploy front, deploy back]"
        )
    )
    (race,) = check(turned).at_hops
    assert (hazard.inevitable, race.inevitable) == (True, False)
    assert "forbid" not in drawn_in_release(deployment, hazard)
    assert "forbid that, and no hazard at a hop is left" in drawn_in_release(turned, race)


def test_a_hazard_from_the_start_has_no_cut(tmp_path: Path) -> None:
    deployment = small(tmp_path)
    space, hazard, _ = drawn(deployment)
    source = draw_hazard_space(space, hazard, frozenset(space.graph)).source
    assert "No cut: the hazard is there before the deployment begins." in source
    assert "dashed" not in source


def test_a_cut_within_the_boxes_is_told() -> None:
    story = SCCOS.parent / "stories" / "celery-signature" / "naive-web-first.yaml"
    deployment = load(story)
    space, hazard, found = drawn(deployment, 0)
    bad = find_struck_states(deployment, hazard, Limits())
    assert found.cut is None
    assert found.finer is not None
    assert found.finer.cut
    assert not runs_into_red(space, found.finer, bad)
    source = draw_hazard_space(space, hazard, bad).source
    assert "within these boxes and so not drawn" in source
    assert "style=dashed" not in source


def test_long_events_that_differ_at_one_place_look_different(tmp_path: Path) -> None:
    names = [f"{'a' * 60}{letter}{'b' * 60}" for letter in "xy"]
    text = SMALL.replace("front", names[0]).replace("back", names[1])
    (tmp_path / "d.yaml").write_text(text)
    deployment = load(tmp_path / "d.yaml")
    space, hazard, _ = drawn(deployment)
    graph = draw_hazard_space(space, hazard, find_struck_states(deployment, hazard, Limits()))
    assert all("".join(name) in re.sub(r"&#160;|</?T[DR]>", "", graph.source) for name in names)


def test_what_is_framed_is_what_every_path_passes(tmp_path: Path) -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    for found in (drawn(small(tmp_path))[2], *(drawn(deployment, number)[2] for number in range(4))):
        assert any(node.dominates for node in found.nodes)
        for node in found.nodes:
            assert node.dominates != avoidable_without(found, node.number), node


def test_steps_that_change_nothing_are_one_box(tmp_path: Path) -> None:
    deployment = small(tmp_path)
    idle = tuple(replace(deployment.pipeline[0], name=f"idle {number}", actions=()) for number in range(200))
    _, _, found = drawn(replace(deployment, pipeline=(*idle, *deployment.pipeline)))
    assert found.nodes[0].step == "(before) … One"
    assert found.nodes[0].states == 202


@pytest.mark.parametrize(
    ("number", "most", "grouped"),
    [
        (0, 14, "where the pipeline stands"),
        (3, 14, "what the hazard's two ends"),
        (0, 2, "blocks of 16 steps"),
    ],
)
def test_fewer_classes_need_a_coarser_grouping(number: int, most: int, grouped: str) -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    hazard = check(deployment).at_hops[number]
    bad = find_struck_states(deployment, hazard, Limits())
    found = build_lattice(explore(compile_deployment(deployment)), hazard, bad, most)
    assert found.grouped.startswith(grouped)
    assert len(found.nodes) <= most


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_step_is_inert(tmp_path: Path, name: str) -> None:
    deployment = small(tmp_path)
    one = replace(deployment.pipeline[0], name=name)
    deployment = replace(deployment, pipeline=(one, deployment.pipeline[1]))
    space, hazard, _ = drawn(deployment)
    source = draw_hazard_space(space, hazard, find_struck_states(deployment, hazard, Limits())).source
    assert "\x1b" not in source
    assert "\u202e" not in source
    assert "<b>&amp;</b>" not in source
