"""Views: which column of which table each of their columns is, whatever those are called since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from .operations import Column, CreateView
from .tables import Table, split_names

Origin = tuple[Table, str]
"""A table, and what a column of it was called first."""


class UntoldError(Exception):
    """The tables of a view do not have such columns, or nobody told which they have."""


@dataclass
class View:
    """What a view shows: by the first name of each of its columns the column of a table that it is, or the
    text of what is computed. `rows` is "" for each row of its one table once."""

    columns: dict[str, Origin | str]
    rows: str
    tables: tuple[Table, ...]
    is_writable: bool

    @property
    def base(self) -> Table | None:
        """The one table whose rows it shows, each once."""
        return self.tables[0] if self.rows == "" else None

    def copied(self, copies: Mapping[int, Table]) -> View:
        """The same view over copies of its tables, by the identity of each."""
        columns = {
            name: one if isinstance(one, str) else (copies.get(id(one[0]), one[0]), one[1])
            for name, one in self.columns.items()
        }
        tables = tuple(copies.get(id(table), table) for table in self.tables)
        return View(columns, self.rows, tables, self.is_writable)


def make_view(told: CreateView, tables: Mapping[str, Table]) -> View:
    """The view that a statement makes over tables by their names. Raises `UntoldError`."""
    columns: dict[str, Origin | str] = {}
    for one in told.columns:
        if one.name == "*":
            whole = tables[str(one.table)]
            if not whole.whole:
                raise UntoldError(one.table)
            columns |= {name: (whole, whole.find_first_name(name)) for name in whole.columns}
        elif one.table is None:
            columns[one.name] = _find_owner(one.column, tables) or one.sense
        else:
            columns[one.name] = _find_origin(tables[one.table], str(one.column))
    return View(columns, told.rows, tuple(tables[name] for name in told.relations), told.is_writable)


def _find_owner(column: str | None, tables: Mapping[str, Table]) -> Origin | None:
    """The one table that has a column; None of a column that is computed, or where that is not told."""
    if column is None or not all(table.whole for table in tables.values()):
        return None
    owners = [table for table in tables.values() if column in table.columns]
    return _find_origin(owners[0], column) if len(owners) == 1 else None


def _find_origin(table: Table, column: str) -> Origin:
    if column not in table.columns:
        if table.whole:
            raise UntoldError(column)
        table.columns[column] = Column()
    return table, table.find_first_name(column)


def settle(table: Table, view: View) -> bool:
    """Gives the table of a view the columns and constraints that its tables have now; false if one of them
    has a column no more, with which the view went."""
    columns: dict[str, Column] = {}
    names: dict[str, str] = {}
    for name in list(table.columns) or list(view.columns):
        origin = view.columns[table.find_first_name(name)]
        if isinstance(origin, str):
            columns[name] = Column(computed=True, generated=True, spot=table.spot)
            continue
        owner, first = origin
        current = owner.find_name(first)
        if current is None:
            return False
        names[current] = name
        columns[name] = replace(owner.columns[current], spot=table.spot)
    table.columns = columns
    if view.is_writable:
        base = view.tables[0]
        table.hidden = {name: one for name, one in base.columns.items() if name not in names}
        table.bound = set(_list_bound(base, names))
    return True


def _list_bound(base: Table, names: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The constraints of a table, with its columns under the names of a view."""
    for kind, what, rule in base.bound:
        told = [one.strip() for one in what.split(",")]
        known = split_names(what) & base.columns.keys()
        if known <= names.keys():
            yield kind, ", ".join(names.get(one, one) for one in told), rule
