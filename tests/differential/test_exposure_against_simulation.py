"""Expected failures against rollouts that are played with clocks and single requests."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import sqrt
from pathlib import Path
from textwrap import dedent

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.deployment.timing import Timing
from skewproof.model.language import load, loads
from skewproof.properties.exposure.measure import expose
from support.clocks import estimate, mean_of

RUNS = 150
SCCOS = Path(__file__).parents[2] / "examples" / "sccos"
DURATIONS = {"spawn": 20.0, "retire": 5.0, "migrate": 30.0}
REQUEST = "order: [client calls shop: order, shop calls pay: charge, pay writes db: row]"
FILES = {
    "callers first": "shop: {kind: service, replicas: 2}\n  pay: {kind: service, replicas: 2}",
    "recreate": "shop: {kind: service}\n  pay: {kind: service, replicas: 2, strategy: recreate}",
    "canary": "shop: {kind: service, replicas: 3, strategy: {canary: 1}}\n  pay: {kind: service}",
}


def text_of(name: str) -> str:
    return dedent(f"""
components:
  {FILES[name]}
  db: {{kind: database}}
requests: {{{REQUEST}}}
pipeline: [Callers: [deploy shop], Db: [migrate db], Callees: [deploy pay]]
changes: {{pay/charge: {{breaks: V2 -> V1}}, db/row: {{breaks: {{schema: V1 -> V2}}}}}}
traffic: {{order: 3/min}}
durations: {{spawn: 20s, retire: 5s, migrate: 30s}}
""")


@pytest.mark.parametrize("name", list(FILES))
def test_the_mean_and_the_share_of_spared_runs(name: str) -> None:
    task = Task(loads(text_of(name)))
    found = expose(task.deployment)
    average, error, spared = estimate(7, task, {"order": 3 / 60}, mean_of(DURATIONS), RUNS)
    assert found.expected > 1
    assert abs(float(found.expected) - average) < error
    likely = float(found.spared.most)
    assert abs(likely - spared) < 4 * sqrt(likely * (1 - likely) / RUNS) + 1 / RUNS


def test_a_single_instance_that_is_recreated() -> None:
    """Nobody is up for the 20 s that a spawn takes on average: 200 requests fail of 10 a second, and none
    does if the spawn is the first of what comes at 1/20 and at 10 a second."""
    found = expose(
        loads("""
            components: {a: {kind: service, strategy: recreate}}
            requests: {r: [client calls a: x]}
            pipeline: [S: [deploy a]]
            changes: {a/x: {breaks: none}}
            traffic: {r: 10/s}
            durations: {spawn: 20s, retire: 5s}
        """)
    )
    assert [found.expected, found.at_risk.most, found.seconds] == [Fraction(200), Fraction(20), Fraction(25)]
    assert found.spared.most == pytest.approx(1 / 201)
    assert found.by_step["S"] == 200


def test_the_order_makes_the_difference() -> None:
    callees_first = text_of("callers first").replace(
        "Callers: [deploy shop], Db: [migrate db], Callees: [deploy pay]",
        "Callees: [deploy pay], Db: [migrate db], Callers: [deploy shop]",
    )
    assert expose(loads(callees_first)).expected == 0
    assert expose(loads(callees_first)).spared.most == 1


def test_a_read_finds_each_form_that_lies_there() -> None:
    """Old readers while the cache is filled in the new form: half of them find it, then all."""
    text = """
components: {shop: {kind: service, replicas: 2}, c: {kind: cache}}
requests: {order: [client calls shop: page, shop reads c: x, shop reads c: x]}
pipeline: [Sync: [sync c], Roll: [deploy shop]]
changes: {c/x: {breaks: {content: V1 -> V2}}}
traffic: {order: 3/min}
durations: {spawn: 20s, retire: 5s, sync: 30s}
"""
    task = Task(loads(text))
    found = expose(task.deployment)
    average, error, _ = estimate(9, task, {"order": 3 / 60}, mean_of(DURATIONS | {"sync": 30.0}), RUNS)
    assert found.expected > 1
    assert abs(float(found.expected) - average) < error
    assert error < 0.6 * average


@pytest.mark.parametrize(("name", "runs"), [("deployment", 150), ("await-sync", 80)])
def test_two_plans_of_a_real_release(name: str, runs: int) -> None:
    """Spryker's realistic release by two pipelines, of which `docs/exposure.md` tells both figures: the means
    are those of the gallery; of who adds to the cart and who browses a hundredth comes, so that few are
    played."""
    means = {"spawn": 20.0, "retire": 5.0, "stop": 5.0, "reconfigure": 5.0, "migrate": 30.0, "sync": 60.0}
    means |= {"suspend": 0.0, "resume": 0.0}
    traffic = {
        "add to cart": 0.05,
        "browse product": 0.2,
        "publish product": 0.01,
        "synchronise product": 0.01,
    }
    rates = {request: Fraction(rate).limit_denominator() for request, rate in traffic.items()}
    told = load(SCCOS / f"{name}.yaml", SCCOS / "releases" / "realistic.yaml")
    timing = Timing(rates, {word: Fraction(mean) for word, mean in means.items()})
    task = Task(replace(told, timing=timing))
    found = expose(task.deployment)
    average, error, _ = estimate(11, task, traffic, mean_of(means), runs)
    assert not found.not_counted
    assert error < float(found.expected) / 3
    assert abs(float(found.expected) - average) < error
