"""The tables that a series of migrations leaves, one version after the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from ..judgement import Spot
from ..sides import UnjudgedError
from .operations import (
    AddColumn,
    AlterColumn,
    Bound,
    Column,
    Constrain,
    CreateTable,
    CreateView,
    DropColumn,
    DropTable,
    Enumerate,
    FillTable,
    Lasting,
    Opaque,
    Operation,
    Partition,
    ReleaseBound,
    RenameColumn,
    RenameEnum,
    RenameTable,
)
from .tables import Table, copy_table, split_names
from .views import ShownView, UntoldError, make_view, settle

MAX_SHOWN = 50_000
"""Columns of views; each `*` has all of a table."""


@dataclass
class Catalog:
    """All tables, types with listed values, and statements that no rule knows."""

    tables: dict[str, Table] = field(default_factory=dict)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    opaque: list[Opaque] = field(default_factory=list)
    gone: dict[str, Spot] = field(default_factory=dict)
    """Where a table was dropped or renamed."""
    left: dict[str, str] = field(default_factory=dict)
    """Names that tables had once, and what those tables were called first."""
    made: dict[str, int] = field(default_factory=dict)
    """How often a table of a name was made."""
    partitions: dict[str, Partition] = field(default_factory=dict)
    released: dict[tuple[str, str], Spot] = field(default_factory=dict)
    """Constraints that went, by their table and name, of which nobody said what they bind."""
    shown: int = 0
    """Columns of views that were made."""
    older: Catalog | None = None
    """The version before: what is first spoken of here must have been there as well."""

    def copied(self) -> Catalog:
        """The same tables, to be changed by themselves."""
        copies = {id(table): copy_table(table) for table in self.tables.values()}
        for table in copies.values():
            table.view = table.view.copied(copies) if table.view is not None else None
        tables = {name: copies[id(table)] for name, table in self.tables.items()}
        return Catalog(
            tables,
            dict(self.enums),
            list(self.opaque),
            released=dict(self.released),
            left=dict(self.left),
            made=dict(self.made),
            partitions=dict(self.partitions),
        )

    def apply(self, operations: Iterable[Operation]) -> None:
        """Takes in what statements do."""
        for one in operations:
            self._apply(one)

    def _apply(self, one: Operation) -> None:
        match one:
            case CreateTable():
                self._create(one)
            case CreateView():
                self._create_view(one)
            case DropTable():
                self._drop(one)
            case RenameTable():
                table = self._leave(one.table, one.spot)
                table.spot = one.spot
                self._name(one.to, table)
            case FillTable():
                self._find(one.table).first_name = self._find(one.of).first_name or one.of
            case Partition():
                self.partitions[one.table] = one
                self.opaque.append(one.statement)
            case AddColumn() | DropColumn() | RenameColumn() | AlterColumn():
                self._change(one)
            case Constrain():
                self._constrain(one)
            case ReleaseBound():
                self._release(one)
            case Enumerate():
                before = self.enums.get(one.name, ()) if one.added else ()
                self.enums[one.name] = (*before, *one.values)
            case RenameEnum():
                self._rename_enum(one)
            case Opaque():
                self.opaque.append(one)
            case _:
                assert_never(one)

    def _create(self, one: CreateTable) -> None:
        if one.unless_there and one.table in self.tables:
            return
        table = Table(dict(one.columns), whole=True, spot=one.spot)
        count = self.made[one.table] = self.made.get(one.table, 0) + 1
        table.first_name = f"{one.table} #{count}" if one.table in self.left else one.table
        self._name(one.table, table)
        for bound in one.constraints:
            self._bind(table, bound)

    def _create_view(self, one: CreateView) -> None:
        tables = {name: self._find(name) for name in one.relations}
        try:
            view = make_view(one, tables, self._find_column)
        except UntoldError:
            self.opaque.append(one.statement)
            return
        self.shown += len(view.columns)
        if self.shown > MAX_SHOWN:
            raise UnjudgedError(f"more than {MAX_SHOWN:,} columns of views", one.statement.spot.file)
        base = view.base
        first = base.first_name if base is not None else one.table
        table = Table(first_name=first, spot=one.statement.spot, view=view)
        settle(table, view)
        self.tables[one.table] = table

    def settle_views(self) -> None:
        """Brings views to where their tables are when all is done; one goes with what it shows."""
        for name, table in list(self.tables.items()):
            if table.view is not None and not (self._has_all(table.view) and settle(table, table.view)):
                self._leave(name, table.spot)

    def _has_all(self, view: ShownView) -> bool:
        """Whether the tables of a view are there, and under the names that it needs."""
        there = {id(one) for one in self.tables.values()}
        named = all(self.tables.get(name) is one for name, one in zip(view.names, view.tables, strict=False))
        return named and there.issuperset(map(id, view.tables))

    def _drop(self, one: DropTable) -> None:
        """A table goes; with a partition the rows that it held of another."""
        if one.table not in self.partitions:
            self._leave(one.table, one.spot)
            return
        held = self.partitions.pop(one.table).of
        self.opaque.append(Opaque("a partition that goes", one.table, held, one.spot, Lasting.GONE))

    def _leave(self, name: str, spot: Spot) -> Table:
        """No table has the name any more."""
        table = self._find(name)
        del self.tables[name]
        self.gone[name] = spot
        self.left[name] = table.first_name or name
        return table

    def _name(self, name: str, table: Table) -> None:
        """A table has the name now; another one may have had it."""
        self.tables[name] = table
        table.is_remade = self.left.get(name, table.first_name) != table.first_name

    def _change(self, one: AddColumn | DropColumn | RenameColumn | AlterColumn) -> None:
        table = self._find(one.table)
        match one:
            case AddColumn():
                if not (one.unless_there and one.name in table.columns):
                    table.columns[one.name] = one.column
                    table.spots[one.name] = one.spot
                    if one.name in table.left and not one.column.computed:
                        self._call(table, one.name, f"{one.name} of {one.spot}", one.spot)
            case DropColumn():
                self._find_column(one.table, one.name)
                del table.columns[one.name]
                table.left[one.name] = table.first_names.pop(one.name, one.name)
                table.spots[one.name] = one.spot
                table.bound = {bound for bound in table.bound if one.name not in split_names(bound[1])}
            case RenameColumn():
                table.columns[one.to] = self._find_column(one.table, one.name)
                del table.columns[one.name]
                table.left[one.name] = first = table.first_names.pop(one.name, one.name)
                self._call(table, one.to, first, one.spot)
                table.spots[one.to] = table.spots[one.name] = one.spot
            case AlterColumn():
                traits: dict[str, Any] = {one.trait: one.value}
                column = self._find_column(one.table, one.name)
                table.columns[one.name] = replace(column, **traits, spot=one.spot)
                table.spots[one.name] = one.spot
            case _:
                assert_never(one)

    def _call(self, table: Table, name: str, first: str, spot: Spot) -> None:
        """A column has a name now; another one may have had it."""
        table.first_names[name] = first
        if table.left.get(name, first) != first:
            table.remade[name] = spot
        else:
            table.remade.pop(name, None)

    def _constrain(self, one: Constrain) -> None:
        table = self._find(one.table)
        self._bind(table, one.bound)
        table.spots[one.bound.what] = one.spot
        if one.bound.kind == "primary key":
            for name in split_names(one.bound.what) & table.columns.keys():
                table.columns[name] = replace(table.columns[name], nullable=False)

    def _bind(self, table: Table, bound: Bound) -> None:
        table.bound.add(bound.sense)
        if bound.name:
            table.named[bound.name] = bound.sense

    def _release(self, one: ReleaseBound) -> None:
        """Takes a constraint away; one without a name of its own has that which PostgreSQL gives it."""
        tables = list(self.tables) if one.table is None else [one.table]
        for owner in tables:
            table = self._find(owner)
            implied = {_name_implied(owner, *bound[:2]): bound for bound in table.bound}
            bound = table.named.pop(one.name, None) or implied.get(one.name)
            if bound is not None:
                table.bound.discard(bound)
                table.spots[bound[1]] = one.spot
            elif not one.is_index:
                self.released[owner, one.name] = one.spot

    def _rename_enum(self, one: RenameEnum) -> None:
        if one.value is not None:
            known = self.enums.get(one.name, ())
            self.enums[one.name] = tuple(one.to if value == one.value else value for value in known)
            return
        if one.name in self.enums:
            self.enums[one.to] = self.enums.pop(one.name)
        for table in self.tables.values():
            for name, column in table.columns.items():
                if column.type_ == one.name:
                    table.columns[name] = replace(column, type_=one.to)

    def _find(self, name: str) -> Table:
        """A table; one of which nothing is known yet was there before as well."""
        if name not in self.tables:
            self.tables[name] = Table(whole=False, first_name=name)
            if self.older is not None and name not in self.older.tables:
                self.older.tables[name] = Table(whole=False, first_name=name)
        return self.tables[name]

    def _find_column(self, table: str, name: str) -> Column:
        found = self._find(table)
        if name not in found.columns:
            found.columns[name] = Column()
            before = self.older.tables.get(table) if self.older is not None else None
            if before is not None and not before.whole:
                before.columns.setdefault(name, Column())
        return found.columns[name]


def _name_implied(table: str, kind: str, what: str) -> str:
    endings = {"primary key": "pkey", "unique": "key", "foreign key": "fkey", "check": "check"}
    if kind == "primary key":
        return f"{table}_pkey"
    return "_".join([table, *(name.strip() for name in what.split(",")), endings.get(kind, kind)])
