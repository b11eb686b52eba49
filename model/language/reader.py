"""A cursor over document nodes: takes what the language expects, collects problems with the rest.

Every method that reads returns None after it has reported; callers go on with what is left, so
that one run tells all that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from ..deployment import Kind
from ..errors import Problem
from ..escapes import write_escape
from ..names import Place
from .document import Document, Mapping, Scalar, Sequence, YamlNode
from .keys import MAX_NAME, Table
from .suggestions import find_likely

_INTEGER = re.compile(r"0|[1-9][0-9]{0,8}")
_PERCENTAGE = re.compile(r"(0|[1-9][0-9]?|100)%")
QUOTABLE = re.compile(r'(?:[^\s"]|"[^"]*"|")+')
"""A word, of which a part can stand in double quotes: `front/"GET /cart/{id}"`."""
_COMMA = "a comma ends a text within `{…}`: put quotes around all of it"
_SHOWN = 60
_COMPARISONS = 20_000
"""Names that are held against a misspelt one, in all: about half a second of `difflib`."""


class Word(NamedTuple):
    """A part of a scalar; `exact` means that it stands in the source just so."""

    text: str
    place: Place
    length: int
    exact: bool

    def part(self, start: int, stop: int | None = None) -> Word:
        text = self.text[start:stop]
        if not self.exact:
            return Word(text, self.place, self.length, False)
        file, line, column = self.place
        return Word(text, Place(file, line, column + start), max(1, len(text)), True)

    def split(self) -> list[Word]:
        """The parts between white space."""
        return [self.part(*match.span()) for match in re.finditer(r"\S+", self.text)]

    def words(self) -> list[Word]:
        """The parts between white space that stands in no double quotes, with their quotes."""
        return [self.part(*match.span()) for match in QUOTABLE.finditer(self.text)]

    def unquoted(self) -> Word:
        """The text without its double quotes."""
        if '"' not in self.text:
            return self
        return Word(self.text.replace('"', ""), self.place, self.length, exact=False)

    def halves(self, mark: str) -> tuple[Word, Word] | None:
        """What stands before and after the first mark; None if there is none."""
        at = self.text.find(mark)
        return None if at < 0 else (self.part(0, at), self.part(at + len(mark)))


def take_word(scalar: Scalar) -> Word:
    """The text of a scalar with its place; the whole scalar is marked where its text stands elsewhere."""
    column = scalar.column_of_text
    if column is None:
        return Word(scalar.text, scalar.place, scalar.length, False)
    return Word(scalar.text, scalar.place._replace(column=column), max(1, len(scalar.text)), True)


Located = YamlNode | Word


def quote(text: str) -> str:
    """A text of the file as messages show it: short, and without what a terminal would obey."""
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "`" + "".join(char if char.isprintable() else write_escape(char) for char in text) + "`"


def join_words(names: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *front, end = names
    return f"{', '.join(front)} {last} {end}" if front else end


def _is_rest_of_text(key: Scalar, value: YamlNode) -> bool:
    """In `{note: a, b}` YAML takes `b` for a key, which no colon follows, and so no value."""
    if not (isinstance(value, Scalar) and value.is_null):
        return False
    end = (key.place.line, key.place.column + key.length)
    return (value.place.line, value.place.column) == end


def write_plural(kinds: Iterable[Kind]) -> str:
    """The kinds as a message names them: `databases and caches`."""
    return join_words(f"{kind}s" for kind in Kind if kind in set(kinds))


class Reader:
    """Collects the problems of one deployment, whatever files it stands in."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._lines: dict[str, tuple[str, ...]] = {}
        self.problems: list[Problem] = []
        self._comparisons_left = _COMPARISONS
        for document in documents:
            self.take(document)

    def take(self, document: Document) -> None:
        """One more file of which what is wrong is collected."""
        self._lines[document.file] = document.lines
        self.problems.extend(document.problems)

    def take_text(self, name: str, text: str) -> None:
        """A text that stands in no file, so that what is wrong in it can be shown."""
        self._lines[name] = tuple(text.split("\n"))

    # What is wrong

    def report(self, code: str, message: str, at: Located, fix: str | None = None) -> None:
        lines = self._lines[at.place.file]
        line = lines[at.place.line - 1] if at.place.line <= len(lines) else None
        self.problems.append(Problem(code, message, at.place, line, max(1, at.length), fix))

    def report_unknown(
        self, what: str, word: Scalar | Word, names: Collection[str], where: str = "", fix: str | None = None
    ) -> None:
        """A word that is none of the names; without a likely one, `fix` is the advice."""
        fix = self.suggestion(word.text, names) or fix
        code = f"unknown-{what.replace(' ', '-')}"
        self.report(code, f"unknown {what} {quote(word.text)}{where}", word, fix)

    def suggestion(self, text: str, names: Collection[str]) -> str | None:
        """The likeliest name that was meant, as a question."""
        self._comparisons_left -= len(names)
        if self._comparisons_left < 0:
            return None
        found = find_likely(text, names)
        return f"did you mean {quote(found)}?" if found else None

    # What is expected

    def mapping(self, node: YamlNode, what: str, fix: str | None = None) -> Mapping | None:
        if isinstance(node, Mapping):
            return node
        self._report_type(node, what, "a mapping", fix)
        return None

    def sequence(self, node: YamlNode, what: str, fix: str | None = None) -> Sequence | None:
        if isinstance(node, Sequence):
            return node
        self._report_type(node, what, "a list", fix)
        return None

    def scalar(self, node: YamlNode, what: str, expected: str = "a text") -> Scalar | None:
        if isinstance(node, Scalar) and not node.is_null:
            return node
        self._report_type(node, what, expected)
        return None

    def _report_type(self, node: YamlNode, what: str, expected: str, fix: str | None = None) -> None:
        if isinstance(node, Scalar):
            found = "nothing" if node.is_null else quote(node.text)
        else:
            found = "a list" if isinstance(node, Sequence) else "a mapping"
        self.report("wrong-type", f"{what} must be {expected}, not {found}", node, fix)

    def record(
        self, node: YamlNode, table: Table, what: str, at: Located | None = None
    ) -> dict[str, YamlNode] | None:
        """The values of a mapping whose keys are in the table; what is missing is reported `at`."""
        mapping = self.mapping(node, what)
        if mapping is None:
            return None
        values: dict[str, YamlNode] = {}
        for key, value in mapping.entries:
            if key.text not in table:
                fix = _COMMA if _is_rest_of_text(key, value) else None
                self.report_unknown("key", key, list(table), f" in {what}", fix)
            else:
                values[key.text] = value
        for name, entry in table.items():
            if entry.required and name not in values and mapping.complete:
                self.report("missing-key", f"{what} needs `{name}`", at or mapping)
        return values

    def choice(self, node: YamlNode, what: str, options: Collection[str]) -> str | None:
        """One of the options."""
        scalar = self.scalar(node, what, join_words((quote(option) for option in options), "or"))
        if scalar is None:
            return None
        if scalar.text in options:
            return scalar.text
        fix = f"write {join_words((quote(option) for option in options), 'or')}"
        self.report_unknown(what, scalar, options, fix=fix)
        return None

    def version(self, word: Scalar | Word, versions: tuple[str, ...] | None) -> str | None:
        """One of the versions; any word where the file's versions are wrong themselves (None)."""
        if versions is None or word.text in versions:
            return word.text if versions is not None else None
        fix = f"the versions are {join_words(versions)}; `versions:` names them"
        self.report_unknown("version", word, versions, fix=fix)
        return None

    def truth(self, node: YamlNode, what: str) -> bool | None:
        """`true` or `false`."""
        if isinstance(node, Scalar) and node.plain and node.text in ("true", "false"):
            return node.text == "true"
        found = f", not {quote(node.text)}" if isinstance(node, Scalar) and node.text else ""
        self.report("wrong-type", f"{what} must be `true` or `false`{found}", node)
        return None

    def integer(self, node: YamlNode, what: str, low: int, high: int) -> int | None:
        value = _integer(node)
        if value is not None and low <= value <= high:
            return value
        self._report_number(node, what, f"a whole number from {low} to {high}")
        return None

    def amount(self, node: YamlNode, what: str, high: int) -> tuple[int, bool] | None:
        """A number, and whether it is a percentage."""
        value = _integer(node)
        if value is not None and value <= high:
            return value, False
        if isinstance(node, Scalar) and _PERCENTAGE.fullmatch(node.text):
            return int(node.text[:-1]), True
        self._report_number(node, what, f"a whole number from 0 to {high} or a percentage from 0% to 100%")
        return None

    def _report_number(self, node: YamlNode, what: str, expected: str) -> None:
        found = f", not {quote(node.text)}" if isinstance(node, Scalar) and node.text else ""
        is_quoted = isinstance(node, Scalar) and not node.plain and _INTEGER.fullmatch(node.text)
        fix = "write it without quotes" if is_quoted else None
        self.report("bad-number", f"{what} must be {expected}{found}", node, fix)

    def title(self, node: YamlNode, what: str) -> str | None:
        """A name for people: one line, spaces allowed."""
        scalar = self.scalar(node, what)
        if scalar is None:
            return None
        return self._checked(scalar, what, forbidden="")

    def name(self, word: Scalar | Word, what: str) -> str | None:
        """A name that stands in hops and actions: one word, with none of `/`, `*` and double quotes."""
        if isinstance(word, Scalar) and word.is_null:
            self._report_type(word, what, "a name")
            return None
        return self._checked(word, what, forbidden=' /*"')

    def is_closed(self, word: Word) -> bool:
        """Whether every double quote of a text has its other one; reports it if not."""
        if word.text.count('"') % 2 == 0:
            return True
        self.report("bad-name", f"a double quote in {quote(word.text)} does not end", word)
        return False

    def subject(self, word: Word) -> str | None:
        """What a contract is about, one line: `cart_item`, `GET /cart/{id}`."""
        return self._checked(word, "a subject", forbidden='*"')

    def _checked(self, word: Scalar | Word, what: str, forbidden: str) -> str | None:
        text = word.text
        bad = next((char for char in text if char in forbidden or not char.isprintable()), None)
        if not text or text.isspace():
            self.report("bad-name", f"{what} must not be empty", word)
        elif len(text) > MAX_NAME:
            self.report("bad-name", f"{what} must not be longer than {MAX_NAME} characters", word)
        elif bad is not None:
            found = "white space" if bad.isspace() else quote(bad)
            self.report("bad-name", f"{what} {quote(text)} must not contain {found}", word)
        else:
            return text
        return None


def _integer(node: YamlNode) -> int | None:
    if isinstance(node, Scalar) and node.plain and _INTEGER.fullmatch(node.text):
        return int(node.text)
    return None
