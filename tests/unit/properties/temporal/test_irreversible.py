"""What is irreversible, and what takes something back after it."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.variables import Vocabulary
from skewproof.properties.temporal.irreversible import find_setbacks
from support.tiny import Walk, deployment, walk

TEXT = """
components: {{a: {{kind: service, strategy: blue-green}}, db: {{kind: database}}, c: {{kind: cache}}}}
requests: {{ask: [client calls a: x, a reads db: t, a reads c: k]}}
flags: {{f: {{guards: [a/x]}}, g: {{guards: [db/t]}}}}
pipeline: {pipeline}
changes: {{a/x: {{breaks: none}}, db/t: {{breaks: none}}, c/k: {{breaks: none}}}}
"""


def pairs(pipeline: str, more: str = "", *, failures: bool = False) -> list[str]:
    text = TEXT.format(pipeline=pipeline) + more
    return [found.text for found in find_setbacks(Vocabulary(deployment(text, failures=failures)))]


@pytest.mark.parametrize(
    ("first", "later", "is_one"),
    [
        ("irreversible migrate db", "rollback a", True),
        ("irreversible migrate db", "revert db", True),
        ("irreversible enable f", "disable f", True),
        ("irreversible enable f", "disable g", False),
        ("irreversible migrate db", "disable f", False),
        ("irreversible migrate db", "deploy a", False),
        ("irreversible purge c", "rollback a", True),
        ("irreversible deploy a", "rollback a", True),
        ("migrate db", "rollback a", False),
    ],
)
def test_which_pairs_take_something_back(first: str, later: str, is_one: bool) -> None:
    assert pairs(f"[One: [{first}], Two: [{later}]]") == ([f"{later}, after {first}"] if is_one else [])


def test_what_is_taken_back_before_is_fine() -> None:
    assert pairs("[One: [rollback a], Two: [irreversible migrate db]]") == []


def test_a_rollback_after_a_failure_takes_back_what_went_before() -> None:
    pipeline, back = "[One: [irreversible migrate db], Two: [deploy a]]", "rollback: [R: [rollback a]]\n"
    assert pairs(pipeline, back) == []
    assert pairs(pipeline, back, failures=True) == ["rollback a, after irreversible migrate db"]


def is_taken_back(here: Walk) -> bool:
    (found,) = find_setbacks(here.compiled.vocabulary)
    return here.compiled.system.satisfies(here.state, found.condition)


def test_only_what_had_its_effect_can_be_taken_back() -> None:
    text = TEXT.format(pipeline="[One: [irreversible start migrate db], Two: [rollback a]]")
    here = walk(text, traffic=False).go("One", "Two")
    assert not is_taken_back(here), "the migration has not happened yet"
    assert is_taken_back(here.go("schema"))


def test_only_where_the_later_action_stands() -> None:
    text = TEXT.format(pipeline="[One: [irreversible migrate db], Two: [rollback a]]")
    here = walk(text, traffic=False).go("One", "schema")
    assert not is_taken_back(here)
    assert is_taken_back(here.go("Two"))


def test_an_instance_is_the_effect_of_a_deploy_though_it_takes_no_calls() -> None:
    text = TEXT.format(pipeline="[One: [irreversible start deploy a], Two: [migrate db], Three: [revert db]]")
    here = walk(text, traffic=False).go("One", "Two", "schema")
    assert not is_taken_back(here.go("Three"))
    green = here.go("a: spawn V2", "Three")
    assert is_taken_back(green)


def test_a_purge_had_its_effect_where_nothing_old_is_left() -> None:
    text = TEXT.format(pipeline="[One: [irreversible start purge c], Two, Three: [rollback a]]")
    here = walk(text, traffic=False).go("One", "Two")
    assert not is_taken_back(here.go("Three"))
    assert is_taken_back(here.go("purge", "Three"))


def test_a_flag_that_is_partly_on_is_on() -> None:
    pipeline = "[One: [irreversible start enable f per instance], Two, Three: [disable f]]"
    here = walk(TEXT.format(pipeline=pipeline), traffic=False).go("One", "Two")
    assert not is_taken_back(here.go("Three"))
    assert is_taken_back(here.go("flag f partly on", "Three"))
