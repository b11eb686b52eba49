"""What Hypothesis plays is what the checker proves: the same hazards, shrunk to the shortest run."""

from __future__ import annotations

import copy
import unittest
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.lookups.lookup import Lookup
from skewproof.properties.simulation.rollout_machine import RolloutMachine, _rule_names
from skewproof.properties.simulation.simulation import Happening, HopRun, Play, Simulation
from skewproof.properties.verdict import Answer, HopHazard, Unknown, list_hop_hazards
from support.deployments import deployments
from support.profiles import tried
from support.rich_deployments import rich_deployments

FIXED = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
QUICK = (Phase.generate, Phase.shrink)
SHOP = """
system: shop
components: {glue: {kind: service}, zed: {kind: service}, redis: {kind: cache}}
requests:
  order: [client calls glue: cart, glue calls zed: add, glue writes redis: product]
  browse: [client calls glue: page, glue reads redis: product]
pipeline: [Prepare, Roll: [deploy glue zed]]
"""
SAFE = loads(SHOP + "changes: {zed/add: {breaks: none}, redis/product: {breaks: none}}")
UNSAFE = loads(SHOP + "changes: {zed/add: {breaks: [V1 -> V2]}}")

Key = tuple[str, int | None, str, str | None, str | None, str | None]


def key(request: str, pair: Lookup | HopHazard) -> Key:
    aspect = str(pair.aspect) if pair.aspect else None
    return request, pair.hop, str(pair.kind), aspect, pair.consumer_version, pair.provider_version


def options(simulation: Simulation) -> Iterator[Happening | HopRun]:
    """All that can come next; at most three requests at once."""
    yield from simulation.happenings()
    for walker in list(simulation.in_flight):
        yield from simulation.hops(walker)
    if len(simulation.in_flight) < 3:
        for request in simulation.play.deployment.requests:
            yield from simulation.starts(request)


def every_kind() -> st.SearchStrategy[dict[str, Any]]:
    """Deployments of two versions, and of the whole language."""
    return st.one_of(deployments(), rich_deployments())


@settings(FIXED, max_examples=tried(30).max_examples)
@given(every_kind(), st.data())
def test_what_any_play_meets_the_checker_has_found(data: dict[str, Any], choices: st.DataObject) -> None:
    deployment, answer = judged(data)
    found = {key(hazard.request, hazard) for hazard in met_at_hops(answer) if hazard.request}
    simulation = Simulation(Play(deployment))
    for _ in range(40):
        possible = list(options(simulation))
        if not possible:
            break
        chosen = possible[choices.draw(st.integers(0, len(possible) - 1))]
        if isinstance(chosen, Happening):
            for walker, hazard in chosen.cut.items():
                assert key(simulation.in_flight[walker].request.name, hazard) in found
            simulation.fire(chosen)
        else:
            assert {key(chosen.request.name, hazard) for hazard in chosen.hazards} <= found
            simulation.run(chosen)


@settings(FIXED, max_examples=tried(30).max_examples)
@given(every_kind())
def test_every_story_of_the_checker_can_be_played(data: dict[str, Any]) -> None:
    deployment, answer = judged(data)
    play = Play(deployment)
    for hazard in met_at_hops(answer):
        if hazard.request is not None and hazard.hop is not None:  # no property
            ends = told(play, hazard, [event.text for event in hazard.trace[:-1]])
            assert key(hazard.request, hazard) in {met for end in ends for met in meetable(end, hazard)}


@settings(FIXED, max_examples=tried(20).max_examples)
@given(every_kind())
def test_what_the_checker_calls_possible_is_what_the_rules_of_the_machine_come_to(
    data: dict[str, Any],
) -> None:
    """Each event of a story is one that a rule draws from, so given time the machine meets the hazard."""
    deployment, answer = judged(data)
    machine = Noting.for_deployment(deployment)
    for hazard in met_at_hops(answer):
        if hazard.request is not None and hazard.hop is not None:
            playing = machine()
            if all(draw(playing, event.text) for event in hazard.trace[:-1]):
                draw_all(playing, hazard.request)
                assert key(hazard.request, hazard) in playing.noted


