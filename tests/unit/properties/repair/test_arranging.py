"""Edits of a pipeline: where each action goes, and which edits exclude each other."""

from __future__ import annotations

import pytest

from skewproof.model.deployment import Action, Deployment, Instruction, Strategy
from skewproof.model.language import loads
from skewproof.model.names import Target
from skewproof.properties.repair.arranging import arrange
from skewproof.properties.repair.edits import Configure, Edit, Insert, Order, Unit

TEXT = """
components:
  web: {{kind: service}}
  api: {{kind: service}}
  job: {{kind: worker}}
  db: {{kind: database}}
  cache: {{kind: cache}}
requests:
  ask: [client calls web: page, web calls api: x, api writes db: t, api reads cache: c]
  work: [job reads db: t]
{pipeline}
changes: {{api/x: {{breaks: both}}, db/t: {{breaks: none}}, cache/c: {{breaks: none}}}}
"""
TWO_STEPS = "pipeline: [A: [deploy web], B: [migrate db, deploy api]]"
ONE_ACTION = "pipeline: [A: [deploy web api]]"
BACKGROUND = "pipeline: [A: [start sync cache], B: [deploy api]]"
RELEASES = "releases: [{one: [A: [deploy web]]}, {two: [B: [deploy web]]}]"


def deployment(pipeline: str) -> Deployment:
    return loads(TEXT.format(pipeline=pipeline))


def steps(pipeline: str, *edits: Edit) -> list[str] | None:
    made = arrange(deployment(pipeline), edits)
    if made is None:
        return None
    return [f"{step.name}: {', '.join(map(str, step.actions))}" for step in made.pipeline]


WEB, DB, API = Unit(0, 0, 0), Unit(1, 0, 0), Unit(1, 1, 0)


@pytest.mark.parametrize(
    ("pipeline", "edit", "expected"),
    [
        (TWO_STEPS, Order((API,), WEB, True), ["Deploy api: deploy api", "A: deploy web", "B: migrate db"]),
        (TWO_STEPS, Order((DB,), WEB, True), ["Migrate db: migrate db", "A: deploy web", "B: deploy api"]),
        (TWO_STEPS, Order((WEB,), DB, False), ["B: migrate db, deploy web, deploy api"]),
        (TWO_STEPS, Order((WEB,), API, False), ["B: migrate db, deploy api", "A: deploy web"]),
        (TWO_STEPS, Order((API,), DB, True), ["A: deploy web", "B: deploy api, migrate db"]),
        (TWO_STEPS, Order((WEB,), API, True), ["A: deploy web", "B: migrate db, deploy api"]),
        (ONE_ACTION, Order((Unit(0, 0, 1),), WEB, True), ["A: deploy api, deploy web"]),
        (ONE_ACTION, Order((WEB,), Unit(0, 0, 1), True), ["A: deploy web, deploy api"]),
        (
            BACKGROUND,
            Order((WEB,), DB, True),
            ["A: start sync cache", "Await cache: await cache", "B: deploy api"],
        ),
    ],
)
def test_an_order_moves_as_little_as_it_must(pipeline: str, edit: Edit, expected: list[str]) -> None:
    assert steps(pipeline, edit) == expected


def test_new_actions_stand_in_a_step_of_their_own_at_the_border_of_a_step_and_else_inside_of_it() -> None:
    suspend = Action(Instruction.SUSPEND, (Target("job"),))
    assert steps(TWO_STEPS, Insert((suspend,), DB, before=True)) == [
        "A: deploy web",
        "Suspend job: suspend job",
        "B: migrate db, deploy api",
    ]
    assert steps(TWO_STEPS, Insert((suspend,), API, before=True)) == [
        "A: deploy web",
        "B: migrate db, suspend job, deploy api",
    ]
    assert steps(TWO_STEPS, Insert((suspend,)))[-1] == "Suspend job: suspend job"  # type: ignore[index]


def test_orders_that_cannot_both_be_exclude_each_other() -> None:
    assert steps(TWO_STEPS, Order((API,), WEB, True), Order((WEB,), API, True)) is None
    assert steps(RELEASES, Order((DB,), WEB, True)) is None, "across the border of a release"


def test_settings_that_contradict_exclude_each_other() -> None:
    blue, recreate = (Configure("web", "strategy", one) for one in (Strategy.BLUE_GREEN, Strategy.RECREATE))
    assert arrange(deployment(TWO_STEPS), (blue, recreate)) is None
    made = arrange(deployment(TWO_STEPS), (blue, blue))
    assert made is not None
    assert made.components["web"].strategy is Strategy.BLUE_GREEN


def test_the_order_in_which_edits_are_given_plays_no_part() -> None:
    purge = Action(Instruction.PURGE, (Target("cache"),))
    edits = (Order((API,), WEB, True), Insert((purge,), DB, before=True))
    assert steps(TWO_STEPS, *edits) == steps(TWO_STEPS, *reversed(edits))


def test_a_step_that_a_property_names_stays() -> None:
    text = TEXT.format(pipeline=TWO_STEPS) + "properties: {p: never in A}\n"
    assert arrange(loads(text), (Order((WEB,), DB, False),)) is None
