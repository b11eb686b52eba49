"""The tables that a series of migrations leaves, one version after the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, assert_never

from ..judgement import Spot
from ..sides import Side, UnjudgedError
from . import dialects, postgres
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
    Release,
    RenameColumn,
    RenameEnum,
    RenameTable,
)
from .tables import Table, copy_table, split_names
from .views import UntoldError, make_view, settle

_DOWN = re.compile(
    r"^\s*--\s*(\+goose\s+down|migrate:down|\+migrate\s+down|rollback)\b.*", re.I | re.M | re.S
)
"""What takes a migration back, and all behind it: goose, dbmate, sql-migrate, liquibase."""
_NUMBER = re.compile(r"(\d+)")


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
    older: Catalog | None = None
    """The version before: what is first spoken of here must have been there as well."""

    def apply(self, operations: Iterable[Operation]) -> None:
        """Takes in what statements do."""
        for one in operations:
            self._apply(one)

    def _apply(self, one: Operation) -> None:
        match one:
            case CreateTable():
                if not (one.unless_there and one.table in self.tables):
                    table = Table(dict(one.columns), whole=True, spot=one.spot)
                    count = self.made[one.table] = self.made.get(one.table, 0) + 1
                    table.first_name = f"{one.table} #{count}" if one.table in self.left else one.table
                    self._name(one.table, table)
                    for bound in one.constraints:
                        self._bind(table, bound)
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
            case Release():
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

    def _create_view(self, one: CreateView) -> None:
        tables = {name: self._find(name) for name in one.relations}
        try:
            view = make_view(one, tables)
        except UntoldError:
            self.opaque.append(one.statement)
            return
        base = view.base
        first = base.first_name if base is not None else one.table
        table = Table(first_name=first, spot=one.statement.spot, view=view)
        settle(table, view)
        self.tables[one.table] = table

    def settle_views(self) -> None:
        """Brings views to where their tables are when all is done; one goes with what it shows."""
        for name, table in list(self.tables.items()):
            there = {id(one) for one in self.tables.values()}
            view = table.view
            if view is not None and not (there.issuperset(map(id, view.tables)) and settle(table, view)):
                self._leave(name, table.spot)

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

    def _release(self, one: Release) -> None:
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


def read_catalogs(older: Side, newer: Side, dialect: str) -> tuple[Catalog, Catalog]:
    """The tables of both versions. A file that alters what it does not create is a migration of the older
    version's tables. Raises `UnjudgedError`, `MissingToolError`."""
    before = Catalog()
    before.apply(_read(older, dialect))
    operations = list(_read(newer, dialect))
    start = Catalog() if older.path == newer.path and len(newer.files) > 1 else None
    after = start or (_copy(before) if _alters(operations) else Catalog())
    after.older = before
    after.apply(operations)
    before.settle_views()
    after.settle_views()
    return before, after


def _alters(operations: list[Operation]) -> bool:
    """Whether the statements change what others made; those that make no table do, if anything."""
    made: set[str] = set()
    for one in operations:
        if isinstance(one, CreateTable | CreateView) and _is_new(one, made):
            made.add(one.table)
        elif isinstance(one, RenameTable):
            made.add(one.to)
        elif isinstance(one, Partition):
            made |= {one.table} if one.of in made else set()
        elif isinstance(one, Opaque) and one.lasting is Lasting.MADE:
            made |= {one.table} if one.table is not None else set()
        elif isinstance(one, Enumerate | RenameEnum | FillTable) or _is_about_rights(one):
            continue
        elif one.table is not None and one.table not in made:
            return True
    return not made


def _is_new(one: CreateTable | CreateView, made: set[str]) -> bool:
    """Whether a table or view is made; a view that may be in the place of another one is if tables are."""
    return isinstance(one, CreateTable) or one.statement.lasting is Lasting.MADE or bool(made)


def _is_about_rights(one: Operation) -> bool:
    """Of what was made elsewhere as well: a sequence, a view."""
    return isinstance(one, Opaque) and one.is_about_rights


def _copy(catalog: Catalog) -> Catalog:
    copies = {id(table): copy_table(table) for table in catalog.tables.values()}
    for table in copies.values():
        table.view = table.view.copied(copies) if table.view is not None else None
    tables = {name: copies[id(table)] for name, table in catalog.tables.items()}
    return Catalog(
        tables,
        dict(catalog.enums),
        list(catalog.opaque),
        released=dict(catalog.released),
        left=dict(catalog.left),
        made=dict(catalog.made),
        partitions=dict(catalog.partitions),
    )


def _read(side: Side, dialect: str) -> Iterator[Operation]:
    paths = [path for path in sorted(side.files, key=_in_order) if _is_up(path)]
    if not paths:
        raise UnjudgedError(f"no `.sql` file is at `{side.path}`", side.path)
    for path in paths:
        try:
            text = side.tree.read(path).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UnjudgedError(f"`{path}` is no text in UTF-8", path) from None
        if "\0" in text:
            raise UnjudgedError(f"`{path}` holds a character that no SQL has", path)
        text = _DOWN.sub("", text)
        if dialect in ("postgres", "postgresql"):
            yield from _without_temporary(list(postgres.read_operations(text, path)))
        else:
            yield from _without_temporary(list(dialects.read_operations(text, path, dialect)))


def _without_temporary(operations: list[Operation]) -> Iterator[Operation]:
    """What is left when the session of a migration ends. Until a temporary table is dropped its name means no
    other."""
    hidden: set[str] = set()
    for one in operations:
        if isinstance(one, Enumerate | RenameEnum) or one.table is None:
            yield one
        elif isinstance(one, CreateTable) and one.is_temporary:
            hidden.add(one.table)
        elif one.table not in hidden:
            yield one
        elif isinstance(one, DropTable):
            hidden.discard(one.table)


def _is_up(path: str) -> bool:
    name = PurePosixPath(path).name.lower()
    return name.endswith(".sql") and not (name.endswith(".down.sql") or re.match(r"u\d.*__|down\.sql", name))


def _name_implied(table: str, kind: str, what: str) -> str:
    endings = {"primary key": "pkey", "unique": "key", "foreign key": "fkey", "check": "check"}
    if kind == "primary key":
        return f"{table}_pkey"
    return "_".join([table, *(name.strip() for name in what.split(",")), endings.get(kind, kind)])


def _in_order(path: str) -> list[tuple[int, str]]:
    """Numbers in names count as numbers."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in _NUMBER.split(path)]
