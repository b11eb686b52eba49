"""Several pipelines in slices: as on all states, and no dearer for pipelines that a hop never meets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, seed, settings

from skewproof.model.compiler.compile import compile_with
from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.engines.choice import RequestJudge
from skewproof.properties.engines.protocol import EngineRefusesError
from skewproof.properties.engines.reference import find_hazards
from skewproof.properties.engines.registry import engine
from skewproof.properties.temporal.questions import STALLS
from skewproof.properties.verdict import Answer, Safe, Unknown, list_property_hazards
from support import oracle_accept
from support.several_pipelines import ANY_WAIT, MISSED, ONE_PIPELINE, several_pipelines
from support.told import told_by_the_checker

KNOWN = (
    "strategy",
    "three versions",
    "readiness",
    "flag",
    "client",
    "limits",
    "when",
    "expires",
    "skew",
    "severity",
    "graded",
    "queue",
    "store",
    "background",
    "pull",
    "starts",
    "restarts",
    "verbs",
    "abrupt",
    "accept",
)
TODAY = date.fromisoformat(oracle_accept.TODAY)
LIMITS = Limits(max_states=20_000)
"""So many states of the whole are listed; what has more is not held against it."""

FEW = settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
SOME, MANY = settings(FEW, max_examples=80), settings(FEW, max_examples=2_000)


def list_outside(answer: Answer) -> list[tuple[str, tuple[str, ...]]]:
    """Where hazards stick out of what is accepted."""
    return sorted((hazard.id, steps) for one in answer.accept for hazard, steps in one.outside)


def agree_on_each_request(task: Task) -> None:
    """Who judges requests one by one, as a hunt does, finds what breaks in all states."""
    judge = RequestJudge(task)
    for request in task.deployment.requests:
        found = {broken.key for broken in judge.find_broken_lookups(request)}
        product = compile_with(task.vocabulary, request)
        assert found == find_hazards(product, task.limits).by_key.keys()


def agree_on_many(
    profile: settings,
    number: int,
    features: tuple[str, ...] = KNOWN,
    *,
    waits: tuple[str, ...] = (),
    failures: bool = False,
    is_counted: Callable[[Answer], bool] = lambda _: True,
) -> int:
    """How many could be judged in slices and count."""
    held = 0

    @seed(number)
    @profile
    @given(several_pipelines(features=features, waits=waits))
    def agree_on_one(data: dict[str, Any]) -> None:
        nonlocal held
        deployment = loads(yaml.safe_dump(data, sort_keys=False))
        try:
            answer = check(deployment, engine="slice", failures=failures, today=TODAY)
        except EngineRefusesError:
            return
        if answer.statistics is None:  # a limit was hit
            return
        reference = check(deployment, engine="reference", failures=failures, limits=LIMITS, today=TODAY)
        if reference.statistics is None or reference.left_open:
            return
        told, expected = told_by_the_checker(answer), told_by_the_checker(reference)
        if answer.left_open:  # of hazards of all pipelines together it is not known how they are avoided
            for some in (told, expected):
                del some["avoidable"], some["interleavings"]
        assert told == expected
        assert list_outside(answer) == list_outside(reference)
        if not failures:
            agree_on_each_request(Task(deployment))
        held += is_counted(answer)

    agree_on_one()
    return held


def test_slices_and_all_states_agree() -> None:
    assert agree_on_many(FEW, 0) >= 5


def test_they_agree_over_the_whole_language() -> None:
    assert agree_on_many(SOME, 2, ONE_PIPELINE, waits=ANY_WAIT) >= 10


def test_they_agree_where_pipelines_can_fail() -> None:
    assert agree_on_many(SOME, 4, ONE_PIPELINE, waits=ANY_WAIT, failures=True) >= 10


def stalls_in_some_run(answer: Answer) -> bool:
    """Whether some run comes to its end, and some to none."""
    met = (*answer.hazards, *(one.hazard for one in answer.accepted))
    return any(one.property == STALLS and not one.inevitable for one in list_property_hazards(met))


def test_they_agree_where_some_pipeline_waits_for_what_has_passed() -> None:
    assert agree_on_many(SOME, 6, waits=MISSED, is_counted=stalls_in_some_run) >= 2


@pytest.mark.exhaustive
def test_they_agree_on_thousands_that_can_fail() -> None:
    assert agree_on_many(MANY, 5, ONE_PIPELINE, waits=ANY_WAIT, failures=True) >= 500


@pytest.mark.exhaustive
def test_slices_and_all_states_agree_on_hundreds() -> None:
    assert agree_on_many(MANY, 1) >= 200


@pytest.mark.exhaustive
def test_they_agree_on_thousands_over_the_whole_language() -> None:
    assert agree_on_many(MANY, 3, ONE_PIPELINE, waits=ANY_WAIT) >= 200


@pytest.mark.exhaustive
def test_they_agree_on_hundreds_of_which_some_run_stalls() -> None:
    assert agree_on_many(MANY, 7, waits=MISSED, is_counted=stalls_in_some_run) >= 50


def shop(pairs: int) -> str:
    """So many pairs of services that call each other, each service with a pipeline of its own."""
    numbers = range(pairs)
    components = [
        f"a{n}: {{kind: service, replicas: 2}}, b{n}: {{kind: service, replicas: 2}}" for n in numbers
    ]
    requests = [f"ask{n}: [client calls a{n}: x, a{n} calls b{n}: y]" for n in numbers]
    pipelines = [f"pa{n}: [A: [deploy a{n}]], pb{n}: [B: [deploy b{n}]]" for n in numbers]
    changes = [f"b{n}/y: {{breaks: {{call: [V2 -> V1]}}}}" for n in numbers]
    sections = (
        ("components", components),
        ("requests", requests),
        ("pipelines", pipelines),
        ("changes", changes),
    )
    return "\n".join(f"{name}: {{{', '.join(said)}}}" for name, said in sections)


def test_pipelines_that_a_hop_never_meets_cost_no_states() -> None:
    """The states of slices grow with the hops alone; those of the whole are multiplied."""
    states = [engine("slice").judge(Task(loads(shop(pairs)))).states for pairs in (2, 3)]
    listed = [engine("reference").judge(Task(loads(shop(pairs)))).states for pairs in (1, 2)]
    assert states[1] * 2 == states[0] * 3
    assert listed[1] > 20 * listed[0]


@pytest.mark.parametrize("name", ["slice", "auto"])
def test_a_limit_in_a_part_is_no_verdict(name: str) -> None:
    safe = shop(2).replace("V2 -> V1", "")
    assert isinstance(check(loads(safe), engine=name).verdict, Safe)
    assert isinstance(check(loads(safe), engine=name, limits=Limits(max_states=20)).verdict, Unknown)
