"""Expand/contract: what breaks between the versions of a split release, and that it is safe by
construction."""

from __future__ import annotations

import pytest

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.names import Contract
from skewproof.properties import check
from skewproof.properties.repair.source import EditedSource
from skewproof.properties.repair.splitting import ReleaseSplit, list_splits
from skewproof.properties.verdict import Safe

SCHEMA = """\
# a column is renamed
components: {web: {kind: service, replicas: 2}, db: {kind: database}}
requests: {save: [client calls web: form, web writes db: t]}
pipeline:
  - Migrate: [migrate db]
  - Roll: [deploy web]
changes: {db/t: {breaks: {schema: both}}}
"""
CALL = """\
components: {web: {kind: service, replicas: 2}, api: {kind: service}}
requests: {save: [client calls web: form, web calls api: x]}
pipeline: [Api: [deploy api], Roll: [deploy web]]
changes: {api/x: {breaks: both}}
"""
CONTENT = """\
components: {web: {kind: service}, job: {kind: worker}, queue: {kind: broker}}
requests: {order: [client calls web: form, web publishes queue: m], send: [job consumes queue: m]}
pipeline: [Web: [deploy web], Job: [deploy job]]
changes: {queue/m: {breaks: {content: both}}}
"""


def splits(text: str) -> list[ReleaseSplit]:
    deployment = loads(text)
    return list(list_splits(EditedSource(text, loads), deployment, check(deployment)))


def pairs(deployment: Deployment, contract: Contract) -> dict[str, list[str]]:
    breaks = deployment.changed[contract].breaks
    return {str(aspect): sorted(f"{a} -> {b}" for a, b in found) for aspect, found in breaks.items() if found}


@pytest.mark.parametrize(
    ("text", "contract", "expected"),
    [
        (
            SCHEMA,
            Contract("db", "t"),
            {"schema": ["V1 -> V2", "V2 -> V1", "V2-expand -> V2", "V2-migrate -> V1"]},
        ),
        (
            CALL,
            Contract("api", "x"),
            {"call": ["V1 -> V2", "V2 -> V1", "V2-expand -> V2", "V2-migrate -> V1"]},
        ),
        (
            CONTENT,
            Contract("queue", "m"),
            {"content": ["V1 -> V2", "V1 -> V2-migrate", "V2 -> V1", "V2 -> V2-expand"]},
        ),
    ],
)
def test_a_pair_breaks_where_one_uses_what_the_other_does_not_understand(
    text: str, contract: Contract, expected: dict[str, list[str]]
) -> None:
    three = next(one for one in splits(text) if len(one.deployment.versions) == 4)
    assert pairs(three.deployment, contract) == expected


@pytest.mark.parametrize("text", [SCHEMA, CALL, CONTENT])
def test_some_split_is_safe_as_it_is(text: str) -> None:
    answers = [check(one.deployment).verdict for one in splits(text)]
    assert any(isinstance(verdict, Safe) for verdict in answers)


def test_the_form_of_the_file_stays() -> None:
    three = splits(SCHEMA)[-1]
    assert three.text.startswith(
        "# a column is renamed\nversions: [V1, V2-expand, V2-migrate, V2]\ncomponents:"
    )
    assert "releases:\n  - expand:\n      - Migrate: [migrate db]\n      - Roll: [deploy web]\n" in three.text


@pytest.mark.parametrize(
    "more",
    [
        "properties: {p: always web.up(V1)}\n",
        "accept: [{contract: db/t, reason: known}]\n",
        "prices: {release: never}\n",
    ],
)
def test_a_file_that_speaks_of_versions_elsewhere_is_not_split(more: str) -> None:
    assert splits(SCHEMA + more) == []


def test_a_wildcard_is_split_into_the_contracts_that_it_names() -> None:
    two = SCHEMA.replace("web writes db: t", "web writes db: t, web writes db: u").replace("db/t", "db/*")
    split = splits(two)[-1]
    assert "db/*" not in split.text
    assert pairs(split.deployment, Contract("db", "t")) == pairs(split.deployment, Contract("db", "u"))


def test_the_changes_of_a_second_file_are_split_there() -> None:
    text, changes = SCHEMA.split("changes:")
    second = f"# ours\nchanges:{changes}"
    deployment = loads(text, changes=second)
    found = list_splits(EditedSource(text, loads, second, "second.yaml"), deployment, check(deployment))
    whole = splits(SCHEMA)
    assert [one.deployment.changed for one in found] == [one.deployment.changed for one in whole]
    assert all(one.changes is not None and one.changes.startswith("# ours\n") for one in found)
    assert all("changes" not in one.text for one in found)


def test_what_nobody_can_meet_is_said_to_break_nothing() -> None:
    """A service that only clients without versions call: a split that left it would have no verdict."""
    text = """
versions: [V1, V2]
components: {web: {kind: service}, api: {kind: service}}
requests: {ask: [client calls web: page, web calls api: x]}
pipeline: [Roll: [deploy web api]]
changes:
  web/page: {breaks: {call: both}}
  api/x: {breaks: {call: both}}
"""
    source = EditedSource(text, lambda given, *, changes=None: loads(given))
    deployment = loads(text)
    splits = list_splits(source, deployment, check(deployment))
    safe = [one for one in splits if isinstance(check(one.deployment).verdict, Safe)]
    assert safe
    assert "web/page: {breaks: none}" in safe[0].text
    assert "`breaks: none` of web/page, which nothing with a version calls" in safe[0].remedy.told


def test_what_is_declared_by_verb_and_graded_is_split_by_verb_and_graded() -> None:
    """A required column: old code does not fill it, and what old readers miss is a nuisance."""
    breaks = "{schema: {reads: {V2 -> V1: degraded}, writes: {V1 -> V2: corruption, V2 -> V1: unknown}}}"
    text = SCHEMA.replace("{schema: both}", breaks).replace("web writes", "web reads db: t, web writes")
    change = splits(text)[1].deployment.changed[Contract("db", "t")]
    graded = {f"{verb} {a} -> {b}": str(said) for (_, verb, (a, b)), said in change.pair_severities.items()}
    assert graded == {
        "reads V2 -> V1": "degraded",
        "reads V2-migrate -> V1": "degraded",
        "writes V1 -> V2": "corruption",
    }
    assert {f"{verb} {a} -> {b}" for _, verb, (a, b) in change.unknown} == {
        "writes V2 -> V1",
        "writes V2-migrate -> V1",
    }
