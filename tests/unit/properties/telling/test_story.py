"""The story of a hazard: what its events say they changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.task import Task
from skewproof.model.language import load, loads
from skewproof.model.names import instances_of, jobs_of
from skewproof.properties.checker import check
from skewproof.properties.engines.registry import ENGINES, engine
from skewproof.properties.telling import tell_hop, tell_hops

EXAMPLES = Path(__file__).parents[4] / "examples"
SCCOS = EXAMPLES / "sccos"


ABRUPT = """
components: {web: {kind: service, drain: abrupt}}
requests: {buy: [client calls web: page, web calls web: part]}
pipeline: [Roll: [deploy web]]
changes: {}
"""


def test_the_retirement_that_cuts_a_request_off_tells_what_it_changes() -> None:
    (hazard, *_) = check(loads(ABRUPT)).at_hops
    last = hazard.trace[-1]
    assert last.after == (("web", "1×V2"),)
    assert last.values == ((instances_of("web"), "1×V2"),)


def test_values_name_the_variables_that_the_words_leave_open() -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "pessimistic.yaml")
    lives = compile_deployment(deployment).vocabulary.lives
    events = [event for hazard in check(deployment).at_hops for event in hazard.trace]
    assert {instances_of("scheduler"), jobs_of("scheduler")} <= {
        name for event in events for name, _ in event.values
    }
    for event in events:
        told = tuple((lives[name].subject, value) for name, value in event.values)
        assert told == event.after
        assert all(value in lives[name].life.states for name, value in event.values)


@pytest.mark.parametrize("name", ENGINES)
def test_a_new_instance_in_the_old_form_is_told_as_one(name: str) -> None:
    deployment = load(EXAMPLES / "stories" / "feature-flag" / "cached.yaml")
    (hazard,) = check(deployment, engine=name).at_hops
    assert (hazard.consumer_instance, hazard.consumer_version) == (None, "V2")
    assert (hazard.provider_instance, hazard.provider_version) == ("V2", "V1")
    assert hazard.trace[-1].text.startswith("frontend V2 calls api V2: order: a caller of form V2 meets")


def last_words(text: str) -> list[str]:
    """How the story of each hazard ends."""
    return [hazard.trace[-1].text for hazard in check(loads(text), engine="reference").hazards]


PAIR = """
components: {a: {kind: service}, b: {kind: service, max_surge: 0, max_unavailable: 1}, c: {kind: cache}}
requests: {ask: [client calls a: x, a calls b: y]}
pipeline: [One: [deploy b]]
changes: {b/y: {breaks: [V1 -> V2]}}
"""


def test_the_last_event_is_the_failing_hop_and_says_why() -> None:
    nobody, pair = sorted(last_words(PAIR), key=len)
    assert nobody == "a V1 calls b: y: nobody is up to take the call"
    assert pair == "a V1 calls b V2: y: a caller of form V1 meets a callee of form V2"


def test_a_brokers_configuration_is_called_one() -> None:
    text = """
    components: {a: {kind: service}, q: {kind: broker}}
    requests: {ask: [client calls a: x, a publishes q: m]}
    pipeline: [One: [reconfigure q]]
    changes: {q/m: {breaks: {schema: [V1 -> V2]}}}
    """
    assert last_words(text) == ["a V1 publishes q: m: form V1 meets version V2 of the configuration"]


def test_a_reader_is_told_what_it_finds() -> None:
    text = PAIR.replace("a calls b: y", "a reads c: k").replace("[deploy b]", "[sync c]")
    text = text.replace("b/y", "c/k")
    assert last_words(text) == ["a V1 reads c: k: a V1 reader finds data of form V2"]


def test_what_is_carried_is_told_with_where_it_is_from() -> None:
    text = """
    components: {a: {kind: service}, c: {kind: cache}, b: {kind: service}}
    requests: {ask: [client calls a: x, a reads c: k, a calls b: y using k]}
    pipeline: [One: [deploy b]]
    changes: {c/k: {breaks: none}, b/y: {breaks: {token: [V1 -> V2]}}}
    """
    assert last_words(text) == ["a V1 calls b V2: y: c/k, obtained in form V1, meets V2"]


@pytest.mark.parametrize(
    ("kind", "moves", "exists", "told"),
    [
        ("database", "migrate", "V2", ["a V1 writes s: t: the table is not there yet, at schema V1"]),
        ("database", "migrate", "V1", ["a V1 writes s: t: the table is no longer there, at schema V2"]),
        (
            "broker",
            "reconfigure",
            "V2",
            ["a V1 publishes s: t: the queue is not there yet, at configuration V1"],
        ),
    ],
)
def test_what_is_missing_is_told_as_missing(kind: str, moves: str, exists: str, told: list[str]) -> None:
    verb = "publishes" if kind == "broker" else "writes"
    text = f"""
    components: {{a: {{kind: service}}, s: {{kind: {kind}}}}}
    requests: {{ask: [client calls a: x, a {verb} s: t]}}
    pipeline: [One: [{moves} s]]
    changes: {{s/t: {{breaks: none, exists: [{exists}]}}}}
    """
    assert last_words(text) == told


def test_what_comes_and_goes_again_is_told_by_where_it_is_met() -> None:
    text = """
    versions: [V1, V2, V3]
    components: {a: {kind: service}, s: {kind: database}}
    requests: {ask: [client calls a: x, a writes s: t]}
    pipeline: [One: [migrate s to V3]]
    changes: {s/t: {breaks: none, exists: [V1, V3]}}
    """
    assert last_words(text) == ["a V1 writes s: t: the table is not there now, at schema V2"]


def test_hazards_that_are_told_together_are_told_as_each_would_be() -> None:
    text = """
        components: {a: {kind: service}, b: {kind: service, strategy: recreate}, c: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y, b calls c: z]}
        pipeline: [One: [deploy a b], Two: [deploy c]]
        changes: {b/y: {breaks: both}, c/z: {breaks: both}}
        """
    found = engine("reference").judge(Task(loads(text))).found
    assert len(found) > 3
    told = list(tell_hops(found))
    assert told == [tell_hop(one) for one in found]
    for hazard, one in zip(told, found, strict=True):
        assert [event.cause for event in hazard.trace[:-1]] == [event.cause for event in one.story]
