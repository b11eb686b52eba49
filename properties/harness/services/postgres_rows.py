"""Rows of a PostgreSQL database that are read, and put in place of others, as they lie there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..rows import Image, TableRows

if TYPE_CHECKING:
    import psycopg


def read_rows(connection: psycopg.Connection[Any], tables: Sequence[str]) -> Image:
    """What lies in those of the tables that are there, as COPY writes it."""
    found = ((table, _columns(connection, table)) for table in tables)
    return tuple(
        TableRows(table, columns, _copy_out(connection, table, columns))
        for table, columns in found
        if columns
    )


def _columns(connection: psycopg.Connection[Any], table: str) -> tuple[str, ...]:
    """The columns that hold what was written; none where there is no such table."""
    told = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 "
        "AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [_quoted(table)],
    )
    return tuple(name for (name,) in told.fetchall())


def _copy_out(connection: psycopg.Connection[Any], table: str, columns: Sequence[str]) -> bytes:
    with connection.cursor().copy(f"COPY {_of(table, columns)} TO STDOUT".encode()) as copy:
        return b"".join(bytes(chunk) for chunk in copy)


def put_rows(connection: psycopg.Connection[Any], image: Image) -> None:
    """Puts these rows in place of those that lie there; no trigger wakes, no key of another table counts.

    Who may not say so for the session (a superuser may), says it for each table as its owner. Raises what
    psycopg raises: `LockNotAvailable` if a lock is in its way, `InsufficientPrivilege` if the user may not.
    """
    if _may_replicate(connection):
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            _replace(connection, image)
    else:
        with connection.transaction(), _keep_at_rest(connection, [one.table for one in image]):
            _replace(connection, image)


def _replace(connection: psycopg.Connection[Any], image: Image) -> None:
    for one in image:
        connection.execute(f"DELETE FROM {_quoted(one.table)}".encode())  # noqa: S608 - a name
        into = f"COPY {_of(one.table, one.columns)} FROM STDIN".encode()
        with connection.cursor().copy(into) as copy:
            copy.write(one.rows or b"")
        _count_on(connection, one)


def _count_on(connection: psycopg.Connection[Any], one: TableRows) -> None:
    """Sequences go on behind the numbers that the rows have."""
    table = _quoted(one.table)
    for column in one.columns:
        told = connection.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, column]).fetchone()
        if told is not None and told[0] is not None:
            last = f"(SELECT max({_quoted(column)}) FROM {table})"  # noqa: S608 - names, quoted
            connection.execute(f"SELECT setval(%s, greatest({last}, nextval(%s)))".encode(), told * 2)


def _may_replicate(connection: psycopg.Connection[Any]) -> bool:
    """Whether the user may say for a session that no trigger wakes."""
    import psycopg

    try:
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


_TRIGGERS = """
SELECT format('ALTER TABLE %%s DISABLE TRIGGER %%I', tgrelid::regclass, tgname),
    format('ALTER TABLE %%s ENABLE %%s TRIGGER %%I', tgrelid::regclass,
        CASE tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END, tgname)
FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND tgrelid = to_regclass(%s)
"""
_KEYS = """
SELECT DISTINCT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s%%s', conrelid::regclass, conname,
        pg_get_constraintdef(oid), CASE WHEN convalidated THEN ' NOT VALID' ELSE '' END)
FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND to_regclass(%s) IN (conrelid, confrelid)
"""
"""What takes each away for a while, and what puts it back; keys come back with no look at the rows there."""


@contextmanager
def _keep_at_rest(connection: psycopg.Connection[Any], tables: Sequence[str]) -> Iterator[None]:
    """While it is entered, in a transaction, no trigger of the tables wakes, and no foreign key counts."""
    found = (
        pair
        for text in (_TRIGGERS, _KEYS)
        for table in tables
        for pair in connection.execute(text.encode(), [_quoted(table)]).fetchall()
    )
    both = list(dict.fromkeys(found))
    for away, _ in both:
        connection.execute(away.encode())
    yield
    for _, back in both:
        connection.execute(back.encode())


def _quoted(table: str) -> str:
    """A name as SQL has it, with its schema if it has one."""
    return ".".join('"' + word.replace('"', '""') + '"' for word in table.split("."))


def _of(table: str, columns: Sequence[str]) -> str:
    return f"{_quoted(table)} ({', '.join(map(_quoted, columns))})"
