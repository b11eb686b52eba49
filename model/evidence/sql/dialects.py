"""Other dialects of SQL, by `sqlglot`; what it only passes on (`Command`) is opaque."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from msgspec import Struct

from ..judgement import Spot
from ..programs import load_library
from ..sides import UnjudgedError
from .dialect_views import create_view
from .operations import (
    AddColumn,
    AlterColumn,
    Bound,
    Column,
    Constrain,
    CreateTable,
    DropColumn,
    DropTable,
    FillTable,
    Lasting,
    Opaque,
    Operation,
    Release,
    RenameColumn,
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


class _Statement(Struct, frozen=True):
    exp: Any
    file: str
    line: int
    dialect: str

    @property
    def spot(self) -> Spot:
        return Spot(self.file, self.line)

    def read(self, statement: Any) -> Iterator[Operation]:
        """What one statement does."""
        exp = self.exp
        kind = str(statement.args.get("kind") or "").upper()
        if isinstance(statement, exp.Create) and kind == "TABLE" and isinstance(statement.this, exp.Schema):
            yield self._create(statement)
        elif isinstance(statement, exp.Create) and kind == "INDEX":
            if statement.args.get("unique"):
                yield self._create_index(statement)
        elif isinstance(statement, exp.Create) and kind == "VIEW":
            replaces = statement.args.get("replace")
            lasting = Lasting.CHANGED if replaces else Lasting.MADE
            name = (
                str(statement.this.this.name)
                if isinstance(statement.this, exp.Schema)
                else statement.this.name
            )
            unknown = self._opaque(statement, "what is made (view)", str(name), lasting)
            yield create_view(exp, statement, self.dialect, unknown)
        elif isinstance(statement, exp.Create):
            is_new = not statement.args.get("replace") and kind in ("TABLE", "FUNCTION", "PROCEDURE")
            lasting = Lasting.MADE if is_new else Lasting.CHANGED
            table = str(statement.this.name) if kind == "TABLE" else None
            yield self._opaque(
                statement, f"what is made ({kind.lower()})", table or self._table(statement), lasting
            )
        elif isinstance(statement, exp.Alter) and kind in ("TABLE", ""):
            table = self._table(statement)
            for action in statement.args.get("actions") or ():
                yield from self._action(table, action, statement)
        elif isinstance(statement, exp.Drop) and kind in ("TABLE", "VIEW"):
            tables = statement.args.get("tables") or [statement.this]
            yield from (DropTable(str(one.name), self.spot) for one in tables)
        elif isinstance(statement, exp.Drop) and kind == "INDEX":
            names = statement.args.get("tables") or [statement.this]
            yield from (Release(None, str(one.name), self.spot, is_index=True) for one in names)
        elif isinstance(statement, exp.Command):
            yield from self._command(statement)
        elif isinstance(statement, exp.Grant):
            allowed = "what is allowed now (GRANT)"
            yield self._opaque(statement, allowed, self._table(statement) or None, Lasting.WIDENED)
        elif isinstance(statement, exp.Insert) and statement.expression is not None:
            into = self._table(statement)
            yield from (FillTable(into, str(one.name)) for one in statement.expression.find_all(exp.Table))
        elif type(statement).__name__ not in _WITHOUT_EFFECT and not self._is_end(statement):
            yield self._opaque(statement, "a statement")

    def control(self, statement: Any, transaction: Transaction) -> None:
        """What becomes of the statements before."""
        exp = self.exp
        unknown = self._opaque(statement, "what becomes of a transaction")
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
            yield self._opaque(statement, "a statement", altered[1] if altered else None)

    def _table(self, statement: Any) -> str:
        found = statement.find(self.exp.Table)
        return str(found.name) if found is not None else ""

    def _opaque(
        self,
        statement: Any,
        what: str,
        table: str | None = None,
        lasting: Lasting = Lasting.CHANGED,
    ) -> Opaque:
        return Opaque(what, statement.sql(dialect=self.dialect), table or None, self.spot, lasting)

    def _create_index(self, statement: Any) -> Operation:
        parameters = statement.this.args.get("params")
        columns = (parameters.args.get("columns") if parameters is not None else None) or ()
        shown = ", ".join(one.name or one.sql(dialect=self.dialect) for one in map(_unordered, columns))
        return Constrain(self._table(statement), Bound("unique", shown, str(statement.this.name)), self.spot)

    def _create(self, statement: Any) -> Operation:
        columns: list[tuple[str, Column]] = []
        bound: list[Bound] = []
        keys: set[str] = set()
        for element in statement.this.expressions:
            if isinstance(element, self.exp.ColumnDef):
                columns.append((element.name, self._column(element)))
                bound += self._list_bound(element)
            elif isinstance(element, self.exp.PrimaryKey):
                keys |= {one.name for one in element.expressions}
                bound.append(Bound("primary key", ", ".join(sorted(keys))))
            else:
                bound += self._read_constraint(element)
                keys |= {one.name for key in element.find_all(self.exp.PrimaryKey) for one in key.expressions}
        shaped = [(name, _as_key(one) if name in keys else one) for name, one in columns]
        there = bool(statement.args.get("exists"))
        is_temporary = statement.find(self.exp.TemporaryProperty) is not None
        name = str(statement.this.this.name)
        return CreateTable(name, tuple(shaped), tuple(bound), self.spot, there, is_temporary)

    def _column(self, told: Any) -> Column:
        exp = self.exp
        nullable, default, generated, computed = True, None, False, False
        for one in told.args.get("constraints") or ():
            kind = one.kind
            if isinstance(kind, exp.PrimaryKeyColumnConstraint):
                nullable = False
            elif isinstance(kind, exp.NotNullColumnConstraint):
                nullable = bool(kind.args.get("allow_null"))
            elif isinstance(kind, exp.DefaultColumnConstraint):
                default = kind.this.sql()
            elif isinstance(
                kind, exp.AutoIncrementColumnConstraint | exp.GeneratedAsIdentityColumnConstraint
            ):
                generated = True
            elif isinstance(kind, exp.ComputedColumnConstraint):
                generated = computed = True
        type_ = told.args.get("kind")
        shown = type_.sql(dialect=self.dialect) if type_ is not None else None
        if shown is not None and not shown.lower().startswith(("enum", "set")):  # listed values keep theirs
            shown = shown.lower()
        generated = generated or "serial" in (shown or "")
        return Column(shown, nullable, default, generated, computed, self.spot)

    def _list_bound(self, column: Any) -> Iterator[Bound]:
        """Constraints that stand at a column."""
        kinds = {
            "unique": self.exp.UniqueColumnConstraint,
            "check": self.exp.CheckColumnConstraint,
            "foreign key": self.exp.Reference,
        }
        for kind, class_ in kinds.items():
            if (told := column.find(class_)) is not None:
                yield Bound(kind, column.name, "", self._show_rule(told))

    def _show_rule(self, told: Any) -> str:
        """What a constraint asks besides: the same one can ask another thing in another version."""
        exp = self.exp
        if isinstance(told, exp.CheckColumnConstraint):
            return str(told.this.sql(dialect=self.dialect))
        if isinstance(told, exp.ForeignKey):
            told = told.args.get("reference")
        if not isinstance(told, exp.Reference):
            return ""
        refused = ("NO ACTION", "RESTRICT")
        on_change = [str(one) for one in told.args.get("options") or () if not str(one).endswith(refused)]
        return f"to {told.find(exp.Table).name}" + "".join(f", {one.lower()}" for one in sorted(on_change))

    def _read_constraint(self, told: Any) -> Iterator[Bound]:
        """A constraint of a table, which may have a name; an index that is none binds nothing."""
        exp = self.exp
        called = told.name if isinstance(told, exp.Constraint) else ""
        for one in told.expressions if isinstance(told, exp.Constraint) else [told]:
            if isinstance(one, exp.PrimaryKey):
                yield Bound("primary key", _show_columns(one.expressions), called)
            elif isinstance(one, exp.ForeignKey):
                yield Bound("foreign key", _show_columns(one.expressions), called, self._show_rule(one))
            elif isinstance(one, exp.UniqueColumnConstraint):
                columns = one.this.expressions if isinstance(one.this, exp.Schema) else []
                named = one.this.name if isinstance(one.this, exp.Schema) else ""
                yield Bound("unique", _show_columns(columns), called or named)
            elif not isinstance(one, exp.IndexColumnConstraint):
                shown = one.sql(dialect=self.dialect)
                yield Bound("check", called or shown, called, shown)

    def _action(self, table: str, action: Any, statement: Any) -> Iterator[Operation]:
        exp = self.exp
        if isinstance(action, exp.ColumnDef):
            there = bool(action.args.get("exists"))
            yield AddColumn(table, action.name, self._column(action), self.spot, there)
            for bound in self._list_bound(action):
                yield Constrain(table, bound, self.spot)
        elif isinstance(action, exp.ModifyColumn):
            yield from self._modify(table, action)
        elif isinstance(action, exp.Drop):
            yield from self._drop(table, action)
        elif isinstance(action, exp.DropPrimaryKey):
            yield Release(table, f"{table}_pkey", self.spot)
        elif isinstance(action, exp.RenameColumn):
            yield RenameColumn(table, action.this.name, action.args["to"].name, self.spot)
        elif isinstance(action, exp.AlterRename):
            yield RenameTable(table, action.this.name, self.spot)
        elif isinstance(action, exp.AlterColumn):
            yield from self._alter_column(table, action, statement)
        elif isinstance(action, exp.AddConstraint):
            for one in action.expressions:
                for bound in self._read_constraint(one):
                    yield Constrain(table, bound, self.spot)
        else:
            yield self._opaque(statement, "a change of the table", table)

    def _modify(self, table: str, action: Any) -> Iterator[Operation]:
        """MySQL's `MODIFY` and `CHANGE` say anew all that is said of a column."""
        told, before = action.this, action.args.get("rename_from")
        if before is not None and before.name != told.name:
            yield RenameColumn(table, before.name, told.name, self.spot)
        column = self._column(told)
        for trait in ("type_", "nullable", "default", "generated", "computed"):
            yield AlterColumn(table, told.name, trait, getattr(column, trait), self.spot)

    def _drop(self, table: str, action: Any) -> Iterator[Operation]:
        kind = str(action.args.get("kind")).upper()
        names = [str(one.name) for one in action.args.get("tables") or [action.this]]
        if kind == "COLUMN":
            yield from (DropColumn(table, name, self.spot) for name in names)
        elif kind in ("INDEX", "KEY", "CONSTRAINT", "FOREIGN KEY", "CHECK"):
            is_index = kind in ("INDEX", "KEY")
            yield from (Release(table, name, self.spot, is_index) for name in names)
        else:
            yield self._opaque(action, f"what goes ({kind.lower()})", table)

    def _alter_column(self, table: str, action: Any, statement: Any) -> Iterator[Operation]:
        name = action.name
        said = {word: action.args.get(word) for word in ("dtype", "allow_null", "default", "drop")}
        if said["dtype"] is not None:
            shown = said["dtype"].sql(dialect=self.dialect).lower()
            yield AlterColumn(table, name, "type_", shown, self.spot)
        if said["allow_null"] is not None:
            yield AlterColumn(table, name, "nullable", bool(said["allow_null"]), self.spot)
        elif said["default"] is not None:
            yield AlterColumn(table, name, "default", said["default"].sql(), self.spot)
        elif said["drop"]:
            yield AlterColumn(table, name, "default", None, self.spot)
        elif said["dtype"] is None:
            yield self._opaque(statement, "a change of a column", table)


def _unordered(told: Any) -> Any:
    """What is ordered by, without the order."""
    return told.this if type(told).__name__ == "Ordered" else told


def _show_columns(columns: Iterable[Any]) -> str:
    return ", ".join(str(_unordered(one).name) for one in columns)


def _as_key(column: Column) -> Column:
    return replace(column, nullable=False)
