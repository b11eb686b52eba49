"""How fast events are that can happen for several reasons."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties.exposure.measure import Exposure, expose
from skewproof.properties.exposure.played import compute_estimate
from skewproof.properties.exposure.rates import find_rates, list_once


def write(consumers: int, more: str = "") -> str:
    """A queue that so many workers empty, before its readers are new."""
    names = [f"w{number}" for number in range(consumers)]
    workers = "".join(f", {name}: {{kind: worker}}" for name in names)
    jobs = "".join(f", {name} job: [{name} consumes q: m]" for name in names)
    rates = "".join(f", {name} job: 1/s" for name in names)
    return f"""
components: {{a: {{kind: service}}, q: {{kind: broker}}{workers}}}
requests: {{put: [client calls a: x, a publishes q: m]{jobs}}}
pipeline: [New: [deploy a], Empty: [drain q], Readers: [deploy w0]]
changes: {{q/m: {{breaks: {{content: [V1 -> V2]}}}}}}
traffic: {{put: 1/s{rates}}}
durations: {{spawn: 20s, retire: 5s, consume: 30s{more}}}
"""


def failing(found: Exposure) -> float:
    return float(sum(one.expected for one in found.hazards if one.request == "w0 job"))


@pytest.mark.parametrize("more", ["", ", hop: 1s"])
def test_a_queue_is_not_emptied_sooner_by_more_who_consume(more: str) -> None:
    """`consume` is the mean until the last message of a form is used up, by whomever."""
    one, three = (expose(loads(write(count, more))) for count in (1, 3))
    assert not one.reason
    assert failing(one) > 10
    assert failing(three) == pytest.approx(failing(one))
    assert three.seconds == one.seconds


def test_nor_where_rollouts_are_played() -> None:
    task = Task(loads(write(3)), None, Limits())
    played = compute_estimate(task.alone, find_rates(task.alone), (), Limits())
    assert played.mean("seconds") == pytest.approx(float(expose(loads(write(3))).seconds), rel=0.1)


def test_what_differs_in_cause_or_effect_has_a_clock_of_its_own() -> None:
    alone = Task(loads(write(2)), None, Limits()).alone
    timed = find_rates(alone).timed
    alike: dict[int, set[object]] = {}
    for one in timed:
        alike.setdefault(one.clock, set()).add((one.event.cause, tuple(one.event.effect.items())))
    assert all(len(same) == 1 for same in alike.values())
    assert len(alike) < len(timed)
    assert len(list_once((one, alone.system.initial) for one in timed)) == len(alike)
