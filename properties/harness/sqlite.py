"""Connections to a real SQLite database that notice which hop a statement is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from .statements import classify_statement

Migration = str | Path | Callable[[sqlite3.Connection], None]
"""SQL, a file of SQL, or a function of a connection."""

Crosses = Callable[[str, str], None]
"""Told of each statement that is a hop: `reads` or `writes`, and the table."""


class Gated(sqlite3.Connection):
    """A connection whose statements are told to `crosses` before they run."""

    crosses: Crosses

    def cursor(self, factory: Any = None) -> Any:  # noqa: ARG002 - the signature of sqlite3
        return super().cursor(GatedCursor)

    def execute(self, sql: str, parameters: Any = ()) -> Any:
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any]) -> Any:
        return self.cursor().executemany(sql, parameters)

    def executescript(self, sql_script: str) -> Any:
        return self.cursor().executescript(sql_script)


class GatedCursor(sqlite3.Cursor):
    """A cursor of a `Gated` connection."""

    def execute(self, sql: str, parameters: Any = ()) -> GatedCursor:
        self._cross(sql)
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any]) -> GatedCursor:
        self._cross(sql)
        return super().executemany(sql, parameters)

    def executescript(self, sql_script: str) -> sqlite3.Cursor:
        """Each statement is told first, then all run. Limit: a `;` ends a statement, in a text as well."""
        for statement in sql_script.split(";"):
            self._cross(statement)
        return super().executescript(sql_script)

    def _cross(self, sql: str) -> None:
        hop = classify_statement(sql)
        if hop is not None:
            assert isinstance(self.connection, Gated)
            self.connection.crosses(*hop)


def connect(path: Path, crosses: Crosses | None = None) -> sqlite3.Connection:
    """A connection to the file; gated if `crosses` is given.

    Written ahead, so that an open read holds no migration up; not synchronised, for the file lives
    as long as a run. Usable in any thread: one thread runs at a time.
    """
    if crosses is None:
        connection = sqlite3.connect(path, timeout=0.2, check_same_thread=False)
    else:
        connection = sqlite3.connect(path, timeout=0.2, check_same_thread=False, factory=Gated)
        connection.crosses = crosses
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def migrate(connection: sqlite3.Connection, migration: Migration) -> None:
    """Runs the migration and commits. Raises what SQLite or the function raises."""
    if callable(migration):
        migration(connection)
    else:
        text = migration.read_text("utf-8") if isinstance(migration, Path) else migration
        connection.executescript(text)
    connection.commit()
