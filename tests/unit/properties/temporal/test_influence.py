"""Who has a say in what, and the parts of a deployment that this makes."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.causes import tell_cause
from skewproof.model.compiler.compile import Compiled
from skewproof.model.compiler.system import EventKind, Guard
from skewproof.model.names import PIPELINE, VariableKey, flag_of, instances_of, jobs_of
from skewproof.properties.temporal.influence import (
    Influence,
    find_differing,
    join_sets,
    restrict_to_known,
)
from support.tiny import key_of, walk

TEXT = """
components:
  a: {{kind: service{a}}}
  b: {{kind: service}}
  db: {{kind: database}}
  c: {{kind: cache}}
requests: {{ask: [client calls a: x, a writes c: k, a reads db: t, a calls b: y]}}
flags: {{f: {{guards: [b/y]}}}}
pipeline: {pipeline}
rollback: [R: [enable f]]
changes: {{c/k: {{breaks: none{c}}}, db/t: {{breaks: none{db}}}, b/y: {{breaks: none}}}}
"""


def compiled(pipeline: str, *, a: str = "", c: str = "", db: str = "") -> Compiled:
    return walk(TEXT.format(pipeline=pipeline, a=a, c=c, db=db)).compiled


def cone(made: Compiled, *names: str) -> set[str]:
    return set(map(str, Influence(made).cone(key_of(made, name) for name in names)))


def test_what_nothing_else_has_a_say_in_is_alone_with_the_pipeline() -> None:
    made = compiled("[One: [deploy a], Two: [migrate db, deploy b]]")
    assert cone(made, "up a") == {"pipeline", "up a"}
    assert cone(made, "schema db/t") == {"pipeline", "schema db/t"}
    assert cone(made, "up a", "up b") == {"pipeline", "up a", "up b"}
    assert cone(made) == {"pipeline"}


def test_what_a_move_waits_for_has_a_say_and_what_that_waits_for_too() -> None:
    made = compiled("[One: [start migrate db when f.on, start deploy b when db.version == V2]]")
    assert cone(made, "up b") == {"pipeline", "up b", "schema db/t", "flag f"}
    assert cone(made, "schema db/t") == {"pipeline", "schema db/t", "flag f"}
    assert cone(made, "flag f") == {"pipeline", "flag f"}


def test_who_writes_has_a_say_in_what_lies_there() -> None:
    made = compiled("[One: [deploy a]]")
    assert cone(made, "content c/k") == {"pipeline", "content c/k", "up a"}


def test_a_move_is_in_a_cone_with_all_its_events() -> None:
    """A spawned instance waits for nothing; but the same move makes it ready."""
    made = compiled("[One: [deploy a]]", a=", readiness: {V2: db.version == V2}")
    assert cone(made, "up a") == {"pipeline", "up a", "schema db/t"}


def test_a_move_is_in_a_cone_with_all_that_it_changes() -> None:
    made = compiled("[One: [migrate db]]", db=", rows: kept, exists: [V1]")
    assert cone(made, "content db/t") >= {"pipeline", "content db/t", "schema db/t"}


def test_what_the_pipeline_waits_for_has_no_say() -> None:
    """When the pipeline leaves the deploy for the disable, that has nothing to do and is over."""
    made = compiled("[One: [deploy a, disable f], Two: [start enable f]]")
    assert cone(made, "flag f") == {"pipeline", "flag f"}


def test_a_part_speaks_of_its_variables_alone() -> None:
    made = compiled("[One: [deploy a], Two: [deploy b]]")
    influence = Influence(made)
    part = influence.part(influence.cone([key_of(made, "up b")])).system
    assert [str(variable.key) for variable in part.variables] == ["pipeline", "up b"]
    assert {e.text for e in part.events if e.kind is EventKind.MOVE} == {
        "b: spawn V2 (1×V1 1×V2)",
        "b: retire V1 (1×V2)",
    }
    own = {id(event) for event in made.system.events}
    moves = [event for event in part.events if event.kind is EventKind.MOVE]
    assert all(id(event) in own for event in moves), "what need not be cut is left as it is"
    going_on = [event for event in part.events if event.kind is EventKind.PIPELINE]
    assert [event.text for event in going_on] == [
        "One begins: deploy a",
        "Two begins: deploy b",
        "the pipeline is over",
    ]
    assert [set(map(str, event.guard)) for event in going_on] == [
        {"pipeline"},
        {"pipeline"},
        {"pipeline", "up b"},
    ], "what it waits for elsewhere is left out"


def test_ways_on_that_differ_elsewhere_alone_are_one() -> None:
    """A copy can be over in several ways, each of them an event of the pipeline."""
    made = compiled("[One: [sync c], Two]", c=", from: db/t")
    assert sum(event.text == "Two begins" for event in made.system.events) > 1
    influence = Influence(made)
    part = influence.part(influence.cone([key_of(made, "up a")])).system
    assert sum(event.text == "Two begins" for event in part.events) == 1


def test_an_event_that_was_cut_is_told_as_what_it_is_in_the_whole() -> None:
    made = compiled("[One: [migrate db]]", db=", rows: kept, exists: [V1]")
    influence = Influence(made)
    schema, content = key_of(made, "schema db/t"), key_of(made, "content db/t")
    part = influence.part(frozenset({PIPELINE, schema})).system
    cuts = [event for event in part.events if schema in event.effect]
    assert cuts
    for cut in cuts:
        assert content not in cut.effect
        assert content in influence.original(cut).effect
    whole = next(event for event in made.system.events if event.kind is EventKind.MOVE)
    assert influence.original(whole) is whole


def test_the_ways_on_from_a_position() -> None:
    made = compiled("[One, Two]")
    values = made.vocabulary.lives[PIPELINE].domain
    influence = Influence(made)
    assert [[tell_cause(way.cause) for way in influence.advancing(here)] for here in values] == [
        ["One begins"],
        ["Two begins"],
        ["the pipeline is over"],
        [],
    ]


A, B, C, D = map(instances_of, "abcd")
ONE, TWO = frozenset({"1"}), frozenset({"2"})


@pytest.mark.parametrize("more", [frozenset(), frozenset({D, flag_of("f"), jobs_of("w")})])
def test_what_is_said_of_the_unknown_is_left_out(more: frozenset[VariableKey]) -> None:
    assert restrict_to_known({A: 1, B: 2, C: 3}, frozenset({A, C}) | more) == {A: 1, C: 3}


@pytest.mark.parametrize(
    ("guards", "differ"),
    [
        ([], set()),
        ([{A: ONE}], set()),
        ([{A: ONE}, {A: ONE}], set()),
        ([{A: ONE, B: ONE}, {A: ONE, B: TWO}], {B}),
        ([{A: ONE}, {}], {A}),
        ([{PIPELINE: ONE}, {PIPELINE: TWO}], set()),
    ],
)
def test_names_of_which_guards_say_different_things(guards: list[Guard], differ: set[VariableKey]) -> None:
    assert find_differing(guards) == differ


def test_names_that_belong_together_are_in_one_set() -> None:
    names = [A, B, C, D]
    assert join_sets(names, []) == [{A}, {B}, {C}, {D}]
    assert join_sets(names, [[A], [A, C]]) == [{A, C}, {B}, {D}]
    assert join_sets(names, [[A, B], [C, D], [B, C]]) == [{A, B, C, D}]
    assert join_sets(names, [[A, PIPELINE], [PIPELINE, B]]) == [{A}, {B}, {C}, {D}], "it belongs to none"
