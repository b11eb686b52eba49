"""Tables of other dialects of SQL, by `sqlglot`: how they are made, and altered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from ..judgement import Spot
from .operations import (
    AddColumn,
    AlterColumn,
    Bound,
    Column,
    Constrain,
    CreateTable,
    DropColumn,
    Lasting,
    Opaque,
    Operation,
    ReleaseBound,
    RenameColumn,
    RenameTable,
)


class TableStatement(Struct, frozen=True):
    """A statement of `sqlglot` (`exp` are its classes) that makes or alters a table."""

    exp: Any
    file: str
    line: int
    dialect: str

    @property
    def spot(self) -> Spot:
        """The line in which it begins."""
        return Spot(self.file, self.line)

    def find_table(self, statement: Any) -> str:
        """The first table that a statement names; "" for none."""
        found = statement.find(self.exp.Table)
        return str(found.name) if found is not None else ""

    def opaque(
        self,
        statement: Any,
        what: str,
        table: str | None = None,
        lasting: Lasting = Lasting.CHANGED,
    ) -> Opaque:
        """The statement as one of which no rule knows what it does."""
        return Opaque(what, statement.sql(dialect=self.dialect), table or None, self.spot, lasting)

    def create_index(self, statement: Any) -> Operation:
        """`CREATE UNIQUE INDEX`."""
        parameters = statement.this.args.get("params")
        columns = (parameters.args.get("columns") if parameters is not None else None) or ()
        shown = ", ".join(one.name or one.sql(dialect=self.dialect) for one in map(_unordered, columns))
        return Constrain(
            self.find_table(statement), Bound("unique", shown, str(statement.this.name)), self.spot
        )

    def create(self, statement: Any) -> Operation:
        """`CREATE TABLE` with its columns."""
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
        shaped = [(name, one.as_key() if name in keys else one) for name, one in columns]
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

    def alter(self, table: str, action: Any, statement: Any) -> Iterator[Operation]:
        """One action of `ALTER TABLE`."""
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
            yield ReleaseBound(table, f"{table}_pkey", self.spot)
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
            yield self.opaque(statement, "a change of the table", table)

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
            yield from (ReleaseBound(table, name, self.spot, is_index) for name in names)
        else:
            yield self.opaque(action, f"what goes ({kind.lower()})", table)

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
            yield self.opaque(statement, "a change of a column", table)


def _unordered(told: Any) -> Any:
    """What is ordered by, without the order."""
    return told.this if type(told).__name__ == "Ordered" else told


def _show_columns(columns: Iterable[Any]) -> str:
    return ", ".join(str(_unordered(one).name) for one in columns)
