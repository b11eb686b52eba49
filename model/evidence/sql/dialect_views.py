"""Views of MySQL, MariaDB and SQLite, by `sqlglot`: what each of their columns is, and where their rows come
from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..sides import UnjudgedError
from .operations import CreateView, Opaque, Operation, ViewColumn

_BY_NAME = ("mysql", "mariadb")
"""Dialects in which a view stops working when a table or column that it shows has another name, and through
whose views rows are written (MySQL, "Updatable and Insertable Views")."""
_PLAIN = frozenset({"expressions", "from_"})
"""Of a query that gives each row of one table once, and no other."""


def create_view(exp: Any, statement: Any, dialect: str, unknown: Opaque) -> Operation:
    """The view that a statement makes; it stays `unknown` where its columns are not told."""
    select = statement.expression
    if dialect not in (*_BY_NAME, "sqlite") or not isinstance(select, exp.Select) or unknown.table is None:
        return unknown
    try:
        sources = dict(_list_sources(exp, select))
        columns = tuple(_list_columns(exp, select, sources, is_frozen=dialect in _BY_NAME))
    except UnjudgedError:
        return unknown
    given = [one.name for one in statement.this.expressions] if isinstance(statement.this, exp.Schema) else []
    if given and (len(given) != len(columns) or any(one.name == "*" for one in columns)):
        return unknown
    named = [ViewColumn(one, *column[1:]) for one, column in zip(given, columns, strict=False)]
    relations = tuple(dict.fromkeys(table for table in sources.values() if table is not None))
    words = {word for word, told in select.args.items() if told}
    is_single = len(sources) == len(relations) == 1
    return CreateView(
        unknown.table,
        tuple(named) or columns,
        "" if is_single and words <= _PLAIN else _show_rows(select),
        relations,
        dialect in _BY_NAME and is_single and words <= _PLAIN | {"where", "order"},
        unknown,
        tuple(dict.fromkeys(str(one.name) for one in select.find_all(exp.Column))),
        binds_by_name=dialect in _BY_NAME,
    )


def _show_rows(select: Any) -> str:
    """A query without what it selects, so that two of them can be compared."""
    rows = select.copy()
    rows.set("expressions", [])
    return str(rows.sql())


def _list_sources(exp: Any, select: Any) -> Iterator[tuple[str, str | None]]:
    """What stands under `FROM`, by the names under which columns of it are known: a table, or None for what
    is computed. Raises `UnjudgedError` for what makes one column of two."""
    if select.args.get("with_") is not None:
        raise UnjudgedError("queries of its own")
    joins = select.args.get("joins") or ()
    if any(one.args.get("using") or str(one.args.get("method") or "").upper() == "NATURAL" for one in joins):
        raise UnjudgedError("one column of two")
    begin = select.args.get("from_")
    for one in (*((begin,) if begin is not None else ()), *joins):
        source = one.this
        yield source.alias_or_name, str(source.name) if isinstance(source, exp.Table) else None


def _list_columns(
    exp: Any, select: Any, sources: Mapping[str, str | None], *, is_frozen: bool
) -> Iterator[ViewColumn]:
    """The columns that a query gives; `*` means those of today only where it is frozen. Raises
    `UnjudgedError`."""
    for one in select.expressions:
        value = one.this if isinstance(one, exp.Alias) else one
        if isinstance(value, exp.Star) or (
            isinstance(value, exp.Column) and isinstance(value.this, exp.Star)
        ):
            tables = [sources.get(value.table)] if isinstance(value, exp.Column) else [*sources.values()]
            if None in tables or not is_frozen:
                raise UnjudgedError("all columns, whichever they are")
            yield from (ViewColumn("*", table, "*", "") for table in tables)
        elif isinstance(value, exp.Column):
            owner = value.table or (next(iter(sources)) if len(sources) == 1 else "")
            table = sources.get(owner)
            sense = "" if table is not None else value.sql()
            yield ViewColumn(one.alias_or_name, table, value.name, sense)
        elif isinstance(one, exp.Alias):
            yield ViewColumn(one.alias, None, None, value.sql())
        else:
            raise UnjudgedError("a column without a name")
