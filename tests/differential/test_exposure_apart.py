"""What is integrated in independent parts, against fractions in the states of the whole; and at a size at
which nobody lists these, against rollouts that are played."""

from __future__ import annotations

from math import isclose
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings

from skewproof.model.compiler.task import Task
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.exposure import measure
from skewproof.properties.exposure.measure import Exposure, expose
from skewproof.properties.exposure.rates import find_rates
from skewproof.properties.exposure.stays import NotApartError
from support.chains import chains
from support.clocks import estimate, mean_of

DURATIONS = {"spawn": "20s", "ready": "7s", "retire": "5s", "stop": "4s", "migrate": "30s", "sync": "11s"}
DURATIONS |= {"publish": "6s", "gone": "9s", "revert": "13s"}
SOME = settings(max_examples=12, phases=(Phase.generate,), deadline=None, derandomize=True, database=None)


def both(data: dict[str, Any]) -> tuple[Exposure, Exposure] | None:
    """In parts and as a whole; None where the parts are not independent."""
    task = Task(loads(yaml.dump(data, sort_keys=False)), limits=Limits(max_states=800))
    rates = find_rates(task.alone)
    watched, _ = measure._find_watched(task, rates)
    known = Exposure("")
    try:
        apart = measure._expose_apart(task, known, rates, watched)
        return apart, measure._expose_whole(task, known, rates, watched)
    except (NotApartError, StateLimitError):
        return None


def agree(apart: Exposure, whole: Exposure) -> None:
    """All that both say."""
    assert isclose(apart.seconds, whole.seconds, rel_tol=1e-6)
    assert isclose(apart.expected, whole.expected, rel_tol=1e-5, abs_tol=1e-6)
    assert isclose(apart.for_ever, whole.for_ever, rel_tol=1e-6, abs_tol=1e-9)
    assert apart.at_risk.least - 1e-5 <= whole.at_risk.most <= apart.at_risk.most + 1e-5
    assert apart.spared.least - 1e-9 <= whole.spared.most <= apart.spared.most + 1e-9
    mine, other = ({one.id: float(one.expected) for one in of.hazards} for of in (apart, whole))
    assert {key for key, value in mine.items() if value > 1e-5} <= other.keys()
    assert all(isclose(mine.get(key, 0.0), value, rel_tol=1e-5, abs_tol=1e-5) for key, value in other.items())
    for step, expected in whole.by_step.items():
        assert isclose(apart.by_step.get(step, 0.0), expected, rel_tol=1e-5, abs_tol=1e-5)
    assert apart.worst[1] == pytest.approx(whole.worst[1], rel=0.05, abs=1e-3)


@SOME
@given(chains())
def test_random_deployments(data: dict[str, Any]) -> None:
    data = {**data, "traffic": {"walk": "1/s"}, "durations": DURATIONS}
    try:
        found = both(data)
    except InvalidDeploymentError:
        return
    if found is not None:
        agree(*found)


def shape(size: int, pipeline: list[str], **each: Any) -> dict[str, Any]:
    """Services that call each other, each of them old or new; two of the calls break."""
    names = [f"s{number}" for number in range(size)]
    calls = [f"{a} calls {b}: x" for a, b in zip(["client", *names], names, strict=False)]
    changes = {f"{name}/x": {"breaks": "none"} for name in names[1:]}
    changes |= {f"{names[1]}/x": {"breaks": "V2 -> V1"}, f"{names[-1]}/x": {"breaks": "V1 -> V2"}}
    return {
        "versions": ["V1", "V2"],
        "components": {name: {"kind": "service", "replicas": 2, **each} for name in names},
        "requests": {
            "walk": calls,
            "short": [f"client calls {names[1]}: y", f"{names[1]} calls {names[2]}: x"],
        },
        "pipeline": [{f"S{n}": [action]} for n, action in enumerate(pipeline)],
        "changes": changes,
        "traffic": {"walk": "3/min", "short": "1/min"},
        "durations": {"spawn": "20s", "retire": "5s", "stop": "5s", "ready": "7s"},
    }


