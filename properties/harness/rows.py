"""Rows that keep the form in which they were written (`rows: kept`).

The model says that a table holds a set of forms, and that a reader finds any one of them. Here the same
is real: what each version's own code left in its tables, when it was alone, is put into the database before
a reader comes that is to find it. What a request has written is not taken away while it runs: where a reader
would have to find another form then, the run is left out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ...model.deployment import Deployment
from ...model.names import Contract
from .errors import Impossible
from .sqlite import connect

if TYPE_CHECKING:
    from .databases import Databases
    from .session import Session


class TableRows(Struct, frozen=True):
    """All rows of one table, by these columns; `rows` are as its server gives and takes them."""

    table: str
    columns: tuple[str, ...]
    rows: Any


Image = tuple[TableRows, ...]
"""What lies in the tables of one contract."""

FindImage = Callable[[Contract, str, str], Image | None]
"""What a version's code leaves at a contract, under a version of its schema: (contract, form, schema)."""


def list_kept(deployment: Deployment) -> frozenset[Contract]:
    """The contracts whose rows keep their form."""
    return frozenset(contract for contract, change in deployment.changed.items() if change.rows_kept)


class KeptRows:
    """In which forms the rows of each contract are that lie in one world's databases now."""

    def __init__(
        self, databases: Databases, first: str, contracts: frozenset[Contract], find_image: FindImage
    ) -> None:
        self._databases, self._contracts, self._find_image = databases, contracts, find_image
        self._shown: dict[Contract, frozenset[str]] = {c: frozenset({first}) for c in contracts}
        self._writers: dict[Contract, list[Session]] = {}

    def cross(self, session: Session, operation: str, contract: Contract, form: str | None) -> None:
        """A statement is going to find rows of that form (None: no row), or to leave some.

        Raises `Impossible` where reality has no such rows.
        """
        if contract not in self._contracts:
            return
        if operation == "writes":
            assert form is not None, "what is written has a form"
            self._leave(session, contract, form)
        elif not self._show(contract, frozenset(() if form is None else {form})):
            raise Impossible(f"`{contract}` has no rows in the form {form} that could be found there")

    def _leave(self, session: Session, contract: Contract, form: str) -> None:
        """What is written stands among rows of its own form, if there are such."""
        if not self._show(contract, frozenset({form})):
            self._shown[contract] |= {form}
        self._writers.setdefault(contract, []).append(session)

    def _show(self, contract: Contract, forms: frozenset[str]) -> bool:
        """Whether the rows have these forms and no other, now."""
        if self._shown[contract] == forms:
            return True
        if any(session.is_running for session in self._writers.get(contract, ())):
            return False
        image = self._image(contract, forms)
        if image is None:
            return False
        self._databases.put_rows(contract, image)
        self._shown[contract] = forms
        return True

    def _image(self, contract: Contract, forms: frozenset[str]) -> Image | None:
        if not forms:
            return tuple(
                TableRows(one.table, one.columns, None) for one in self._databases.read_rows(contract)
            )
        (form,) = forms
        return self._find_image(contract, form, self._databases.schemas[contract])


# --- SQLite ---


def read_sqlite_rows(path: Path, tables: Sequence[str]) -> Image:
    """What lies in those of the tables that are there."""
    with closing(connect(path)) as connection:
        return tuple(_read_table(connection, tables))


def _read_table(connection: sqlite3.Connection, tables: Sequence[str]) -> Iterator[TableRows]:
    for table in tables:
        told = connection.execute(f"PRAGMA table_info({_quoted(table)})").fetchall()
        columns = tuple(name for _, name, *_ in told)
        if columns:
            yield TableRows(table, columns, connection.execute(_selecting(table, columns)).fetchall())


def _selecting(table: str, columns: Sequence[str]) -> str:
    return f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(table)}"  # noqa: S608 - names, quoted


def replace_sqlite_rows(path: Path, image: Image) -> None:
    """Puts these rows in place of those that lie there, and wakes no trigger."""
    with closing(connect(path)) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {_quoted(name)}")
        for one in image:
            into = f"{_quoted(one.table)} ({', '.join(map(_quoted, one.columns))})"
            values = ", ".join("?" * len(one.columns))
            connection.execute(f"DELETE FROM {_quoted(one.table)}")  # noqa: S608 - a name, quoted
            connection.executemany(f"INSERT INTO {into} VALUES ({values})", one.rows or ())  # noqa: S608 - as above
        for _, sql in triggers:
            connection.execute(sql)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
