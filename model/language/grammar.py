"""The grammar of predicates and formulas: the one door to the `lark` library.

LALR(1): a text is read in one pass, and no input makes the parser search.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ..deployment.predicate import KEYWORDS, PLAIN

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

PREDICATE, FORMULA = "predicate", "formula"

_GRAMMAR = rf"""
?formula: "always" predicate                -> always
        | "never" predicate                 -> never
        | "eventually" predicate            -> eventually
        | predicate "leads" "to" predicate  -> leads_to
        | predicate "before" predicate      -> precedes
        | predicate "until" predicate       -> until
        | predicate                         -> bare

?predicate: disjunction
          | disjunction "implies" predicate -> implies
?disjunction: conjunction
            | conjunction ("or" conjunction)+ -> disjunction
?conjunction: negation
            | negation ("and" negation)+    -> conjunction
?negation: atom
         | "not" negation                   -> negation
?atom: "(" predicate ")"
     | "true"                               -> true
     | "false"                              -> false
     | "done"                               -> done
     | name "done"                          -> pipeline_done
     | "in" name                            -> stands_in
     | "before" name                        -> stands_before
     | "after" name                         -> stands_after
     | "all" name "at" name                 -> all_at
     | "old" "in" name                      -> holds_old
     | name "in" name                       -> holds
     | name "is" "empty"                    -> is_empty
     | name "is" "none"                     -> is_none
     | sum                                  -> alone
     | sum COMPARISON name                  -> comparison
sum: term ("+" term)*
term: name ["(" name ")"]
?name: WORD | QUOTED | PREFIXED

COMPARISON: "==" | "!=" | "<=" | "<" | ">=" | ">"
WORD: /{PLAIN}+(\/{PLAIN}+)?/
PREFIXED.2: /{PLAIN}+\/"([^"\\]|\\.)*"(\.[a-z]+)?/
QUOTED: /"([^"\\]|\\.)*"(\.[a-z]+)?/
%ignore /\s+/
"""

_NAMES = ("WORD", "QUOTED", "PREFIXED")
_SIGNS = {"LPAR": "`(`", "RPAR": "`)`", "PLUS": "`+`", "COMPARISON": "a comparison", "$END": "the end"}


class Misplaced(Exception):  # noqa: N818 - it is caught where the text is read, and never an error of ours
    """What stands at `start` to `stop` cannot stand there; `expected` are words for what could."""

    def __init__(self, start: int, stop: int, expected: frozenset[str]) -> None:
        super().__init__(start, stop, expected)
        self.start, self.stop, self.expected = start, stop, expected


def parse(text: str, start: str) -> Tree[Token] | Token:
    """The tree of a text that is a `PREDICATE` or a `FORMULA`. Raises `Misplaced`."""
    import lark

    try:
        return _parser().parse(text, start=start)
    except lark.UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        raise Misplaced(at, at + 1, frozenset()) from None
    except lark.UnexpectedToken as error:
        begin = len(text) if error.token.type == "$END" else error.token.start_pos or 0
        expected = frozenset(map(_said, error.accepts or ()))
        raise Misplaced(begin, begin + len(error.token), expected) from None


@cache
def _parser() -> Lark:
    from lark import Lark

    # The basic lexer knows a keyword wherever it stands: what a word is does not depend on what is
    # before it, so that `a.up orb.up` is no `a.up or b.up`.
    return Lark(_GRAMMAR, start=[PREDICATE, FORMULA], parser="lalr", lexer="basic", propagate_positions=True)


def _said(terminal: str) -> str:
    if terminal in _NAMES:
        return "a name"
    word = terminal.lower()
    return _SIGNS.get(terminal) or (f"`{word}`" if word in KEYWORDS else terminal)
