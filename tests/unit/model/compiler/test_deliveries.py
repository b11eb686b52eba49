"""Messages that are taken, acknowledged, or come back (paragraph 88 of docs/semantics.md)."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.causes import Delivery, DeliveryCause
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.deliveries import build_delivery_events
from skewproof.model.language import loads
from skewproof.model.names import Contract
from skewproof.properties import check
from support.tiny import walk

TEXT = """
components:
  web: {{kind: service}}
  jobs: {{kind: worker{jobs}}}
  q: {{kind: broker, redelivers: true}}
requests:
  order: [client calls web: x, web publishes q: m]
  ship: [jobs consumes q: m, jobs calls web: y]
pipeline: [W: [deploy web], D: [{drain}], J: [deploy jobs]]
changes: {{q/m: {{breaks: {{content: [V2 -> V1]}}}}}}
"""
TAKEN = "a V1 message is taken"
BACK = "a V1 message that was not acknowledged comes back"
ACKNOWLEDGED = "the last V1 message that was taken from q/m is acknowledged"


def text(jobs: str = "", drain: str = "drain q") -> str:
    return TEXT.format(jobs=jobs, drain=drain)


def test_a_message_is_taken_and_acknowledged() -> None:
    here = walk(text())
    taken = [event.text for event, _ in here.compiled.system.successors(here.state) if TAKEN in event.text]
    assert sorted(taken) == [
        "other traffic: a V1 message is taken from q/m, and not yet acknowledged (V1)",
        "other traffic: a V1 message is taken from q/m, and not yet acknowledged (empty)",
    ]
    gone = here.go("and not yet acknowledged (empty)")
    assert (gone["content q/m"], gone["unacknowledged q/m"]) == ("empty", "V1")
    assert gone.go(ACKNOWLEDGED)["unacknowledged q/m"] == "empty"
    assert gone.cannot(BACK), "nobody has gone"


def test_it_comes_back_when_an_instance_has_gone() -> None:
    here = walk(text()).go("W begins", "spawn V2", "retire V1", "(empty)", "D begins", "J begins")
    assert here.cannot(BACK)
    left = here.go("spawn V2", "retire V1")
    assert left["departed jobs"] == "an instance has left"
    states = {there for event, there in left.compiled.system.successors(left.state) if BACK in event.text}
    assert len(states) == 2, "other messages of its form may be under way still"


def test_a_drain_looks_at_the_queue_alone() -> None:
    here = walk(text()).go("W begins", "spawn V2", "retire V1", "D begins", "acknowledged (empty)")
    assert not here.cannot("J begins")


def test_what_expires_was_taken_as_well() -> None:
    here = walk(text(drain="expire q")).go(
        "W begins", "spawn V2", "retire V1", "acknowledged (empty)", "D begins"
    )
    assert here.cannot("J begins")
    told = "q/m: expire, not acknowledged V1 → empty"
    assert told in [text.replace("q/m, not acknowledged: ", "q/m: ") for text in here.can]
    assert not here.go("expire").cannot("J begins")


def test_what_expires_is_over_in_one_way() -> None:
    """Each guard of a way on would be an interleaving of its own."""
    comes_back, once = text(drain="expire q"), text(drain="expire q").replace(", redelivers: true", "")
    found = [check(loads(one), engine="reference").statistics for one in (comes_back, once)]
    assert len({one and one.interleavings for one in found}) == 1


def test_the_watched_job_takes_what_it_finds() -> None:
    here = walk(text(), "ship").go("jobs V1 consumes q: m")
    assert (here["content q/m"], here["unacknowledged q/m"]) == ("V1", "V1")
    assert here.go("acknowledged (empty)")["unacknowledged q/m"] == "V1"


def test_a_restart_and_an_end_let_go() -> None:
    down = walk(text(", restarts: true")).go("restart V1")
    assert down["departed jobs"] == "an instance has left"
    rolled = walk(text(", terminates: later")).go("W begins", "spawn V2", "retire V1", "acknowledged (empty)")
    rolled = rolled.go("D begins", "J begins", "spawn V2", "retire V1")
    assert rolled["departed jobs"] == "an instance has left"


def test_none_of_it_is_fair_or_one_of_the_deployments_own_moves() -> None:
    deployment = loads(text())
    every = compile_deployment(deployment).system.events
    messages = [event for event in every if "message" in event.text]
    assert messages
    assert not any(event.fair for event in messages)
    own = compile_deployment(deployment, traffic=False).system.events
    assert not any("message" in event.text for event in own)


@pytest.mark.parametrize(("drain", "verdict"), [("drain q", "Unsafe"), ("expire q", "Safe")])
@pytest.mark.parametrize("engine", ["auto", "reference", "symbolic"])
def test_an_empty_queue_is_not_a_queue_that_is_done(drain: str, verdict: str, engine: str) -> None:
    assert type(check(loads(text(drain=drain)), engine=engine).verdict).__name__ == verdict


def test_slices_judge_it_as_the_whole_does() -> None:
    deployment = loads(text())
    found, listed = (check(deployment, engine=engine) for engine in ("slice", "reference"))
    assert [hazard.id for hazard in found.hazards] == [hazard.id for hazard in listed.hazards]
    assert found.avoidable == listed.avoidable


def test_others_take_and_acknowledge_only_when_somebody_can() -> None:
    vocabulary = walk(text()).compiled.vocabulary
    [jobs, web] = (vocabulary.up(name, "V1") for name in ("jobs", "web"))
    events = list(build_delivery_events(vocabulary, Contract("q", "m"), [jobs], [web]))
    asked = {Delivery.TAKEN: jobs, Delivery.ACKNOWLEDGED: web}
    for event in events:
        assert isinstance(event.cause, DeliveryCause)
        wanted = asked.get(event.cause.deed, {})
        assert wanted.items() <= event.guard.items()
    assert {event.cause.deed for event in events if isinstance(event.cause, DeliveryCause)} == set(Delivery)
