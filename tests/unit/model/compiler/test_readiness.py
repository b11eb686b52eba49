"""Instances migrate as they start (paragraph 90 of docs/semantics.md)."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.readiness import build_migration_events
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.properties import check
from support.tiny import walk

TEXT = """
components:
  web: {{kind: service, migrates: [db]{web}}}
  db: {{kind: database}}
requests: {{ask: [client calls web: x, web writes db: r]}}
pipeline: [A: [{pipeline}]]
changes: {{db/r: {{breaks: {{schema: [{pair}]}}}}}}
"""


def text(web: str = "", pipeline: str = "deploy web", pair: str = "V2 -> V1") -> str:
    return TEXT.format(web=web, pipeline=pipeline, pair=pair)


def test_it_is_ready_when_it_has_migrated() -> None:
    here = walk(text()).go("A begins", "spawn V2")
    assert here["up web"] == "1×V1 1×V2 starting"
    assert here.cannot("ready V2")
    here = here.go("db/r: schema V1 → V2, by web as it starts")
    assert here["schema db/r"] == "V2"
    assert not here.cannot("ready V2")


def test_its_predicate_must_hold_as_well() -> None:
    here = walk(text(", readiness: {V2: web.up >= 2}")).go("A begins", "spawn V2", "schema V1")
    assert here.cannot("ready V2")


def test_migrating_is_fair_and_part_of_no_move() -> None:
    events = list(build_migration_events(walk(text()).compiled.vocabulary))
    assert events
    assert all(event.fair and not isinstance(event.group, int) for event in events)
    assert (
        list(
            build_migration_events(walk(text().replace("migrates: [db]", "replicas: 1")).compiled.vocabulary)
        )
        == []
    )


def test_one_that_comes_back_migrates_again() -> None:
    here = walk(text(", restarts: true", "deploy web, revert db")).go("A begins", "spawn V2", "schema V1")
    here = here.go("ready V2", "retire V1", "next action", "schema V2 → V1", "restart V2")
    assert here.cannot("return V2")
    assert not here.cannot("schema V1 → V2, by web")


def test_a_deploy_overtakes_a_migration_under_way() -> None:
    text3 = text(pipeline="start migrate db to V3 when web.up >= 2, deploy web")
    here = walk("versions: [V1, V2, V3]" + text3).go(
        "A begins", "next action", "spawn V2", "schema V1", "ready V2"
    )
    assert here.cannot("schema V2 → V3")


def test_the_end_is_looked_for() -> None:
    answer = check(loads(text(", strategy: {canary: 1}, replicas: 2", pair="V1 -> V2")))
    assert [unit.name for unit in answer.end.units] == ["web"]  # the schema is where all expect it


@pytest.mark.parametrize(
    ("web", "message"),
    [
        ("migrates: [web]", "`web` is a service; `migrates` names databases"),
        ("migrates: [bd]", "unknown component `bd`; the databases are db"),
        ("migrates: db", "`migrates` must be a list"),
    ],
)
def test_what_does_not_fit(web: str, message: str) -> None:
    with pytest.raises(InvalidDeploymentError) as refused:
        loads(text().replace("migrates: [db]", web))
    assert message in str(refused.value)
