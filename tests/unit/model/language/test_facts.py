"""Flags that guard nothing (paragraph 91 of docs/semantics.md)."""

from __future__ import annotations

import pytest

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.verdict import PropertyHazard, Safe
from support.compare import agree
from support.tiny import walk

TEXT = """
components: {{a: {{kind: service}}, db: {{kind: database}}}}
requests: {{ask: [client calls a: x, a reads db: r]}}
flags: {{ready: {fact}}}
pipeline: [P: [{pipeline}]]
changes: {{db/r: {{breaks: {{schema: [V2 -> V1]}}}}}}
"""


def text(pipeline: str = "enable ready, migrate db, deploy a", fact: str = "{}") -> str:
    return TEXT.format(fact=fact, pipeline=pipeline)


def test_an_action_waits_for_it() -> None:
    here = walk(text("enable ready, migrate db, deploy a when ready.on")).go("P begins", "flag ready on")
    assert not here.go("next action", "schema V1", "next action").cannot("spawn V2")
    never = loads(text("migrate db, deploy a when ready.on"))
    assert [hazard.property for hazard in check(never).of_properties] == ["the pipeline can stall"]


def test_nobody_enables_it_after_the_end_and_nothing_is_told_of_it_then() -> None:
    deployment = loads(text("migrate db, deploy a"))
    assert deployment.enabled_after == ()
    assert deployment.facts == {"ready"}
    answer = check(loads(text()))
    assert isinstance(answer.verdict, Safe)
    assert not answer.end.units


def test_what_is_final_is_not_rolled_back() -> None:
    late = loads(text("migrate db, deploy a, irreversible enable ready, rollback a"))
    (hazard,) = [one for one in check(late).hazards if isinstance(one, PropertyHazard)]
    assert hazard.property == "rollback a, after irreversible enable ready"


def test_slices_know_it() -> None:
    agree(loads(text()))
    agree(loads(text("migrate db, deploy a, start enable ready, await ready, disable ready")))


@pytest.mark.parametrize(
    ("fact", "pipeline", "message"),
    [
        ("{since: V2}", "enable ready", "guards nothing, so that no code knows it; `since` says nothing"),
        ("{understands: own}", "enable ready", "`understands` says nothing"),
        ("{}", "enable ready per instance", "it is a fact, which no instance takes up"),
        ("{guards: []}", "enable ready", "flag `ready` must guard at least one contract"),
    ],
)
def test_what_is_refused(fact: str, pipeline: str, message: str) -> None:
    with pytest.raises(InvalidDeploymentError) as refused:
        loads(text(pipeline, fact))
    assert message in str(refused.value)