@pytest.mark.parametrize(
    "each",
    [{}, {"strategy": "recreate"}, {"strategy": "blue-green"}, {"max_surge": 0, "max_unavailable": 1}],
    ids=str,
)
@pytest.mark.parametrize("steps", [["deploy s0 s1 s2"], ["deploy s2", "deploy s0 s1"]], ids=len)
def test_strategies(each: dict[str, Any], steps: list[str]) -> None:
    found = both(shape(3, steps, **each))
    assert found is not None
    assert found[1].expected > 0.01
    agree(*found)


def test_a_step_that_takes_time_itself() -> None:
    data = shape(3, ["deploy s0", "deploy s1 s2"])
    found = both({**data, "durations": {**data["durations"], "step": "15s"}})
    assert found is not None
    agree(*found)


@pytest.mark.parametrize("each", [{}, {"strategy": "recreate"}], ids=str)
def test_thirty_services_against_simulation(each: dict[str, Any]) -> None:
    """Some 10 to the 25 states; the mean of played rollouts, within four standard errors."""
    data = shape(30, ["deploy " + " ".join(f"s{number}" for number in range(30))], **each)
    task = Task(loads(yaml.dump(data, sort_keys=False)))
    found = expose(task.deployment)
    assert not found.is_exact
    durations = {"spawn": 20.0, "retire": 5.0, "stop": 5.0}
    average, error, spared = estimate(3, task, {"walk": 3 / 60, "short": 1 / 60}, mean_of(durations), 60)
    assert abs(float(found.expected) - average) < error
    assert error < float(found.expected)
    assert found.spared.least <= spared + 0.2


def test_what_goes_on_in_the_background_is_not_apart() -> None:
    data = shape(3, ["start deploy s0", "deploy s1", "await s0", "deploy s2"])
    assert both(data) is None


def everybody_writes(size: int, content: str) -> dict[str, Any]:
    """Services that write one store and read it, and roll out together."""
    names = [f"s{number}" for number in range(size)]
    kind, verb = content.split()
    uses = {f"{n} uses": [f"client calls {n}: a", f"{n} {verb} c: x", f"{n} reads c: x"] for n in names}
    return {
        "components": {name: {"kind": "service", "replicas": 2} for name in names} | {"c": {"kind": kind}},
        "requests": uses,
        "pipeline": [{"Roll": ["deploy " + " ".join(names)]}, {"Sync": ["sync c"]}],
        "changes": {"c/x": {"breaks": {"content": ["V1 -> V2"]}}},
        "traffic": dict.fromkeys(uses, "6/min"),
        "durations": {"spawn": "20s", "retire": "5s", "sync": "10s"},
    }


def test_what_is_played_is_near_what_is_exact() -> None:
    data = everybody_writes(2, "cache writes")
    task = Task(loads(yaml.dump(data, sort_keys=False)))
    rates = find_rates(task.alone)
    watched, _ = measure._find_watched(task, rates)
    whole = measure._expose_whole(task, Exposure(""), rates, watched)
    played = measure._expose_played(task, Exposure(""), rates, watched)
    assert whole.expected > 1
    assert abs(float(whole.expected) - float(played.expected)) < 2 * played.margin
    assert played.margin < 0.1 * whole.expected
    assert float(played.spared.most) == pytest.approx(float(whole.spared.most), abs=0.05)
    assert float(played.seconds) == pytest.approx(float(whole.seconds), rel=0.1)
    assert float(played.at_risk.most) == pytest.approx(float(whole.at_risk.most), rel=0.1)
    assert played.worst[1] == pytest.approx(whole.worst[1], rel=0.15)


def test_a_store_that_twelve_services_write_is_played() -> None:
    found = expose(loads(yaml.dump(everybody_writes(12, "cache writes"), sort_keys=False)))
    assert found.played >= 40
    assert 0 < found.margin < 0.1 * found.expected
    again = expose(loads(yaml.dump(everybody_writes(12, "cache writes"), sort_keys=False)))
    assert again == found, "the same file has the same figures"