class Noting(RolloutMachine):
    """Notes what it meets, by request."""

    hazards_fail = False

    def __init__(self) -> None:
        super().__init__()
        self.noted: set[Key] = set()

    def on_hop(self, run: HopRun) -> None:
        self.noted |= {key(run.request.name, hazard) for hazard in run.hazards}


def draw(machine: Noting, text: str) -> bool:
    """Lets the rule happen that can draw the event; False where two events have the same words."""
    rules = {owner: name for name, owner in _rule_names(machine._play).items()}
    moves = [
        (rules[owner], words)
        for owner, some in machine._happenings().items()
        for words, happening in some.items()
        if happening.event.text == text
    ]
    offered = {**machine._startable(), **machine._advanceable()}
    hops = [words for words, run in offered.items() if run.event is not None and run.event.text == text]
    assert moves or hops, f"no rule draws `{text}`"
    if len(moves) + len(hops) > 1:
        return False
    for name, words in moves:
        getattr(machine, name)(event=words)
    for words in hops:
        machine.advance(hop=words) if words in machine._advanceable() else machine.start(hop=words)
    return True


def draw_all(machine: Noting, request: str) -> None:
    """What the request can meet now: of each hop that a rule draws, and of each event that cuts it off."""
    name = machine.simulation.in_flight[1].request.name if machine.simulation.in_flight else request
    offered = {**(machine._advanceable() if machine.simulation.in_flight else machine._startable())}
    runs = [run for run in offered.values() if run.request.name == request]
    machine.noted |= {key(request, hazard) for run in runs for hazard in run.hazards}
    happenings = [one for some in machine._happenings().values() for one in some.values()]
    machine.noted |= {key(name, hazard) for one in happenings for hazard in one.cut.values()}


def met_at_hops(answer: Answer) -> tuple[HopHazard, ...]:
    """All that requests meet, also what is accepted."""
    return list_hop_hazards((*answer.hazards, *(one.hazard for one in answer.accepted)))


def judged(data: dict[str, Any]) -> tuple[Deployment, Answer]:
    """The deployment, and the verdict on it; one with many states is passed over."""
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    answer = check(deployment, limits=Limits(max_states=8_000))
    assume(not isinstance(answer.verdict, Unknown))
    return deployment, answer


def told(play: Play, hazard: HopHazard, story: list[str]) -> list[Simulation]:
    """Where the events of a story can lead. Two can have the same words, where a flag is partly on."""
    simulations = [Simulation(play)]
    for text in story:
        following = []
        for simulation in simulations:
            for happening in simulation.happenings():
                if happening.event.text == text:
                    following.append(copy.deepcopy(simulation, {id(play): play}))
                    following[-1].fire(happening)
            for run in hops_of(simulation, hazard.request):
                if run.event is not None and run.event.text == text:
                    following.append(copy.deepcopy(simulation, {id(play): play}))
                    following[-1].run(run)
        simulations = following
    return simulations


def meetable(simulation: Simulation, hazard: HopHazard) -> set[Key]:
    """What the request can meet now, by its next hop or by being cut off."""
    cuts = [pair for happening in simulation.happenings() for pair in happening.cut.values()]
    hops = [pair for run in hops_of(simulation, hazard.request) for pair in run.hazards]
    return {key(str(hazard.request), pair) for pair in (*cuts, *hops)}


def hops_of(simulation: Simulation, request: str | None) -> list[HopRun]:
    """What the one request can do next: start, if it has not."""
    kind = next(r for r in simulation.play.deployment.requests if r.name == request)
    return list(simulation.hops(1) if 1 in simulation.in_flight else simulation.starts(kind))


def test_a_safe_release_passes_as_a_unittest() -> None:
    case = RolloutMachine.for_deployment(SAFE).TestCase
    case.settings = settings(FIXED, max_examples=30)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert (result.testsRun, result.failures, result.errors) == (1, [], [])


