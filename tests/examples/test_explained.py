"""What is said of each kind of hazard runs: before has the hazard, after has none."""

from __future__ import annotations

import runpy
from pathlib import Path
from textwrap import dedent

import pytest

from skewproof.diagrams.explained import (
    Explanation,
    explain_code,
    explain_hazard,
    list_explanations,
    tell_remedy,
)
from skewproof.model.codes import HAZARDS
from skewproof.model.deployment import Aspect
from skewproof.model.language import load, loads
from skewproof.properties.checker import check
from skewproof.properties.verdict import Safe, Unsafe
from support.command import invoke

ROOT = Path(__file__).parents[2]
SCCOS = ROOT / "examples" / "sccos"
KINDS = list_explanations()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_before_has_the_hazard_and_after_has_none(kind: Explanation) -> None:
    before, after = (check(loads(dedent(text))) for text in (kind.before, kind.after))
    assert isinstance(before.verdict, Unsafe)
    assert {explain_hazard(hazard).name for hazard in before.hazards} == {kind.name}
    assert isinstance(after.verdict, Safe)
    assert not after.idle, "safe, because nothing could have been met"


def test_every_code_of_a_hazard_and_every_aspect_is_explained() -> None:
    assert [str(code) for code in HAZARDS] == list(dict.fromkeys(str(kind.code) for kind in KINDS))
    assert {kind.aspect for kind in explain_code("skw101")} == set(Aspect)
    assert [kind.name for kind in explain_code("SKW101-token")] == ["SKW101-token"]
    assert explain_code("SKW999") == ()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_has_a_remedy_for_breaks_in_both_directions(kind: Explanation) -> None:
    assert any(remedy.only is None for remedy in kind.remedies)


def test_the_pages_are_current() -> None:
    pages = list(runpy.run_path(str(ROOT / "docs" / "hazards.py"))["pages"]())
    assert {path for path, _ in pages} == set((ROOT / "docs" / "hazards").iterdir())
    for path, text in pages:
        assert path.read_text(encoding="utf-8") == text, "run `python docs/hazards.py`"


def test_an_order_is_no_remedy_where_both_directions_break() -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    told = {hazard.aspect: tell_remedy(hazard, deployment) for hazard in check(deployment).at_hops}
    assert told[Aspect.CALL] == ("usual remedy, unchecked: expand/contract (skewproof explain SKW101-call)")
    assert "migrate behind the rollout" in told[Aspect.SCHEMA]


TWO = """
components: {front: {kind: service}, back: {kind: service}, db: {kind: database}}
requests: {ask: [client calls front: page, front calls back: answer, back writes db: rows]}
pipeline: [%s]
changes: {%s: {breaks: {%s: [%s]}}}
"""


@pytest.mark.parametrize(
    ("contract", "aspect", "pair", "steps", "remedy"),
    [
        ("back/answer", "call", "V2 -> V1", "front back", "provider first"),
        ("back/answer", "call", "V1 -> V2", "back front", "consumer first"),
        ("db/rows", "schema", "V1 -> V2", "db back", "migrate behind the rollout"),
        ("db/rows", "schema", "V2 -> V1", "back db", "migrate before the rollout"),
    ],
)
def test_an_order_that_is_told_is_the_one_that_helps(
    contract: str, aspect: str, pair: str, steps: str, remedy: str
) -> None:
    verbs = {"db": "migrate"}
    told = [f"Roll {one}: [{verbs.get(one, 'deploy')} {one}]" for one in steps.split()]
    before, after = (
        loads(TWO % (", ".join(order), contract, aspect, pair)) for order in (told, list(reversed(told)))
    )
    (hazard,) = check(before).at_hops
    assert f"unchecked: {remedy} (" in tell_remedy(hazard, before)
    assert isinstance(check(after).verdict, Safe)


