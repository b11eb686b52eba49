"""Requests that take time: expected failures against rollouts that are played around single requests; what is
bounded, against what is counted."""

from __future__ import annotations

import random
from math import sqrt
from textwrap import dedent

import pytest

from skewproof.model.compiler.system import Event
from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.properties.exposure.apart import TimedStay
from skewproof.properties.exposure.bounded import limit_failures
from skewproof.properties.exposure.measure import expose
from skewproof.properties.exposure.rates import find_rates
from skewproof.properties.exposure.stays import Stays
from support.clocks import mean_of, play_slow

DURATIONS = {"spawn": 20.0, "retire": 5.0, "migrate": 30.0, "stop": 5.0}
FILES = {
    "in turn": (
        "{kind: service, replicas: 2}",
        "{kind: service, replicas: 2}",
        "[C: [deploy shop], P: [deploy pay]]",
    ),
    "together": ("{kind: service, replicas: 2}", "{kind: service}", "[All: [deploy shop pay]]"),
    "abrupt": (
        "{kind: service, replicas: 2, drain: abrupt}",
        "{kind: service, replicas: 2, drain: abrupt}",
        "[All: [deploy shop pay]]",
    ),
    "recreate": (
        "{kind: service}",
        "{kind: service, strategy: recreate}",
        "[P: [deploy pay], C: [deploy shop]]",
    ),
}
BREAKS = "pay/charge: {breaks: V2 -> V1}, pay/again: {breaks: both}"


def text_of(name: str, hop: str = "8s") -> str:
    shop, pay, pipeline = FILES[name]
    return dedent(f"""
components: {{shop: {shop}, pay: {pay}}}
requests: {{order: [client calls shop: order, shop calls pay: charge, shop calls pay: again]}}
pipeline: {pipeline}
changes: {{{BREAKS}}}
traffic: {{order: 3/min}}
durations: {{spawn: 20s, retire: 5s, stop: 5s, hop: {hop}}}
""")


@pytest.mark.parametrize("name", list(FILES))
def test_the_mean_of_played_rollouts(name: str) -> None:
    task = Task(loads(text_of(name)))
    found = expose(task.deployment)
    draw, runs = random.Random(5), 60

    def hop(_: Event) -> float:
        return 8.0

    counts = [play_slow(draw, task, "order", 3 / 60, mean_of(DURATIONS), hop) for _ in range(runs)]
    average = sum(counts) / runs
    error = 4 * sqrt(sum((count - average) ** 2 for count in counts) / (runs - 1) / runs)
    assert found.expected > 1
    assert abs(float(found.expected) - average) < error
    assert error < 0.9 * average


@pytest.mark.parametrize("name", list(FILES))
def test_the_bound_is_one(name: str) -> None:
    task = Task(loads(text_of(name)))
    stays = Stays(task.alone, find_rates(task.alone).timed, task.limits).find()
    timed = [TimedStay(stay, [], {}, task.limits) for stay in stays]
    (request,) = task.deployment.requests
    rate = task.deployment.timing.traffic["order"]
    exact = float(expose(task.deployment).expected)
    assert exact <= limit_failures(task, request, rate, timed) < 6 * exact


@pytest.mark.parametrize("name", ["in turn", "together", "recreate"])
def test_requests_that_hardly_take_time_are_quick(name: str) -> None:
    quick, hardly = (expose(loads(text_of(name, hop))) for hop in ("0s", "1ms"))
    assert float(quick.expected) == pytest.approx(float(hardly.expected), rel=1e-3)
    assert quick.worst[1] == pytest.approx(hardly.worst[1], rel=1e-2)


def test_those_on_an_instance_that_is_cut_off() -> None:
    """One instance, recreated: it stops after 5 s on average, and then nobody is up for 20 s. All
    40 requests that stand on it (10 a second, 4 s each) are cut off, those of the 20 s are refused."""
    found = expose(
        loads("""
            components: {a: {kind: service, strategy: recreate, drain: abrupt}, b: {kind: service}}
            requests: {r: [client calls a: x, a calls b: y]}
            pipeline: [S: [deploy a]]
            changes: {a/x: {breaks: none}}
            traffic: {r: 10/s}
            durations: {spawn: 20s, stop: 5s, retire: 5s, hop: 4s}
        """)
    )
    assert found.expected == 240
