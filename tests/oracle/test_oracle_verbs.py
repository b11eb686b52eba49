"""The oracle on breaks that are said of single verbs, worked out by hand (paragraph 87)."""

from typing import Any

import pytest

from support.by_hand import DATABASE, GLUE, RABBIT, SCHEDULER, deployment, told
from support.oracle import Status, judge

GET = "client calls glue: get\nglue reads database: cart"
PUT = "client calls glue: put\nglue writes database: cart"


def breaks(**by_verb: Any) -> dict[str, Any]:
    return {"database/cart": {"breaks": {"schema": by_verb}}}


@pytest.mark.parametrize(
    ("by_verb", "expected"),
    [
        ({"writes": ["V1 -> V2"]}, {("1", "2 schema V1->V2")}),
        ({"reads": ["V1 -> V2"]}, {("0", "2 schema V1->V2")}),
        ({"reads": "both", "writes": "none"}, {("0", "2 schema V1->V2")}),
    ],
)
def test_only_hops_of_the_verb_break(by_verb: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    judgement = judge(
        deployment(GLUE | DATABASE, [GET, PUT], "A: migrate database, deploy glue", breaks(**by_verb))
    )
    found = {
        (key.request, f"{key.hop} {key.aspect} {key.consumer_version}->{key.provider_version}")
        for key in judgement.hazards
    }
    assert found == expected


def test_a_verb_that_no_hop_has_is_idle() -> None:
    judgement = judge(
        deployment(GLUE | DATABASE, [GET], "A: migrate database, deploy glue", breaks(writes=["V1 -> V2"]))
    )
    assert judgement.verdict == "unknown"
    assert judgement.coverage.idle == {("database/cart", "breaks schema writes")}


def test_each_verb_is_a_declaration_of_its_own() -> None:
    data = deployment(
        GLUE | DATABASE,
        [GET, PUT],
        "A: migrate database, deploy glue",
        breaks(writes=["V1 -> V2"], reads=["V2 -> V1"]),
    )
    cells = {(key.says, key.consumer): cell.status for key, cell in judge(data).coverage.cells.items()}
    assert cells == {
        ("breaks schema writes", "V1"): Status.MET,
        ("breaks schema reads", "V2"): Status.HELD_APART,
    }


def test_forwards_to_a_broker_are_forwards() -> None:
    requests = [
        "client calls glue: get\nglue forwards rabbit: m using glue/get",
        "scheduler consumes rabbit: m",
    ]
    changes = {"glue/get": {}, "rabbit/m": {"breaks": {"token": {"forwards": ["V2 -> V1"]}}}}
    judgement = judge(deployment(GLUE | SCHEDULER | RABBIT, requests, "A: deploy glue", changes))
    assert set(told(judgement)) == {"2 token V2->V1"}


def test_each_verb_has_a_severity_of_its_own() -> None:
    """An old reader is degraded, and of an old writer nobody knows (95)."""
    by_verb = {"reads": {"V1 -> V2": "degraded"}, "writes": {"V1 -> V2": "unknown", "V2 -> V1": "corruption"}}
    steps = "A: migrate database, deploy glue"
    judgement = judge(deployment(GLUE | DATABASE, [GET, PUT], steps, breaks(**by_verb)))
    told_of = {key.request: (one.severity, one.if_it_breaks) for key, one in judgement.hazards.items()}
    assert told_of == {"0": ("degraded", False), "1": ("error", True)}