STORES = """
components: {app: {kind: service}, job: {kind: worker}, store: {kind: %s}}
requests: {ask: [client calls app: page, app %s store: subject], work: [job %s store: subject]}
pipeline: [%s]
changes: {store/subject: {%sbreaks: {%s: [%s]}}}
"""
BROKER, CACHE, DATABASE = (
    ("broker", "publishes", "consumes"),
    ("cache", "writes", "reads"),
    ("database", "writes", "reads"),
)
KEPT = {(DATABASE, "content"): "rows: kept, "}
FITTING = [
    (
        BROKER,
        "reconfigure store, deploy app, deploy job",
        "schema",
        "V1 -> V2",
        "reconfigure behind the rollout",
    ),
    (
        BROKER,
        "deploy app, deploy job, reconfigure store",
        "schema",
        "V2 -> V1",
        "reconfigure before the rollout",
    ),
    (DATABASE, "migrate store, deploy app, deploy job", "schema", "V1 -> V2", "migrate behind the rollout"),
    (BROKER, "deploy app, deploy job", "content", "V2 -> V1", "drain the queue in between"),
    (CACHE, "deploy app, deploy job", "content", "V2 -> V1", "empty the cache in between"),
    (DATABASE, "migrate store, deploy app, deploy job", "content", "V2 -> V1", "rewrite the rows in between"),
]


@pytest.mark.parametrize(("store", "actions", "aspect", "pair", "remedy"), FITTING)
def test_a_remedy_speaks_of_what_one_does_at_such_a_store(
    store: tuple[str, str, str], actions: str, aspect: str, pair: str, remedy: str
) -> None:
    steps = ", ".join(f"{action}: [{action}]" for action in actions.split(", "))
    deployment = loads(STORES % (*store, steps, KEPT.get((store, aspect), ""), aspect, pair))
    hazards = check(deployment).at_hops
    assert hazards
    assert {f"unchecked: {remedy} (" in tell_remedy(hazard, deployment) for hazard in hazards} == {True}


BACK = """
components: {app: {kind: service}, db: {kind: database}}
requests: {order: [client calls app: page, app writes db: rows]}
pipeline: [Schema: [migrate db], App: [deploy app]]
rollback: [%s]
changes: {db/rows: {breaks: {schema: [V2 -> V1]}}}
"""


def test_a_rollback_is_told_to_go_in_the_reverse_order() -> None:
    steps = ["Schema back: [migrate db to V1]", "App back: [rollback app]"]
    before, after = (loads(BACK % ", ".join(order)) for order in (steps, steps[::-1]))
    (hazard,) = check(before, failures=True).at_hops
    assert "unchecked: roll back in the reverse order (" in tell_remedy(hazard, before)
    assert isinstance(check(after, failures=True).verdict, Safe)


def test_who_meets_itself_is_not_told_to_go_first() -> None:
    deployment = load(ROOT / "examples" / "stories" / "kafka-ibp" / "rollback-after.yaml")
    hazard = check(deployment).at_hops[0]
    assert hazard.consumer == hazard.provider
    assert "expand/contract" in tell_remedy(hazard, deployment)


FILE, RELEASE = str(SCCOS / "deployment.yaml"), str(SCCOS / "releases" / "realistic.yaml")


def test_a_code_is_explained() -> None:
    told = invoke("explain", "skw103")
    assert told.returncode == 0
    assert "a request is cut off" in told.stdout
    assert "drain: graceful" in told.stdout
    assert invoke("explain", "SKW101").stdout.count("What happened") == 4
    assert "no key of that name" in invoke("explain", "SKW217").stdout


def test_a_hazard_of_a_file_is_explained_with_its_story() -> None:
    hazard = check(load(FILE, RELEASE)).hazards[0]
    told = invoke("explain", hazard.id[:8], FILE, "--changes", RELEASE)
    assert told.returncode == 0
    assert "glue V1 → zed V2" in told.stdout
    assert "SKW101-call  a caller and the instance" in told.stdout


def test_what_is_unknown_is_told_with_what_there_is() -> None:
    told = invoke("explain", "SKW999")
    assert told.returncode == 2
    assert "SKW101-call" in told.stderr
    ids = invoke("explain", "zzz", FILE, "--changes", RELEASE)
    assert ids.returncode == 2
    assert check(load(FILE, RELEASE)).hazards[0].id in ids.stderr
    assert invoke("explain", "zzz", FILE, "--max-states", "1").returncode in (2, 3)
