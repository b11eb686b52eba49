"""Predicates as a file writes them: parsed by the grammar, built from atoms and operators."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..deployment import Deployment
from ..deployment.predicate import KEYWORDS, MODALITIES, And, Implies, Not, Or, Predicate
from ..errors import InvalidDeploymentError
from ..names import Place
from .atoms import Atoms, KnownNames
from .components import Components
from .contracts import Contracts
from .document import Scalar
from .grammar import PREDICATE, Misplaced, parse
from .keys import MAX_TEXT
from .reader import Reader, Word, join_words, quote, take_word
from .suggestions import find_likely

if TYPE_CHECKING:
    from lark import Token, Tree

MAX_DEPTH = 50
"""Operators inside of each other."""


def parse_predicate(reader: Reader, at: Scalar | Word, names: KnownNames) -> Predicate | None:
    """The predicate that a text is; None if it is wrong, and all that is wrong is reported."""
    word = take_word(at) if isinstance(at, Scalar) else at
    tree = parse_tree(reader, word, PREDICATE)
    return Predicates(reader, word, names).predicate(tree) if tree is not None else None


def parse_predicate_for(deployment: Deployment, text: str, what: str = "a condition") -> Predicate:
    """The predicate that a text is, its names held against a deployment.

    Raises `InvalidDeploymentError` with everything that is wrong with it.
    """
    reader = Reader([])
    reader.take_text(what, text)
    components = Components(dict(deployment.components), complete=True)
    contracts = Contracts()
    for contract in deployment.contracts:
        contracts.add(contract.provider, contract.subject, known=True)
    contracts.led.update(deployment.led)
    steps = [step.name for step in (*deployment.pipeline, *(deployment.rollback or ()))]
    flags = [flag.name for flag in deployment.flags]
    names = KnownNames(components, contracts, flags, deployment.versions, steps, deployment.pipelines)
    word = Word(text, Place(what, 1, 1), max(1, len(text)), exact=True)
    predicate = parse_predicate(reader, word, names)
    if predicate is None or reader.problems:
        raise InvalidDeploymentError(reader.problems)
    return predicate


def parse_tree(reader: Reader, word: Word, start: str) -> Tree[Token] | Token | None:
    """The tree of a text; None if it is no sentence of the grammar, and that is reported."""
    if len(word.text) > MAX_TEXT:
        message = f"a predicate must not be longer than {MAX_TEXT:,} characters"
        reader.report("predicate-too-long", message, word)
        return None
    try:
        return parse(word.text, start)
    except Misplaced as misplaced:
        _report_misplaced(reader, word, misplaced)
        return None


_MEANT = {
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "=": "==",
    "!": "not",
    "=>": "implies",
    "->": "implies",
    "at": "in",
    "during": "in",
}


def _report_misplaced(reader: Reader, whole: Word, misplaced: Misplaced) -> None:
    word, expected = whole.part(misplaced.start, misplaced.stop), misplaced.expected
    message, fix = f"{quote(word.text)} cannot stand here", f"expected {_missing(expected)}"
    before = _WORD_BEFORE.search(whole.text[: misplaced.start])
    if before and (meant := _meant_before(before[1])):
        word = whole.part(*before.span(1))
        message, fix = f"{quote(word.text)} cannot stand here", f"did you mean {quote(meant)}?"
    elif not word.text:
        message, fix = f"{_missing(expected)} is missing at the end", ""
    elif word.text == '"':
        message, fix = "the quote that begins here does not end", ""
    elif word.text in _MEANT:
        message, fix = f"{quote(word.text)} is no operator", f"write `{_MEANT[word.text]}`"
    elif word.text in MODALITIES:
        message, fix = f"{quote(word.text)} cannot stand inside of a predicate", ""
    elif "a name" in expected and word.text in KEYWORDS:
        fix = f'expected {_missing(expected)}; a name that is such a word stands in quotes: `"{word.text}"`'
    elif word.text == "(" and "a name" in expected:
        fix = "a name has none around it; one with a space or `(` in it stands in quotes"
    elif word.text in "/*":
        fix = "a name with such a character stands in quotes"
    elif alike := reader.suggestion(word.text, [said.strip("`") for said in expected]):
        fix = alike
    reader.report("bad-predicate", message, word, fix or None)


_WORD_BEFORE = re.compile(r"(?:^|[\s(])([^\s()]+)\s+$")
_LEADING = ("always", "never", "eventually", "not", "all", "in", "before", "after", "old")
"""The words that something must follow."""
_OTHERWISE = {"G": "always", "globally": "always", "F": "eventually", "finally": "eventually"}
"""What temporal logic calls them elsewhere."""


def _meant_before(word: str) -> str | None:
    """What is meant by a word behind which something stands that cannot stand behind a name."""
    if word in KEYWORDS:
        return None
    return _OTHERWISE.get(word) or find_likely(word, _LEADING)


def _missing(expected: frozenset[str]) -> str:
    """What could stand there, in few words."""
    if "`not`" in expected:
        return "a predicate"
    if "a name" in expected:
        return "a name"
    known = {"`and`", "`or`", "`implies`", "`(`", "`)`"} & expected or expected - {"the end"}
    return join_words([*sorted(known), *(["the end"] if "the end" in expected or not known else [])], "or")


class Predicates:
    """Turns the trees of one text into predicates; None for what is wrong, after all of it is reported."""

    def __init__(self, reader: Reader, whole: Word, names: KnownNames) -> None:
        self._reader, self._whole = reader, whole
        self._atoms = Atoms(reader, whole, names)

    def predicate(self, tree: Tree[Token] | Token, depth: int = 0) -> Predicate | None:
        rule, parts = str(getattr(tree, "data", "")), getattr(tree, "children", [])
        if rule not in _OPERATORS:
            return self._atoms.atom(rule, parts)
        if depth == MAX_DEPTH:
            message = f"a predicate must not be nested deeper than {MAX_DEPTH} operators"
            self._reader.report("predicate-too-deep", message, self._whole)
            return None
        read = [self.predicate(part, depth + 1) for part in parts]
        operands = [operand for operand in read if operand is not None]
        return _OPERATORS[rule](operands) if len(operands) == len(read) else None


def _negated(operands: list[Predicate]) -> Predicate:
    return Not(operands[0])


def _implied(operands: list[Predicate]) -> Predicate:
    return Implies(operands[0], operands[1])


_OPERATORS: dict[str, Callable[[list[Predicate]], Predicate]] = {
    "negation": _negated,
    "implies": _implied,
    "conjunction": lambda operands: And(tuple(operands)),
    "disjunction": lambda operands: Or(tuple(operands)),
}
