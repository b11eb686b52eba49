"""Several pipelines: each has a course, a variable and positions of its own."""

from __future__ import annotations

from collections import Counter

import pytest

from skewproof.model.compiler import course as courses
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.completion import complete
from skewproof.model.compiler.course import build_course
from skewproof.model.compiler.life_variables import Standing
from skewproof.model.compiler.moves import Course
from skewproof.model.compiler.space import find_step
from skewproof.model.compiler.system import EventKind
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.language import loads
from skewproof.model.names import PIPELINE, pipeline_of

TEXT = """
components: {a: {kind: service, replicas: {V1: 1, V2: 3}}, b: {kind: service}}
requests: {ask: [client calls a: x, a calls b: y]}
pipelines: {one: [A: [start deploy a]], two: [B: [deploy b], C: [await a]]}
rollback: {two: [Undo: [rollback b]]}
"""
ONE, TWO = pipeline_of("one"), pipeline_of("two")


def course(text: str = TEXT, *, failures: bool = False) -> Course:
    deployment = loads(text)
    object.__setattr__(deployment, "failures", failures)
    return build_course(deployment)


def test_positions_and_moves_are_numbered_one_pipeline_after_the_other() -> None:
    found = course()
    assert [position.index for position in found.positions] == list(range(3 + 4))
    assert [position.pipeline for position in found.positions] == ["one"] * 3 + ["two"] * 4
    assert found.onward == ((1,), (2,), (), (4,), (5,), (6,), ())
    assert [(move.number, move.position, move.pipeline) for move in found.moves] == [
        (0, 1, "one"),
        (1, 4, "two"),
    ]
    assert [sorted(position.passed) for position in found.positions[3:]] == [[], [3], [3, 4], [3, 4, 5]]


def test_each_has_a_variable_of_its_own() -> None:
    compiled = compile_deployment(loads(TEXT))
    assert [variable.key for variable in compiled.system.variables[:2]] == [ONE, TWO]
    assert PIPELINE not in compiled.vocabulary.lives
    going_on = [event for event in compiled.system.events if event.kind is EventKind.PIPELINE]
    assert all(len(event.effect.keys() & {ONE, TWO}) == 1 for event in going_on)
    assert {event.group for event in going_on} == {PIPELINE}, "together they are one unit of fairness"
    start = compiled.system.initial
    assert [place.step for place in compiled.where(start)] == ["one: (before)", "two: (before)"]
    assert compiled.place(start) == (0, 3)
    assert find_step(compiled, start) == "one: (before) + two: (before)"


def test_moves_wait_for_their_own_pipeline_alone() -> None:
    vocabulary = Vocabulary(loads(TEXT))
    roll, other = vocabulary.moves
    assert [place.step for place in vocabulary.places_of(roll)] == ["one: (after)"]
    assert [place.step for place in vocabulary.places_of(other)] == ["two: B"]
    assert vocabulary.at(vocabulary.places_of(other)).keys() == {TWO}


def test_as_many_are_wanted_as_where_their_own_pipeline_stands() -> None:
    vocabulary = Vocabulary(loads(TEXT))
    wanted = {count: [place.step for place in places] for count, places in vocabulary.by_count("a").items()}
    assert wanted == {1: ["one: (before)"], 3: ["one: A", "one: (after)"]}


def test_await_waits_for_what_another_has_begun_and_for_nothing_before() -> None:
    compiled = compile_deployment(loads(TEXT))
    vocabulary = compiled.vocabulary
    (awaiting,) = (place for place in vocabulary.positions if place.step == "two: C")
    assert [str(move.action) for move in vocabulary.awaited_at(awaiting)] == ["start deploy a"]
    at = Standing(awaiting.name)
    ways = [event.guard for event in compiled.system.events if event.guard.get(TWO) == frozenset({at})]
    leaving = [guard for guard in ways if ONE in guard]
    begun = Standing(vocabulary.courses[ONE][-1].name)
    assert len(leaving) == 2
    free, over = leaving
    assert begun not in free[ONE]
    assert free.keys() == {ONE, TWO}
    assert over[ONE] == {begun}
    assert len(over) == 3


def test_each_fails_by_itself() -> None:
    found = course(failures=True)
    # one: three positions, and nothing that waits; two: four, a stop for each of its two awaited actions, and
    # after each a rollback (Undo, (after)).
    assert len(found.positions) == 3 + (4 + 2 + 2 + 2)
    assert [place.step for place in found.positions if place.is_stopped] == ["two: B", "two: C"]
    ends = [place.step for place in found.positions if place.is_end]
    assert ends == ["one: (after)", *["two: (after)"] * 3]
    ways = Counter(there for row in found.onward for there in row)
    assert set(ways.values()) == {1}


def test_rollbacks_that_would_be_many_positions_are_one_where_they_do_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(courses, "MOST_APART", 5)
    assert len(course(failures=True).positions) == 3 + (4 + 2 + 2)


def test_complete_is_each_at_an_end() -> None:
    deployment = loads(TEXT)
    object.__setattr__(deployment, "failures", True)
    vocabulary = Vocabulary(deployment)
    ends = {key: {Standing(p.name) for p in some if p.is_end} for key, some in vocabulary.courses.items()}
    (guard,) = complete(vocabulary)
    assert {key: set(guard[key]) for key in (ONE, TWO)} == ends
    assert len(guard) == 3, "and what was begun is over"


def test_many_pipelines_are_no_more_than_their_sum() -> None:
    pipelines = ", ".join(f"p{number}: [A: [deploy s{number}]]" for number in range(40))
    services = ", ".join(f"s{number}: {{kind: service}}" for number in range(40))
    text = f"components: {{{services}}}\nrequests: {{ask: [client calls s0: x]}}\n"
    text += f"pipelines: {{{pipelines}}}\n"
    assert len(course(text).positions) == 40 * 3
    assert len(complete(Vocabulary(loads(text)))) == 1
