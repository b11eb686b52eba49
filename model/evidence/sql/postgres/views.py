"""Views of PostgreSQL: what each of their columns is, and where their rows come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...sides import UnjudgedError
from ..operations import CreateView, Lasting, Operation, ViewColumn
from .expressions import Told, show
from .statement import PostgresStatement

_PLAIN = frozenset({"targetList", "fromClause", "limitOption", "op"})
"""Of a query that gives each row of one table once, and no other."""
_UPDATABLE = _PLAIN | {"whereClause", "sortClause"}
"""Of a query through which rows can be written (PostgreSQL, CREATE VIEW, "Updatable Views")."""


def create_view(
    statement: PostgresStatement,
    view: Told,
    query: Told,
    aliases: Sequence[Told],
    *,
    replaces: bool = False,
    is_kept: bool = True,
) -> Operation:
    """A view; one of which the columns are not told is opaque. One that `is_kept` takes no rows."""
    name = str(view["relname"])
    unknown = statement.opaque("a view", name, Lasting.CHANGED if replaces else Lasting.MADE)
    select = query.get("SelectStmt", {})
    try:
        sources = dict(_list_sources(select.get("fromClause", ()), _list_inner(select)))
        columns = _name_columns(tuple(_list_columns(select, sources)), aliases)
    except UnjudgedError:
        return unknown
    relations = tuple(dict.fromkeys(table for table in sources.values() if table is not None))
    is_single = len(sources) == len(relations) == 1 and "RangeVar" in select["fromClause"][0]
    rows = {word: told for word, told in select.items() if word != "targetList"}
    return CreateView(
        name,
        columns,
        "" if is_single and select.keys() <= _PLAIN else show(rows),
        relations,
        is_single and select.keys() <= _UPDATABLE and not is_kept,
        unknown,
        tuple(dict.fromkeys(_list_mentioned(select))),
    )


def _name_columns(columns: tuple[ViewColumn, ...], aliases: Sequence[Told]) -> tuple[ViewColumn, ...]:
    """The columns, the first of them under the names that stand behind the view's own. Raises
    `UnjudgedError` where there are none, or where it is not told which these are."""
    given = [one["String"]["sval"] for one in aliases]
    if not columns or (given and any(one.name == "*" for one in columns)) or len(given) > len(columns):
        raise UnjudgedError("which columns these are")
    named = [ViewColumn(one, *column[1:]) for one, column in zip(given, columns, strict=False)]
    return (*named, *columns[len(named) :])


def _list_mentioned(told: object) -> Iterator[str]:
    """The names of columns, wherever they stand."""
    todo = [told]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            parts = _name_parts(one)
            if parts is not None and parts[-1] is not None:
                yield parts[-1]
            todo += one.values()
        elif isinstance(one, list):
            todo += one


def _list_inner(select: Told) -> frozenset[str]:
    """The names that a query gives to queries of its own."""
    inner = select.get("withClause", {}).get("ctes", ())
    return frozenset(one["CommonTableExpr"]["ctename"] for one in inner)


def _list_sources(told: Sequence[Told], inner: frozenset[str]) -> Iterator[tuple[str, str | None]]:
    """What stands under `FROM`, by the names under which columns of it are known: a table, or None for what
    is computed. Raises `UnjudgedError` for a join that makes one column of two."""
    for one in told:
        if "RangeVar" in one:
            table = str(one["RangeVar"]["relname"])
            alias = one["RangeVar"].get("alias", {})
            if "colnames" in alias:
                raise UnjudgedError("columns under other names")
            yield str(alias.get("aliasname", table)), None if table in inner else table
        elif "JoinExpr" in one:
            join = one["JoinExpr"]
            if join.get("isNatural") or "usingClause" in join:
                raise UnjudgedError("one column of two")
            yield from _list_sources((join["larg"], join["rarg"]), inner)
        else:
            yield f"({len(told)} {sorted(one)})", None


def _list_columns(select: Told, sources: Mapping[str, str | None]) -> Iterator[ViewColumn]:
    """The columns that a query gives. Raises `UnjudgedError` for one whose name only PostgreSQL knows."""
    if select.get("op", "SETOP_NONE") != "SETOP_NONE":
        yield from (ViewColumn(one.name, None, None, one.sense) for one in _list_columns(select["larg"], {}))
        return
    for one in select.get("targetList", ()):
        target = one["ResTarget"]
        value, name = target.get("val", {}), target.get("name")
        parts = _name_parts(value)
        if parts is not None and parts[-1] is None:
            yield from _list_all(parts, sources)
        elif parts is not None:
            table = _find_source(parts, sources)
            yield ViewColumn(
                name or str(parts[-1]), table, str(parts[-1]), show(value) if table is None else ""
            )
        elif name or "FuncCall" in value:
            called = name or value["FuncCall"]["funcname"][-1]["String"]["sval"]
            yield ViewColumn(str(called), None, None, show(value))
        else:
            raise UnjudgedError("a column without a name")


def _name_parts(value: Told) -> list[str | None] | None:
    """The names of a column that stands for itself, None at the end for all; None for what is computed."""
    if "ColumnRef" not in value:
        return None
    return [one["String"]["sval"] if "String" in one else None for one in value["ColumnRef"]["fields"]]


def _list_all(parts: Sequence[str | None], sources: Mapping[str, str | None]) -> Iterator[ViewColumn]:
    """All columns of one table, or of all tables one after the other."""
    tables = [sources.get(str(parts[-2]))] if len(parts) > 1 else list(sources.values())
    for table in tables:
        if table is None:
            raise UnjudgedError("all columns of what is computed")
        yield ViewColumn("*", table, "*", "")


def _find_source(parts: Sequence[str | None], sources: Mapping[str, str | None]) -> str | None:
    """The table of a column; None if that is not told, or if it is computed."""
    if len(parts) > 1:
        return sources.get(str(parts[-2]))
    return next(iter(sources.values())) if len(sources) == 1 else None
