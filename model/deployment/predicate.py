"""Predicates over the components of a deployment: what guards and properties are made of.

A frozen abstract syntax; `model/language/predicates.py` reads it from text, and
`model/compiler/predicate_guards.py` says in which states of a `System` it holds. The text of a predicate
(`str`) can be read again and gives an equal predicate.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TypeVar, assert_never

from msgspec import Struct

from ..names import Target

T = TypeVar("T")

PLAIN = r'[^\s"()<>=!+\/*]'
"""A character that a name may have without quotes."""

CONNECTIVES = ("and", "or", "not", "implies")
MODALITIES = ("always", "never", "eventually", "leads", "to", "until")
KEYWORDS = frozenset(
    (
        *CONNECTIVES,
        *MODALITIES,
        "true",
        "false",
        "all",
        "at",
        "in",
        "before",
        "after",
        "done",
        "old",
        "is",
        "empty",
        "none",
    )
)
"""The words of the language; a name that is one of them stands in quotes."""


class ComparisonOperator(StrEnum):
    """How two numbers, or two versions in their order, are compared."""

    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="

    def holds(self, left: int, right: int) -> bool:
        return _OPERATORS[self](left, right)


_OPERATORS: dict[ComparisonOperator, Callable[[int, int], bool]] = {
    ComparisonOperator.EQUAL: operator.eq,
    ComparisonOperator.UNEQUAL: operator.ne,
    ComparisonOperator.LESS: operator.lt,
    ComparisonOperator.AT_MOST: operator.le,
    ComparisonOperator.MORE: operator.gt,
    ComparisonOperator.AT_LEAST: operator.ge,
}


def quote_name(name: str) -> str:
    """A name as a predicate writes it: in double quotes where it must be.

    >>> print(quote_name("Run_install"), quote_name("Run install"), quote_name("all"))
    Run_install "Run install" "all"
    """
    is_plain = re.fullmatch(f"{PLAIN}+", name) and name not in KEYWORDS
    if is_plain:
        return name
    import json

    return json.dumps(name, ensure_ascii=False)


def _asked(target: Target, question: str = "") -> str:
    """`database/product.version`."""
    parts = [quote_name(part) for part in (target.name, target.subject) if part is not None]
    if all(re.fullmatch(f"{PLAIN}+", part) for part in parts):
        return "/".join(parts) + question
    return quote_name("/".join(part for part in (target.name, target.subject) if part is not None)) + question


class Atomic(Struct, frozen=True):
    """What has no operand of its own: the base of each `Atom`, and of nothing else."""


class Constant(Atomic, frozen=True):
    """`true`, `false`."""

    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


class Gone(Atomic, frozen=True):
    """`glue.gone(V1)`: no instance of the version is there, ready or not, nor terminating."""

    component: str
    version: str

    def __str__(self) -> str:
        return _asked(Target(self.component), f".gone({quote_name(self.version)})")


class Leads(Atomic, frozen=True):
    """`consul.leader == V1`: the leader is of the version (`equal` false: `!=`, it is not, or there is none);
    `consul.leader is none`: there is none."""

    component: str
    version: str | None
    equal: bool = True

    def __str__(self) -> str:
        sign = "==" if self.equal else "!="
        said = f"{sign} {quote_name(self.version)}" if self.version is not None else "is none"
        return f"{_asked(Target(self.component), '.leader')} {said}"


class Suspended(Atomic, frozen=True):
    """`scheduler.suspended`: the worker starts no jobs."""

    worker: str

    def __str__(self) -> str:
        return _asked(Target(self.worker), ".suspended")


class Version(Atomic, frozen=True):
    """`database.version == V2`: every one has a version that compares so.

    Of a store: the schema (configuration) of every changed contract that `target` names. Of a
    component with instances: every instance that serves, and at least one does.
    """

    target: Target
    comparison: ComparisonOperator
    version: str

    def __str__(self) -> str:
        return f"{_asked(self.target, '.version')} {self.comparison} {quote_name(self.version)}"


class Serving(Struct, frozen=True):
    """`glue.up(V1)`: how many instances serve, of one version or (None) of any; or (`glue.restarting`) how
    many are down by a restart."""

    component: str
    version: str | None = None
    restarting: bool = False

    def __str__(self) -> str:
        of = "" if self.version is None else f"({quote_name(self.version)})"
        return _asked(Target(self.component), ".restarting" if self.restarting else ".up") + of


class Wanted(Struct, frozen=True):
    """`glue.replicas`: how many instances are wanted, which depends on where the pipeline stands; no file
    asks for it."""

    component: str

    def __str__(self) -> str:
        return _asked(Target(self.component), ".replicas")


class Count(Atomic, frozen=True):
    """`glue.up(V1) + glue.up(V2) >= 2`: the sum of the terms compares so with the number."""

    terms: tuple[Serving | Wanted, ...]
    comparison: ComparisonOperator
    number: int

    def __str__(self) -> str:
        what = " + ".join(map(str, self.terms))
        is_plain = (len(self.terms), self.comparison, self.number) == (1, ComparisonOperator.AT_LEAST, 1)
        return what if is_plain else f"{what} {self.comparison} {self.number}"


class AllAt(Atomic, frozen=True):
    """`all broker at V2`: as many instances as `replicas` serve, all of that version; of a store, what
    `Version` says."""

    component: str
    version: str

    def __str__(self) -> str:
        return f"all {quote_name(self.component)} at {quote_name(self.version)}"


class Holds(Atomic, frozen=True):
    """`V1 in redis/product`, `old in redis`: a changed contract that `target` names has data of that
    form, or (None) of any form older than the last version."""

    form: str | None
    target: Target

    def __str__(self) -> str:
        return f"{'old' if self.form is None else quote_name(self.form)} in {_asked(self.target)}"


class Empty(Atomic, frozen=True):
    """`redis/product is empty`: no changed contract that `target` names has data of any form."""

    target: Target

    def __str__(self) -> str:
        return f"{_asked(self.target)} is empty"


class FlagIs(Atomic, frozen=True):
    """`new-cart.on`, `new-cart.off`."""

    flag: str
    on: bool

    def __str__(self) -> str:
        return _asked(Target(self.flag), ".on" if self.on else ".off")


class StepSide(StrEnum):
    """Where the pipeline stands, seen from a step."""

    IN = "in"
    BEFORE = "before"
    AFTER = "after"


class Stands(Atomic, frozen=True):
    """`in Run_install`, `before Run_install`, `after Run_install`."""

    side: StepSide
    step: str

    def __str__(self) -> str:
        return f"{self.side} {quote_name(self.step)}"


class Done(Atomic, frozen=True):
    """`done`: the pipeline is past its last step and each move is over, or held for good. `back done`: that
    one of several pipelines is past its last step, or that of its rollback."""

    pipeline: str | None = None

    def __str__(self) -> str:
        return "done" if self.pipeline is None else f"{quote_name(self.pipeline)} done"


class Not(Struct, frozen=True):
    operand: Predicate

    def __str__(self) -> str:
        return f"not {_grouped(self.operand)}"


class And(Struct, frozen=True):
    operands: tuple[Predicate, ...]

    def __str__(self) -> str:
        return " and ".join(map(_grouped, self.operands))


class Or(Struct, frozen=True):
    operands: tuple[Predicate, ...]

    def __str__(self) -> str:
        return " or ".join(map(_grouped, self.operands))


class Implies(Struct, frozen=True):
    condition: Predicate
    consequence: Predicate

    def __str__(self) -> str:
        return f"{_grouped(self.condition)} implies {_grouped(self.consequence)}"


Atom = Constant | Suspended | Gone | Leads | Version | Count | AllAt | Holds | Empty | FlagIs | Stands | Done
Predicate = Atom | Not | And | Or | Implies
TRUE, FALSE = Constant(True), Constant(False)


def _grouped(predicate: Predicate) -> str:
    """The operand of an operator, in parentheses where it has an operator of its own."""
    has_operator = isinstance(predicate, And | Or | Implies)
    return f"({predicate})" if has_operator else str(predicate)


def fold(
    predicate: Predicate,
    *,
    atom: Callable[[Atom], T],
    negate: Callable[[T], T],
    all_of: Callable[[list[T]], T],
    any_of: Callable[[list[T]], T],
) -> T:
    """What the predicate means: its atoms by `atom`, joined by the others from the bottom up.

    `A implies B` is `not A or B`.
    """

    def walk(part: Predicate) -> T:
        match part:
            case Not(operand):
                return negate(walk(operand))
            case And(operands):
                return all_of([walk(operand) for operand in operands])
            case Or(operands):
                return any_of([walk(operand) for operand in operands])
            case Implies(condition, consequence):
                return any_of([negate(walk(condition)), walk(consequence)])
            case Atomic():
                return atom(part)
            case _:
                assert_never(part)

    return walk(predicate)


def list_atoms(predicate: Predicate) -> Iterator[Atom]:
    """The atoms of a predicate, from left to right."""
    match predicate:
        case Not(operand):
            yield from list_atoms(operand)
        case And(operands) | Or(operands):
            for operand in operands:
                yield from list_atoms(operand)
        case Implies(condition, consequence):
            yield from list_atoms(condition)
            yield from list_atoms(consequence)
        case Atomic():
            yield predicate
        case _:
            assert_never(predicate)


def replace_atoms(predicate: Predicate, replacement: Callable[[Atom], Predicate]) -> Predicate:
    """The predicate with something else for each atom."""
    match predicate:
        case Not(operand):
            return Not(replace_atoms(operand, replacement))
        case And(operands):
            return And(tuple(replace_atoms(operand, replacement) for operand in operands))
        case Or(operands):
            return Or(tuple(replace_atoms(operand, replacement) for operand in operands))
        case Implies(condition, consequence):
            return Implies(replace_atoms(condition, replacement), replace_atoms(consequence, replacement))
        case Atomic():
            return replacement(predicate)
        case _:
            assert_never(predicate)


def evaluate_partly(predicate: Predicate, known: Callable[[Atom], bool | None]) -> Predicate:
    """What is left of the predicate, a `Constant` if nothing is; `known` says which atoms are true or false,
    and None of those that stay."""

    def decide(atom: Atom) -> Predicate:
        holds = known(atom)
        return atom if holds is None else Constant(holds)

    return fold(
        predicate,
        atom=decide,
        negate=_negate,
        all_of=lambda operands: _join(And, operands, neutral=TRUE, deciding=FALSE),
        any_of=lambda operands: _join(Or, operands, neutral=FALSE, deciding=TRUE),
    )


def _negate(operand: Predicate) -> Predicate:
    return Constant(not operand.value) if isinstance(operand, Constant) else Not(operand)


def _join(
    connective: type[And | Or], operands: list[Predicate], *, neutral: Constant, deciding: Constant
) -> Predicate:
    """Operands joined, without those that make no difference; one that decides stands for all."""
    left = [operand for operand in operands if operand != neutral]
    if deciding in left:
        return deciding
    if len(left) > 1:
        return connective(tuple(left))
    return left[0] if left else neutral


def speaks_of_the_end(predicate: Predicate) -> bool:
    """Whether `done` stands in it, said of everything."""
    return Done() in list_atoms(predicate)
