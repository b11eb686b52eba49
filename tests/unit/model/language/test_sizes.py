"""`replicas` by version, and `scale`: what is read, and what does not fit."""

from __future__ import annotations

import pytest

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads

TEXT = """
components:
  zed: {{kind: service, {zed}}}
requests: {{ask: [client calls zed: x]}}
pipeline: [A: [{pipeline}]]
changes: {{zed/x: {{breaks: both}}}}
"""


CANARY = "replicas: 2, strategy: {canary: 1}"


def text(zed: str = "replicas: 2", pipeline: str = "deploy zed") -> str:
    return TEXT.format(zed=zed, pipeline=pipeline)


def test_number_by_version() -> None:
    found = loads(text("replicas: {V1: 4, V2: 1}, max_surge: 50%"))
    component = found.components["zed"]
    assert (component.replicas, component.max_surge, component.sizes) == (4, 2, (("V1", 4), ("V2", 1)))
    assert found.resized == {"zed"}
    assert component.sized(1).max_surge == 1


def test_scale() -> None:
    found = loads(text(pipeline="scale zed to 0"))
    (action,) = found.pipeline[0].actions
    assert (action.count, action.to, str(action)) == (0, None, "scale zed to 0")
    assert found.resized == {"zed"}
    assert loads(text()).resized == set()


@pytest.mark.parametrize(
    ("zed", "pipeline", "message"),
    [
        ("replicas: {V1: 2}", "deploy zed", "`replicas` of `zed` says nothing of `V2`"),
        ("replicas: {V1: 2, V2: 3, V3: 1}", "deploy zed", "unknown version `V3`"),
        ("replicas: {V1: 2, V2: few}", "deploy zed", "must be a whole number from 0 to 10000, not `few`"),
        (
            "strategy: blue-green, replicas: {V1: 2, V2: 3}",
            "deploy zed",
            "`zed` has two fleets beside each other, and `replicas` by version does not fit that",
        ),
        ("strategy: blue-green", "scale zed to 2", "and `scale` does not fit that"),
        ("min_available: 50%", "scale zed to 2", "so that a share of it says little; write `min_available`"),
        ("replicas: 2", "scale zed", "`scale` must say to how many; write `scale zed to 3`"),
        ("replicas: 2", "scale zed to V2", "`scale` goes to a whole number up to 10000, not `V2`"),
        ("replicas: 2", "start scale zed to 2", "`scale` waits until so many serve"),
        ("replicas: 2", "start deploy zed, scale zed to 2", "write `await zed` before it"),
        (CANARY, "start deploy zed, await zed, scale zed to 1", "canary of `zed` that was begun by `start`"),
        (CANARY, "start deploy zed, start promote zed, scale zed to 1", "write `await zed` before it"),
        (
            CANARY,
            "start promote zed, start deploy zed, await zed, scale zed to 1",
            "write `deploy zed` without",
        ),
    ],
)
def test_what_does_not_fit(zed: str, pipeline: str, message: str) -> None:
    with pytest.raises(InvalidDeploymentError) as refused:
        loads(text(zed, pipeline))
    assert message in str(refused.value)


def test_after_an_await_it_fits() -> None:
    assert loads(text(pipeline="start deploy zed, await zed, scale zed to 2")).resized == {"zed"}


@pytest.mark.parametrize(
    "pipeline",
    [
        "deploy zed, scale zed to 1",
        "start deploy zed, await zed, promote zed, scale zed to 1",
        "start deploy zed, await zed, rollback zed, scale zed to 1",
        "start deploy zed, start promote zed, await zed, scale zed to 1",
    ],
)
def test_canary_that_does_not_come_again_is_scaled(pipeline: str) -> None:
    assert loads(text(CANARY, pipeline)).resized == {"zed"}


def test_the_rollback_may_find_a_rollout_under_way() -> None:
    with pytest.raises(InvalidDeploymentError, match="that was begun by `start` may still go on"):
        loads(text(pipeline="start deploy zed, await zed") + "rollback: [R: [scale zed to 1]]\n")
