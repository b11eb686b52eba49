"""Predicates as text, and what stands in them."""

from __future__ import annotations

from typing import get_args

import pytest

from skewproof.model.deployment.predicate import (
    AllAt,
    And,
    Atom,
    Atomic,
    ComparisonOperator,
    Constant,
    Count,
    Done,
    Empty,
    FlagIs,
    Holds,
    Implies,
    Not,
    Or,
    Predicate,
    Serving,
    Side,
    Stands,
    Suspended,
    Version,
    evaluate_partly,
    fold,
    list_atoms,
    quote_name,
    replace_atoms,
    speaks_of_the_end,
)
from skewproof.model.names import Target

EQUAL, AT_LEAST, MORE = ComparisonOperator.EQUAL, ComparisonOperator.AT_LEAST, ComparisonOperator.MORE
UP, DONE, YES = Count((Serving("a"),), AT_LEAST, 1), Done(), Constant(True)
A, B = FlagIs("a", on=True), FlagIs("b", on=True)


@pytest.mark.parametrize(
    ("predicate", "text"),
    [
        (Constant(True), "true"),
        (Constant(False), "false"),
        (Suspended("cron"), "cron.suspended"),
        (Suspended("all"), '"all".suspended'),
        (FlagIs("f", True), "f.on"),
        (FlagIs("f", False), "f.off"),
        (Version(Target("db"), EQUAL, "V2"), "db.version == V2"),
        (Version(Target("db", "t"), MORE, "V 1"), 'db/t.version > "V 1"'),
        (Version(Target("db", "my t"), EQUAL, "V2"), '"db/my t".version == V2'),
        (Version(Target("my db", "t"), EQUAL, "V2"), '"my db/t".version == V2'),
        (AllAt("a", "V2"), "all a at V2"),
        (Holds("V1", Target("c", "k")), "V1 in c/k"),
        (Holds(None, Target("c")), "old in c"),
        (Empty(Target("c", "k")), "c/k is empty"),
        (Stands(Side.BEFORE, "Last one"), 'before "Last one"'),
        (Done(), "done"),
    ],
)
def test_the_text_of_an_atom(predicate: Predicate, text: str) -> None:
    assert str(predicate) == text


@pytest.mark.parametrize(
    ("versions", "comparison", "number", "text"),
    [
        ([None], AT_LEAST, 1, "a.up"),
        (["V1"], AT_LEAST, 1, "a.up(V1)"),
        ([None], AT_LEAST, 2, "a.up >= 2"),
        ([None], MORE, 1, "a.up > 1"),
        (["V1", "V2"], AT_LEAST, 1, "a.up(V1) + a.up(V2) >= 1"),
    ],
)
def test_only_at_least_one_of_a_single_term_goes_without_saying(
    versions: list[str | None], comparison: ComparisonOperator, number: int, text: str
) -> None:
    assert str(Count(tuple(Serving("a", version) for version in versions), comparison, number)) == text


@pytest.mark.parametrize(
    ("predicate", "text"),
    [
        (Not(UP), "not a.up"),
        (Not(And((UP, DONE))), "not (a.up and done)"),
        (Not(Not(UP)), "not not a.up"),
        (And((UP, Or((DONE, YES)))), "a.up and (done or true)"),
        (Or((And((UP, DONE)), YES)), "(a.up and done) or true"),
        (Implies(Implies(UP, DONE), YES), "(a.up implies done) implies true"),
    ],
)
def test_an_operand_with_an_operator_stands_in_parentheses(predicate: Predicate, text: str) -> None:
    assert str(predicate) == text


@pytest.mark.parametrize("name", ["old", "and", "until", "is", "two words", "a(b)", "", 'a"b'])
def test_a_name_that_could_be_taken_for_something_else_stands_in_quotes(name: str) -> None:
    assert quote_name(name).startswith('"')
    assert quote_name("plain") == "plain"
    assert quote_name("größe") == "größe"
    assert quote_name("ganz groß") == '"ganz groß"'


@pytest.mark.parametrize(
    ("comparison", "held"),
    [("==", "=="), ("!=", "<>"), ("<", "<"), ("<=", "<="), (">", ">"), (">=", ">=")],
)
def test_comparisons_are_of_numbers(comparison: str, held: str) -> None:
    operator = ComparisonOperator(comparison)
    assert operator.holds(1, 2) == ("<" in held)
    assert operator.holds(2, 2) == ("=" in held)
    assert operator.holds(2, 1) == (">" in held)


def test_atoms_come_from_left_to_right_out_of_every_operator() -> None:
    on, off, there = FlagIs("f", True), FlagIs("f", False), Stands(Side.IN, "A")
    predicate = Implies(And((on, Not(UP))), Or((there, Implies(DONE, off))))
    assert list(list_atoms(predicate)) == [on, UP, there, DONE, off]


@pytest.mark.parametrize(
    ("predicate", "does"),
    [
        (DONE, True),
        (Not(DONE), True),
        (And((UP, DONE)), True),
        (Or((UP, DONE)), True),
        (Implies(DONE, UP), True),
        (Implies(UP, DONE), True),
        (UP, False),
        (Not(UP), False),
        (And((UP, YES)), False),
        (Implies(UP, YES), False),
    ],
)
def test_what_speaks_of_the_end_has_done_in_it(predicate: Predicate, does: bool) -> None:
    assert speaks_of_the_end(predicate) is does


@pytest.mark.parametrize(
    ("predicate", "left"),
    [
        (A, Constant(True)),
        (Not(A), Constant(False)),
        (And((A, B)), B),
        (Or((A, B)), Constant(True)),
        (Or((Not(A), B)), B),
        (Implies(A, B), B),
        (Implies(B, A), Constant(True)),
        (And((B, B)), And((B, B))),
        (Not(B), Not(B)),
    ],
)
def test_only_what_is_not_known_is_left(predicate: Predicate, left: Predicate) -> None:
    assert evaluate_partly(predicate, lambda atom: True if atom == A else None) == left


def test_atoms_are_replaced_and_operators_stay() -> None:
    predicate = Implies(Not(A), Or((And((A, B)), B)))
    replaced = replace_atoms(predicate, lambda atom: Not(A) if atom == B else atom)
    assert replaced == Implies(Not(A), Or((And((A, Not(A))), Not(A))))


def test_a_fold_joins_from_left_to_right() -> None:
    predicate = And((Implies(A, B), Or((B, Not(A), YES))))
    text = fold(
        predicate,
        atom=str,
        negate=lambda part: f"-{part}",
        all_of=lambda parts: f"({' & '.join(parts)})",
        any_of=lambda parts: f"({' | '.join(parts)})",
    )
    assert text == "((-a.on | b.on) & (b.on | -a.on | true))"


def test_every_atom_is_atomic_and_nothing_else_is() -> None:
    assert set(Atomic.__subclasses__()) == set(get_args(Atom))
