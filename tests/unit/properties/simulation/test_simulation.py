"""Several requests in one deployment: what holds whom up, what they find, what they look up."""

from __future__ import annotations

import pytest

from skewproof.model.language import loads
from skewproof.model.names import instances_of
from skewproof.properties.simulation.rollout_machine import _rule_names
from skewproof.properties.simulation.simulation import HopRun, Play, Simulation

SHOP = """
components: {glue: {kind: service}, zed: {kind: service}, redis: {kind: cache}}
requests:
  order: [client calls glue: cart, glue calls zed: add, glue writes redis: product]
  browse: [client calls glue: page, glue reads redis: product]
pipeline: [Roll: [deploy glue zed]]
changes: {zed/add: {breaks: [V1 -> V2]}, redis/product: {breaks: [V1 -> V2]}}
"""
QUEUE = """
components: {w: {kind: worker}, q: {kind: broker}}
requests: {job: [w consumes q: m]}
pipeline: [Stop: [suspend w], Move: [reconfigure q]]
changes: {q/m: {breaks: both}}
"""


def happen(simulation: Simulation, *texts: str) -> None:
    """Lets the events with these words happen, each of which must be possible."""
    for text in texts:
        simulation.fire(next(h for h in simulation.happenings() if text in h.event.text))


def run(simulation: Simulation, words: str, request: str | None = None) -> HopRun:
    """Starts the request (or advances any in flight) by the one way with these words."""
    if request is not None:
        kind = next(r for r in simulation.play.deployment.requests if r.name == request)
        runs = list(simulation.starts(kind))
    else:
        runs = [hop for number in simulation.in_flight for hop in simulation.hops(number)]
    (chosen,) = [hop for hop in runs if words in str(hop)]
    simulation.run(chosen)
    return chosen


@pytest.fixture
def shop() -> Simulation:
    return Simulation(Play(loads(SHOP)))


def texts(simulation: Simulation) -> set[str]:
    return {happening.event.text for happening in simulation.happenings()}


def test_an_instance_that_any_request_holds_is_not_retired(shop: Simulation) -> None:
    happen(shop, "Roll begins", "glue: spawn V2")
    run(shop, "glue V1", "order")
    run(shop, "glue V1", "browse")
    assert "glue: retire V1 (1×V2)" not in texts(shop)
    run(shop, "reads redis: product")
    assert list(shop.in_flight) == [1], "the second has run its last hop"
    assert "glue: retire V1 (1×V2)" not in texts(shop), "the first still holds it"
    run(shop, "calls zed V1")
    run(shop, "writes redis")
    assert "glue: retire V1 (1×V2)" in texts(shop)


def test_what_one_request_writes_another_finds(shop: Simulation) -> None:
    happen(shop, "Roll begins", "glue: spawn V2")
    run(shop, "glue V1", "browse")
    run(shop, "glue V2", "order")
    run(shop, "calls zed V1")
    run(shop, "writes redis")
    found = {hop.found: [str(pair.aspect) for pair in hop.hazards] for hop in shop.hops(1)}
    assert found == {"V1": [], "V2": ["content"]}


def test_a_hop_looks_up_the_pair_that_it_meets_and_no_other(shop: Simulation) -> None:
    happen(shop, "Roll begins", "zed: spawn V2")
    run(shop, "glue V1", "order")
    met = {hop.callee: [(p.consumer_version, p.provider_version) for p in hop.pairs] for hop in shop.hops(1)}
    assert met == {"V1": [("V1", "V1")], "V2": [("V1", "V2")]}
    assert [hop.callee for hop in shop.hops(1) if hop.hazards] == ["V2"]


def test_an_event_says_what_it_changes(shop: Simulation) -> None:
    happen(shop, "Roll begins")
    spawn = next(h for h in shop.happenings() if h.event.text.startswith("glue: spawn"))
    assert spawn.changes == {instances_of("glue"): ("1×V1", "1×V1 1×V2")}
    assert (shop.step, shop.up("glue"), shop.is_complete) == ("Roll", frozenset({"V1"}), False)
    shop.fire(spawn)
    assert shop.counts("glue") == {"V1": 1, "V2": 1}


def test_a_consumer_at_an_empty_queue_attempts_and_a_suspended_one_does_not() -> None:
    simulation = Simulation(Play(loads(QUEUE)))
    (job,) = simulation.play.deployment.requests
    assert [(hop.found, hop.waits) for hop in simulation.starts(job)] == [("V1", False)]
    happen(simulation, "no V1 message is left")
    (attempt,) = simulation.starts(job)
    assert (attempt.waits, attempt.found, attempt.caller) == (True, None, "V1")
    assert [str(pair.aspect) for pair in attempt.pairs] == ["schema"]
    before = simulation.own
    simulation.run(attempt)
    assert (simulation.own, simulation.in_flight) == (before, {})
    happen(simulation, "Stop begins", "w suspended")
    assert list(simulation.starts(job)) == []


def test_a_call_with_nobody_up_waits_and_is_judged() -> None:
    text = """
    components: {a: {kind: service, max_surge: 0, max_unavailable: 1}}
    requests: {ask: [client calls a: x]}
    pipeline: [Roll: [deploy a]]
    changes: {}
    """
    simulation = Simulation(Play(loads(text)))
    (ask,) = simulation.play.deployment.requests
    happen(simulation, "Roll begins", "a: retire V1")
    (attempt,) = simulation.starts(ask)
    assert attempt.waits
    assert [str(hazard.kind) for hazard in attempt.hazards] == ["unavailable"]


def test_several_pipelines_go_on_by_themselves() -> None:
    shop = SHOP.replace(
        "pipeline: [Roll: [deploy glue zed]]",
        "pipelines: {front: [Roll: [deploy glue]], back: [Roll: [deploy zed when front done]]}",
    )
    play = Play(loads(shop))
    simulation = Simulation(play)
    assert simulation.steps == ("front: (before)", "back: (before)")
    happen(simulation, "back: Roll begins")
    assert simulation.steps == ("front: (before)", "back: Roll")
    assert not any("zed: spawn" in h.event.text for h in simulation.happenings()), "front is not done"
    happen(
        simulation, "front: Roll begins", "glue: spawn V2", "glue: retire V1", "front is over", "zed: spawn"
    )
    names = _rule_names(play)
    assert {"go_on_front", "go_on_back"} <= names.keys()
    assert "go_on" in _rule_names(Play(loads(SHOP)))
