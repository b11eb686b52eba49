"""What a table shows to code, or a view in its place."""

from __future__ import annotations

from .tables import Table
from .views import ShownView


def is_writable(table: Table) -> bool:
    """Whether rows are written to a table, or through a view."""
    return table.view is None or table.view.is_writable


def find_rows(table: Table) -> tuple[str, tuple[str, ...]]:
    """How rows are taken, and of which tables, by their first names."""
    view: ShownView | None = table.view
    if view is None:
        return "", (table.first_name,)
    return view.rows, tuple(one.first_name for one in view.tables)


def find_shown(table: Table, column: str) -> tuple[str, str] | str:
    """The column of a table that a column is, by their first names, or the text of what is computed."""
    first = table.find_first_name(column)
    if table.view is None:
        return table.first_name, first
    told = table.view.columns[first]
    return told if isinstance(told, str) else (told[0].first_name, told[1])


def has_other_types(own: ShownView | None, other: ShownView | None) -> bool:
    """Whether two views are made of columns that have other types, which then what is computed may have."""
    types = [view.list_types() if view is not None else {} for view in (own, other)]
    return any(types[1].get(column, type_) != type_ for column, type_ in types[0].items())
