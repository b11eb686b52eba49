"""What is met from where a system was seen to stand: parts, what they cost, and where they end."""

from __future__ import annotations

from textwrap import dedent

import pytest

from skewproof.model.compiler.life_variables import Standing
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.names import PIPELINE, instances_of
from skewproof.model.observed.sightings import InstancesSeen, Observation, StepSeen, count_by_version
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.gate import sets
from skewproof.properties.gate.ahead import Ahead
from skewproof.properties.gate.answer import GateVerdict
from skewproof.properties.gate.judge import judge_from_here
from skewproof.properties.gate.parts import Whole
from support.from_here import list_hazards


def chain(size: int) -> Deployment:
    """Services that call each other in a row and roll out at once; the call in the middle breaks."""
    names = [f"s{number}" for number in range(size)]
    calls = [f"{one} calls {other}: a" for one, other in zip(["client", *names], names, strict=False)]
    return loads(
        dedent(f"""
            components: {{{", ".join(f"{name}: {{kind: service, replicas: 3}}" for name in names)}}}
            requests: {{walk: [{", ".join(calls)}]}}
            pipeline: [Roll: [deploy {" ".join(names)}], Rest: []]
            changes: {{{names[size // 2]}/a: {{breaks: V2 -> V1}}}}
        """)
    )


def test_a_large_deployment_costs_no_more_than_what_the_hazard_depends_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sets.SetsAhead, "__init__", None)  # nobody may ask it
    task = Task(chain(50))
    (product,) = task.products
    seen = {instances_of(f"s{number}"): _mixed(task, f"s{number}") for number in range(50)}
    (condition,) = list_hazards(product).values()
    met = Ahead(Whole(product.system), seen, Limits()).find(condition)
    assert [str(place) for place in met.runs] == [str(Standing(task.vocabulary.positions[1].name))]
    assert len(met.judged_by) <= 6


def _mixed(task: Task, name: str) -> frozenset[object]:
    fleet, domain = task.vocabulary.rollouts[name], task.vocabulary.lives[instances_of(name)].domain
    return frozenset(value for value in domain if dict(fleet.present[value.state]) == {"V1": 2, "V2": 1})


def test_an_old_request_still_on_its_way_counts() -> None:
    """All of shop is new, but a request may still be on an old instance: not if that is drained first."""
    text = """
        components:
          shop: {kind: service, terminates: later}
          pay: {kind: service}
        requests: {order: [client calls shop: a, shop calls pay: b]}
        pipeline: [Shop: [deploy shop], Pay: [deploy pay]]
        changes: {pay/b: {breaks: V1 -> V2}}
    """
    ready = InstancesSeen("shop", frozenset({count_by_version({"V2": 1})}), "test")
    observation = Observation((ready, StepSeen("Pay", "test")))
    for drain, verdict in (("terminates: later", GateVerdict.UNSAFE), ("drain: graceful", GateVerdict.SAFE)):
        deployment = loads(dedent(text).replace("terminates: later", drain))
        assert judge_from_here(deployment, observation).verdict is verdict


def test_a_limit_is_no_answer() -> None:
    task = Task(chain(4))
    (product,) = task.products
    (condition,) = list_hazards(product).values()
    ahead = Ahead(Whole(product.system), {}, Limits(max_states=3))
    with pytest.raises(StateLimitError):
        ahead.find(condition)


def test_nothing_agrees_with_what_cannot_be() -> None:
    task = Task(chain(3))
    seen = {PIPELINE: frozenset[object]()}
    assert not Ahead(Whole(task.alone.system), seen, Limits()).find(({},)).runs
