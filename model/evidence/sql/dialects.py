"""Other dialects of SQL, by `sqlglot`; what it only passes on (`Command`) is opaque."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..programs import load_library
from ..sides import UnjudgedError
from .dialect_tables import TableStatement
from .dialect_views import create_view
from .operations import (
    DropTable,
    FillTable,
    Lasting,
    Operation,
    ReleaseBound,
    RenameTable,
)
from .transactions import Transaction

_COMMIT_AT_ONCE = ("mysql", "mariadb", "oracle")
"""Dialects in which a statement about tables ends a transaction, so that nothing takes it back."""
_WITHOUT_EFFECT = ("Select", "Insert", "Update", "Delete", "Transaction", "Commit", "Rollback", "Set", "Use",
                   "Comment", "Pragma", "TruncateTable", "Merge", "Union", "Analyze")  # fmt: skip
_HARMLESS = re.compile(r"(?i)(lock|unlock)\s+tables?\b|(start|begin|end|set|show|analyze|optimize)\b")
"""Among what the parser only passes on."""
_NAME = r"[`\"\[]?(\w+)[`\"\]]?"
_RENAMED = re.compile(rf"(?is)rename\s+table\s+({_NAME}\s+to\s+{_NAME}(?:\s*,\s*{_NAME}\s+to\s+{_NAME})*)")
_NAMES = re.compile(r"(?i)(?!to\b)\b\w+")
_ALTERED = re.compile(rf"(?i)alter\s+table\s+(?:if\s+exists\s+)?{_NAME}(?!\s*\.)")


def read_operations(text: str, file: str, dialect: str) -> Iterator[Operation]:
    """What the statements of a text do, in their order. Raises `UnjudgedError` for what it cannot read."""
    library = load_library("sqlglot", "sqlglot")
    if dialect not in library.Dialects._value2member_map_:
        known = ", ".join(sorted(filter(None, library.Dialects._value2member_map_)))
        raise UnjudgedError(f"no dialect of SQL is called `{dialect}`; those known: {known}", file)
    transaction = Transaction()
    for statement, line in _parse(library, text, file, dialect):
        reader = _Statement(library.exp, file, line, dialect)
        transaction.done += reader.read(statement)
        if dialect not in _COMMIT_AT_ONCE:
            reader.control(statement, transaction)
    yield from transaction.done


def _parse(library: Any, text: str, file: str, dialect: str) -> Iterator[tuple[Any, int]]:
    """The statements with the lines in which they begin."""
    try:
        tokens = library.Dialect.get_or_raise(dialect).tokenize(text)
        chunk: list[Any] = []
        for token in tokens:
            if token.token_type is library.TokenType.SEMICOLON:
                yield from _parse_one(library, chunk, text, dialect)
                chunk = []
            else:
                chunk.append(token)
        yield from _parse_one(library, chunk, text, dialect)
    except (library.errors.SqlglotError, RecursionError) as error:
        raise UnjudgedError(f"no SQL of the dialect {dialect}: {str(error)[:200]}", file) from None


def _parse_one(library: Any, tokens: list[Any], text: str, dialect: str) -> Iterator[tuple[Any, int]]:
    if tokens:
        parser = library.Dialect.get_or_raise(dialect).parser()
        for statement in parser.parse(tokens, text):
            if statement is not None:
                yield statement, tokens[0].line


class _Statement(TableStatement, frozen=True):
    def read(self, statement: Any) -> Iterator[Operation]:
        """What one statement does."""
        exp = self.exp
        kind = str(statement.args.get("kind") or "").upper()
        if isinstance(statement, exp.Create):
            yield from self._read_create(statement, kind)
        elif isinstance(statement, exp.Alter) and kind in ("TABLE", ""):
            table = self.find_table(statement)
            for action in statement.args.get("actions") or ():
                yield from self.alter(table, action, statement)
        elif isinstance(statement, exp.Drop) and kind in ("TABLE", "VIEW", "INDEX"):
            yield from self._read_drop(statement, kind)
        elif isinstance(statement, exp.Command):
            yield from self._command(statement)
        elif isinstance(statement, exp.Grant):
            allowed = "what is allowed now (GRANT)"
            yield self.opaque(statement, allowed, self.find_table(statement) or None, Lasting.WIDENED)
        elif isinstance(statement, exp.Insert) and statement.expression is not None:
            into = self.find_table(statement)
            yield from (FillTable(into, str(one.name)) for one in statement.expression.find_all(exp.Table))
        elif type(statement).__name__ not in _WITHOUT_EFFECT and not self._is_end(statement):
            yield self.opaque(statement, "a statement")

    def _read_create(self, statement: Any, kind: str) -> Iterator[Operation]:
        is_shaped = isinstance(statement.this, self.exp.Schema)
        replaces = statement.args.get("replace")
        if kind == "TABLE" and is_shaped:
            yield self.create(statement)
        elif kind == "INDEX":
            if statement.args.get("unique"):
                yield self.create_index(statement)
        elif kind == "VIEW":
            name = statement.this.this.name if is_shaped else statement.this.name
            lasting = Lasting.CHANGED if replaces else Lasting.MADE
            unknown = self.opaque(statement, "what is made (view)", str(name), lasting)
            yield create_view(self.exp, statement, self.dialect, unknown)
        else:
            is_new = not replaces and kind in ("TABLE", "FUNCTION", "PROCEDURE")
            table = str(statement.this.name) if kind == "TABLE" else self.find_table(statement)
            lasting = Lasting.MADE if is_new else Lasting.CHANGED
            yield self.opaque(statement, f"what is made ({kind.lower()})", table, lasting)

    def _read_drop(self, statement: Any, kind: str) -> Iterator[Operation]:
        names = [str(one.name) for one in statement.args.get("tables") or [statement.this]]
        if kind == "INDEX":
            yield from (ReleaseBound(None, name, self.spot, is_index=True) for name in names)
        else:
            yield from (DropTable(name, self.spot) for name in names)

    def control(self, statement: Any, transaction: Transaction) -> None:
        """What becomes of the statements before."""
        exp = self.exp
        unknown = self.opaque(statement, "what becomes of a transaction")
        if isinstance(statement, exp.Rollback):
            kind = "ROLLBACK_TO" if statement.args.get("savepoint") else "ROLLBACK"
            transaction.control(kind, str(statement.args.get("savepoint") or ""), unknown)
        elif isinstance(statement, exp.Transaction):
            transaction.control("BEGIN", "", unknown)
        elif isinstance(statement, exp.Commit) or self._is_end(statement):
            transaction.control("COMMIT", "", unknown)

    def _is_end(self, statement: Any) -> bool:
        """`END [TRANSACTION]`, which the parser takes for a column or only passes on."""
        known = (self.exp.Command, self.exp.Column, self.exp.Alias)
        return isinstance(statement, known) and str(statement.this).upper() == "END"

    def _command(self, statement: Any) -> Iterator[Operation]:
        """A statement that the parser only passes on."""
        text = f"{statement.this} {getattr(statement.expression, 'this', statement.expression)}"
        if renamed := _RENAMED.fullmatch(text.strip()):
            for one, other in (_NAMES.findall(pair) for pair in renamed[1].split(",")):
                yield RenameTable(one, other, self.spot)
        elif not _HARMLESS.match(text):
            altered = _ALTERED.match(text)
            yield self.opaque(statement, "a statement", altered[1] if altered else None)
