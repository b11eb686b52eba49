"""Views: which column of which table each of their columns is, whatever those are called since."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from .operations import Column, CreateView, ViewColumn
from .tables import Table, split_names

Origin = tuple[Table, str]
"""A table, and what a column of it was called first."""


class UntoldError(Exception):
    """The tables of a view do not have such columns, or nobody told which they have."""


@dataclass
class ShownView:
    """What a view shows: by the first name of each of its columns the column of a table that it is, or the
    text of what is computed. `rows` is "" for each row of its one table once."""

    columns: dict[str, Origin | str]
    rows: str
    tables: tuple[Table, ...]
    is_writable: bool
    needs: tuple[tuple[Table, str, str], ...]
    """The columns of tables of which it speaks, with what they were called first, and when it was made."""
    names: tuple[str, ...] = ()
    """Its tables, if it stops working when they, or those columns, are called otherwise."""

    @property
    def base(self) -> Table | None:
        """The one table whose rows it shows, each once."""
        return self.tables[0] if self.rows == "" else None

    def copied(self, copies: Mapping[int, Table]) -> ShownView:
        """The same view over copies of its tables, by the identity of each."""
        columns = {
            name: one if isinstance(one, str) else (copies.get(id(one[0]), one[0]), one[1])
            for name, one in self.columns.items()
        }
        tables = tuple(copies.get(id(table), table) for table in self.tables)
        needs = tuple((copies.get(id(table), table), first, name) for table, first, name in self.needs)
        return ShownView(columns, self.rows, tables, self.is_writable, needs, self.names)

    def list_types(self) -> dict[tuple[str, str], str | None]:
        """The types of the columns of which it speaks, by what these and their tables were called first."""
        called = {id(one): one.list_names() for one in self.tables}
        return {
            (table.first_name, first): table.columns[called[id(table)][first]].type_
            for table, first, _ in self.needs
        }

    def has_needs(self) -> bool:
        """Whether the columns of which it speaks are there, and under the names that it needs."""
        called = {id(one): one.list_names() for one in self.tables}
        current = [(called[id(table)].get(first), name) for table, first, name in self.needs]
        return all(now is not None and (now == name or not self.names) for now, name in current)


def make_view(
    told: CreateView, tables: Mapping[str, Table], mention: Callable[[str, str], object]
) -> ShownView:
    """The view that a statement makes over tables by their names; `mention` takes in that a table has a
    column. Raises `UntoldError`."""
    columns: dict[str, Origin | str] = {}
    named = [*told.mentions]
    for one in _list_told(told, tables):
        if one.table is None or one.column is None:
            columns[one.name] = one.sense
            continue
        table = tables[one.table]
        if one.column not in table.columns:
            if table.whole:
                raise UntoldError(one.column)
            mention(one.table, one.column)
        columns[one.name] = table, table.find_first_name(one.column)
        named.append(one.column)
    shown = tuple(tables[name] for name in told.relations)
    needs = tuple(
        (table, table.find_first_name(name), name)
        for table in shown
        for name in dict.fromkeys(named)
        if name in table.columns
    )
    names = told.relations if told.binds_by_name else ()
    return ShownView(columns, told.rows, shown, told.is_writable, needs, names)


def _list_told(told: CreateView, tables: Mapping[str, Table]) -> Iterator[ViewColumn]:
    """The columns of a view one by one, each with its table where that is plain."""
    are_whole = all(table.whole for table in tables.values())
    for one in told.columns:
        if one.name == "*":
            name = str(one.table)
            if not tables[name].whole:
                raise UntoldError(name)
            yield from (ViewColumn(column, name, column, "") for column in tables[name].columns)
        elif one.table is None and one.column is not None and are_whole:
            owners = [name for name, table in tables.items() if one.column in table.columns]
            yield one._replace(table=owners[0]) if len(owners) == 1 else one
        else:
            yield one


def settle(table: Table, view: ShownView) -> bool:
    """Gives the table of a view the columns and constraints that its tables have now; false if one of them
    has a column no more, with which the view went."""
    columns: dict[str, Column] = {}
    names: dict[str, str] = {}
    if not view.has_needs():
        return False
    called = {id(one): one.list_names() for one in view.tables}
    for name in list(table.columns) or list(view.columns):
        origin = view.columns[table.find_first_name(name)]
        if isinstance(origin, str):
            columns[name] = Column(computed=True, generated=True, spot=table.spot)
            continue
        owner, first = origin
        current = called[id(owner)].get(first)
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