def test_what_is_accepted_fails_no_play() -> None:
    accepting = SHOP + "changes: {zed/add: {breaks: [V1 -> V2]}}\n"
    for within, failures in (("", 0), (", in: [(after)]", 1)):
        entry = f"accept: [{{contract: zed/add, reason: r{within}}}]\n"
        case = RolloutMachine.for_deployment(loads(accepting + entry)).TestCase
        case.settings = settings(FIXED, max_examples=100, phases=(Phase.generate,))
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
        assert (len(result.failures) + len(result.errors) > 0) == (failures > 0)


def test_an_unsafe_release_fails_with_the_shortest_run() -> None:
    machine = RolloutMachine.for_deployment(UNSAFE)
    with pytest.raises(AssertionError) as failed:
        run_state_machine_as_test(machine, settings=settings(FIXED, max_examples=200, phases=QUICK))
    assert str(failed.value) == (
        "request `order`, hop 2 (glue V1 calls zed V2: add): V1 -> V2 breaks zed/add (call)"
    )
    printed = [note for note in failed.value.__notes__ if note.startswith("state.")]
    assert len(printed) == len(check(UNSAFE).at_hops[0].trace) + 2, "and the invariant, and the teardown"
    assert set(printed) == {
        "state.go_on(event='Prepare begins')",
        "state.go_on(event='Roll begins: deploy glue zed')",
        "state.start(hop='order: client calls glue V1: cart')",
        "state.move_zed(event='zed: spawn V2 (1×V1 1×V2)')",
        "state.advance(hop='1: glue V1 calls zed V2: add')",
        "state.no_request_meets_a_hazard()",
        "state.teardown()",
    }


def test_hooks_see_every_event_and_every_hop_in_order() -> None:
    seen: list[tuple[str, frozenset[str]]] = []

    class Watched(RolloutMachine):
        deployment = UNSAFE
        hazards_fail = False

        def on_event(self, happening: Happening) -> None:
            for name, (_, after) in happening.changes.items():
                assert str(after) in str(self.simulation.value(name)), "the model stands after the event"
            seen.append((str(happening.event.kind), self.simulation.up("zed")))

        def on_hop(self, run: HopRun) -> None:
            assert (run.walker in self.simulation.in_flight) == (run.number > 1), "just before the hop"
            assert not (run.hazards and run.callee == "V1")
            seen.append((f"hop {bool(run.hazards)}", self.simulation.up("zed")))

    run_state_machine_as_test(Watched, settings=settings(FIXED, max_examples=60))
    assert {kind for kind, _ in seen} == {"pipeline", "move", "hop False", "hop True"}
    assert {up for kind, up in seen if kind == "hop True"} <= {frozenset({"V1", "V2"}), frozenset({"V2"})}


def test_names_that_are_no_python_do_not_matter() -> None:
    text = """
    system: "§"
    components: {a-b: {kind: service}, a.b: {kind: service}, 日本: {kind: service}}
    requests: {"x y": [client calls a-b: s, a-b calls a.b: s, a.b calls 日本: s]}
    pipeline: [A: [deploy a-b a.b 日本]]
    changes: {}
    """
    deployment: Deployment = loads(text)
    machine = RolloutMachine.for_deployment(deployment)
    rules = [name for name in vars(machine) if name.startswith("move_")]
    assert rules == ["move_a_b", "move_a_b_2", "move_it"]
    run_state_machine_as_test(machine, settings=settings(FIXED, max_examples=20))


def test_a_deployment_in_which_nothing_is_left_to_do_rests() -> None:
    text = """
    components: {w: {kind: worker}, q: {kind: broker}}
    requests: {job: [w consumes q: m]}
    pipeline: [Stop: [suspend w]]
    changes: {}
    """
    machine = RolloutMachine.for_deployment(loads(text))
    run_state_machine_as_test(machine, settings=settings(FIXED, max_examples=20))


def test_a_machine_without_a_deployment_says_so() -> None:
    with pytest.raises(TypeError, match="for_deployment"):
        RolloutMachine()
