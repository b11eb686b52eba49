"""`pipelines`: what is read, and what does not fit."""

from __future__ import annotations

import pytest

from skewproof.model.deployment.predicate import Done, Side, Stands
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads

TEXT = """
components:
  web: {kind: service}
  api: {kind: service}
  db: {kind: database}
requests: {ask: [client calls web: x, web calls api: y, api reads db: z]}
PIPELINES
changes: {api/y: {breaks: both}}
flags: {f: {guards: [api/y]}}
"""
TWO = "pipelines: {front: [A: [deploy web when back done]], back: [A: [migrate db], B: [deploy api]]}"


def text(pipelines: str = TWO, more: str = "") -> str:
    return TEXT.replace("PIPELINES", pipelines) + more


def test_steps_are_told_with_their_pipeline() -> None:
    found = loads(text(more="rollback: {back: [A: [rollback api], Undo: [revert db]]}"))
    assert found.pipelines == ("front", "back")
    assert [(step.name, step.pipeline) for step in found.pipeline] == [
        ("front: A", "front"),
        ("back: A", "back"),
        ("back: B", "back"),
    ]
    back = [step.name for step in found.rollback or ()]
    assert back == ["back: rollback: A", "back: Undo"], "as with one pipeline, within each"


def test_predicates_name_the_pipeline_and_its_steps() -> None:
    found = loads(text(more='properties: {p: \'always in "back: A" or before "front: (after)"\'}'))
    (action,) = found.pipeline[0].actions
    assert (action.when, str(action.when)) == (Done("back"), "back done")
    (stated,) = found.properties
    stands = Stands(Side.IN, "back: A"), Stands(Side.BEFORE, "front: (after)")
    assert stated.formula.left.operands == stands  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("pipelines", "more", "message"),
    [
        ("pipelines: {front: [A]}", "", "`pipelines` are two or more that run at once"),
        ("pipelines: [A, B]", "", "`pipelines` must be a mapping, not a list"),
        ("pipelines: {front: [A], back: []}", "", "pipeline `back` must not be empty"),
        ("pipelines: {front: [A, A], back: [A]}", "", "a second step is named `A`"),
        (TWO, "pipeline: [C]", "`pipelines` run at once, in place of `pipeline`"),
        (TWO, "releases: [[C]]", "`pipelines` run at once, in place of `releases`"),
        (TWO, "rollback: [C]", "`rollback` of several pipelines must be a mapping, not a list"),
        (TWO, "rollback: {beck: [C]}", "unknown pipeline `beck`"),
        (TWO, "properties: {p: always in A}", "unknown step `A`"),
        (TWO, "properties: {p: always before (after)}", "cannot stand here"),
        (TWO, 'properties: {p: always before "(after)"}', "unknown step `(after)`"),
        (TWO, "properties: {p: always beck done}", "unknown pipeline `beck`"),
        ("pipeline: [A: [deploy web when back done]]", "", "unknown pipeline `back`"),
        (TWO, "accept: [{kind: unavailable, in: A, reason: r}]", "unknown step `A`"),
    ],
)
def test_what_does_not_fit(pipelines: str, more: str, message: str) -> None:
    with pytest.raises(InvalidDeploymentError) as caught:
        loads(text(pipelines, more))
    assert any(message in problem.message for problem in caught.value.problems), caught.value


@pytest.mark.parametrize(
    ("front", "back", "told"),
    [
        ("deploy web", "rollback web", "the instances of `web`"),
        ("migrate db", "revert db/z", "the schema of `db/z`"),
        ("enable f", "disable f", "the flag `f`"),
        ("expire db", "expire db", "the content of `db`"),
        ("deploy web, migrate db", "deploy api", ""),
        ("await api, deploy web", "start deploy api", ""),
        ("deploy web, deploy web", "deploy api", ""),
    ],
)
def test_no_two_move_the_same(front: str, back: str, told: str) -> None:
    pipelines = f"pipelines: {{front: [A: [{front}]], back: [B: [{back}]]}}"
    try:
        loads(text(pipelines))
        problems = []
    except InvalidDeploymentError as error:
        problems = [(problem.code, problem.message) for problem in error.problems]
    assert [code for code, _ in problems] == (["moved-twice"] if told else [])
    assert all(f"`back` and `front` both move {told}," in message for _, message in problems)


def test_a_rollback_moves_what_its_pipeline_moves() -> None:
    with pytest.raises(InvalidDeploymentError, match="both move"):
        loads(text(more="rollback: {front: [Undo: [rollback api]]}"))


def test_who_migrates_at_start_moves_the_schema() -> None:
    migrating = text("pipelines: {front: [A: [deploy web]], back: [B: [migrate db]]}")
    migrating = migrating.replace("web: {kind: service}", "web: {kind: service, migrates: [db]}")
    with pytest.raises(InvalidDeploymentError, match="both move"):
        loads(migrating)
