"""Other dialects of SQL, by `sqlglot`; what it only passes on (`Command`) is opaque."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from ..judgement import Spot
from ..programs import load_library
from ..sides import UnjudgedError
from .operations import (
    AddColumn,
    AlterColumn,
    Column,
    Constrain,
    CreateTable,
    DropColumn,
    DropTable,
    Opaque,
    Operation,
    RenameColumn,
    RenameTable,
)

_WITHOUT_EFFECT = ("Select", "Insert", "Update", "Delete", "Transaction", "Commit", "Rollback", "Set", "Use",
                   "Comment", "Grant", "Pragma", "TruncateTable", "Merge", "Union", "Analyze")  # fmt: skip


def read_operations(text: str, file: str, dialect: str) -> Iterator[Operation]:
    """What the statements of a text do, in their order. Raises `UnjudgedError` for what it cannot read."""
    library = load_library("sqlglot", "sqlglot")
    if dialect not in library.Dialects._value2member_map_:
        known = ", ".join(sorted(filter(None, library.Dialects._value2member_map_)))
        raise UnjudgedError(f"no dialect of SQL is called `{dialect}`; those known: {known}", file)
    for statement, line in _parse(library, text, file, dialect):
        yield from _Statement(library.exp, file, line, dialect).read(statement)


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
                yield Constrain(self._table(statement), "unique", "", self.spot)
        elif isinstance(statement, exp.Create):
            yield self._opaque(statement, f"what is made ({kind.lower()})", self._table(statement))
        elif isinstance(statement, exp.Alter) and kind in ("TABLE", ""):
            table = self._table(statement)
            for action in statement.args.get("actions") or ():
                yield from self._action(table, action, statement)
        elif isinstance(statement, exp.Drop) and kind in ("TABLE", "VIEW"):
            tables = statement.args.get("tables") or [statement.this]
            yield from (DropTable(str(one.name), self.spot) for one in tables)
        elif isinstance(statement, exp.Drop) and kind == "INDEX":
            return
        elif type(statement).__name__ not in _WITHOUT_EFFECT:
            yield self._opaque(statement, "a statement")

    def _table(self, statement: Any) -> str:
        found = statement.find(self.exp.Table)
        return str(found.name) if found is not None else ""

    def _opaque(self, statement: Any, what: str, table: str | None = None) -> Opaque:
        return Opaque(what, statement.sql(dialect=self.dialect), table or None, self.spot)

    def _create(self, statement: Any) -> Operation:
        columns: list[tuple[str, Column]] = []
        bound: list[tuple[str, str]] = []
        keys: set[str] = set()
        for element in statement.this.expressions:
            if isinstance(element, self.exp.ColumnDef):
                columns.append((element.name, self._column(element)))
                bound += self._list_bound(element, element.name)
            elif isinstance(element, self.exp.PrimaryKey):
                keys |= {one.name for one in element.expressions}
                bound.append(("primary key", ", ".join(sorted(keys))))
            else:
                bound += self._list_bound(element, element.sql(dialect=self.dialect))
        shaped = [(name, _as_key(one) if name in keys else one) for name, one in columns]
        there = bool(statement.args.get("exists"))
        return CreateTable(str(statement.this.this.name), tuple(shaped), tuple(bound), self.spot, there)

    def _column(self, told: Any) -> Column:
        exp = self.exp
        nullable, default, generated = True, None, False
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
        type_ = told.args.get("kind")
        shown = type_.sql(dialect=self.dialect).lower() if type_ is not None else None
        return Column(shown, nullable, default, generated or "serial" in (shown or ""), self.spot)

    def _list_bound(self, told: Any, name: str) -> Iterator[tuple[str, str]]:
        kinds = {
            "unique": (self.exp.UniqueColumnConstraint,),
            "check": (self.exp.CheckColumnConstraint,),
            "foreign key": (self.exp.ForeignKey, self.exp.Reference),
        }
        for kind, classes in kinds.items():
            if told.find(*classes) is not None:
                yield kind, name

    def _action(self, table: str, action: Any, statement: Any) -> Iterator[Operation]:
        exp = self.exp
        if isinstance(action, exp.ColumnDef):
            yield AddColumn(table, action.name, self._column(action), self.spot)
            yield from (Constrain(table, *one, self.spot) for one in self._list_bound(action, action.name))
        elif isinstance(action, exp.Drop) and str(action.args.get("kind")).upper() == "COLUMN":
            names = action.args.get("tables") or [action.this]
            yield from (DropColumn(table, str(one.name), self.spot) for one in names)
        elif isinstance(action, exp.RenameColumn):
            yield RenameColumn(table, action.this.name, action.args["to"].name, self.spot)
        elif isinstance(action, exp.AlterRename):
            yield RenameTable(table, action.this.name, self.spot)
        elif isinstance(action, exp.AlterColumn):
            yield from self._alter_column(table, action, statement)
        elif isinstance(action, exp.AddConstraint):
            bound = [*self._list_bound(action, action.sql(dialect=self.dialect))]
            if action.find(exp.PrimaryKey) is not None:
                bound.append(("primary key", ""))
            yield from (Constrain(table, *one, self.spot) for one in bound or [("constraint", "")])
        else:
            yield self._opaque(statement, "a change of the table", table)

    def _alter_column(self, table: str, action: Any, statement: Any) -> Iterator[Operation]:
        name = action.name
        if action.args.get("dtype") is not None:
            shown = action.args["dtype"].sql(dialect=self.dialect).lower()
            yield AlterColumn(table, name, "type_", shown, self.spot)
        elif action.args.get("allow_null") is not None:
            yield AlterColumn(table, name, "nullable", bool(action.args["allow_null"]), self.spot)
        elif action.args.get("default") is not None:
            yield AlterColumn(table, name, "default", action.args["default"].sql(), self.spot)
        elif action.args.get("drop"):
            yield AlterColumn(table, name, "default", None, self.spot)
        else:
            yield self._opaque(statement, "a change of a column", table)


def _as_key(column: Column) -> Column:
    return Column(column.type_, False, column.default, column.generated, column.spot)
