"""What is irreversible, and what takes something back after it."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.variables import Vocabulary
from skewproof.properties.temporal.irreversible import Setback, find_setbacks
from support.tiny import Walk, deployment, walk

TEXT = """
components:
  a: {{kind: service, strategy: blue-green}}
  b: {{kind: service}}
  db: {{kind: database}}
  e: {{kind: database}}
  c: {{kind: cache}}
requests: {{ask: [client calls a: x, a reads db: t, a reads e: u, a reads c: k, a calls b: y]}}
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


def found(pipeline: str, more: str = "", *, failures: bool = False) -> list[Setback]:
    text = TEXT.format(pipeline=pipeline) + more
    return list(find_setbacks(Vocabulary(deployment(text, failures=failures))))


def test_a_pair_is_told_by_its_steps_and_by_which_of_those_that_read_alike_it_is() -> None:
    every = found("[One: [irreversible migrate db], Two: [rollback a, rollback a, rollback a]]")
    assert [(one.irreversible, one.later) for one in every] == [("irreversible migrate db", "rollback a")] * 3
    assert [one.steps for one in every] == [("One", "Two")] * 3
    assert [one.occurrence for one in every] == [(0, 0), (0, 1), (0, 2)]


def test_which_of_those_that_read_alike_is_counted_for_the_irreversible_one_too() -> None:
    every = found("[One: [irreversible purge c], Two: [irreversible purge c, rollback a]]")
    assert [(one.steps, one.occurrence) for one in every] == [
        (("One", "Two"), (0, 0)),
        (("Two", "Two"), (1, 0)),
    ]


def test_where_an_action_has_failed_it_takes_nothing_back_and_counts_once() -> None:
    pipeline, back = "[One: [irreversible migrate db, rollback a]]", "rollback: [R: [rollback a]]\n"
    every = found(pipeline, back, failures=True)
    assert [(one.steps, one.occurrence) for one in every] == [(("One", "One"), (0, 0))]
    pipeline = "[Zero: [deploy a], One: [irreversible migrate db, rollback a]]"
    every = found(pipeline, back, failures=True)
    assert [(one.steps, one.occurrence) for one in every] == [
        (("One", "One"), (0, 0)),
        (("One", "R"), (0, 1)),
    ]


def test_what_moves_nothing_cannot_be_taken_back() -> None:
    """The release changes nothing of the other store."""
    assert found("[One: [irreversible migrate e], Two: [rollback a]]") == []


def test_a_revert_is_a_step_back_though_the_release_changes_nothing_there() -> None:
    assert pairs("[One: [irreversible migrate db], Two: [revert e]]") == [
        "revert e, after irreversible migrate db"
    ]


def test_one_of_several_flags_is_enough() -> None:
    assert pairs("[One: [irreversible enable f g], Two: [disable g]]") == [
        "disable g, after irreversible enable f g"
    ]


def test_a_rollback_after_a_failure_must_take_something_back() -> None:
    """Nothing was deployed when the release began or since: only what it moved is taken back."""
    pipeline = "[One: [irreversible enable f], Two: [migrate db]]"
    assert found(pipeline, "rollback: [R: [rollback a]]\n", failures=True) == []
    both = found(pipeline, "rollback: [R: [revert db, rollback a]]\n", failures=True)
    assert [one.later for one in both] == ["revert db"]
    (mixed,) = found(
        "[One: [irreversible enable f], Two: [deploy a]]",
        "rollback: [R: [rollback a b]]\n",
        failures=True,
    )
    assert mixed.later == "rollback a b", "of b nothing is taken back, but of a"


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
