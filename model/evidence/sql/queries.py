"""The statements that code really runs: which tables and columns they read and write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..judgement import Access
from ..programs import load_library
from ..sides import Options


class Arbiter(NamedTuple):
    """What `ON CONFLICT` names: the columns (text that is computed stands for itself), or a constraint."""

    table: str
    columns: frozenset[str]
    constraint: str = ""

    def __str__(self) -> str:
        return f"ON CONSTRAINT {self.constraint}" if self.constraint else ", ".join(sorted(self.columns))


@dataclass
class Touched:
    """What statements touch: columns by their names, whatever alias stands before them, and `*` for all.

    After a statement that cannot be read (`unread`) anything may be touched.
    """

    read: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    inserted: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    by_position: set[str] = field(default_factory=set)
    upserted: set[Arbiter] = field(default_factory=set)
    unread: bool = False

    def has_table(self, table: str) -> bool:
        """Whether a statement names the table."""
        return self.unread or table in self.tables

    def has(self, table: str, column: str, verb: Access) -> bool:
        """Whether a statement on the table may read (write) a column of that name."""
        if self.unread:
            return True
        names = {Access.READS: self.read, Access.WRITES: self.written, Access.ANY: self.read | self.written}[
            verb
        ]
        return table in self.tables and bool({column, "*"} & names)

    def inserts(self, table: str) -> bool:
        """Whether rows are inserted."""
        return self.unread or table in self.inserted

    def writes(self, table: str) -> bool:
        """Whether rows are inserted or updated."""
        return self.unread or table in self.inserted | self.changed

    def inserts_by_position(self, table: str) -> bool:
        """Whether rows are inserted without naming columns."""
        return table in self.by_position


def read_queries(options: Options) -> Touched | None:
    """What the statements touch; None if none are given. Raises `MissingToolError`."""
    if not options.queries:
        return None
    library = load_library("sqlglot", "sqlglot")
    touched = Touched()
    for _, text in options.queries:
        try:
            statements = library.parse(text, dialect=options.dialect)
        except (library.errors.SqlglotError, RecursionError):
            touched.unread = True
            continue
        for statement in statements:
            if statement is not None:
                _take(library.exp, statement, touched, is_postgres=options.dialect.startswith("postgres"))
    return touched


def _take(exp: Any, statement: Any, touched: Touched, *, is_postgres: bool) -> None:
    touched.tables |= {table.name for table in statement.find_all(exp.Table)}
    touched.unread |= isinstance(statement, exp.Command)
    if isinstance(statement, exp.Insert):
        target = statement.this
        table = target.find(exp.Table)
        name = table.name if table is not None else ""
        touched.inserted.add(name)
        if isinstance(target, exp.Schema):
            touched.written |= {one.name for one in target.expressions}
        else:
            touched.by_position.add(name)
            touched.written.add("*")
        touched.upserted |= set(_list_arbiters(statement, name)) if is_postgres else {_any_of(name)}
    if isinstance(statement, exp.Update):
        table = statement.find(exp.Table)
        touched.changed.add(table.name if table is not None else "")
        touched.written |= {one.name for one in _list_set(exp, statement)}
    touched.read |= {column.name for column in statement.find_all(exp.Column)}
    if any(True for _ in statement.find_all(exp.Star)):
        touched.read.add("*")


def _list_arbiters(insert: Any, table: str) -> Iterator[Arbiter]:
    """What must be unique so that the statement can be run at all. Source: PostgreSQL documentation, INSERT,
    "ON CONFLICT Clause"; of a condition (`WHERE`) nothing is asked."""
    conflict = insert.args.get("conflict")
    if conflict is None:
        return
    named = conflict.args.get("constraint")
    if named is not None:
        yield Arbiter(table, frozenset(), str(named.name))
    keys = [getattr(one, "this", one) for one in conflict.args.get("conflict_keys") or ()]
    if keys:
        yield Arbiter(table, frozenset(str(one.name or one.sql()) for one in keys))


def _any_of(table: str) -> Arbiter:
    """Whatever is unique: dialects that replace rows name nothing."""
    return Arbiter(table, frozenset({"?"}))


def _list_set(exp: Any, update: Any) -> Iterator[Any]:
    """The columns on the left of `SET`."""
    for one in update.expressions:
        column = one.this if isinstance(one, exp.EQ) else None
        if column is not None:
            yield column
